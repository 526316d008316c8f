package kpi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// workdaySeconds is the length of a working day: 8 hours (Labour Code 2019, Art. 105).
const workdaySeconds = 8 * 60 * 60

// CalendarOptions is what the configuration says about working days, on top of the built-in Vietnamese table.
type CalendarOptions struct {
	Hours    []string // working hours "08:00-12:00", together 8 hours; none: 08:00-12:00 and 13:00-17:00
	DaysOff  []string // further days off: "2026-03-02" or "2026-03-02..2026-03-05"
	Workdays []string // days worked although the table or the weekend says off, in the same form
	Complete []int    // years whose days off are fully listed by DaysOff and Workdays
}

// Calendar is the working calendar. It never changes after NewCalendar and may be used from many goroutines.
type Calendar struct {
	hours       []span
	first       Day     // 1 January of firstCalendarYear
	worked      []int32 // worked[i]: working days from first up to but without first+i
	known       map[int]bool
	fingerprint string
}

// span is a stretch of working time, in seconds after midnight.
type span struct{ from, to int64 }

// NewCalendar builds the calendar: weekends, the fixed-date holidays of the law, the announced days of the built-in table
// and then the options, later ones winning. The error joins one sentence for each wrong entry.
func NewCalendar(o CalendarOptions) (*Calendar, error) {
	hours, errHours := parseHours(o.Hours)
	off, errOff := parseDays("days off", o.DaysOff)
	worked, errWorked := parseDays("workdays", o.Workdays)
	err := errors.Join(errHours, errOff, errWorked, checkBoth(off, worked), checkYears(o.Complete))
	if err != nil {
		return nil, err
	}
	isOff, known, err := builtInDaysOff()
	if err != nil {
		return nil, err
	}
	first := Date(firstCalendarYear, time.January, 1)
	mark(isOff, first, off, true)
	mark(isOff, first, worked, false)
	for _, year := range o.Complete {
		known[year] = true
	}
	c := &Calendar{hours: hours, first: first, known: known, worked: make([]int32, len(isOff)+1)}
	for i, free := range isOff {
		c.worked[i+1] = c.worked[i]
		if !free {
			c.worked[i+1]++
		}
	}
	c.fingerprint = fingerprintOf(hours, first, isOff)
	return c, nil
}

// IsWorkday says whether the day is a working day.
func (c *Calendar) IsWorkday(d Day) bool { return c.isWorkday(int64(d)) }

// WorkSeconds gives the working seconds between two moments, less days off, nights and lunch; 0 when to is not after
// from or either is no date. Where a system gives dates only, both ends are midnights, and the time from Monday to
// Wednesday is two working days.
func (c *Calendar) WorkSeconds(from, to Stamp) int64 {
	if to <= from || from == 0 || to == 0 {
		return 0
	}
	return c.elapsed(to) - c.elapsed(from)
}

// AddWorkSeconds gives the moment at which so many working seconds have passed after from: WorkSeconds(from, result) is
// seconds again. Several moments fit when working time stops in between, so:
//   - a from at midnight and whole working days give a midnight, that of the last day that fits, which is always a working
//     day: dates stay dates, Monday plus 8 hours is Tuesday, Friday plus 8 hours is the next Monday;
//   - otherwise it is the earliest moment: Monday 08:00 plus 8 hours is Monday 17:00.
//
// With no seconds (or fewer) or no date it is from itself.
func (c *Calendar) AddWorkSeconds(from Stamp, seconds int64) Stamp {
	if from == 0 || seconds <= 0 {
		return from
	}
	target := c.elapsed(from) + seconds
	if from.SecondOfDay() == 0 && seconds%workdaySeconds == 0 {
		return Stamp(c.workdayAt(target/workdaySeconds) * secondsPerDay)
	}
	return c.MomentAfter(from, seconds)
}

// MomentAfter returns the earliest moment at which so many working seconds have passed after from, also where from is a
// midnight: Monday 00:00 plus 8 hours is Monday 17:00. With no seconds (or fewer) or no date it is from itself.
func (c *Calendar) MomentAfter(from Stamp, seconds int64) Stamp {
	if from == 0 || seconds <= 0 {
		return from
	}
	target := c.elapsed(from) + seconds
	index := floorDiv(target-1, workdaySeconds)
	return Stamp(c.workdayAt(index)*secondsPerDay + c.clockAfter(target-index*workdaySeconds))
}

// Known says whether the days off of that year are in the built-in table or declared complete by the options. In other
// years weekends and the fixed-date holidays hold, but Tết and Hùng Kings are missing.
func (c *Calendar) Known(year int) bool { return c.known[year] }

// Fingerprint is a short text that is the same exactly while every result of the calendar is the same: it is stored with
// figures, so that figures computed with another calendar are recognised. Which years are Known is not part of it.
func (c *Calendar) Fingerprint() string { return c.fingerprint }

// elapsed gives the working seconds from first to s, negative before first.
func (c *Calendar) elapsed(s Stamp) int64 {
	day := int64(s) / secondsPerDay
	second := int64(s) - day*secondsPerDay
	if second < 0 {
		day, second = day-1, second+secondsPerDay
	}
	total := c.workdaysBefore(day) * workdaySeconds
	if second > 0 && c.isWorkday(day) {
		for _, h := range c.hours {
			total += min(max(second-h.from, 0), h.to-h.from)
		}
	}
	return total
}

// clockAfter gives the second of the day at which so much of a working day has passed; 0 < worked <= workdaySeconds.
func (c *Calendar) clockAfter(worked int64) int64 {
	for _, h := range c.hours {
		if worked <= h.to-h.from {
			return h.from + worked
		}
		worked -= h.to - h.from
	}
	return c.hours[len(c.hours)-1].to
}

// Workdays counts the working days after one day, up to and including another.
func (c *Calendar) Workdays(after, upTo Day) int {
	return int(max(c.workdaysBefore(int64(upTo)+1)-c.workdaysBefore(int64(after)+1), 0))
}

// workdaysBefore counts the working days from first up to but without the day, negative before first.
func (c *Calendar) workdaysBefore(day int64) int64 {
	i, last := day-int64(c.first), int64(len(c.worked)-1)
	switch {
	case i < 0:
		return weekdaysBefore(day) - weekdaysBefore(int64(c.first))
	case i > last:
		return int64(c.worked[last]) + weekdaysBefore(day) - weekdaysBefore(int64(c.first)+last)
	}
	return int64(c.worked[i])
}

func (c *Calendar) isWorkday(day int64) bool {
	i := day - int64(c.first)
	if i < 0 || i >= int64(len(c.worked)-1) {
		return day-floorDiv(day, 7)*7 < 5
	}
	return c.worked[i+1] != c.worked[i]
}

// workdayAt gives the working day before which there are index working days: the inverse of workdaysBefore.
func (c *Calendar) workdayAt(index int64) int64 {
	last := int64(len(c.worked) - 1)
	switch {
	case index < 0:
		return weekdayAt(index + weekdaysBefore(int64(c.first)))
	case index >= int64(c.worked[last]):
		return weekdayAt(index - int64(c.worked[last]) + weekdaysBefore(int64(c.first)+last))
	}
	i := sort.Search(len(c.worked), func(i int) bool { return int64(c.worked[i]) > index })
	return int64(c.first) + int64(i) - 1
}

// weekdaysBefore counts Mondays to Fridays from day 0, which was a Monday, up to but without the day.
func weekdaysBefore(day int64) int64 {
	week := floorDiv(day, 7)
	return week*5 + min(day-week*7, 5)
}

// weekdayAt is the inverse of weekdaysBefore on Mondays to Fridays.
func weekdayAt(index int64) int64 {
	week := floorDiv(index, 5)
	return week*7 + index - week*5
}

// builtInDaysOff gives, for each day of the calendar's years, whether it is off, and the years that were announced.
func builtInDaysOff() (isOff []bool, known map[int]bool, err error) {
	first, end := Date(firstCalendarYear, time.January, 1), Date(lastCalendarYear+1, time.January, 1)
	isOff, known = make([]bool, end-first), map[int]bool{}
	for i := range isOff {
		isOff[i] = isWeekend(first + Day(i))
	}
	for year := firstCalendarYear; year <= lastCalendarYear; year++ {
		mark(isOff, first, statutoryDaysOff(year), true)
	}
	for _, y := range announced {
		off, errOff := parseDays("built-in days off", y.off)
		worked, errWorked := parseDays("built-in workdays", y.worked)
		if err := errors.Join(errOff, errWorked); err != nil {
			return nil, nil, err
		}
		mark(isOff, first, off, true)
		mark(isOff, first, worked, false)
		if y.known {
			known[y.year] = true
		}
	}
	return isOff, known, nil
}

func mark(isOff []bool, first Day, days []Day, off bool) {
	for _, d := range days {
		isOff[d-first] = off
	}
}

// fingerprintOf hashes the working hours and every day that differs from a plain week.
func fingerprintOf(hours []span, first Day, isOff []bool) string {
	h := sha256.New()
	fmt.Fprintf(h, "calendar 1 %v", hours)
	for i, off := range isOff {
		if day := first + Day(i); off != isWeekend(day) {
			fmt.Fprintf(h, " %d", day)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// parseHours reads working hours; they ascend, do not overlap and add up to 8 hours.
func parseHours(texts []string) ([]span, error) {
	if len(texts) == 0 {
		return []span{{8 * 3600, 12 * 3600}, {13 * 3600, 17 * 3600}}, nil
	}
	var (
		hours []span
		errs  []error
		total int64
	)
	for _, text := range texts {
		fromText, toText, ok := strings.Cut(text, "-")
		from, okFrom := parseClock(fromText)
		to, okTo := parseClock(toText)
		if !ok || !okFrom || !okTo || from >= to {
			errs = append(errs, fmt.Errorf("working hours %q: write them as HH:MM-HH:MM, the start before the end, for example 08:00-12:00", text))
			continue
		}
		if n := len(hours); n > 0 && from < hours[n-1].to {
			errs = append(errs, fmt.Errorf("working hours %q: they begin before the hours named before them end; list them in order, without overlap", text))
		}
		hours, total = append(hours, span{from, to}), total+to-from
	}
	if len(errs) == 0 && total != workdaySeconds {
		errs = append(errs, fmt.Errorf("working hours %s: they add up to %s, a working day has exactly 8h", strings.Join(texts, ", "), time.Duration(total)*time.Second))
	}
	return hours, errors.Join(errs...)
}

// parseClock reads "08:30" as seconds after midnight; "24:00" is the day's end.
func parseClock(text string) (int64, bool) {
	if text == "24:00" {
		return secondsPerDay, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return int64(t.Hour())*3600 + int64(t.Minute())*60, true
}

// parseDays reads days and spans of days; what names the list in errors.
func parseDays(what string, texts []string) ([]Day, error) {
	var (
		days []Day
		errs []error
	)
	for _, text := range texts {
		from, to, err := parseSpan(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
			continue
		}
		for d := from; d <= to; d++ {
			days = append(days, d)
		}
	}
	return days, errors.Join(errs...)
}

// parseSpan reads "2026-03-02" or "2026-03-02..2026-03-05", both ends included, within the calendar's years.
func parseSpan(text string) (from, to Day, err error) {
	fromText, toText, isSpan := strings.Cut(text, "..")
	if !isSpan {
		toText = fromText
	}
	from, errFrom := ParseDay(fromText)
	to, errTo := ParseDay(toText)
	first, last := Date(firstCalendarYear, time.January, 1), Date(lastCalendarYear, time.December, 31)
	switch {
	case errFrom != nil || errTo != nil:
		return 0, 0, fmt.Errorf("%q is neither a date nor a span of dates: write yyyy-MM-dd or yyyy-MM-dd..yyyy-MM-dd, for example 2026-03-02..2026-03-05", text)
	case from > to:
		return 0, 0, fmt.Errorf("%q ends before it begins: write the earlier date first", text)
	case from < first || to > last:
		return 0, 0, fmt.Errorf("%q lies outside the years %d to %d", text, firstCalendarYear, lastCalendarYear)
	}
	return from, to, nil
}

// checkBoth finds days that the options declare off and worked at once.
func checkBoth(off, worked []Day) error {
	var errs []error
	isOff := make(map[Day]bool, len(off))
	for _, d := range off {
		isOff[d] = true
	}
	for _, d := range slices.Compact(slices.Sorted(slices.Values(worked))) {
		if isOff[d] {
			errs = append(errs, fmt.Errorf("%s is listed both as a day off and as a workday: take it out of one of them", d))
		}
	}
	return errors.Join(errs...)
}

func checkYears(years []int) error {
	var errs []error
	for _, y := range years {
		if y < firstCalendarYear || y > lastCalendarYear {
			errs = append(errs, fmt.Errorf("complete year %d: years from %d to %d are allowed", y, firstCalendarYear, lastCalendarYear))
		}
	}
	return errors.Join(errs...)
}
