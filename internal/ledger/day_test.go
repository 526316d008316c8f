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

func daysOf(t *testing.T, l *Ledger) []sourcelog.Day {
	t.Helper()
	list, err := l.Days(context.Background(), 0, kpi.Date(2100, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if !list[i].LastOK.IsZero() {
			list[i].LastOK = list[i].LastOK.UTC()
		}
	}
	return list
}

// aDay has two good runs with a failed and an interrupted one, on both sides of midnight in Hanoi.
func aDay(t *testing.T, o Options) (l *Ledger, want []sourcelog.Day) {
	t.Helper()
	l = opened(t, o)
	evening := time.Date(2026, 4, 1, 16, 50, 0, 0, time.UTC)   // 23:50 in Hanoi
	afterwards := time.Date(2026, 4, 1, 17, 5, 0, 0, time.UTC) // the next day there
	r := begun(t, l, sourceA, true)
	taken(t, r, rows(dossier("A1"), dossier("A2")), rejects(rejected("A3", kpi.BadDate, "{}")))
	finished(t, r, Ending{Complete: true, Now: evening})
	r = begun(t, l, sourceA, false)
	taken(t, r, rows(dossier("A4")))
	if err := r.Fail(context.Background(), errors.New("the line broke"), afterwards); err != nil {
		t.Fatal(err)
	}
	r = begun(t, l, sourceA, false)
	finished(t, r, Ending{Unchanged: true, Now: afterwards})
	begun(t, l, sourceA, false) // at noon of the 1st, and nobody ends it
	l = reopened(t, l)
	return l, []sourcelog.Day{
		{Source: sourceA, Day: kpi.Date(2026, 4, 1), OK: 1, Failed: 1, Rows: 3, Rejected: 1, LastOK: evening},
		{Source: sourceA, Day: kpi.Date(2026, 4, 2), OK: 1, Failed: 1, Rows: 1, LastOK: afterwards},
	}
}

func inHanoi(t *testing.T) Options {
	t.Helper()
	o := sampleOptions(t)
	o.Location = time.FixedZone("Hanoi", 7*3600)
	return o
}

func TestDays(t *testing.T) {
	l, want := aDay(t, inHanoi(t))
	if err := begun(t, l, sourceA, false).Fail(context.Background(), fmt.Errorf("%w: another configuration", ErrBrokenOff), noon); err != nil {
		t.Fatal(err) // and it is not counted
	}
	if diff := cmp.Diff(want, daysOf(t, l)); diff != "" {
		t.Errorf("the day log (-want +got):\n%s", diff)
	}
	none, err := l.Days(context.Background(), kpi.Date(2026, 4, 3), kpi.Date(2026, 4, 30))
	if err != nil || len(none) != 0 {
		t.Errorf("days without runs: %v, %v", none, err)
	}
}

// A ledger from before the day log has it filled from the run log.
func TestDaysOfAnOlderLedger(t *testing.T) {
	o := inHanoi(t)
	l, want := aDay(t, o)
	closed(t, l)
	execIn(t, o.Path, `drop table source_day; drop table touched; delete from meta; drop table profile; alter table run drop column good;
		alter table run drop column skipped; alter table run drop column parts; pragma user_version = 1`)
	if diff := cmp.Diff(want, daysOf(t, opened(t, o))); diff != "" {
		t.Errorf("the day log (-want +got):\n%s", diff)
	}
}

// The run log keeps the last runs only; the day log keeps its days, and forgets those of long ago.
func TestDaysOutliveTheRunLog(t *testing.T) {
	o := inHanoi(t)
	o.KeptRuns = 2
	l := opened(t, o)
	for i := range keptDays + 10 {
		r := begun(t, l, sourceA, false)
		finished(t, r, Ending{Now: noon.AddDate(0, 0, i)})
	}
	days := daysOf(t, l)
	last := kpi.DayOf(noon) + keptDays + 9
	if len(days) != keptDays+1 || days[0].Day != last-keptDays || days[len(days)-1].Day != last {
		t.Errorf("%d days from %s to %s", len(days), days[0].Day, days[len(days)-1].Day)
	}
}
