package ledger

import (
	"context"
	"log/slog"
	"maps"
	"testing"

	"kpiagent/internal/kpi"
)

// onMessage does something when the ledger has logged a message.
type onMessage struct {
	slog.Handler
	do func()
}

func (h onMessage) Handle(ctx context.Context, r slog.Record) error {
	h.do()
	return h.Handler.Handle(ctx, r)
}

func (h onMessage) Enabled(context.Context, slog.Level) bool { return true }

// Whoever looks with other rules while the agent enters dossiers of a new procedure counts what was there when he began.
func TestCountingAnewBesideAWriter(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1")))
	o.ReadOnly = true
	o.Rules = maps.Clone(o.Rules)
	o.Rules[sourceA] = kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock}
	o.Log = slog.New(onMessage{slog.DiscardHandler, func() { incremental(t, l, sourceA, rows(dossier("A2", of("1.002")))) }})
	look := opened(t, o)
	wantFigures(t, look, map[string]string{"cuc-a": "received 1, finished 0/0/0, open 1, overdue 1"})
	wantSound(t, look)
	if n := len(dossiersOf(t, look)); n != 1 {
		t.Errorf("%d dossiers behind the figures", n)
	}
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 0/0/0, open 2, overdue 2"})
}

// Other rules count the same dossiers otherwise: the daybook is counted anew when the ledger is opened with them.
func TestRulesChangedBetweenTwoOpens(t *testing.T) {
	o := sampleOptions(t)
	given := "received 2, finished 0/0/1, open 1, overdue 1"
	paused := "received 2, finished 1/0/0, open 1, overdue 0"
	waitingClock := kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock}
	holidays := kpi.Rules{Calendar: calendar(t, "2026-03-09", "2026-03-10", "2026-03-11"), Clock: kpi.PauseClock}

	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", due(10), waiting(3, 9), settled(11)), dossier("A2", due(27), waiting(3, 9))))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))))
	wantFigures(t, l, map[string]string{"cuc-a": given})
	closed(t, l)

	with := func(r kpi.Rules) Options {
		changed := o
		changed.Rules = maps.Clone(o.Rules)
		changed.Rules[sourceA] = r
		return changed
	}
	look := with(waitingClock)
	look.ReadOnly = true
	l = opened(t, look) // to look is to count anew in memory only
	wantFigures(t, l, map[string]string{"cuc-a": paused})
	wantSound(t, l)
	closed(t, l)
	look = o
	look.ReadOnly = true
	l = opened(t, look)
	wantFigures(t, l, map[string]string{"cuc-a": given})
	if want := basis(o.Rules[sourceA]); l.sources[sourceA].basis != want {
		t.Errorf("a read-only ledger has written")
	}
	closed(t, l)

	for _, step := range []struct {
		rules kpi.Rules
		want  string
	}{{waitingClock, paused}, {waitingClock, paused}, {holidays, paused}, {o.Rules[sourceA], given}} {
		l = opened(t, with(step.rules))
		wantFigures(t, l, map[string]string{"cuc-a": step.want, "cuc-b": "received 1, finished 0/0/0, open 1, overdue 1"})
		if got := l.sources[sourceA].basis; got != basis(step.rules) {
			t.Errorf("counted by %q", got)
		}
		wantSound(t, l)
		closed(t, l)
	}
}

// The handling time is measured by the calendar: another one moves it.
func TestCalendarChangedBetweenTwoOpens(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", settled(4)))) // Monday to Wednesday
	workdays := func() (days float64) {
		l.Read(func(b *kpi.Books) {
			h := b.Daybook.Unit("bo").HandlingTime(march)
			days = h.Workdays()
		})
		return days
	}
	if got := workdays(); got != 2 {
		t.Errorf("%v working days", got)
	}
	closed(t, l)
	o.Rules = map[string]kpi.Rules{sourceA: {Calendar: calendar(t, "2026-03-03")}}
	l = opened(t, o)
	if got := workdays(); got != 1 {
		t.Errorf("%v working days with a day off between", got)
	}
	wantSound(t, l)
}

// A source that comes into the configuration again is counted by the rules of today.
func TestSourceConfiguredAgain(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", due(10), waiting(3, 9), settled(11))))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))))
	closed(t, l)
	pause := kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock}
	only := func(names ...string) Options {
		some := o
		some.Rules = map[string]kpi.Rules{}
		for _, name := range names {
			some.Rules[name] = pause
		}
		return some
	}
	l = opened(t, only(sourceB)) // counts anew without the first source
	wantSound(t, l)
	closed(t, l)
	l = opened(t, only(sourceA, sourceB))
	wantFigures(t, l, map[string]string{"bo": "received 2, finished 1/0/0, open 1, overdue 1"})
	wantSound(t, l)
}

// Units may be moved in the tree: the books stay, their roll-up follows.
func TestTreeChangedBetweenTwoOpens(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", in("phong-a1"))))
	closed(t, l)
	o.Units = []kpi.Unit{{ID: "bo"}, {ID: "cuc-a", Parent: "bo"}, {ID: "cuc-b", Parent: "bo"}, {ID: "phong-a1", Parent: "cuc-b"}}
	l = opened(t, o)
	wantFigures(t, l, map[string]string{"cuc-a": "received 0, finished 0/0/0, open 0, overdue 0", "cuc-b": "received 1, finished 0/0/0, open 1, overdue 1"})
	if _, err := l.Audit(context.Background()); err != nil {
		t.Error(err)
	}
}
