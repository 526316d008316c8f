package ledger

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

type plan struct {
	State string
	Full  bool
}

func wantPlan(t *testing.T, l *Ledger, source, fingerprint string, want plan) {
	t.Helper()
	state, full := l.Plan(source, fingerprint)
	if got := (plan{state, full}); got != want {
		t.Errorf("plan %+v, want %+v", got, want)
	}
}

func TestPlan(t *testing.T) {
	l := opened(t, sampleOptions(t))
	wantPlan(t, l, sourceA, "v1", plan{"", true}) // the first read
	r := begun(t, l, sourceA, true)
	taken(t, r, rows(dossier("A1")))
	finished(t, r, Ending{State: "to 7", Complete: true})
	wantPlan(t, l, sourceA, "v1", plan{"to 7", false})
	wantPlan(t, l, sourceA, "v2", plan{"", true}) // its rows may become something else now
	l = reopened(t, l)
	wantPlan(t, l, sourceA, "v1", plan{"to 7", false})

	// The full read with the new configuration is broken off: the next one has to be full too.
	if _, err := l.Begin(context.Background(), sourceA, "v2", true, noon); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantPlan(t, l, sourceA, "v2", plan{"", true})
		l = reopened(t, l)
	}
}

// What a source remembers stays where its rows are mapped anew, also when the read that does so is broken off.
func TestMemoryStays(t *testing.T) {
	l := opened(t, sampleOptions(t))
	const memory = kpi.Kept + `{"co": 7}`
	finished(t, begun(t, l, sourceA, true), Ending{State: memory, Complete: true})
	wantPlan(t, l, sourceA, "v1", plan{memory, false})
	wantPlan(t, l, sourceA, "v2", plan{memory, true})
	if _, err := l.Begin(context.Background(), sourceA, "v2", true, noon); err != nil {
		t.Fatal(err)
	}
	wantPlan(t, l, sourceA, "v2", plan{memory, false})
	l = reopened(t, l)
	wantPlan(t, l, sourceA, "v2", plan{memory, false})
}

// An import that is broken off goes on where its last batch that is in the ledger left it.
func TestInterruptedImportGoesOn(t *testing.T) {
	l := opened(t, sampleOptions(t))
	r := begun(t, l, sourceA, true)
	first := rows(dossier("A1"), dossier("A2"))
	first.State = "to 2"
	taken(t, r, first, rows(dossier("A3"))) // no state yet with the third
	l = reopened(t, l)                      // as after a kill: neither Finish nor Fail
	wantPlan(t, l, sourceA, "v1", plan{"to 2", false})

	runs, err := l.Runs(context.Background(), sourceA, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []sourcelog.Run{{Source: sourceA, Started: noon.Local(), Ended: noon.Local(), Full: true, Error: "interrupted: the agent stopped in the middle of it",
		Summary: sourcelog.Summary{Rows: 3, Added: 3}}}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Errorf("run log (-want +got):\n%s", diff)
	}
	got := incremental(t, l, sourceA, rows(dossier("A3"), dossier("A4")))
	if got.Added != 1 {
		t.Errorf("%s", got)
	}
	wantFigures(t, l, map[string]string{"cuc-a": "received 4, finished 0/0/0, open 4, overdue 4"})
}

// A read of everything that has brought nothing but rejected rows is no progress, whether it failed or was killed: the cursor
// of its last row is not the place where the next read goes on.
func TestAReadOfNothingButRejectedRowsIsDueAgain(t *testing.T) {
	reaching := func(b *kpi.Batch, state string) *kpi.Batch {
		b.State = state
		return b
	}
	fails := func(t *testing.T, r *Run) {
		if err := r.Fail(context.Background(), errors.New("every one of the rows was rejected"), noon); err != nil {
			t.Fatal(err)
		}
	}
	for _, known := range []bool{false, true} {
		for name, end := range map[string]func(*testing.T, *Run){"failed": fails, "killed": func(*testing.T, *Run) {}} {
			t.Run(fmt.Sprintf("%s, known before: %t", name, known), func(t *testing.T) {
				l := opened(t, sampleOptions(t))
				if known {
					r := begun(t, l, sourceA, true)
					taken(t, r, rows(dossier("A1")))
					finished(t, r, Ending{State: "to 7", Complete: true})
				}
				begin := func() *Run {
					r, err := l.Begin(context.Background(), sourceA, "a mapping that fits no row", true, noon)
					if err != nil {
						t.Fatal(err)
					}
					return r
				}
				r := begin()
				taken(t, r, reaching(rejects(rejected("A1", kpi.BadDate, "1")), "to 8"), reaching(rejects(rejected("A2", kpi.BadDate, "2")), "to 9"))
				end(t, r)
				for range 2 {
					wantPlan(t, l, sourceA, "a mapping that fits no row", plan{"", true})
					l = reopened(t, l)
				}
				r = begin()
				taken(t, r, reaching(rejects(rejected("A1", kpi.BadDate, "1")), "to 8"), reaching(rows(dossier("A2")), "to 9"))
				end(t, r)
				wantPlan(t, l, sourceA, "a mapping that fits no row", plan{"to 9", false}) // broken off, it goes on
			})
		}
	}
}

// Procedures that become known while a first read is broken off have it begin again: it has rejected rows that are good now.
// What is begun again can be broken off in its turn and goes on.
func TestNewProceduresHaveABrokenOffImportBeginAgain(t *testing.T) {
	l := opened(t, sampleOptions(t))
	reaching := func(b *kpi.Batch, state string) *kpi.Batch {
		b.State = state
		return b
	}
	r := begun(t, l, sourceA, true)
	taken(t, r, reaching(rows(dossier("A1")), "to 1"), reaching(unknownProcedure("A2"), "to 2"))
	wantPlan(t, l, sourceA, "v1", plan{"to 2", false})
	complete(t, l, sourceP, procedures(kpi.Procedure{Unit: "bo", Code: "1.777"}))
	for range 2 {
		wantPlan(t, l, sourceA, "v1", plan{"", true})
		l = reopened(t, l)
	}
	begun(t, l, sourceA, true)
	for range 2 { // broken off before its first batch
		wantPlan(t, l, sourceA, "v1", plan{"", true})
		l = reopened(t, l)
	}
	r = begun(t, l, sourceA, true)
	taken(t, r, reaching(rows(dossier("A1")), "to 1"))
	for range 2 {
		wantPlan(t, l, sourceA, "v1", plan{"to 1", false})
		l = reopened(t, l)
	}
	incremental(t, l, sourceA, rows(dossier("A2", of("1.777"))))
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 0/0/0, open 2, overdue 2"})
}

// A run that a panic has left open is closed by the next one of its source.
func TestRunLeftOpenIsClosedByTheNext(t *testing.T) {
	l := opened(t, sampleOptions(t))
	begun(t, l, sourceA, true)
	other := begun(t, l, sourceB, true) // this one goes on
	incremental(t, l, sourceA)
	runs, err := l.Runs(context.Background(), sourceA, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || runs[1].Error != interrupted || !runs[0].OK {
		t.Errorf("%+v", runs)
	}
	finished(t, other, Ending{})
	if runs, _ := l.Runs(context.Background(), sourceB, 10); len(runs) != 1 || !runs[0].OK {
		t.Errorf("%+v", runs)
	}
}

func unknownProcedure(id string) *kpi.Batch {
	return rejects(kpi.Reject{ID: id, Raw: `{"tthc":"1.777"}`, Fault: kpi.Fault{Reason: kpi.UnknownProcedure, Field: "procedure", Detail: "1.777"}})
}

// Rows rejected for a procedure that is known now are read again, however the two reads were interleaved.
func TestNewProceduresHaveRejectedRowsReadAgain(t *testing.T) {
	learn := func(t *testing.T, l *Ledger) {
		complete(t, l, sourceP, procedures(kpi.Procedure{Unit: "bo", Code: "1.777"}))
	}
	state := Ending{State: "to 7", Complete: true}
	for name, play := range map[string]func(t *testing.T, l *Ledger){
		"learnt after the read": func(t *testing.T, l *Ledger) {
			r := begun(t, l, sourceA, true)
			taken(t, r, rows(dossier("A1")), unknownProcedure("A2"))
			finished(t, r, state)
			wantPlan(t, l, sourceA, "v1", plan{"to 7", false})
			learn(t, l)
		},
		"learnt within the read, after the row": func(t *testing.T, l *Ledger) {
			r := begun(t, l, sourceA, true)
			taken(t, r, rows(dossier("A1")), unknownProcedure("A2"))
			learn(t, l)
			finished(t, r, state)
		},
		"learnt within the read, before the row comes in": func(t *testing.T, l *Ledger) {
			r := begun(t, l, sourceA, true)
			learn(t, l)
			taken(t, r, rows(dossier("A1")), unknownProcedure("A2"))
			finished(t, r, state)
		},
		"in a read that failed": func(t *testing.T, l *Ledger) {
			r := begun(t, l, sourceA, true)
			taken(t, r, rows(dossier("A1")))
			finished(t, r, state)
			r = begun(t, l, sourceA, false)
			learn(t, l)
			taken(t, r, unknownProcedure("A2"))
			if err := r.Fail(context.Background(), errors.New("down"), noon); err != nil {
				t.Fatal(err)
			}
		},
		"where other findings fill what is kept": func(t *testing.T, l *Ledger) {
			l.options.KeptRejects = 2
			r := begun(t, l, sourceA, true)
			taken(t, r, rows(dossier("A1")), rejects(rejected("x", kpi.BadDate, "1"), rejected("y", kpi.BadDate, "2"), rejected("z", kpi.BadDate, "3")), unknownProcedure("A2"))
			finished(t, r, state)
			learn(t, l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := opened(t, sampleOptions(t))
			play(t, l)
			for range 2 {
				wantPlan(t, l, sourceA, "v1", plan{"", true})
				l = reopened(t, l)
			}
			incremental(t, l, sourceA) // not what was asked for: it stays planned
			wantPlan(t, l, sourceA, "v1", plan{"", true})
			r := begun(t, l, sourceA, true)
			taken(t, r, rows(dossier("A1"), dossier("A2", of("1.777"))))
			finished(t, r, state)
			for range 2 {
				wantPlan(t, l, sourceA, "v1", plan{"to 7", false})
				l = reopened(t, l)
			}
		})
	}
}

// The clock may jump: what counts is the order in which runs happen.
func TestClockGoesBackwards(t *testing.T) {
	l := opened(t, sampleOptions(t))
	at := func(now time.Time, d *kpi.Dossier) {
		r, err := l.Begin(context.Background(), sourceA, "v1", false, now)
		if err != nil {
			t.Fatal(err)
		}
		taken(t, r, rows(d))
		finished(t, r, Ending{Now: now})
	}
	at(noon.AddDate(10, 0, 0), dossier("A1"))
	at(noon, dossier("A1", settled(9)))
	at(noon.Add(-time.Hour), dossier("A2"))
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 1/0/0, open 1, overdue 1"})
	last, err := l.LastSuccess(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !last[sourceA].Equal(noon.Add(-time.Hour)) {
		t.Errorf("last success %s", last[sourceA])
	}
	runs, err := l.Runs(context.Background(), sourceA, 1)
	if err != nil || len(runs) != 1 || runs[0].Added != 1 {
		t.Errorf("newest run %+v, %v", runs, err)
	}
	wantSound(t, reopened(t, l))
}

func TestRunLogIsBounded(t *testing.T) {
	o := sampleOptions(t)
	o.KeptRuns = 3
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1")))
	for range 10 {
		if err := begun(t, l, sourceA, false).Fail(context.Background(), errors.New("connection refused"), noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := l.Runs(context.Background(), sourceA, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 4 || runs[0].Error != "connection refused" || !runs[3].OK {
		t.Errorf("three, and the last that went well: %+v", runs)
	}
	last, err := l.LastSuccess(context.Background())
	if err != nil || !last[sourceA].Equal(noon) {
		t.Errorf("%v, %v", last, err)
	}
	r := begun(t, l, sourceA, false)
	finished(t, r, Ending{})
	if err := r.Fail(context.Background(), errors.New("too late"), noon); err != nil {
		t.Fatal(err)
	}
	if runs, _ := l.Runs(context.Background(), sourceA, 1); !runs[0].OK || runs[0].Error != "" {
		t.Errorf("a run that ended well stays one: %+v", runs[0])
	}
}

// A first Begin that fails is no Begin: neither this source nor one that is being read is harmed.
func TestFailedBegin(t *testing.T) {
	l := opened(t, sampleOptions(t))
	r := begun(t, l, sourceB, true)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Begin(ended, sourceA, "v1", true, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	taken(t, r, rows(dossier("B1", in("cuc-b"))))
	finished(t, r, Ending{State: "to 1", Complete: true})
	wantPlan(t, l, sourceB, "v1", plan{"to 1", false})
	wantPlan(t, l, sourceA, "v1", plan{"", true})
	complete(t, l, sourceA, rows(dossier("A1")))
	wantSound(t, l)
}

func TestSummaryReadsAsOneLine(t *testing.T) {
	s := sourcelog.Summary{Rows: 19, Good: 8, Added: 1, Changed: 2, Removed: 3, Rejected: 4, Warned: 5, Held: 6, Skipped: 7,
		SkippedBy: map[string]int64{"rule 'tổng'": 7}}
	if got := s.String(); got != "19 rows: 1 added, 2 changed, 5 unchanged, 4 rejected, 7 skipped (rule 'tổng'); 3 removed, 5 warnings; 6 missing ones held back" {
		t.Error(got)
	}
	totals := sourcelog.Summary{Rows: 2, Good: 5, Added: 5, Rejected: 1}
	if got := totals.String(); got != "2 rows, 6 records: 5 added, 0 changed, 0 unchanged, 1 rejected; 0 removed, 0 warnings" {
		t.Error(got)
	}
	if got := (sourcelog.Summary{Unchanged: true}).String(); got != "unchanged" {
		t.Error(got)
	}
}
