package kpi

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The numbers are a contract with the boards.
func TestVerdictValues(t *testing.T) {
	got := map[string]Verdict{}
	for _, v := range Verdicts() {
		got[v.String()] = v
	}
	want := map[string]Verdict{"met": 0, "on_course": 1, "at_risk": 2, "missed": 3, "out_of_reach": 4, "no_data": 5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	share := Definition{ID: "share", Kind: KindShare, Direction: DirectionUp}
	sum := Definition{ID: "sum", Kind: KindCount, Direction: DirectionUp}
	complaints := Definition{ID: "complaints", Kind: KindCount, Direction: DirectionDown}
	days := Definition{ID: "days", Kind: KindMean, Direction: DirectionDown}
	goals := Goals{Today: day(t, "2026-07-02"), Targets: []Target{
		{KPI: "share", Year: 2026, Value: 0.9, Margin: 0.02},
		{KPI: "sum", Year: 2026, Value: 1000},
		{KPI: "complaints", Year: 2026, Value: 10},
		{KPI: "days", Year: 2026, Value: 5, Margin: 1},
	}}
	expects := func(v float64, more ...float64) Outlook {
		o := Outlook{Projection: v, High: v, HasProjection: true}
		if len(more) > 0 {
			o.High = more[0]
		}
		if len(more) > 1 {
			o.Required, o.HasRequired = more[1], true
		}
		return o
	}
	for _, test := range []struct {
		name    string
		def     Definition
		period  string
		value   float64
		known   bool
		outlook Outlook
		want    Verdict
		judged  bool
	}{
		{"no figure", share, "2026", 0, false, Outlook{}, VerdictNoData, true},
		{"no target of that year", share, "2025", 0.5, true, Outlook{}, VerdictNoData, false},
		{"a sum of a month has no target", sum, "2026-06", 50, true, Outlook{}, VerdictNoData, false},
		{"reached", share, "2026", 0.95, true, expects(0.95), VerdictMet, true},
		{"reached, without an outlook", share, "2026", 0.95, true, Outlook{}, VerdictMet, true},
		{"reached by less than the margin", share, "2026", 0.91, true, expects(0.95), VerdictAtRisk, true},
		{"reached, but it falls", share, "2026", 0.93, true, expects(0.899), VerdictAtRisk, true},
		{"missed, a better rest suffices", share, "2026", 0.89, true, expects(0.91, 0.92, 0.91), VerdictMissed, true},
		{"missed, only a perfect rest suffices", share, "2026", 0.8, true, expects(0.8, 0.9, 1), VerdictMissed, true},
		{"missed, no rest suffices", share, "2026", 0.7, true, expects(0.71, 0.8, 1.01), VerdictOutOfReach, true},
		{"missed in a month that is over", share, "2026-05", 0.7, true, Outlook{}, VerdictMissed, true},
		{"too slow", days, "2026", 5.1, true, Outlook{}, VerdictMissed, true},
		{"a sum that is there", sum, "2026", 1000, true, expects(2000), VerdictMet, true},
		{"a sum that will be there", sum, "2026", 600, true, expects(1200, 1300, 0.66), VerdictOnCourse, true},
		{"a sum that may be there", sum, "2026", 400, true, expects(990, 1010, 1.02), VerdictAtRisk, true},
		{"a sum that will not be there", sum, "2026", 100, true, expects(200, 300, 9), VerdictOutOfReach, true},
		{"half the year, and half of the sum, without an outlook", sum, "2026", 502, true, Outlook{}, VerdictOnCourse, true},
		{"half the year, and less than half of the sum", sum, "2026", 400, true, Outlook{}, VerdictAtRisk, true},
		{"fewer than should happen", complaints, "2026", 3, true, expects(6, 8, 0), VerdictMet, true},
		{"more will happen", complaints, "2026", 8, true, expects(16, 18, 0.75), VerdictAtRisk, true},
		{"too many happened", complaints, "2026", 11, true, expects(16, 18, 1.1), VerdictOutOfReach, true},
	} {
		p, err := ParsePeriod(test.period, goals.Today, CutCalendar)
		if err != nil {
			t.Fatal(err)
		}
		books := &Books{Daybook: NewDaybook(nil), Register: NewRegister(nil, nil), Observed: NewObserved(nil, nil)}
		aim := books.AimOf(test.def, "", TargetYear(p.To, CutCalendar), goals, nil)
		a := aim.Assess(Figure{KPI: test.def.ID, Period: p.ToDate(goals.Today), Value: test.value, Numerator: test.value, Denominator: 1, OK: test.known})
		if got, judged := aim.Verdict(a, test.outlook); got != test.want || judged != test.judged {
			t.Errorf("%s: %s (judged %v), want %s (%v)", test.name, got, judged, test.want, test.judged)
		}
	}
}

// In its first three weeks nothing is held against a sum, and on its last day it is missed where it is not there.
func TestVerdictAtTheEndsOfAYear(t *testing.T) {
	sum := Definition{ID: "sum", Kind: KindCount, Direction: DirectionUp}
	books := &Books{Daybook: NewDaybook(nil), Register: NewRegister(nil, nil), Observed: NewObserved(nil, nil)}
	for today, want := range map[string]Verdict{"2026-01-21": VerdictOnCourse, "2026-01-22": VerdictAtRisk, "2026-12-31": VerdictMissed} {
		goals := Goals{Today: day(t, today), Targets: []Target{{KPI: "sum", Year: 2026, Value: 1000}}}
		f := Figure{KPI: "sum", Period: PeriodOf(PeriodYear, goals.Today, CutCalendar).ToDate(goals.Today), Denominator: 1, OK: true}
		if got, _ := books.Verdict(books.Assess(sum, f, goals), goals); got != want {
			t.Errorf("%s: %s, want %s", today, got, want)
		}
	}
}

func TestMissedRun(t *testing.T) {
	share := Definition{ID: "share", Kind: KindShare, Direction: DirectionUp}
	books := &Books{Daybook: NewDaybook(nil), Register: NewRegister(nil, nil), Observed: NewObserved(nil, nil)}
	goals := Goals{Today: day(t, "2026-04-10"), Targets: []Target{
		{KPI: "share", Year: 2025, Value: 0.8}, {KPI: "share", Year: 2026, Value: 0.9},
	}}
	for _, test := range []struct {
		name   string
		values []float64 // of the months up to March 2026; below 0 there is none
		want   Run
	}{
		{"met", []float64{0.5, 0.5, 0.9}, Run{}},
		{"for two months", []float64{0.95, 0.89, 0.5}, Run{2, day(t, "2026-02-01")}},
		{"each year has its own target", []float64{0.85, 0.85, 0.85, 0.85}, Run{3, day(t, "2026-01-01")}},
		{"a month without a figure ends it", []float64{0.5, -1, 0.5}, Run{1, day(t, "2026-03-01")}},
		{"all that is known", []float64{0.5}, Run{1, day(t, "2026-03-01")}},
		{"nothing is known", nil, Run{}},
	} {
		months := ClosedMonths(goals.Today, CutCalendar, len(test.values))
		figures := make([]Figure, len(months))
		for i, v := range test.values {
			figures[i] = Figure{KPI: "share", Period: months[i], Value: v, Denominator: 100, OK: v >= 0}
		}
		if diff := cmp.Diff(test.want, books.MissedRun(share, figures, goals)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestChangeOf(t *testing.T) {
	share := Definition{Kind: KindShare, Direction: DirectionUp}
	refused := Definition{Kind: KindShare, Direction: DirectionDown}
	overdue := Definition{Kind: KindCount, Direction: DirectionDown}
	days := Definition{Kind: KindMean, Direction: DirectionDown}
	of := func(numerator, denominator float64) Figure {
		return Figure{Value: numerator / denominator, Numerator: numerator, Denominator: denominator, OK: true}
	}
	for _, test := range []struct {
		name        string
		def         Definition
		before, now Figure
		want        string
	}{
		{"more on time, and more late", share, of(90, 100), of(184, 200), "+0.020, lacking +6, 1, tells true"},
		{"half a point less", share, of(96, 100), of(191, 200), "-0.005, lacking +5, -1, tells true"},
		{"too little to tell of", share, of(960, 1000), of(956, 1000), "-0.004, lacking +4, -1, tells false"},
		{"of too few", share, of(29, 29), of(20, 29), "-0.310, lacking +9, -1, tells false"},
		{"fewer refused", refused, of(10, 100), of(4, 100), "-0.060, lacking -6, 1, tells true"},
		{"three more overdue", overdue, of(75, 1), of(78, 1), "+3.000, lacking +0, -1, tells true"},
		{"two fewer overdue", overdue, of(75, 1), of(73, 1), "-2.000, lacking +0, 1, tells false"},
		{"slower", days, of(230, 100), of(250, 100), "+0.200, lacking +0, -1, tells true"},
		{"the same", share, of(1, 3), of(100, 300), "+0.000, lacking +198, 0, tells false"},
	} {
		c, ok := ChangeOf(test.def, test.before, test.now)
		got := fmt.Sprintf("%+.3f, lacking %+.0f, %d, tells %v", c.Value, c.Lacking, c.Course, c.Tells(test.def, test.before, test.now))
		if !ok || got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if _, ok := ChangeOf(share, Figure{}, of(1, 2)); ok {
		t.Error("there is a change although there was no figure before")
	}
}
