package kpi

import (
	"fmt"
	"testing"
)

func TestRunningTotalsBecomeWhatCameInBetweenThem(t *testing.T) {
	o := NewObserved([]Unit{{ID: "bo"}, {ID: "cuc", Parent: "bo"}}, nil)
	o.CountRunning([]string{"thu"}, CutCalendar)
	key := ObservationKey{Source: "bo/tong_hop", Unit: "cuc", Measure: "thu"}
	set := func(day string, value float64) { o.Set(key, dayNamed(t, day), value) }
	check := func(when string, want map[string]string) {
		t.Helper()
		for label, figure := range want {
			p, err := ParsePeriod(label, dayNamed(t, "2027-12-31"), CutCalendar)
			if err != nil {
				t.Fatal(err)
			}
			value, ok := o.Value("bo", "thu", p)
			if got := fmt.Sprint(value, ok); got != figure {
				t.Errorf("%s: %s is %s, not %s", when, label, got, figure)
			}
		}
	}
	set("2026-03-31", 350) // in any order
	set("2026-01-31", 100)
	check("without February", map[string]string{"2026-01": "100 true", "2026-03": "0 false", "2026-Q1": "350 true", "2026": "350 true"})
	set("2026-02-28", 210)
	check("three months", map[string]string{"2026-01": "100 true", "2026-02": "110 true", "2026-03": "140 true", "2026-Q1": "350 true"})
	set("2026-02-28", 200)
	check("corrected", map[string]string{"2026-02": "100 true", "2026-03": "150 true", "2026-Q1": "350 true"})
	set("2027-01-31", 40)
	check("a new year begins at 0", map[string]string{"2027-01": "40 true", "2026": "350 true", "2027": "40 true"})
	o.Remove(key, dayNamed(t, "2026-01-31"))
	check("without January", map[string]string{"2026-01": "0 false", "2026-02": "0 false", "2026-03": "150 true", "2026-Q1": "350 true"})
}

func TestRunningTotalsOfAYearThatBeginsInDecember(t *testing.T) {
	o := NewObserved([]Unit{{ID: "bo"}}, nil)
	o.CountRunning([]string{"thu"}, CutND09)
	key := ObservationKey{Source: "bo/tong_hop", Unit: "bo", Measure: "thu"}
	o.Set(key, dayNamed(t, "2025-12-14"), 900)
	o.Set(key, dayNamed(t, "2026-01-14"), 70)
	o.Set(key, dayNamed(t, "2026-02-14"), 150)
	for label, want := range map[string]float64{"2026-01": 70, "2026-02": 80, "2026": 150} {
		p, err := ParsePeriod(label, dayNamed(t, "2026-12-31"), CutND09)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := o.Value("bo", "thu", p); got != want {
			t.Errorf("%s is %v, not %v", label, got, want)
		}
	}
}

func dayNamed(t *testing.T, text string) Day {
	t.Helper()
	day, err := ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}
