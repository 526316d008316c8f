package collectors

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// Every value that nothing says the meaning of is noted, also in rows that are rejected for something else; not those of rows that
// are skipped, nor what a pattern, an empty entry or a catalogue covers.
func TestAllUnmappedValuesAreNoted(t *testing.T) {
	column := func(name string, values ...config.ValueMap) *config.Field {
		return &config.Field{Column: name, Values: values}
	}
	m, err := NewMapping(config.Source{Unit: "xnk", ID: "motcua", Record: "dossier", Mapping: config.Mapping{
		ID:        column("id"),
		Procedure: column("code"),
		Channel:   column("channel", config.ValueMap{From: "web", To: "online"}, config.ValueMap{Pattern: "quầy .*", To: "counter"}),
		Received:  &config.Field{Column: "received", Layouts: []string{"yyyy-MM-dd"}},
		Outcome:   column("state", config.ValueMap{From: "done", To: "settled"}, config.ValueMap{}, config.ValueMap{From: "draft", Skip: true}),
		FeeDue:    column("fee", config.ValueMap{From: "có", To: "yes"}, config.ValueMap{From: "không", To: "no"}),
	}}, Checks{Procedure: func(_, code string) bool { return code == "1.001" }}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Bind([]string{"id", "code", "channel", "received", "state", "fee"}, kpi.Date(2026, 3, 10))
	if err != nil {
		t.Fatal(err)
	}
	var noted unmapped
	rows := [][]string{
		{"1", "1.001", "web", "2026-03-02", "", "có"},
		{"2", "1.001", "quầy số 3", "2026-03-02", "", ""},
		{"3", "1.002", "fax", "not a date", "", "miễn"},
		{"", "1.001", "fax", "2026-03-02", "", "miễn"},
		{"5", "1.003", "WEB", "2026-03-02", "draft", "?"},
	}
	for i := range 60 {
		rows = append(rows, []string{fmt.Sprint(i + 10), "1.001", fmt.Sprintf("máy %02d", i), "2026-03-02", "", "có"})
	}
	for i, row := range rows {
		to := openBatch{batch: &kpi.Batch{}}
		b.take(&to, Position{Number: int64(i + 1)}, textCells(row...))
		if to.batch.Skipped == 0 {
			noted.add(b)
		}
	}
	got := noted.list()
	for i := range got {
		if len(got[i].Values) > 2 {
			got[i].Values = append(got[i].Values[:2], got[i].Values[len(got[i].Values)-1])
		}
	}
	want := []Unmapped{
		{Field: "channel", Values: []UnmappedValue{{"fax", 2}, {"máy 00", 1}, {"máy 48", 1}}, More: 11, Rows: 62},
		{Field: "fee_due", Values: []UnmappedValue{{"miễn", 2}}, Rows: 2},
		{Field: "procedure", Values: []UnmappedValue{{"1.002", 1}}, Rows: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
