package demo

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// A report that is read back and written again says the same, also in the rows that are wrong, and takes as little memory.
func TestReportIsReadBack(t *testing.T) {
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	today := kpi.Date(2026, 11, 20)
	list, err := staffed(today)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{seed: 1, calendar: calendar, size: Size{Days: 200, Share: 0.3}, built: today, offices: list}
	for _, o := range list {
		if _, known := dialects[o.id]; !known {
			continue
		}
		path := filepath.Join(t.TempDir(), o.file)
		first := newReport(o, path)
		rows := w.history(o, today-200, today.Stamp())
		if err := first.create(t.Context(), rows, w.dirty(o, today)); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again := newReport(o, path)
		stock, err := again.load(t.Context())
		if err != nil || stock.received != len(rows) {
			t.Fatalf("%s: %d dossiers were read back of %d, %v", o.id, stock.received, len(rows), err)
		}
		if diff := cmp.Diff(slices.Collect(first.lines), slices.Collect(again.lines)); diff != "" {
			t.Errorf("%s: written (-) and read back (+):\n%s", o.id, diff)
		}
		raw := slices.DeleteFunc(slices.Clone(again.rows), func(row reported) bool { return row.cells == nil })
		if want := len(w.dirty(o, today)); len(raw) > want {
			t.Errorf("%s: %d rows are kept as texts, of which %d are wrong: for example %q", o.id, len(raw), want, raw[0].cells)
		}
		if len(first.row) != len(again.row) || len(again.row) != len(stock.open) {
			t.Errorf("%s: %d dossiers were open, %d are, of which %d are found again", o.id, len(first.row), len(stock.open), len(again.row))
		}
		if o.file == "xuctien.xlsx" {
			continue // a workbook has the time of its making in it
		}
		if err := again.put(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(written) {
			t.Errorf("%s: the file has changed, %v", o.id, err)
		}
	}
}
