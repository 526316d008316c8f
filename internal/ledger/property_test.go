package ledger

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

// system is a unit's system in a random history: what it holds, what has changed since it was read last.
type system struct {
	source, unit string
	random       *rand.Rand
	holds        map[string]*kpi.Dossier
	fresh        map[string]bool
	clock        int64
	read         bool // completely, at least once
}

// live lets some of the system's dossiers be born, change and be deleted.
func (s *system) live() {
	for range s.random.IntN(25) {
		id := fmt.Sprintf("%s-%02d", s.source[:5], s.random.IntN(60)) // also ids of dossiers deleted before
		if _, there := s.holds[id]; there && s.random.IntN(10) == 0 {
			delete(s.holds, id)
			delete(s.fresh, id)
			continue
		}
		s.holds[id] = s.version(id)
		s.fresh[id] = true
	}
}

func (s *system) version(id string) *kpi.Dossier {
	r := s.random
	d := &kpi.Dossier{ID: id, Unit: s.unit, Procedure: fmt.Sprintf("1.00%d", r.IntN(4)), Channel: kpi.Channel(1 + r.IntN(3)), Received: on(1 + r.IntN(20)),
		FeeDue: kpi.Mark(r.IntN(3)), PaidOnline: kpi.Mark(r.IntN(3)), Satisfied: kpi.Mark(r.IntN(3))}
	if r.IntN(6) == 0 {
		d.Unit = "phong-a1"
	}
	if r.IntN(5) > 0 {
		d.Due = d.Received + kpi.Stamp(r.IntN(15)*86400)
	}
	last := d.Received
	if r.IntN(3) == 0 {
		p := kpi.Pause{From: last + kpi.Stamp(r.IntN(3)*86400)}
		p.To = p.From + kpi.Stamp(r.IntN(4)*86400)
		d.Pauses, last = append(d.Pauses, p), p.To
	}
	if r.IntN(2) == 0 {
		d.Finished, d.Outcome = last+kpi.Stamp(r.IntN(12)*86400), kpi.Outcome(1+r.IntN(4))
	}
	return d
}

// batches are the rows of a read, cut at random; some rows come twice, and some after an older version of themselves.
func (s *system) batches(full bool) (list []*kpi.Batch) {
	ids := slices.Sorted(maps.Keys(s.fresh))
	if full {
		ids = slices.Sorted(maps.Keys(s.holds))
	}
	s.random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	current := &kpi.Batch{}
	cut := func() {
		if len(current.Records) > 0 {
			list = append(list, numbered(current))
			current = &kpi.Batch{}
		}
	}
	for _, id := range ids {
		s.clock++
		current.Records = append(current.Records, kpi.Record{Dossier: s.holds[id], Changed: 2 * s.clock})
		switch s.random.IntN(8) {
		case 0:
			current.Records = append(current.Records, current.Records[len(current.Records)-1])
		case 1:
			current.Records = append(current.Records, kpi.Record{Dossier: s.version(id), Changed: 2*s.clock - 1})
		}
		if s.random.IntN(6) == 0 {
			cut()
		}
	}
	cut()
	clear(s.fresh)
	return list
}

// check compares the ledger with what the systems hold, and the daybook with a plain count of that.
func checkAgainst(t *testing.T, l *Ledger, systems []*system, what string) {
	t.Helper()
	want := map[string]kpi.Dossier{}
	for _, s := range systems {
		if s.read {
			for id, d := range s.holds {
				want[s.source+" "+id] = *d
			}
		}
	}
	if diff := cmp.Diff(want, dossiersOf(t, l)); diff != "" {
		t.Fatalf("%s: dossiers (-systems +ledger):\n%s", what, diff)
	}
	plain := kpi.NewDaybook(ministry)
	books := map[kpi.BookKey]kpi.BookID{}
	for name, d := range want {
		key := kpi.BookKey{Source: name[:len(name)-len(d.ID)-1], Unit: d.Unit, Procedure: d.Procedure}
		if books[key] == 0 {
			books[key] = kpi.BookID(len(books) + 1)
			plain.AddBook(books[key], key)
			plain.Reveal(books[key])
		}
		var sums kpi.Deltas
		sums.Put(books[key], l.options.Rules[key.Source], &d)
		plain.Apply(sums.Sum())
	}
	l.Read(func(b *kpi.Books) {
		for _, u := range ministry {
			for _, kind := range kpi.PeriodKinds() {
				p := kpi.PeriodOf(kind, kpi.Date(2026, 3, 14), kpi.CutCalendar)
				if diff := cmp.Diff(plain.Unit(u.ID).Tally(p), b.Daybook.Unit(u.ID).Tally(p)); diff != "" {
					t.Fatalf("%s: %s, %s (-plain +ledger):\n%s", what, u.ID, p.Label, diff)
				}
				for _, code := range b.Daybook.Procedures(u.ID) {
					if diff := cmp.Diff(plain.Procedure(u.ID, code).Tally(p), b.Daybook.Procedure(u.ID, code).Tally(p)); diff != "" {
						t.Fatalf("%s: %s, %s, %s (-plain +ledger):\n%s", what, u.ID, code, p.Label, diff)
					}
				}
			}
		}
	})
	wantSound(t, l)
	if t.Failed() {
		t.Fatal(what)
	}
}

// Whatever the systems go through, and in whatever pieces it is read, ledger and daybook follow them exactly.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playHistory(t, rand.New(rand.NewPCG(seed, 11))) })
	}
}

func playHistory(t *testing.T, random *rand.Rand) {
	o := sampleOptions(t)
	o.Rules[sourceB] = kpi.Rules{Calendar: o.Rules[sourceB].Calendar, Clock: kpi.PauseClock, ByHour: true}
	l := opened(t, o)
	systems := []*system{{source: sourceA, unit: "cuc-a"}, {source: sourceB, unit: "cuc-b"}}
	for _, s := range systems {
		s.random, s.holds, s.fresh = random, map[string]*kpi.Dossier{}, map[string]bool{}
	}
	for step := range 12 {
		l.foldAt = foldLimits{bytes: int64(random.IntN(2000)), changes: 1 + random.IntN(5)}
		s := systems[random.IntN(2)]
		s.live()
		full := !s.read || random.IntN(3) == 0
		what := fmt.Sprintf("step %d, %s, full %t", step, s.source, full)
		r := begun(t, l, s.source, full)
		taken(t, r, s.batches(full)...)
		if random.IntN(10) == 0 { // broken off: what was taken stays, so does what is not known to be gone
			if err := r.Fail(context.Background(), context.Canceled, noon); err != nil {
				t.Fatal(err)
			}
			l = reopened(t, l)
			r = begun(t, l, s.source, true)
			for id := range s.holds {
				s.fresh[id] = true
			}
			taken(t, r, s.batches(true)...)
			full = true
		}
		s.read = s.read || full
		got := finished(t, r, Ending{Complete: full, AcceptDrop: true})
		if !full { // deletions show in the next complete read
			r = begun(t, l, s.source, true)
			taken(t, r, s.batches(true)...)
			got = finished(t, r, Ending{Complete: true, AcceptDrop: true})
			if got.Added != 0 {
				t.Fatalf("%s: the incremental read has missed some: %s", what, got)
			}
		}
		checkAgainst(t, l, systems, what)
		if random.IntN(4) == 0 {
			l = reopened(t, l)
			checkAgainst(t, l, systems, what+", reopened")
		}
	}
}
