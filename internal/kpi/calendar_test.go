package kpi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func mustCalendar(t testing.TB, o CalendarOptions) *Calendar {
	t.Helper()
	c, err := NewCalendar(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads "2026-03-02" or "2026-03-02 14:05".
func at(t testing.TB, text string) Stamp {
	t.Helper()
	layout := "2006-01-02 15:04"
	moment, err := time.Parse(layout[:len(text)], text)
	if err != nil {
		t.Fatal(err)
	}
	return StampOf(moment)
}

func TestWorkSeconds(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	for _, tc := range []struct {
		from, to string
		hours    float64
	}{
		{"2026-03-02", "2026-03-04", 16},               // dates only: Monday to Wednesday
		{"2026-03-02 08:00", "2026-03-02 17:00", 8},    // lunch is no work
		{"2026-03-02 11:30", "2026-03-02 13:15", 0.75}, // around lunch
		{"2026-03-02 19:00", "2026-03-03 07:00", 0},    // a night
		{"2026-03-06 16:00", "2026-03-09 09:00", 2},    // a weekend
		{"2026-02-13", "2026-02-23", 8},                // Tết: only Friday 13 Feb is worked
		{"2026-08-21", "2026-08-24", 16},               // with the swapped Saturday 22 Aug
		{"2026-08-28", "2026-09-03", 8},                // off Monday 31 Aug to Wednesday 2 Sep
		{"2026-01-01", "2026-01-12", 48},               // 2 Jan swapped for Saturday 10 Jan
		{"2022-04-29", "2022-05-04", 8},                // 30 Apr and 1 May on a weekend: 2 and 3 May off
		{"2026-03-04", "2026-03-02", 0},                // backwards
		{"2026-03-04", "2026-03-04", 0},
	} {
		got := c.WorkSeconds(at(t, tc.from), at(t, tc.to))
		if got != int64(tc.hours*3600) {
			t.Errorf("from %s to %s: got %v h, want %v h", tc.from, tc.to, float64(got)/3600, tc.hours)
		}
	}
	if got := c.WorkSeconds(0, at(t, "2026-03-02")); got != 0 {
		t.Errorf("from no date: got %d, want 0", got)
	}
}

func TestAddWorkSeconds(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	for _, tc := range []struct {
		from  string
		hours float64
		want  string
	}{
		{"2026-03-02", 8, "2026-03-03"},  // Monday, dates only
		{"2026-03-06", 8, "2026-03-09"},  // Friday: the next Monday
		{"2026-03-07", 8, "2026-03-10"},  // Saturday: Monday is worked, Tuesday is due
		{"2026-02-13", 8, "2026-02-23"},  // the Friday before Tết
		{"2026-03-02", 40, "2026-03-09"}, // a week
		{"2026-03-02", 3, "2026-03-02 11:00"},
		{"2026-03-02 08:00", 8, "2026-03-02 17:00"},
		{"2026-03-02 14:00", 8, "2026-03-03 14:00"},
		{"2026-03-06 16:00", 2, "2026-03-09 09:00"},
		{"2026-03-02 11:00", 1, "2026-03-02 12:00"}, // the earliest moment, before lunch
		{"2026-03-07 10:00", 0, "2026-03-07 10:00"},
		{"2026-03-07 10:00", -5, "2026-03-07 10:00"},
	} {
		got := c.AddWorkSeconds(at(t, tc.from), int64(tc.hours*3600))
		if want := at(t, tc.want); got != want {
			t.Errorf("%s plus %v h: got %s, want %s", tc.from, tc.hours, got, want)
		}
	}
	if got := c.AddWorkSeconds(0, 8*3600); got != 0 {
		t.Errorf("no date plus 8 h: got %s, want no date", got)
	}
}

func TestDaysOff(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{
		DaysOff:  []string{"2026-07-01..2026-07-02", "2026-08-22"},
		Workdays: []string{"2026-09-02", "2026-07-04"},
	})
	for _, tc := range []struct {
		day  string
		want bool
	}{
		{"2026-03-02", true},
		{"2026-03-07", false},
		{"2026-07-01", false}, // own days off
		{"2026-07-02", false},
		{"2026-07-04", true},  // an own workday on a Saturday
		{"2026-08-22", false}, // own day off beats the table's workday
		{"2026-09-02", true},  // own workday beats the holiday
		{"2024-05-04", true},  // swapped Saturdays of the table
		{"2025-04-26", true},
		{"2025-05-02", false},
		{"2027-04-16", false}, // Hùng Kings of a year that is not announced yet
		{"2011-04-30", false}, // a Saturday, as is ...
		{"2011-05-01", false}, // ... the Sunday after: both move
		{"2011-05-02", false},
		{"2011-05-03", false},
		{"2011-05-04", true},
		{"2033-04-30", false}, // a Saturday, 1 May a Sunday
		{"2033-05-03", false},
		{"2028-04-30", false}, // a Sunday: Monday is a holiday itself, so it moves to Tuesday
		{"2028-05-01", false},
		{"2028-05-02", false},
		{"2028-05-03", true},
		{"2034-01-02", false}, // 1 January on a Sunday
		{"2034-01-03", true},
		{"1899-12-29", true}, // before the calendar's years: a Friday ...
		{"1899-12-30", false},
		{"2101-01-01", false}, // ... and after them: a Saturday
		{"2101-09-02", true},  // where holidays are not known any more
	} {
		if got := c.IsWorkday(at(t, tc.day).Day()); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.day, got, tc.want)
		}
	}
}

// The number of working days of a year is a check on the whole table that anybody can repeat with a wall calendar.
func TestWorkdaysOfYear(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	for _, tc := range []struct{ year, want int }{
		// weekdays less weekdays off plus swapped Saturdays
		{2022, 260 - 1 - 5 - 1 - 2 - 2}, // 3 Jan, Tết, 11 Apr, 2–3 May, 1–2 Sep
		{2023, 260 - 1 - 5 - 3 - 2},     // 2 Jan, Tết, 1–3 May, 1 and 4 Sep
		{2024, 262 - 1 - 5 - 1 - 3 - 2 + 1},
		{2025, 261 - 1 - 5 - 1 - 3 - 2 + 1},
		{2026, 261 - 2 - 5 - 1 - 2 - 3 + 2},
	} {
		got := c.WorkSeconds(Date(tc.year, 1, 1).Stamp(), Date(tc.year+1, 1, 1).Stamp()) / workdaySeconds
		if got != int64(tc.want) {
			t.Errorf("%d: got %d working days, want %d", tc.year, got, tc.want)
		}
	}
}

func TestKnownAndFingerprint(t *testing.T) {
	plain := mustCalendar(t, CalendarOptions{})
	for year, want := range map[int]bool{2021: false, 2022: true, 2026: true, 2027: false, 2030: false} {
		if got := plain.Known(year); got != want {
			t.Errorf("known %d: got %v, want %v", year, got, want)
		}
	}
	declared := mustCalendar(t, CalendarOptions{Complete: []int{2027}})
	if !declared.Known(2027) {
		t.Error("2027 was declared complete, but is not known")
	}
	same := []*Calendar{
		mustCalendar(t, CalendarOptions{}),
		declared,
		mustCalendar(t, CalendarOptions{Hours: []string{"08:00-12:00", "13:00-17:00"}}),
		mustCalendar(t, CalendarOptions{DaysOff: []string{"2026-03-07"}}), // a Saturday anyway
	}
	for i, c := range same {
		if c.Fingerprint() != plain.Fingerprint() {
			t.Errorf("calendar %d gives the same results, but has another fingerprint", i)
		}
	}
	other := []*Calendar{
		mustCalendar(t, CalendarOptions{Hours: []string{"07:30-11:30", "13:00-17:00"}}),
		mustCalendar(t, CalendarOptions{DaysOff: []string{"2026-03-06"}}),
		mustCalendar(t, CalendarOptions{Workdays: []string{"2026-03-07"}}),
	}
	seen := map[string]bool{plain.Fingerprint(): true}
	for i, c := range other {
		if seen[c.Fingerprint()] {
			t.Errorf("calendar %d gives other results, but has the same fingerprint", i)
		}
		seen[c.Fingerprint()] = true
	}
}

func TestNewCalendarReportsEveryMistake(t *testing.T) {
	_, err := NewCalendar(CalendarOptions{
		Hours:    []string{"8-12", "13:00-12:00", "13:00-17:00", "16:00-20:00"},
		DaysOff:  []string{"02/03/2026", "2026-03-05..2026-03-02", "1800-01-01", "2026-02-30", "2026-07-01"},
		Workdays: []string{"2026-07-01", "x..y"},
		Complete: []int{2027, 27},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`"8-12"`, `"13:00-12:00"`, `"16:00-20:00": they begin before`, "HH:MM-HH:MM",
		`"02/03/2026"`, `"2026-03-05..2026-03-02" ends before`, `"1800-01-01" lies outside the years 1900 to 2100`,
		`"2026-02-30"`, `"x..y"`, "2026-07-01 is listed both", "complete year 27",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s:\n%v", want, err)
		}
	}
	for _, hours := range [][]string{{"08:00-12:00"}, {"08:00-12:00", "13:00-17:30"}, {"00:00-24:00"}} {
		if _, err := NewCalendar(CalendarOptions{Hours: hours}); err == nil || !strings.Contains(err.Error(), "exactly 8h") {
			t.Errorf("hours %v: got %v, want a sentence on 8 hours", hours, err)
		}
	}
}

// calendars are the ones that the property tests run on.
func calendars(t testing.TB) []*Calendar {
	return []*Calendar{
		mustCalendar(t, CalendarOptions{}),
		mustCalendar(t, CalendarOptions{
			Hours:    []string{"00:00-01:30", "07:00-12:00", "12:00-12:30", "23:00-24:00"},
			DaysOff:  []string{"2025-03-03..2025-03-20"},
			Workdays: []string{"2025-06-01..2025-06-30", "2026-02-15"},
		}),
	}
}

// naive counts the working minutes one by one.
func naive(c *Calendar, from, to Stamp) (seconds int64) {
	for s := from; s < to; s += 60 {
		if !c.IsWorkday(s.Day()) {
			continue
		}
		for _, h := range c.hours {
			if second := s.SecondOfDay(); h.from <= second && second < h.to {
				seconds += 60
			}
		}
	}
	return seconds
}

func TestWorkSecondsAgainstMinuteWalk(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n, c := range calendars(t) {
		// around the announced years, and across both ends of the calendar's years
		for _, year := range []int{firstCalendarYear, 2010, 2022, 2024, 2026, lastCalendarYear + 1} {
			for range 40 {
				from := Date(year, 1, 1).Stamp() + Stamp(random.IntN(500*1440)-60*1440)*60
				to := from + Stamp(random.IntN(40*1440))*60
				if got, want := c.WorkSeconds(from, to), naive(c, from, to); got != want {
					t.Fatalf("calendar %d, %s to %s: got %d, want %d", n, from, to, got, want)
				}
			}
		}
	}
}

func TestAddWorkSecondsIsTheInverse(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n, c := range calendars(t) {
		for i := range 20_000 {
			from := Date(1890+random.IntN(230), 1, 1).Stamp() + Stamp(random.IntN(400*secondsPerDay))
			seconds := 1 + random.Int64N(100*workdaySeconds)
			if i%3 == 0 {
				from, seconds = from.Day().Stamp(), (1+seconds/workdaySeconds)*workdaySeconds
			}
			got := c.AddWorkSeconds(from, seconds)
			if back := c.WorkSeconds(from, got); back != seconds {
				t.Fatalf("calendar %d, %s plus %d s: got %s, which is %d s", n, from, seconds, got, back)
			}
			if i%3 == 0 {
				if got.SecondOfDay() != 0 || !c.IsWorkday(got.Day()) || c.WorkSeconds(from, got+secondsPerDay) == seconds {
					t.Fatalf("calendar %d, %s plus %d s: got %s, want the last midnight that fits", n, from, seconds, got)
				}
			} else if c.WorkSeconds(from, got-1) == seconds {
				t.Fatalf("calendar %d, %s plus %d s: got %s, want the earliest moment", n, from, seconds, got)
			}
		}
	}
}

func TestCalendarSurvivesAbsurdMoments(t *testing.T) {
	c := mustCalendar(t, CalendarOptions{})
	absurd := []Stamp{math.MinInt64, -1, 0, 1, math.MaxInt64}
	for _, from := range absurd {
		for _, to := range absurd {
			c.WorkSeconds(from, to)
			c.AddWorkSeconds(from, int64(to))
			c.IsWorkday(Day(to))
		}
	}
}

func ExampleCalendar_WorkSeconds() {
	calendar, err := NewCalendar(CalendarOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	// received on the Friday before Tết, finished on the Tuesday after
	fmt.Println(calendar.WorkSeconds(Date(2026, 2, 13).Stamp(), Date(2026, 2, 24).Stamp())/3600, "hours")
	// Output: 16 hours
}

func BenchmarkWorkSeconds(b *testing.B) {
	c := mustCalendar(b, CalendarOptions{})
	base := at(b, "2026-03-02 09:30")
	var i, sum int64
	for b.Loop() {
		from := base + Stamp(i%700)*secondsPerDay
		sum += c.WorkSeconds(from, from+Stamp(i%50)*40_000)
		i++
	}
	_ = sum
}

func BenchmarkAddWorkSeconds(b *testing.B) {
	c := mustCalendar(b, CalendarOptions{})
	base := at(b, "2026-03-02 09:30")
	var i int64
	for b.Loop() {
		c.AddWorkSeconds(base+Stamp(i%700)*secondsPerDay, i%50*10_000)
		i++
	}
}

func BenchmarkNewCalendar(b *testing.B) {
	for b.Loop() {
		if _, err := NewCalendar(CalendarOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
