package kpi

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// yearsOfDossiers is a daybook of 200,000 dossiers in 300 procedures and two years, below a root.
func yearsOfDossiers(b *testing.B) *Daybook {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		b.Fatal(err)
	}
	random, rules := rand.New(rand.NewPCG(1, 2)), Rules{Calendar: calendar}
	daybook := NewDaybook([]Unit{{ID: "root"}, {ID: "leaf", Parent: "root"}})
	var sums Deltas
	for range 200_000 {
		d := Dossier{Channel: Channel(1 + random.IntN(3)), Received: (Date(2024, 1, 1) + Day(random.IntN(730))).Stamp() + 9*3600}
		d.Due = d.Received + Stamp(random.IntN(20*secondsPerDay))
		if random.IntN(3) > 0 {
			d.Finished, d.Outcome = d.Received+Stamp(random.IntN(25*secondsPerDay)), Settled
		}
		sums.Put(BookID(1+random.IntN(300)), rules, &d)
	}
	for id := range BookID(300) {
		daybook.AddBook(id+1, BookKey{Source: "leaf/s", Unit: "leaf", Procedure: fmt.Sprintf("1.%03d", id)})
	}
	daybook.Apply(sums.Sum())
	for id := range BookID(300) {
		daybook.Reveal(id + 1)
	}
	return daybook
}

// One figure of one period: it costs the same however many dossiers there are.
func BenchmarkFigure(b *testing.B) {
	catalogue, err := Builtin()
	if err != nil {
		b.Fatal(err)
	}
	daybook := yearsOfDossiers(b)
	books := Books{Daybook: daybook, Register: NewRegister(daybook.Units(), nil), Observed: NewObserved(daybook.Units(), nil)}
	for _, id := range []string{"on_time_share", "overdue_open", "handling_time_p90"} {
		def, known := catalogue.Find(id)
		if !known {
			b.Fatal(id)
		}
		for _, kind := range []PeriodKind{PeriodMonth, PeriodYear} {
			p := PeriodOf(kind, Date(2025, 6, 15), CutCalendar)
			b.Run(fmt.Sprintf("%s/%v", id, kind), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					books.Figure(def, "root", p)
				}
			})
		}
	}
}

func BenchmarkTally(b *testing.B) {
	view, p := yearsOfDossiers(b).Unit("root"), PeriodOf(PeriodMonth, Date(2025, 6, 15), CutCalendar)
	b.ReportAllocs()
	for b.Loop() {
		view.Tally(p)
	}
}

// A source begins to count: its books go into the totals.
func BenchmarkReveal(b *testing.B) {
	daybook := yearsOfDossiers(b)
	for b.Loop() {
		fresh := NewDaybook(daybook.Units())
		fresh.counts, fresh.keys = daybook.counts, daybook.keys
		var all []BookID
		for id, book := range daybook.counts {
			book.rollUps = nil
			all = append(all, id)
		}
		fresh.Reveal(all...)
	}
}
