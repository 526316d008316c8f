package kpi

import (
	"strings"
	"testing"
)

// rhythm makes a daybook that received dossiers on working days from 5 January 2026, so many a day as the digits say; a
// space is a day on which none came. Days off have none.
func rhythm(t testing.TB, c *Calendar, digits string) (view View, last Day) {
	t.Helper()
	daybook := NewDaybook([]Unit{{ID: "cuc"}})
	daybook.AddBook(1, BookKey{Unit: "cuc", Procedure: "1"})
	daybook.Reveal(1)
	d := day(t, "2026-01-05")
	for _, digit := range digits {
		for !c.IsWorkday(d) {
			d++
		}
		if digit != ' ' {
			daybook.Apply([]Delta{{Book: 1, Measure: receivedBy(Online), Day: d, N: int32(digit - '0')}})
		}
		last = d
		d++
	}
	return daybook.Unit("cuc"), last
}

func TestHoles(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	usual := strings.Repeat("5", 15)
	for _, test := range []struct {
		name, digits string
		want         int // working days that are holes
	}{
		{"every day some", usual + usual, 0},
		{"one quiet day of a unit with five a day", usual + " " + usual, 0}, // e^-5: now and then it happens
		{"two of them", usual + "  " + usual, 2},
		{"one quiet day of a busy unit", strings.Repeat("9", 15) + " 9", 1},
		{"a unit with one a day: six days say little", strings.Repeat("1", 15) + "      1", 0},
		{"seven do", strings.Repeat("1", 15) + "       1", 7},
		{"too little is known of it", "99999" + "     9", 0},
		{"silent to the end", usual + "          ", 10},
		{"a long hole does not make the next one look usual", usual + strings.Repeat(" ", 12) + "55" + "  " + "5", 14},
		{"never anything", "          ", 0},
	} {
		view, last := rhythm(t, c, test.digits)
		holes := view.Holes(c, day(t, "2026-01-05"), last)
		if len(holes) != test.want {
			t.Errorf("%s: %d holes, want %d", test.name, len(holes), test.want)
		}
		for d := range holes {
			if !c.IsWorkday(d) {
				t.Errorf("%s: %s is a day off", test.name, d)
			}
		}
	}
}

func TestSilentSince(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	usual := strings.Repeat("5", 15)
	for _, test := range []struct {
		name, digits string
		silent       bool
	}{
		{"it brings some today", usual, false},
		{"none yet today", usual + " ", false},
		{"none today and yesterday", usual + "  ", false},
		{"none for two days and today", usual + "   ", true},
		{"never anything", "   ", false},
	} {
		view, today := rhythm(t, c, test.digits)
		last, silent := view.SilentSince(c, today)
		if silent != test.silent {
			t.Errorf("%s: silent %t", test.name, silent)
		}
		if silent && last != day(t, "2026-01-22") {
			t.Errorf("%s: silent since %s", test.name, last) // 10 January was worked
		}
	}
}

func TestNextPeriod(t *testing.T) {
	for _, test := range []struct{ period, cut, want string }{
		{"2026-12", "calendar", "2027-01: 2027-01-01 2027-01-31"},
		{"2026-Q4", "nd09", "2027-Q1: 2026-12-15 2027-03-14"},
		{"2026", "calendar", "2027: 2027-01-01 2027-12-31"},
		{"2026-02-27..2026-03-02", "calendar", "2026-03-03..2026-03-06: 2026-03-03 2026-03-06"},
		{"2026-03-02", "calendar", "2026-03-03: 2026-03-03 2026-03-03"},
	} {
		cut, _ := ParseCutOff(test.cut)
		p, err := ParsePeriod(test.period, day(t, "2026-12-31"), cut)
		if err != nil {
			t.Fatal(err)
		}
		next := p.Next(cut)
		if got := show(next); got != test.want {
			t.Errorf("after %s: %s, want %s", test.period, got, test.want)
		}
		if again := next.Previous(cut); show(again) != show(p) {
			t.Errorf("before it: %s, want %s", show(again), show(p))
		}
	}
	running := PeriodOf(PeriodMonth, day(t, "2026-03-05"), CutCalendar).ToDate(day(t, "2026-03-05"))
	if got := show(running.Next(CutCalendar)); got != "2026-04: 2026-04-01 2026-04-30" {
		t.Errorf("after a running month: %s", got)
	}
}
