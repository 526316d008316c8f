package kpi

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The twin counts the plain way: it looks at every dossier on every day and asks what it is on that day. The daybook has
// to say the same, whatever happened to the dossiers and in whatever order.
type twin struct {
	rules    Rules
	dossiers []*Dossier
}

// openOn says whether the dossier is open at the end of a day.
func openOn(d *Dossier, t Day) bool {
	return d.Received.Day() <= t && (d.Finished.IsZero() || d.Finished.Day() > t)
}

func (w twin) stateOn(d *Dossier, t Day) string {
	if !openOn(d, t) {
		return ""
	}
	if d.Due.IsZero() {
		return "undated"
	}
	due, suspended := w.rules.EffectiveDue(d)
	passed := t > due.Day() || w.rules.ByHour && due.SecondOfDay() != 0 && t == due.Day()
	if !suspended && passed {
		return "overdue"
	}
	for _, p := range d.Pauses {
		if p.From.Day() <= t && (p.To.IsZero() || p.To.Day() > t) {
			return "paused"
		}
	}
	return "in_time"
}

func (w twin) openAt(t Day) (s OpenState) {
	for _, d := range w.dossiers {
		switch w.stateOn(d, t) {
		case "in_time":
			s.InTime++
		case "overdue":
			s.Overdue++
		case "paused":
			s.Paused++
		case "undated":
			s.Undated++
		}
	}
	return s
}

func (w twin) tally(p Period) Tally {
	var t Tally
	for _, d := range w.dossiers {
		if r := d.Received.Day(); r >= p.From && r <= p.To {
			switch d.Channel {
			case Online:
				t.Online++
			case Counter:
				t.Counter++
			case Postal:
				t.Postal++
			}
			t.Total++
		}
		if openOn(d, p.From-1) {
			t.CarriedOver++
			t.Total++
		}
		if e := d.Finished.Day(); e == 0 || e < p.From || e > p.To {
			continue
		}
		if d.Outcome == Withdrawn || d.Outcome == Stopped {
			t.Exits++
			continue
		}
		t.Finished++
		due, _ := w.rules.EffectiveDue(d)
		switch {
		case due.IsZero():
			t.Undated++
		case d.Finished.Day() > due.Day(), w.rules.ByHour && due.SecondOfDay() != 0 && d.Finished > due:
			t.Late++
		case d.Finished.Day() == due.Day():
			t.OnTime++
		default:
			t.Early++
		}
	}
	s := w.openAt(p.To)
	t.InTime, t.Overdue, t.Paused, t.OpenUndated = s.InTime+s.Paused+s.Undated, s.Overdue, s.Paused, s.Undated
	t.InProgress = s.Total()
	return t
}

// history plays random dossiers through their lives: every step is one version, as a unit's system would report it.
type history struct {
	random *rand.Rand
	from   Day
	days   int
}

func (h history) stamp(after Stamp, most int) Stamp {
	return after + Stamp(h.random.IntN(most*secondsPerDay))
}

func (h history) versions(n int) (versions []*Dossier) {
	d := Dossier{ID: fmt.Sprintf("G02-%04d", n), Unit: "leaf", Procedure: fmt.Sprintf("1.%d", h.random.IntN(3)),
		Channel: Channel(1 + h.random.IntN(3)), Received: h.stamp(h.from.Stamp(), h.days)}
	keep := func() {
		c := d
		c.Pauses = append([]Pause(nil), d.Pauses...)
		versions = append(versions, &c)
	}
	if h.random.IntN(8) > 0 {
		d.Due = h.stamp(d.Received, 20)
		if h.random.IntN(2) == 0 {
			d.Due = d.Due.Day().Stamp() // a date without a time of day
			d.Due = max(d.Due, d.Received.Day().Stamp())
		}
	}
	keep()
	last := d.Received
	for range h.random.IntN(3) { // supplements
		p := Pause{From: h.stamp(last, 6)}
		d.Pauses = append(d.Pauses, p)
		keep()
		if h.random.IntN(5) == 0 {
			break
		}
		d.Pauses[len(d.Pauses)-1].To = h.stamp(p.From, 9)
		last = d.Pauses[len(d.Pauses)-1].To
		keep()
	}
	if h.random.IntN(4) == 0 && !d.Due.IsZero() { // extended
		d.Due = h.stamp(d.Due, 15)
		keep()
	}
	if h.random.IntN(4) > 0 { // ended; withdrawn and stopped ones too
		d.Finished, d.Outcome = h.stamp(max(last, d.Received), 25), Outcome(1+h.random.IntN(4))
		if n := len(d.Pauses); n > 0 && d.Pauses[n-1].To.IsZero() {
			d.Finished = max(d.Finished, d.Pauses[n-1].From)
		}
		keep()
	}
	if h.random.IntN(6) == 0 { // corrected: another channel or procedure, an end taken back
		d.Channel, d.Procedure = Channel(1+h.random.IntN(3)), fmt.Sprintf("1.%d", h.random.IntN(3))
		d.Finished, d.Outcome = 0, Open
		keep()
	}
	return versions
}

func TestDaybookEqualsItsTwin(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, clock := range []SupplementClock{AsGiven, PauseClock, RestartClock, ShiftClock} {
		for _, byHour := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s by_hour=%t", clock, byHour), func(t *testing.T) {
				for seed := range uint64(12) {
					compareWithTwin(t, Rules{Calendar: calendar, Clock: clock, ByHour: byHour}, seed)
				}
			})
		}
	}
}

func compareWithTwin(t *testing.T, rules Rules, seed uint64) {
	t.Helper()
	h := history{random: rand.New(rand.NewPCG(seed, 7)), from: Date(2025, 11, 20), days: 120}
	units := []Unit{{ID: "root"}, {ID: "branch", Parent: "root"}, {ID: "leaf", Parent: "branch"}, {ID: "other", Parent: "root"}}
	daybook := NewDaybook(units)
	present := playInAnyOrder(h, rules, daybook)

	all := twin{rules: rules}
	byCode := map[string]twin{}
	for _, d := range present {
		all.dossiers = append(all.dossiers, d)
		w := byCode[d.Procedure]
		w.rules, w.dossiers = rules, append(w.dossiers, d)
		byCode[d.Procedure] = w
	}
	for day := h.from - 2; day <= h.from+Day(h.days)+80; day++ {
		for _, unit := range []string{"root", "branch", "leaf"} {
			if diff := cmp.Diff(all.openAt(day), daybook.Unit(unit).OpenAt(day)); diff != "" {
				t.Fatalf("seed %d: open at %s in %s (-twin +daybook):\n%s", seed, day, unit, diff)
			}
		}
		if got := daybook.Unit("other").OpenAt(day); got != (OpenState{}) {
			t.Fatalf("seed %d: a unit without dossiers has %+v", seed, got)
		}
	}
	for day := h.from; day < h.from+Day(h.days)+60; day += 9 {
		for _, kind := range PeriodKinds() {
			for _, cut := range []CutOff{CutCalendar, CutND09} {
				p := PeriodOf(kind, day, cut)
				checkTally(t, seed, all, daybook.Unit("root"), p)
				for code, w := range byCode {
					checkTally(t, seed, w, daybook.Procedure("branch", code), p)
				}
			}
		}
	}
}

// playInAnyOrder lets every dossier live, mixing all of their versions; what arrives replaces what was there, and one in
// ten dossiers is deleted in the end. It gives the dossiers that are left.
func playInAnyOrder(h history, rules Rules, daybook *Daybook) map[string]*Dossier {
	var events []*Dossier
	for n := range 60 {
		events = append(events, h.versions(n)...)
	}
	h.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	book := func(d *Dossier) BookID {
		id := BookID(1 + d.Procedure[2] - '0')
		daybook.AddBook(id, BookKey{Source: "leaf/s", Unit: "leaf", Procedure: d.Procedure})
		if d.ID > "G02-0030" {
			daybook.Reveal(id) // some books are revealed in the middle
		}
		return id
	}
	present := map[string]*Dossier{}
	var deltas Deltas
	for i, d := range events {
		if was := present[d.ID]; was != nil {
			deltas.Take(book(was), rules, was)
		}
		deltas.Put(book(d), rules, d)
		present[d.ID] = d
		if i%7 == 0 {
			daybook.Apply(deltas.Sum())
			deltas.Reset()
		}
	}
	for id, d := range present {
		if id[len(id)-1] == '3' {
			deltas.Take(book(d), rules, d)
			delete(present, id)
		}
	}
	daybook.Apply(deltas.Sum())
	return present
}

func checkTally(t *testing.T, seed uint64, w twin, v View, p Period) {
	t.Helper()
	got := v.Tally(p)
	if diff := cmp.Diff(w.tally(p), got); diff != "" {
		t.Fatalf("seed %d: tally of %s (-twin +daybook):\n%s", seed, p.Label, diff)
	}
	if n := got.Imbalance(); n != 0 {
		t.Fatalf("seed %d: the books of %s are out of balance by %d: %+v", seed, p.Label, n, got)
	}
}

// Every number is the number of the dossiers that are listed behind it.
func TestSelectionsExplainTheNumbers(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{Calendar: calendar, Clock: PauseClock}
	h := history{random: rand.New(rand.NewPCG(3, 3)), from: Date(2025, 11, 20), days: 120}
	daybook := NewDaybook([]Unit{{ID: "leaf"}})
	present := playInAnyOrder(h, rules, daybook)
	behind := func(s Selection) (n int64) {
		for _, d := range present {
			if s.Includes(rules, d) {
				n++
			}
		}
		return n
	}
	catalogue, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	books := Books{Daybook: daybook, Register: NewRegister(daybook.Units(), nil), Observed: NewObserved(daybook.Units(), nil)}
	p := PeriodOf(PeriodMonth, Date(2026, 1, 10), CutCalendar)
	view := daybook.Unit("leaf")
	tally := view.Tally(p)
	for state, want := range map[string]int64{"received": tally.Online + tally.Counter + tally.Postal, "carried_over": tally.CarriedOver,
		"finished": tally.Finished, "late": tally.Late, "exits": tally.Exits, "open": tally.InProgress, "overdue": tally.Overdue,
		"paused": tally.Paused, "open_undated": tally.OpenUndated} {
		s, err := SelectState(state, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := behind(s); got != want {
			t.Errorf("%s: %d dossiers behind the number %d", state, got, want)
		}
	}
	for _, def := range catalogue {
		numerator, err := SelectKPI(def, false, p)
		if err != nil {
			continue // made of procedures or observations
		}
		denominator, err := SelectKPI(def, true, p)
		if err != nil {
			t.Fatal(err)
		}
		f := books.Figure(def, "leaf", p)
		if got := behind(denominator); def.Kind != KindCount && got != int64(f.Denominator) {
			t.Errorf("%s: %d dossiers behind the denominator %v", def.ID, got, f.Denominator)
		}
		if got := behind(numerator); (def.Kind == KindShare || def.Kind == KindCount) && got != int64(f.Numerator) {
			t.Errorf("%s: %d dossiers behind the numerator %v", def.ID, got, f.Numerator)
		}
	}
}
