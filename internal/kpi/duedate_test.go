package kpi

import (
	"slices"
	"testing"
	"time"
)

// stampAt reads "2026-03-09 17:00" or "2026-03-09"; "" is no date.
func stampAt(t *testing.T, text string) Stamp {
	t.Helper()
	if text == "" {
		return 0
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02"} {
		if moment, err := time.Parse(layout, text); err == nil {
			return StampOf(moment)
		}
	}
	t.Fatalf("%q is not a date of this table", text)
	return 0
}

// March 2026: the 2nd, 9th and 16th are Mondays; no day off but weekends.
func TestEffectiveDue(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		clock         SupplementClock
		byHour        bool
		received, due string
		pauses        [][2]string
		want          string
		suspended     bool
	}{
		{"as given", AsGiven, false, "2026-03-02 08:00", "2026-03-09 17:00", [][2]string{{"2026-03-04 08:00", "2026-03-06 08:00"}}, "2026-03-09 17:00", false},
		{"pause moves by the working time waited", PauseClock, false, "2026-03-02 08:00", "2026-03-09 17:00", [][2]string{{"2026-03-04 08:00", "2026-03-06 08:00"}}, "2026-03-11 17:00", false},
		{"pause, due on a day", PauseClock, false, "2026-03-02 08:00", "2026-03-09", [][2]string{{"2026-03-04 08:00", "2026-03-06 08:00"}}, "2026-03-11", false},
		{"pause of an hour, due on a day", PauseClock, false, "2026-03-02 08:00", "2026-03-06", [][2]string{{"2026-03-04 08:00", "2026-03-04 09:00"}}, "2026-03-09", false},
		{"an hour three times is three hours", PauseClock, false, "2026-03-02 08:00", "2026-03-06",
			[][2]string{{"2026-03-03 08:00", "2026-03-03 09:00"}, {"2026-03-04 08:00", "2026-03-04 09:00"}, {"2026-03-05 08:00", "2026-03-05 09:00"}}, "2026-03-09", false},
		{"pause, days only", PauseClock, false, "2026-03-02", "2026-03-06", [][2]string{{"2026-03-04", "2026-03-06"}}, "2026-03-10", false},
		{"a wait on a weekend moves nothing", PauseClock, false, "2026-03-02 08:00", "2026-03-09", [][2]string{{"2026-03-07 08:00", "2026-03-08 08:00"}}, "2026-03-09", false},
		{"shift moves by calendar days", ShiftClock, false, "2026-03-02 08:00", "2026-03-06", [][2]string{{"2026-03-04 08:00", "2026-03-07 08:00"}}, "2026-03-09", false},
		{"restart begins anew", RestartClock, false, "2026-03-02 08:00", "2026-03-09 17:00", [][2]string{{"2026-03-04 08:00", "2026-03-09 08:00"}}, "2026-03-16 17:00", false},
		{"restart, due on a day", RestartClock, false, "2026-03-02 08:00", "2026-03-09", [][2]string{{"2026-03-04 08:00", "2026-03-09 08:00"}}, "2026-03-16", false},
		{"restart, days only", RestartClock, false, "2026-03-02", "2026-03-09", [][2]string{{"2026-03-04", "2026-03-13"}}, "2026-03-20", false},
		{"restart, due at an hour, waited until a day", RestartClock, false, "2026-03-02", "2026-03-09 17:00", [][2]string{{"2026-03-04", "2026-03-09"}}, "2026-03-16 17:00", false},
		{"restart never brings a due date forward", RestartClock, false, "2026-03-06", "2026-03-08", [][2]string{{"2026-03-06", "2026-03-06"}}, "2026-03-08", false},
		{"still waiting", PauseClock, false, "2026-03-02 08:00", "2026-03-09", [][2]string{{"2026-03-04 08:00", ""}}, "2026-03-09", true},
		{"overdue before it waited", PauseClock, false, "2026-03-02 08:00", "2026-03-04", [][2]string{{"2026-03-05 08:00", "2026-03-09 08:00"}}, "2026-03-04", false},
		{"asked on the due day", PauseClock, false, "2026-03-02 08:00", "2026-03-04", [][2]string{{"2026-03-04 14:00", ""}}, "2026-03-04", true},
		{"asked after the due hour, by hour", PauseClock, true, "2026-03-02 08:00", "2026-03-04 10:00", [][2]string{{"2026-03-04 14:00", ""}}, "2026-03-04 10:00", false},
		{"asked before the due hour, by hour", PauseClock, true, "2026-03-02 08:00", "2026-03-04 10:00", [][2]string{{"2026-03-04 09:00", "2026-03-04 10:00"}}, "2026-03-04 11:00", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Dossier{Received: stampAt(t, test.received), Due: stampAt(t, test.due)}
			for _, p := range test.pauses {
				d.Pauses = append(d.Pauses, Pause{From: stampAt(t, p[0]), To: stampAt(t, p[1])})
			}
			due, suspended := Rules{Calendar: calendar, Clock: test.clock, ByHour: test.byHour}.EffectiveDue(&d)
			if want := stampAt(t, test.want); due != want || suspended != test.suspended {
				t.Errorf("due %s, suspended %t; want %s, %t", due, suspended, want, test.suspended)
			}
		})
	}
}

// A wait never brings a due date forward.
func TestWaitingNeverBringsTheDueDateForward(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, clock := range []SupplementClock{PauseClock, ShiftClock, RestartClock} {
		for _, dueHour := range []Stamp{0, 10 * 3600, 17 * 3600, 23 * 3600} {
			for from := Stamp(0); from < 4*secondsPerDay; from += 5 * 1800 {
				for length := Stamp(0); length < 3*secondsPerDay; length += 7 * 1800 {
					received := Date(2026, 3, 2).Stamp() + 9*3600
					d := Dossier{Received: received, Due: Date(2026, 3, 5).Stamp() + dueHour, Pauses: []Pause{{From: received + from, To: received + from + length}}}
					if due, _ := (Rules{Calendar: calendar, Clock: clock}).EffectiveDue(&d); endOfDue(due) < endOfDue(d.Due) {
						t.Fatalf("%s: due %s becomes %s by waiting from %s to %s", clock, d.Due, due, d.Pauses[0].From, d.Pauses[0].To)
					}
				}
			}
		}
	}
}

// March 2026: the 2nd, 9th and 16th are Mondays.
func TestHandlingHoursLeaveWaitsOut(t *testing.T) {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name               string
		clock              SupplementClock
		received, finished string
		pauses             [][2]string
		want               int
	}{
		{"no wait", AsGiven, "2026-03-02 14:00", "2026-03-04 16:00", nil, 3 + 8 + 7},
		{"a wait counts from the receipt at the earliest", AsGiven, "2026-03-02 14:00", "2026-03-04 16:00", [][2]string{{"2026-03-02", "2026-03-04"}}, 7},
		{"the same with its hour", AsGiven, "2026-03-02 14:00", "2026-03-04 16:00", [][2]string{{"2026-03-02 14:00", "2026-03-04"}}, 7},
		{"restart: from the supplement on", RestartClock, "2026-03-02", "2026-03-12", [][2]string{{"2026-03-04", "2026-03-09"}}, 3 * 8},
		{"restart, the supplement never came: from the receipt, less the wait", RestartClock, "2026-03-02", "2026-04-06", [][2]string{{"2026-03-06", ""}}, 4 * 8},
		{"restart, the second supplement never came: from the first on", RestartClock, "2026-03-02", "2026-04-06",
			[][2]string{{"2026-03-03", "2026-03-04"}, {"2026-03-06", ""}}, 2 * 8},
		{"restart, the supplement came on the day of the end, which has no hour", RestartClock, "2026-03-02", "2026-03-09",
			[][2]string{{"2026-03-06", "2026-03-09 10:00"}}, 0},
		{"restart, the supplement came after the hour of the end", RestartClock, "2026-03-02", "2026-03-09 09:00",
			[][2]string{{"2026-03-06", "2026-03-09 10:00"}}, 4 * 8},
		{"pause, the supplement never came", PauseClock, "2026-03-02", "2026-04-06", [][2]string{{"2026-03-06", ""}}, 4 * 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Dossier{Received: stampAt(t, test.received), Finished: stampAt(t, test.finished)}
			for _, p := range test.pauses {
				d.Pauses = append(d.Pauses, Pause{From: stampAt(t, p[0]), To: stampAt(t, p[1])})
			}
			if got := (Rules{Calendar: calendar, Clock: test.clock}).HandlingHours(&d); got != test.want {
				t.Errorf("%d hours, want %d", got, test.want)
			}
		})
	}
}

func TestOverlappingWaitsAreOne(t *testing.T) {
	for _, test := range []struct {
		name         string
		pauses, want [][2]string
		warned       bool
	}{
		{"apart", [][2]string{{"2026-03-03", "2026-03-04"}, {"2026-03-05", "2026-03-06"}}, [][2]string{{"2026-03-03", "2026-03-04"}, {"2026-03-05", "2026-03-06"}}, false},
		{"one after the other", [][2]string{{"2026-03-03", "2026-03-05"}, {"2026-03-05", "2026-03-06"}}, [][2]string{{"2026-03-03", "2026-03-05"}, {"2026-03-05", "2026-03-06"}}, false},
		{"out of order", [][2]string{{"2026-03-05", "2026-03-06"}, {"2026-03-03", "2026-03-04"}}, [][2]string{{"2026-03-03", "2026-03-04"}, {"2026-03-05", "2026-03-06"}}, false},
		{"overlapping", [][2]string{{"2026-03-03", "2026-03-05"}, {"2026-03-04", "2026-03-06"}}, [][2]string{{"2026-03-03", "2026-03-06"}}, true},
		{"one inside the other", [][2]string{{"2026-03-03", "2026-03-09"}, {"2026-03-04", "2026-03-06"}}, [][2]string{{"2026-03-03", "2026-03-09"}}, true},
		{"one still open", [][2]string{{"2026-03-03", ""}, {"2026-03-04", "2026-03-06"}}, [][2]string{{"2026-03-03", ""}}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Dossier{ID: "1", Unit: "u", Procedure: "p", Channel: Online, Received: stampAt(t, "2026-03-02")}
			for _, p := range test.pauses {
				d.Pauses = append(d.Pauses, Pause{From: stampAt(t, p[0]), To: stampAt(t, p[1])})
			}
			warnings, fault := d.Check(Date(2026, time.March, 31))
			if fault != nil {
				t.Fatal(fault)
			}
			var got [][2]string
			for _, p := range d.Pauses {
				got = append(got, [2]string{p.From.Day().String(), p.To.Day().String()})
			}
			if !slices.Equal(got, test.want) || slices.Contains(warnings, OverlappingPauses) != test.warned {
				t.Errorf("%v, warned %v; want %v, %t", got, warnings, test.want, test.warned)
			}
		})
	}
}
