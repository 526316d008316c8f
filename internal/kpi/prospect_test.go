package kpi

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecentDaysOfAFlow(t *testing.T) {
	units := []Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}}
	books := Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, []string{"single_window_groups"})}
	today := Date(2026, time.March, 10)
	books.Observed.Set(ObservationKey{"xnk/co", "xnk", "co_form_d_sent"}, today-3, 5)
	books.Observed.Set(ObservationKey{"xnk/co", "xnk", "co_form_d_sent"}, today-1, 7)
	books.Observed.Set(ObservationKey{"xnk/co", "xnk", "co_form_d_sent"}, today, 1)
	sent := Definition{Kind: KindCount, Numerator: []Term{{Count: CountObservation, Measure: "co_form_d_sent"}}}

	want := []Pair{{5, 0}, {0, 0}, {7, 0}} // from the first value to yesterday
	if diff := cmp.Diff(want, new(RecentDays).Of(&books, sent, "bct", today)); diff != "" {
		t.Error(diff)
	}
	if got := new(RecentDays).Of(&books, sent, "bct", today+1000); len(got) != 7*maxWeeks {
		t.Errorf("%d days are looked at, want %d", len(got), 7*maxWeeks)
	}
	if got := new(RecentDays).Of(&books, Definition{Kind: KindShare, Numerator: []Term{{Count: "received"}}}, "bct", today); got != nil {
		t.Errorf("without any dossier there are recent days: %v", got)
	}
}

func TestStocks(t *testing.T) {
	books := Books{Daybook: NewDaybook(nil), Register: NewRegister(nil, nil), Observed: NewObserved(nil, []string{"single_window_groups"})}
	tests := []struct {
		term Term
		want bool
	}{
		{Term{Count: "received"}, false},
		{Term{Count: "finished"}, false},
		{Term{Count: "open"}, true},
		{Term{Count: "overdue_open"}, true},
		{Term{Count: CountProcedures}, true},
		{Term{Count: CountObservation, Measure: "single_window_groups"}, true},
		{Term{Count: CountObservation, Measure: "co_form_d_sent"}, false},
	}
	for _, test := range tests {
		for _, def := range []Definition{
			{Kind: KindCount, Numerator: []Term{test.term}},
			{Kind: KindShare, Numerator: []Term{{Count: "finished"}}, Denominator: []Term{{Count: "finished"}, test.term}},
		} {
			if got := books.IsStock(def); got != test.want {
				t.Errorf("%s of %s: stock is %v, want %v", test.term.Count, def.Kind, got, test.want)
			}
			if recent := new(RecentDays).Of(&books, def, "bct", 1); test.want && recent != nil {
				t.Errorf("%s has recent days", test.term.Count)
			}
		}
	}
}

func TestTalliesAreTheTalliesOfEachPeriod(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h := history{random: rand.New(rand.NewPCG(5, 7)), from: Date(2025, time.November, 20), days: 120}
	daybook := NewDaybook([]Unit{{ID: "root"}, {ID: "branch", Parent: "root"}, {ID: "leaf", Parent: "branch"}, {ID: "other", Parent: "root"}})
	playInAnyOrder(h, Rules{Calendar: calendar}, daybook)
	for _, view := range []View{daybook.Unit("root"), daybook.Procedure("branch", daybook.Procedures("branch")[0]), nil} {
		for today := h.from; today < h.from+150; today += 7 {
			var from []Day
			var want []Tally
			for _, kind := range PeriodKinds() {
				p := PeriodOf(kind, today, CutND09).ToDate(today)
				from = append(from, p.From)
				want = append(want, view.Tally(p))
			}
			if diff := cmp.Diff(want, view.Tallies(from, today)); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

func TestFiguresAreTheFigureOfEachKPI(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	units := []Unit{{ID: "root"}, {ID: "branch", Parent: "root"}, {ID: "leaf", Parent: "branch"}, {ID: "other", Parent: "root"}}
	books := Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, nil)}
	h := history{random: rand.New(rand.NewPCG(6, 7)), from: Date(2025, time.November, 20), days: 120}
	playInAnyOrder(h, Rules{Calendar: calendar}, books.Daybook)
	for _, unit := range []string{"root", "leaf", "other", "unknown"} {
		p := PeriodOf(PeriodQuarter, Date(2026, time.February, 1), CutCalendar)
		var want []Figure
		for _, def := range catalogue {
			want = append(want, books.Figure(def, unit, p))
		}
		if diff := cmp.Diff(want, books.Figures(catalogue, unit, p)); diff != "" {
			t.Error(diff)
		}
	}
}

// The figures of one unit's dossiers are those of the unit, but for what dossiers do not tell.
func TestFiguresOfASetOfDossiers(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	units := []Unit{{ID: "root"}, {ID: "branch", Parent: "root"}, {ID: "leaf", Parent: "branch"}, {ID: "other", Parent: "root"}}
	books := Books{Daybook: NewDaybook(units), Register: NewRegister(units, []Procedure{{Unit: "leaf", Code: "1", Level: 4}}), Observed: NewObserved(units, nil)}
	h := history{random: rand.New(rand.NewPCG(6, 8)), from: Date(2025, time.November, 20), days: 120}
	playInAnyOrder(h, Rules{Calendar: calendar}, books.Daybook)
	p := PeriodOf(PeriodMonth, Date(2026, time.February, 1), CutCalendar)
	want := books.Figures(catalogue, "branch", p)
	for i, def := range catalogue {
		if want[i].Unit = ""; !def.OfDossiers() {
			want[i] = Figure{KPI: def.ID, Period: p}
		}
	}
	if diff := cmp.Diff(want, books.FiguresOf(catalogue, books.Daybook.Unit("branch"), p)); diff != "" {
		t.Error(diff)
	}
}

// From when on the books know what a KPI is made of.
func TestFirstDays(t *testing.T) {
	units := []Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}, {ID: "xttm", Parent: "bct"}}
	books := Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, []string{"single_window_groups"})}
	books.Observed.Set(ObservationKey{"xnk/co", "xnk", "single_window_groups"}, 500, 16)
	books.Daybook.AddBook(1, BookKey{Source: "xnk/a", Unit: "xnk", Procedure: "1"})
	books.Daybook.Apply([]Delta{{1, receivedBy(Counter), 300, 1}, {1, receivedBy(Online), 310, 2}})
	books.Daybook.Reveal(1)
	overdue := Definition{Kind: KindCount, Numerator: []Term{{Count: "overdue_open"}}}
	mean := Definition{Kind: KindMean}
	groups := Definition{Kind: KindCount, Numerator: []Term{{Count: CountObservation, Measure: "single_window_groups"}}}
	for _, test := range []struct {
		name, unit string
		def        Definition
		want       Day
		ok         bool
	}{
		{"dossiers", "xnk", overdue, 300, true},
		{"dossiers of the units below", "bct", overdue, 300, true},
		{"handling times", "bct", mean, 300, true},
		{"observations", "bct", groups, 500, true},
		{"no dossiers", "xttm", overdue, 0, false},
		{"no observations", "xttm", groups, 0, false},
		{"no unit", "nowhere", mean, 0, false},
	} {
		got, ok := books.FirstDay(test.def, books.Daybook.Unit(test.unit), test.unit)
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%s: %d, %t, want %d, %t", test.name, got, ok, test.want, test.ok)
		}
	}
}
