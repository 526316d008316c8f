package kpi

import (
	"math"
	"testing"
	"time"
)

// A unit reports 10 a month, on the month's last day, and its target of 120 a year is met exactly: on any day that is what
// is expected, and the usual pace is what is needed.
func TestOutlookOfMonthlyReports(t *testing.T) {
	def := Definition{ID: "trained", Kind: KindCount, Numerator: []Term{{Count: CountObservation, Measure: "trained"}}}
	share := Definition{ID: "share", Kind: KindShare, Numerator: []Term{{Count: CountObservation, Measure: "trained"}},
		Denominator: []Term{{Count: CountObservation, Measure: "asked"}}}
	units := []Unit{{ID: "bo"}, {ID: "a", Parent: "bo"}, {ID: "b", Parent: "bo"}}
	for _, today := range []Day{Date(2025, 1, 25), Date(2025, 1, 31), Date(2025, 4, 25), Date(2025, 6, 29), Date(2025, 12, 30), Date(2025, 12, 31)} {
		books := &Books{Daybook: NewDaybook(units), Register: NewRegister(units, nil), Observed: NewObserved(units, nil)}
		for month := time.January; Date(2024, month+1, 1)-1 <= today; month++ {
			books.Observed.Set(ObservationKey{"a/s", "a", "trained"}, Date(2024, month+1, 1)-1, 4)
			books.Observed.Set(ObservationKey{"a/s", "a", "asked"}, Date(2024, month+1, 1)-1, 10)
			if day := Date(2024, month, 28); day <= today { // another reporter, on another day
				books.Observed.Set(ObservationKey{"b/s", "b", "trained"}, day, 6)
				books.Observed.Set(ObservationKey{"b/s", "b", "asked"}, day, 10)
			}
		}
		goals := Goals{Targets: []Target{{KPI: "trained", Year: 2025, Value: 120}, {KPI: "share", Year: 2025, Value: 0.5}}, Today: today, Running: true}
		for _, test := range []struct {
			def  Definition
			want float64
		}{{def, 120}, {share, 0.5}} {
			year := PeriodOf(PeriodYear, today, CutCalendar)
			year.To = today
			got := books.Outlook(books.Assess(test.def, books.Figure(test.def, "bo", year), goals), goals)
			if math.Abs(got.Projection-test.want) > 1e-9*test.want || got.HasRequired && test.def.Kind == KindCount && math.Abs(got.Required-1) > 1e-9 {
				t.Errorf("%s on %s: %+v, want %v", test.def.ID, today, got, test.want)
			}
			if got.Low > test.want+1e-9 || got.High < test.want-1e-9 {
				t.Errorf("%s on %s: the band %v to %v leaves out what it is around", test.def.ID, today, got.Low, got.High)
			}
		}
	}
}

func TestIntervalOfReports(t *testing.T) {
	for _, test := range []struct {
		name   string
		days   []Day
		next   []Day
		reject bool
	}{
		{"month ends", []Day{Date(2026, 1, 31), Date(2026, 2, 28)}, []Day{Date(2026, 3, 31), Date(2026, 4, 30)}, false},
		{"the 14th, of a reporting month", []Day{Date(2025, 12, 14), Date(2026, 1, 14)}, []Day{Date(2026, 2, 14), Date(2026, 3, 14)}, false},
		{"the 30th where February has none", []Day{Date(2025, 12, 30), Date(2026, 1, 30)}, []Day{Date(2026, 2, 28), Date(2026, 3, 30)}, false},
		{"quarters", []Day{Date(2025, 9, 30), Date(2025, 12, 31)}, []Day{Date(2026, 3, 31), Date(2026, 6, 30)}, false},
		{"halves", []Day{Date(2025, 6, 30), Date(2025, 12, 31)}, []Day{Date(2026, 6, 30), Date(2026, 12, 31)}, false},
		{"years", []Day{Date(2024, 12, 31), Date(2025, 12, 31)}, []Day{Date(2026, 12, 31), Date(2027, 12, 31)}, false},
		{"weeks", []Day{Date(2026, 3, 6), Date(2026, 3, 13)}, []Day{Date(2026, 3, 20), Date(2026, 3, 27)}, false},
		{"a single one", []Day{Date(2026, 3, 31)}, []Day{Date(2026, 4, 30), Date(2026, 5, 31)}, false},
		{"days", []Day{Date(2026, 3, 2), Date(2026, 3, 3)}, nil, true},
	} {
		r, apart := intervalOf(test.days)
		if apart == test.reject {
			t.Errorf("%s: apart is %t", test.name, apart)
		}
		for i, want := range test.next {
			if got := r.after(test.days[len(test.days)-1], i+1); got != want {
				t.Errorf("%s: report %d is for %s, want %s", test.name, i+1, got, want)
			}
		}
	}
}

// On the last day of a period what today usually brings still counts.
func TestRestOfToday(t *testing.T) {
	in := ProgressInput{Kind: KindCount, Target: 40, Period: Period{From: Date(2026, 3, 1), To: Date(2026, 3, 31)}, Today: Date(2026, 3, 31), SoFar: Pair{Numerator: 36}}
	for range 28 {
		in.Recent = append(in.Recent, Pair{Numerator: 4})
	}
	for _, test := range []struct {
		name    string
		running bool
		ofToday float64
		want    float64
	}{
		{"the day is over", false, 0, 36},
		{"nothing came yet", true, 0, 40},
		{"half of the usual", true, 2, 38},
		{"more than usual", true, 9, 36},
	} {
		in.Running, in.OfToday = test.running, Pair{Numerator: test.ofToday}
		if got := Project(in); math.Abs(got.Projection-test.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", test.name, got.Projection, test.want)
		}
	}
}
