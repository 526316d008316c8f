package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// The sample ministry of these tests: two departments below the root, and one below the first.
var ministry = []kpi.Unit{{ID: "bo"}, {ID: "cuc-a", Parent: "bo"}, {ID: "cuc-b", Parent: "bo"}, {ID: "phong-a1", Parent: "cuc-a"}}

const (
	sourceA = "cuc-a/mot-cua"
	sourceB = "cuc-b/cong"
	sourceP = "bo/danh-muc" // procedures and observations
)

// noon is the time of every run that does not care; march the month in which the dossiers of the examples live.
var (
	noon  = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	march = kpi.PeriodOf(kpi.PeriodMonth, kpi.Date(2026, 3, 1), kpi.CutCalendar)
)

func calendar(t testing.TB, daysOff ...string) *kpi.Calendar {
	t.Helper()
	c, err := kpi.NewCalendar(kpi.CalendarOptions{DaysOff: daysOff})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sampleOptions are those of a ledger in a folder of its own, with three configured sources.
func sampleOptions(t testing.TB) Options {
	t.Helper()
	rules := kpi.Rules{Calendar: calendar(t)}
	return Options{Path: filepath.Join(t.TempDir(), "so.db"), Units: ministry, KeptRejects: 100, KeptRuns: 20, Levels: []string{"nhom_mot_cua"},
		Rules: map[string]kpi.Rules{sourceA: rules, sourceB: rules, sourceP: rules}}
}

// opened opens a ledger and closes it with the test, unless the test has closed it.
func opened(t testing.TB, o Options) *Ledger {
	t.Helper()
	l, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func reopened(t testing.TB, l *Ledger) *Ledger {
	t.Helper()
	closed(t, l)
	return opened(t, l.options)
}

func closed(t testing.TB, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// on is a morning in March 2026.
func on(day int) kpi.Stamp { return kpi.Date(2026, 3, day).Stamp() + 9*3600 }

// dossier is one of unit cuc-a, received online on the 2nd and open, with what the example is about changed.
func dossier(id string, changes ...func(*kpi.Dossier)) *kpi.Dossier {
	d := &kpi.Dossier{ID: id, Unit: "cuc-a", Procedure: "1.001", Channel: kpi.Online, Received: on(2), Due: on(20)}
	for _, change := range changes {
		change(d)
	}
	return d
}

func settled(day int) func(*kpi.Dossier) {
	return func(d *kpi.Dossier) { d.Finished, d.Outcome = on(day), kpi.Settled }
}
func due(day int) func(*kpi.Dossier) { return func(d *kpi.Dossier) { d.Due = on(day) } }
func in(unit string) func(*kpi.Dossier) {
	return func(d *kpi.Dossier) { d.Unit = unit }
}
func of(procedure string) func(*kpi.Dossier) {
	return func(d *kpi.Dossier) { d.Procedure = procedure }
}
func by(c kpi.Channel) func(*kpi.Dossier) { return func(d *kpi.Dossier) { d.Channel = c } }
func waiting(from, to int) func(*kpi.Dossier) {
	return func(d *kpi.Dossier) {
		p := kpi.Pause{From: on(from)}
		if to > 0 {
			p.To = on(to)
		}
		d.Pauses = append(d.Pauses, p)
	}
}

// rows makes a batch of dossiers without change times.
func rows(list ...*kpi.Dossier) *kpi.Batch {
	b := &kpi.Batch{}
	for _, d := range list {
		b.Records = append(b.Records, kpi.Record{Dossier: d})
	}
	return numbered(b)
}

// version is a row with a change time.
func version(changed int64, d *kpi.Dossier) kpi.Record {
	return kpi.Record{Dossier: d, Changed: changed}
}

func records(list ...kpi.Record) *kpi.Batch { return numbered(&kpi.Batch{Records: list}) }

func rejected(id string, reason kpi.Reason, raw string) kpi.Reject {
	return kpi.Reject{ID: id, Raw: raw, Fault: kpi.Fault{Reason: reason, Field: "received", Detail: "example"}}
}

func rejects(list ...kpi.Reject) *kpi.Batch { return numbered(&kpi.Batch{Rejects: list}) }

func numbered(b *kpi.Batch) *kpi.Batch {
	for i := range b.Records {
		b.Records[i].Row = int64(i + 1)
	}
	for i := range b.Rejects {
		b.Rejects[i].Row = int64(len(b.Records) + i + 1)
	}
	b.Rows = int64(len(b.Records) + len(b.Rejects))
	return b
}

func begun(t testing.TB, l *Ledger, source string, full bool) *Run {
	t.Helper()
	r, err := l.Begin(context.Background(), source, "v1", full, noon)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func taken(t testing.TB, r *Run, batches ...*kpi.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := r.Take(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func finished(t testing.TB, r *Run, e Ending) sourcelog.Summary {
	t.Helper()
	if e.Now.IsZero() {
		e.Now = noon
	}
	s, err := r.Finish(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// complete is a read of everything that the source holds; incremental one of what is new.
func complete(t testing.TB, l *Ledger, source string, batches ...*kpi.Batch) sourcelog.Summary {
	t.Helper()
	r := begun(t, l, source, true)
	taken(t, r, batches...)
	return finished(t, r, Ending{Complete: true})
}

func incremental(t testing.TB, l *Ledger, source string, batches ...*kpi.Batch) sourcelog.Summary {
	t.Helper()
	r := begun(t, l, source, false)
	taken(t, r, batches...)
	return finished(t, r, Ending{})
}

// tallyOf gives the form for March.
func tallyOf(l *Ledger, unit string) (tally kpi.Tally) {
	l.Read(func(b *kpi.Books) { tally = b.Daybook.Unit(unit).Tally(march) })
	return tally
}

// figures is the short form of a tally in these tests.
func figures(l *Ledger, unit string) string {
	t := tallyOf(l, unit)
	return fmt.Sprintf("received %d, finished %d/%d/%d, open %d, overdue %d", t.Online+t.Counter+t.Postal, t.Early, t.OnTime, t.Late, t.InProgress, t.Overdue)
}

func wantFigures(t testing.TB, l *Ledger, want map[string]string) {
	t.Helper()
	for unit, text := range want {
		if got := figures(l, unit); got != text {
			t.Errorf("%s: %s, want %s", unit, got, text)
		}
	}
}

// wantSound checks what the ledger promises at any time: the daybook equals a full count, and the books balance.
func wantSound(t testing.TB, l *Ledger) {
	t.Helper()
	differences, err := l.Audit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for unit, n := range differences {
		if n != 0 {
			t.Errorf("%s: %d counts of the daybook differ from a full count", unit, n)
		}
	}
	l.Read(func(b *kpi.Books) {
		for _, u := range ministry {
			if n := b.Daybook.Unit(u.ID).Tally(march).Imbalance(); n != 0 {
				t.Errorf("%s: out of balance by %d", u.ID, n)
			}
			for _, code := range b.Daybook.Procedures(u.ID) {
				if n := b.Daybook.Procedure(u.ID, code).Tally(march).Imbalance(); n != 0 {
					t.Errorf("%s, %s: out of balance by %d", u.ID, code, n)
				}
			}
		}
	})
}

// dossiersOf lists what stands behind the figures, by source and id.
func dossiersOf(t testing.TB, l *Ledger) map[string]kpi.Dossier {
	t.Helper()
	list := map[string]kpi.Dossier{}
	err := l.Dossiers(context.Background(), func(source string, d *kpi.Dossier) error {
		if _, twice := list[source+" "+d.ID]; twice {
			t.Errorf("%s %s is there twice", source, d.ID)
		}
		list[source+" "+d.ID] = *d
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func findingsOf(t testing.TB, l *Ledger, source string) []sourcelog.Finding {
	t.Helper()
	list, err := l.Findings(context.Background(), source, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// segmentCount is how many segments the file holds.
func segmentCount(t testing.TB, l *Ledger) (n int) {
	t.Helper()
	if err := l.db.QueryRow("select count(*) from segment").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
