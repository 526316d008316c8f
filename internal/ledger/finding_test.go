package ledger

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

func TestRejectedRowsAreKeptWithTheirContent(t *testing.T) {
	l := opened(t, sampleOptions(t))
	b := rejects(
		kpi.Reject{ID: "A7", Raw: `{"ngay":"31/02/2026"}`, Fault: kpi.Fault{Reason: kpi.BadDate, Field: "received", Detail: "31/02/2026 does not exist"}},
		kpi.Reject{Raw: `"A8;x`, Fault: kpi.Fault{Reason: kpi.MalformedRow, Detail: "a quote is not closed"}})
	b.Warnings = []kpi.Warned{{Row: 9, ID: "A9", Reason: kpi.EndsBeforeStartSameDay, Detail: "one hour"}}
	want := []sourcelog.Finding{
		{Row: 1, Record: "A7", Reason: "bad_date", Field: "received", Detail: "31/02/2026 does not exist", Raw: `{"ngay":"31/02/2026"}`},
		{Row: 2, Reason: "malformed_row", Detail: "a quote is not closed", Raw: `"A8;x`},
		{Taken: true, Row: 9, Record: "A9", Reason: "ends_before_start_same_day", Detail: "one hour"},
	}
	for range 3 { // read every hour, it stays one
		got := incremental(t, l, sourceA, b, b)
		if got.Rejected != 4 || got.Warned != 2 || got.ByReason[kpi.BadDate] != 2 || got.ByReason[kpi.MalformedRow] != 2 {
			t.Errorf("%s %v", got, got.ByReason)
		}
		if diff := cmp.Diff(want, findingsOf(t, l, sourceA)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		l = reopened(t, l)
	}
	if list := findingsOf(t, l, sourceB); len(list) != 0 {
		t.Errorf("another source has %v", list)
	}
}

func recordsWithFindings(t *testing.T, l *Ledger) (ids []string) {
	for _, f := range findingsOf(t, l, sourceA) {
		ids = append(ids, f.Record)
	}
	return ids
}

func TestWhatClearsAFinding(t *testing.T) {
	l := opened(t, sampleOptions(t))
	bad := func(ids ...string) *kpi.Batch {
		b := &kpi.Batch{}
		for _, id := range ids {
			b.Rejects = append(b.Rejects, rejected(id, kpi.BadDate, "{"+id+"}"))
		}
		return numbered(b)
	}
	want := func(ids ...string) {
		t.Helper()
		if got := recordsWithFindings(t, l); !cmp.Equal(got, ids) {
			t.Errorf("findings of %v, want %v", got, ids)
		}
	}
	complete(t, l, sourceA, bad("A1", "A2", "A3"))
	want("A1", "A2", "A3")
	incremental(t, l, sourceA, rows(dossier("A1"))) // a good row of it
	want("A2", "A3")
	incremental(t, l, sourceA, rows(dossier("A1"))) // others were not read
	want("A2", "A3")
	incremental(t, l, sourceA, bad("A3"), rows(dossier("A2")))
	want("A3")
	complete(t, l, sourceA, rows(dossier("A1"), dossier("A2"))) // A3 is not there any more
	want()
}

func TestKeptRejectsAreBounded(t *testing.T) {
	o := sampleOptions(t)
	o.KeptRejects = 10
	l := opened(t, o)
	many := func(prefix string) *kpi.Batch {
		b := &kpi.Batch{}
		for i := range 50 {
			b.Rejects = append(b.Rejects, rejected(fmt.Sprintf("%s%02d", prefix, i), kpi.BadDate, "{}"))
		}
		return numbered(b)
	}
	for _, prefix := range []string{"alt", "neu"} { // what was found last takes the place of what was found before
		got := incremental(t, l, sourceA, many(prefix))
		if got.Rejected != 50 {
			t.Errorf("all are counted: %s", got)
		}
		ids := recordsWithFindings(t, l)
		if len(ids) != 10 || ids[0] != prefix+"00" || ids[9] != prefix+"09" {
			t.Errorf("kept %v", ids)
		}
	}
}
