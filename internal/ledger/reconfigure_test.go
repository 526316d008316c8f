package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// with changes a copy of options.
func with(o Options, change func(o *Options)) Options {
	o.Rules = maps.Clone(o.Rules)
	change(&o)
	return o
}

func reconfigured(t testing.TB, l *Ledger, o Options) {
	t.Helper()
	swapped := 0
	if err := l.Reconfigure(context.Background(), o, func() { swapped++ }); err != nil {
		t.Fatal(err)
	}
	if swapped != 1 {
		t.Errorf("swapped was called %d times", swapped)
	}
}

// Rules, tree and sources change while the ledger is open, and a run that is open then goes on by what holds now.
func TestReconfigureWhileReading(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", due(10), waiting(3, 9), settled(11))))
	complete(t, l, sourceB, rows(dossier("B1", in("cuc-b"))))
	run := begun(t, l, sourceA, true)
	taken(t, run, rows(dossier("A2", due(10), waiting(3, 9), settled(11))))
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 0/0/2, open 0, overdue 0"})

	pause := kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock}
	reconfigured(t, l, with(o, func(o *Options) { o.Rules[sourceA] = pause }))
	wantFigures(t, l, map[string]string{"cuc-a": "received 2, finished 2/0/0, open 0, overdue 0"})
	wantSound(t, l)
	taken(t, run, rows(dossier("A3", due(10), waiting(3, 9), settled(11))))
	wantFigures(t, l, map[string]string{"cuc-a": "received 3, finished 3/0/0, open 0, overdue 0"})

	reconfigured(t, l, with(o, func(o *Options) { delete(o.Rules, sourceA) }))
	wantFigures(t, l, map[string]string{"bo": "received 1, finished 0/0/0, open 1, overdue 1", "cuc-a": "received 0, finished 0/0/0, open 0, overdue 0"})
	wantSound(t, l)
	if err := run.Take(context.Background(), rows(dossier("A4"))); !errors.Is(err, ErrNotConfigured) {
		t.Errorf("a batch of a source that is gone: %v", err)
	}
	if _, err := run.Finish(context.Background(), Ending{Complete: true, Now: noon}); !errors.Is(err, ErrNotConfigured) {
		t.Errorf("the end of a read of a source that is gone: %v", err)
	}
	if err := run.Fail(context.Background(), errors.New("gone"), noon); err != nil {
		t.Error(err)
	}

	reconfigured(t, l, with(o, func(o *Options) {
		o.Units = []kpi.Unit{{ID: "bo"}, {ID: "cuc-b", Parent: "bo"}, {ID: "cuc-a", Parent: "cuc-b"}, {ID: "phong-a1", Parent: "cuc-a"}}
	}))
	wantFigures(t, l, map[string]string{"cuc-b": "received 4, finished 0/0/3, open 1, overdue 1"})
	wantSound(t, l)
}

// Declared procedures are there at once; nothing is counted anew for them.
func TestReconfigureProcedures(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1")))
	run := begun(t, l, sourceA, true)
	taken(t, run, rejects(rejected("A2", kpi.UnknownProcedure, "{}")))
	reconfigured(t, l, with(o, func(o *Options) { o.Declared = []kpi.Procedure{{Unit: "bo", Code: "2.002"}} }))
	l.Read(func(b *kpi.Books) {
		if !b.Register.Known("cuc-a", "2.002") {
			t.Error("the declared procedure is not known")
		}
	})
	taken(t, run, rejects(rejected("A3", kpi.UnknownProcedure, "{}"))) // mapped before the change
	finished(t, run, Ending{State: "s", Complete: true})
	if _, full := l.Plan(sourceA, "v1"); !full {
		t.Error("rows rejected while their procedure became known are not asked for again")
	}
}

// Where it cannot be done, all is as before.
func TestReconfigureThatFails(t *testing.T) {
	o := sampleOptions(t)
	l := opened(t, o)
	complete(t, l, sourceA, rows(dossier("A1", due(10), waiting(3, 9), settled(11))))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	other := with(o, func(o *Options) { o.Rules[sourceA] = kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock} })
	if err := l.Reconfigure(ctx, other, func() { t.Error("swapped") }); err == nil {
		t.Error("no error")
	}
	wantFigures(t, l, map[string]string{"cuc-a": "received 1, finished 0/0/1, open 0, overdue 0"})
	wantSound(t, l)
	l = reopened(t, l)
	wantFigures(t, l, map[string]string{"cuc-a": "received 1, finished 0/0/1, open 0, overdue 0"})
	closed(t, l)
	o.ReadOnly = true
	if err := opened(t, o).Reconfigure(t.Context(), other, func() {}); err == nil {
		t.Error("a ledger that is only looked at was reconfigured")
	}
}

// However often the configuration changes between and within reads, the figures are those of a ledger opened with it.
func TestReconfigureIsLikeOpening(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playReconfigurations(t, rand.New(rand.NewPCG(seed, 12))) })
	}
}

func playReconfigurations(t *testing.T, random *rand.Rand) {
	o := sampleOptions(t)
	changes := []func(*Options){
		func(*Options) {},
		func(o *Options) {
			o.Rules[sourceA] = kpi.Rules{Calendar: calendar(t), Clock: kpi.PauseClock, ByHour: true}
		},
		func(o *Options) { o.Rules[sourceB] = kpi.Rules{Calendar: calendar(t, "2026-03-04", "2026-03-05")} },
		func(o *Options) { delete(o.Rules, sourceB) },
		func(o *Options) { delete(o.Rules, sourceP); o.Levels = nil },
		func(o *Options) {
			o.Levels = nil
			o.Declared = []kpi.Procedure{{Unit: "bo", Code: "1.001", Name: "Khai báo"}}
		},
		func(o *Options) {
			o.Units = append(slices.Clone(ministry[:3]), kpi.Unit{ID: "phong-a1", Parent: "cuc-b"})
		},
		func(o *Options) { o.Units = ministry[:3] },
	}
	l := opened(t, o)
	complete(t, l, sourceP, records(kpi.Record{Procedure: &kpi.Procedure{Unit: "bo", Code: "1.000"}},
		kpi.Record{Observation: &kpi.Observation{Unit: "cuc-a", Measure: "nhom_mot_cua", Day: kpi.Date(2026, 3, 5), Value: 3}}))
	now := o
	for step := range 25 {
		name := []string{sourceA, sourceB}[random.IntN(2)]
		if !now.configured(name) {
			name = sourceA
		}
		s := &system{source: name, unit: name[:5], random: random, holds: map[string]*kpi.Dossier{}, fresh: map[string]bool{}, clock: int64(1000 * step)}
		s.live()
		r := begun(t, l, name, true)
		for _, batch := range s.batches(true) {
			taken(t, r, batch)
			if random.IntN(3) == 0 {
				change := changes[random.IntN(len(changes))]
				if next := with(o, change); next.configured(name) {
					reconfigured(t, l, next)
					now = next
				}
			}
		}
		finished(t, r, Ending{Complete: true, AcceptDrop: random.IntN(2) == 0})
		looked := now
		looked.ReadOnly = true
		look := opened(t, looked)
		if diff := cmp.Diff(everything(look), everything(l)); diff != "" {
			t.Fatalf("step %d (-opened +reconfigured):\n%s", step, diff)
		}
		closed(t, look)
		wantSound(t, l)
	}
}

// everything that figures are computed from, in a form that can be compared.
func everything(l *Ledger) (list []string) {
	l.Read(func(b *kpi.Books) {
		for _, u := range b.Daybook.Units() {
			for _, kind := range kpi.PeriodKinds() {
				p := kpi.PeriodOf(kind, kpi.Date(2026, 3, 14), kpi.CutCalendar)
				list = append(list, fmt.Sprintf("%s %s %+v", u.ID, p.Label, b.Daybook.Unit(u.ID).Tally(p)))
				for _, code := range b.Daybook.Procedures(u.ID) {
					list = append(list, fmt.Sprintf("%s %s %s %+v", u.ID, code, p.Label, b.Daybook.Procedure(u.ID, code).Tally(p)))
				}
				for _, measure := range b.Observed.Measures(u.ID) {
					value, ok := b.Observed.Value(u.ID, measure, p)
					list = append(list, fmt.Sprintf("%s %s %s %v %t", u.ID, measure, p.Label, value, ok))
				}
			}
			list = append(list, fmt.Sprintf("%s %+v", u.ID, b.Register.Procedures(u.ID)))
		}
	})
	return list
}
