package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

func profileOf(rows int64) *sourcelog.Profile {
	return &sourcelog.Profile{Headers: []sourcelog.Header{{Rows: rows, Columns: []sourcelog.Column{
		{Name: "kênh", Texts: rows, Distinct: 2, Values: map[string]int64{"Trực tuyến": rows - 1, "Trực tiếp": 1}},
		{Name: "ngày trả", Times: rows, First: noon, Last: noon, Doubts: []sourcelog.Doubt{{Kind: sourcelog.OddYear, Counts: []int64{1, rows}}}},
	}}}}
}

// What the columns held is kept of the last complete read, over a restart too; before there is one, of any read.
func TestProfileOfTheLastCompleteRead(t *testing.T) {
	l := opened(t, sampleOptions(t))
	for _, read := range []struct {
		name string
		end  Ending
		rows int64 // that the kept profile has
	}{
		{"of new rows only, and there is none yet", Ending{Profile: profileOf(3)}, 3},
		{"of new rows only, later", Ending{Profile: profileOf(4)}, 4},
		{"complete", Ending{Profile: profileOf(900), Complete: true}, 900},
		{"of new rows only, after a complete one", Ending{Profile: profileOf(5)}, 900},
		{"nothing new", Ending{Profile: profileOf(0), Complete: true, Unchanged: true}, 900},
		{"no rows", Ending{Profile: new(sourcelog.Profile), Complete: true}, 900},
		{"complete again", Ending{Profile: profileOf(905), Complete: true}, 905},
	} {
		finished(t, begun(t, l, sourceA, read.end.Complete), read.end)
		l = reopened(t, l)
		kept, err := l.Profile(context.Background(), sourceA)
		if err != nil || kept == nil || kept.Headers[0].Rows != read.rows {
			t.Fatalf("%s: kept is %+v, %v; want one of %d rows", read.name, kept, err, read.rows)
		}
	}
	want := profileOf(905)
	kept, _ := l.Profile(context.Background(), sourceA)
	want.Complete, want.Read = true, kept.Read
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if none, err := l.Profile(context.Background(), sourceB); none != nil || err != nil {
		t.Errorf("of a source that was never read: %v, %v", none, err)
	}
	closed(t, l)
	execIn(t, l.path, "update profile set content = '{'")
	l = opened(t, l.options)
	if none, err := l.Profile(context.Background(), sourceA); none != nil || err != nil {
		t.Errorf("one that cannot be read: %v, %v", none, err)
	}
	finished(t, begun(t, l, sourceA, true), Ending{Profile: profileOf(7), Complete: true})
}

// The run log says what the rows of a read became: those that count, those rejected by reason and those skipped by rule.
func TestRunLogAddsUp(t *testing.T) {
	l := opened(t, sampleOptions(t))
	batch := func() *kpi.Batch {
		return &kpi.Batch{Rows: 6, Skipped: 3, SkippedBy: map[string]int64{"rule 'tổng'": 2, "mapping.outcome": 1},
			Records: []kpi.Record{{Row: 1, Dossier: dossier("1")}},
			Rejects: []kpi.Reject{{Row: 2, ID: "2", Fault: kpi.Fault{Reason: kpi.BadDate}}, {Row: 3, Fault: kpi.Fault{Reason: kpi.MissingField}}}}
	}
	r := begun(t, l, sourceA, true)
	for range 2 {
		if err := r.Take(context.Background(), batch()); err != nil {
			t.Fatal(err)
		}
	}
	finished(t, r, Ending{Complete: true})
	r = begun(t, l, sourceA, true)
	if err := r.Take(context.Background(), batch()); err != nil {
		t.Fatal(err)
	}
	if err := r.Fail(context.Background(), errors.New("the line broke"), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	runs, err := reopened(t, l).Runs(context.Background(), sourceA, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, times := range []int64{1, 2} {
		got := runs[i].Summary
		want := sourcelog.Summary{Rows: 6 * times, Good: times, Rejected: 2 * times, Skipped: 3 * times, Added: times - 1,
			SkippedBy: map[string]int64{"rule 'tổng'": 2 * times, "mapping.outcome": times},
			ByReason:  map[kpi.Reason]int64{kpi.BadDate: times, kpi.MissingField: times}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("run %d (-want +got):\n%s", i, diff)
		}
	}
}
