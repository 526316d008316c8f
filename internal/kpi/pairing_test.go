package kpi

import "testing"

// A unit of which one half of a share is missing counts in neither, also in the unit above it.
func TestHalfAReportIsLeftOut(t *testing.T) {
	day := func(text string) Day {
		d, err := ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	january, february, march := day("2026-01-31"), day("2026-02-28"), day("2026-03-31")
	quarter := Period{Kind: PeriodQuarter, From: day("2026-01-01"), To: march, Label: "2026-Q1"}
	def := Definition{ID: "x", Kind: KindShare, Numerator: []Term{{Count: CountObservation, Measure: "done"}},
		Denominator: []Term{{Count: CountObservation, Measure: "all"}}}
	type report struct {
		unit, measure string
		day           Day
		value         float64
	}
	whole := []report{{"a", "done", january, 8}, {"a", "all", january, 10}, {"a", "done", february, 9}, {"a", "all", february, 10}}
	for _, test := range []struct {
		name                   string
		reports                []report
		numerator, denominator float64
		leftOut                int
	}{
		{"nothing is missing", whole, 17, 20, 0},
		{"a unit has not reported what is done", append([]report{{"b", "all", january, 100}}, whole...), 17, 20, 1},
		{"a unit has not reported how many there are", append([]report{{"b", "done", january, 100}}, whole...), 17, 20, 1},
		{"one month of a unit lacks one half", append([]report{{"b", "done", january, 4}, {"b", "all", january, 5}, {"b", "all", february, 100}}, whole...), 21, 25, 1},
		{"a unit reports both halves on different days", append([]report{{"b", "done", january, 4}, {"b", "done", february, 4}, {"b", "all", march, 10}}, whole...), 25, 30, 0},
		{"zero is reported", append([]report{{"b", "done", january, 0}, {"b", "all", january, 5}}, whole...), 17, 25, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			units := []Unit{{ID: "top"}, {ID: "a", Parent: "top"}, {ID: "b", Parent: "top"}}
			books := &Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, nil)}
			for _, r := range test.reports {
				books.Observed.Set(ObservationKey{Source: r.unit + "/s", Unit: r.unit, Measure: r.measure}, r.day, r.value)
			}
			f := books.Figure(def, "top", quarter)
			if !f.OK || f.Numerator != test.numerator || f.Denominator != test.denominator || f.LeftOut != test.leftOut {
				t.Errorf("%v of %v, %d left out; want %v of %v, %d", f.Numerator, f.Denominator, f.LeftOut, test.numerator, test.denominator, test.leftOut)
			}
		})
	}
	// The unit itself has no figure, and says why.
	units := []Unit{{ID: "b"}}
	books := &Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, nil)}
	books.Observed.Set(ObservationKey{Source: "b/s", Unit: "b", Measure: "all"}, january, 100)
	if f := books.Figure(def, "b", quarter); f.OK || f.LeftOut != 1 {
		t.Errorf("%+v", f)
	}
}
