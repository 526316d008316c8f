package demo

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// What is put into a journal is read back, and a later state takes the place of an earlier one.
func TestJournalIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.jsonl")
	day := kpi.Date(2026, 3, 2).Stamp() + 9*3600
	first := change{kpi.Dossier{ID: "G02.05-20260302-00001", Unit: commerce, Procedure: "1.000001", Channel: kpi.Online, Received: day, Due: day + 86400,
		FeeDue: kpi.Yes, PaidOnline: kpi.No, InputDigitised: kpi.Yes}, day}
	later := first
	later.Pauses = []kpi.Pause{{From: day + 60, To: day + 3600}}
	later.Finished, later.Outcome, later.Satisfied, later.at = day+7200, kpi.Settled, kpi.Yes, day+7200
	store := newJournal(commerce, path)
	if err := store.create(t.Context(), []change{first}, nil); err != nil {
		t.Fatal(err)
	}
	if err := store.put(t.Context(), []change{later}); err != nil {
		t.Fatal(err)
	}
	again := newJournal(commerce, path)
	if _, _, ok := again.page(0, 0, 1); ok {
		t.Error("a store that was not read yet answers, as if it were empty")
	}
	found, err := again.load(t.Context())
	if err != nil || found.received != 1 || len(found.open) != 0 {
		t.Errorf("read back: %+v, %v", found, err)
	}
	rows, total, ok := again.page(day+7200, 0, 10)
	if diff := cmp.Diff([]change{later}, rows, cmp.AllowUnexported(change{})); diff != "" || !ok || total != 1 {
		t.Errorf("put (-) and read back (+):\n%s", diff)
	}
	if rows, _, _ := again.page(day+7201, 0, 10); len(rows) != 0 {
		t.Errorf("changed later: %v", rows)
	}
}

// Pages that follow each other have each dossier once, in the order in which they came, whatever has happened to it since.
func TestJournalPages(t *testing.T) {
	store := newJournal(commerce, filepath.Join(t.TempDir(), "store.jsonl"))
	day := kpi.Date(2026, 3, 2).Stamp() + 9*3600
	var rows []change
	for i := range 5 {
		rows = append(rows, change{kpi.Dossier{ID: string(rune('a' + i)), Unit: commerce, Received: day}, day + kpi.Stamp(i)})
	}
	if err := store.create(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
	rows[1].Finished, rows[1].Outcome, rows[1].at = day+60, kpi.Settled, day+60
	if err := store.put(t.Context(), rows[1:2]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		since             kpi.Stamp
		first, size, left int
		want              []change
	}{
		{0, 0, 2, 5, rows[:2]}, {0, 2, 2, 5, rows[2:4]}, {0, 4, 2, 5, rows[4:]}, {0, 6, 2, 5, nil}, {0, math.MaxInt, 2, 5, nil},
		{day + 3, 1, 9, 3, rows[3:]},
	} {
		got, total, ok := store.page(c.since, c.first, c.size)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(change{})); diff != "" || !ok || total != c.left {
			t.Errorf("since %s, %d from %d on: %d in all, %v\n%s", c.since, c.size, c.first, total, ok, diff)
		}
	}
}

// FuzzJournal holds that a file that somebody has changed by hand is read or refused, never more.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"id":"G02.05-20260302-00001","procedure":"1.000001","channel":2,"received":"2026-03-02 09:00:00","at":"2026-03-02 09:00:00"}`))
	f.Add([]byte("{}\n{\"id\":1}"))
	f.Add([]byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "store.jsonl")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		store := newJournal(safety, path)
		if _, err := store.load(t.Context()); err != nil {
			return
		}
		rows, _, _ := store.page(0, 0, 1000)
		for i := range rows {
			(&exchange{store: store}).row(&rows[i])
			(&portal{store: store}).row(&rows[i])
		}
	})
}
