package kpi

import "time"

// The calendar reaches over these years; before and after them only weekends are days off.
const (
	firstCalendarYear = 1900
	lastCalendarYear  = 2100
)

// statutory are the public holidays with a fixed date in the solar calendar (Labour Code 2019, Art. 112).
var statutory = []struct {
	month time.Month
	day   int
}{
	{time.January, 1},
	{time.April, 30},
	{time.May, 1},
	{time.September, 2},
}

// yearOff is what was announced for the civil servants of one year, on top of weekends and statutory holidays.
type yearOff struct {
	year   int
	known  bool     // the announcement is complete; otherwise the year is warned about
	off    []string // days and spans off; weekends inside a span are written along
	worked []string // swapped days: weekend days that are worked
}

// announced is the Vietnamese table. Marks: V seen in a public source, P partly supported, M from memory. What is not V
// should be compared with the ministry's own notice; the configuration (calendar.days_off, calendar.workdays) overrides it.
var announced = []yearOff{
	{year: 2022, known: true, off: []string{
		"2022-01-31..2022-02-04", // M: Tết, whose first day was 1 Feb (V)
		"2022-04-09..2022-04-11", // V: Hùng Kings on Sunday 10 Apr
		"2022-04-30..2022-05-03", // V
		"2022-09-01..2022-09-04", // M
	}},
	{year: 2023, known: true, off: []string{ // all V
		"2023-01-20..2023-01-26", // Tết on 22 Jan
		"2023-04-29..2023-05-03", // Hùng Kings on 29 Apr
		"2023-09-01..2023-09-04",
	}},
	{year: 2024, known: true, off: []string{ // all V
		"2024-02-08..2024-02-14", // Tết on 10 Feb
		"2024-04-18",             // Hùng Kings
		"2024-04-27..2024-05-01", // with Monday 29 Apr, swapped for 4 May
		"2024-08-31..2024-09-03",
	}, worked: []string{"2024-05-04"}},
	{year: 2025, known: true, off: []string{ // all V
		"2025-01-25..2025-02-02", // Tết on 29 Jan
		"2025-04-05..2025-04-07", // Hùng Kings on 7 Apr
		"2025-04-30..2025-05-04", // with Friday 2 May, swapped for 26 Apr
		"2025-08-30..2025-09-02",
	}, worked: []string{"2025-04-26"}},
	{year: 2026, known: true, off: []string{ // all V
		"2026-01-01..2026-01-04", // with Friday 2 Jan, swapped for 10 Jan (document 12729/VPCP-KGVX of 25 Dec 2025)
		"2026-02-14..2026-02-22", // Tết on 17 Feb
		"2026-04-25..2026-04-27", // Hùng Kings on Sunday 26 Apr
		"2026-04-30..2026-05-03",
		"2026-08-29..2026-09-02", // with Monday 31 Aug, swapped for 22 Aug
	}, worked: []string{"2026-01-10", "2026-08-22"}},
	{year: 2027, known: false, off: []string{ // not announced yet: only what any choice of the five days of Tết contains
		"2027-02-05..2027-02-10", // P: Tết on Saturday 6 Feb (V), two rest days made up for
		"2027-04-16",             // V: Hùng Kings
	}},
}

// statutoryDaysOff gives the days off of the fixed-date holidays of a year: a holiday on a rest day moves to the next
// working day that is not a holiday itself (Labour Code 2019, Art. 111 and 112).
func statutoryDaysOff(year int) []Day {
	taken := make(map[Day]bool, 2*len(statutory))
	for _, h := range statutory {
		taken[Date(year, h.month, h.day)] = true
	}
	days := make([]Day, 0, 2*len(statutory))
	for _, h := range statutory {
		day := Date(year, h.month, h.day)
		days = append(days, day)
		if !isWeekend(day) {
			continue
		}
		for isWeekend(day) || taken[day] {
			day++
		}
		taken[day] = true
		days = append(days, day)
	}
	return days
}

func isWeekend(d Day) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}
