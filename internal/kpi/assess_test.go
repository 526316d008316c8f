package kpi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// builtinKPI gives a KPI of the catalogue.
func builtinKPI(t testing.TB, id string) Definition {
	t.Helper()
	catalogue, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	def, known := catalogue.Find(id)
	if !known {
		t.Fatalf("there is no KPI %s", id)
	}
	return def
}

// twoProcedures has two procedures of one unit. In March, of the first ten dossiers are in time and five late, of the second one is late.
// No other month has any.
func twoProcedures(t testing.TB) *Books {
	t.Helper()
	units := []Unit{{ID: "bo"}, {ID: "cuc", Parent: "bo"}}
	books := &Books{Daybook: NewDaybook(units), Observed: NewObserved(units, []string{"nhom"}),
		Register: NewRegister(units, []Procedure{{Unit: "cuc", Code: "1", Name: "Cấp phép", Field: "Điện"}, {Unit: "cuc", Code: "2", Name: "Gia hạn", Field: "Điện"}})}
	rules := Rules{Calendar: mustCalendar(t, CalendarOptions{})}
	for id, code := range []string{"1", "2"} {
		books.Daybook.AddBook(BookID(id+1), BookKey{Source: "cuc/s", Unit: "cuc", Procedure: code})
	}
	books.Daybook.Reveal(1, 2)
	add := func(book BookID, n int, ends string) {
		for range n {
			d := Dossier{ID: "x", Unit: "cuc", Procedure: "1", Channel: Online, Received: at(t, "2026-03-02 09:00"), Due: at(t, "2026-03-10 09:00"),
				Finished: at(t, ends), Outcome: Settled}
			var deltas []Delta
			for _, e := range rules.Contribution(&d, nil) {
				deltas = append(deltas, Delta{Book: book, Measure: e.Measure, Day: e.Day, N: 1})
			}
			books.Daybook.Apply(deltas)
		}
	}
	add(1, 10, "2026-03-06 09:00")
	add(1, 5, "2026-03-12 09:00")
	add(2, 1, "2026-03-12 09:00")
	books.Observed.Set(ObservationKey{Source: "cuc/s", Unit: "cuc", Measure: "co_form_d_sent"}, day(t, "2026-03-05"), 100)
	books.Observed.Set(ObservationKey{Source: "cuc/s", Unit: "cuc", Measure: "co_form_d_received"}, day(t, "2026-03-06"), 20)
	return books
}

func TestAssess(t *testing.T) {
	books := twoProcedures(t)
	goals := Goals{Today: day(t, "2026-03-31"), Targets: []Target{
		{KPI: "on_time_share", Year: 2026, Value: 0.95},
		{KPI: "handling_time_mean", Year: 2026, Value: 2},
		{KPI: "certificates_exchanged", Year: 2026, Value: 1000},
		{KPI: "online_filing_share", Year: 2026, Value: 1},
		{KPI: "on_time_share", Unit: "bo", Year: 2025, Value: 0.5},
	}}
	for _, test := range []struct {
		kpi, period     string
		judged, pending bool
		status          Status
		lacking         float64
	}{
		{"on_time_share", "2026-03", true, false, StatusMissed, 6}, // 10 of 16; 15.2 had to be
		{"on_time_share", "2026-02", true, false, StatusNoData, 0},
		{"on_time_share", "2025-12", false, false, StatusNoData, 0}, // the unit's target of that year is another unit's
		{"online_filing_share", "2026-03", true, false, StatusMet, 0},
		{"handling_time_mean", "2026-03", true, false, StatusMissed, 3.5},
		{"certificates_exchanged", "2026", true, true, StatusMissed, 880},
		{"certificates_exchanged", "2026-03", false, false, StatusNoData, 0}, // the target is the year's
		{"overdue_open", "2026-03", false, false, StatusNoData, 0},
	} {
		def := builtinKPI(t, test.kpi)
		p, err := ParsePeriod(test.period, goals.Today, CutCalendar)
		if err != nil {
			t.Fatal(err)
		}
		a := books.Assess(def, books.Figure(def, "cuc", p.ToDate(goals.Today)), goals)
		if a.Judged != test.judged || a.Pending != test.pending || a.Status != test.status || a.Lacking != test.lacking {
			t.Errorf("%s, %s: judged %t, pending %t, %s, lacking %v; want %+v", test.kpi, test.period, a.Judged, a.Pending, a.Status, a.Lacking, test)
		}
	}
}

// A shortfall is the least number that would do: one less would not.
func TestShortfall(t *testing.T) {
	share := Definition{Kind: KindShare}
	for _, test := range []struct {
		def                           Definition
		numerator, denominator, value float64
		want                          float64
	}{
		{share, 19, 20, 0.95, 0},
		{share, 18, 20, 0.95, 1},
		{share, 70, 100, 0.95, 25},
		{share, 94, 100, 0.945, 1},
		{share, 20, 20, 0.95, 0},
		{Definition{Kind: KindShare, Direction: DirectionDown}, 30, 100, 0.1, 20},
		{Definition{Kind: KindShare, Direction: DirectionDown}, 5, 100, 0.1, 0},
		{Definition{Kind: KindCount}, 880, 1, 1000, 120},
		{Definition{Kind: KindCount, Direction: DirectionDown}, 68, 1, 25, 43},
	} {
		f := Figure{Numerator: test.numerator, Denominator: test.denominator, Value: test.numerator / test.denominator, OK: true}
		if got := Shortfall(test.def, f, test.value); got != test.want {
			t.Errorf("%v of %v against %v: %v, want %v", test.numerator, test.denominator, test.value, got, test.want)
		}
	}
}

func TestParts(t *testing.T) {
	books := twoProcedures(t)
	march := PeriodOf(PeriodMonth, day(t, "2026-03-01"), CutCalendar)
	parts, all := books.Parts(builtinKPI(t, "on_time_share"), "bo", march)
	if diff := cmp.Diff([]Part{{"1", 5, 15}, {"2", 1, 1}}, parts); diff != "" || all != 6 {
		t.Errorf("%v in all; parts (-want +got):\n%s", all, diff)
	}
	for _, id := range []string{"handling_time_mean", "service_level_share", "certificates_exchanged"} {
		if parts, all := books.Parts(builtinKPI(t, id), "bo", march); len(parts) != 0 || all != 0 {
			t.Errorf("%s has the parts %v", id, parts)
		}
	}
}

// However the form is divided, its lines add up to the unit.
func TestFormAddsUp(t *testing.T) {
	books := twoProcedures(t)
	march := PeriodOf(PeriodMonth, day(t, "2026-03-01"), CutCalendar)
	whole := books.Daybook.Unit("bo").Tally(march)
	for by, want := range map[string]int{FormByField: 1, FormByProcedure: 2} {
		lines, err := books.Form(by, "bo", march)
		if err != nil || len(lines) != want {
			t.Fatalf("by %s: %d lines, %v", by, len(lines), err)
		}
		var sum Tally
		for _, l := range lines {
			sum = sum.Add(l.Tally)
		}
		if diff := cmp.Diff(whole, sum); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
	}
	if lines, err := books.Form(FormByUnit, "bo", march); err != nil || len(lines) != 2 || lines[0].Unit != "bo" || lines[1].Unit != "cuc" {
		t.Errorf("by unit: %v, %v", lines, err)
	}
	if _, err := books.Form("colour", "bo", march); err == nil {
		t.Error("it can be divided by colour")
	}
}
