package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kpiagent/internal/kpi"
)

// Calendar extends the built-in table of Vietnamese working days.
type Calendar struct {
	Hours    []string `yaml:"hours" default:"[\"08:00-12:00\", \"13:00-17:00\"]" check:"hours" doc:"The working hours of a day; together they make 8 hours."`
	DaysOff  []string `yaml:"days_off" check:"days" doc:"Further days off: yyyy-MM-dd, or a span yyyy-MM-dd..yyyy-MM-dd."`
	Workdays []string `yaml:"workdays" check:"days" doc:"Days worked although the table or the weekend says off, in the same form."`
	Complete []int    `yaml:"complete" check:"year" doc:"Years whose days off are now fully listed here, so that they are no longer warned about."`
}

// checkCalendar holds the entries of the calendar against each other.
func checkCalendar(j *journal, c Calendar) {
	total, last := 0, 0
	sound := true
	for i, text := range c.Hours {
		from, to, ok := minutes(text)
		sound = sound && ok
		if ok && from < last {
			j.mistake(entry("calendar.hours", i), "%s begins before the stretch above it ends; write them in order, without overlap", quote(text))
			sound = false
		}
		total, last = total+to-from, to
	}
	if sound && total != 8*60 && !j.isWrong("calendar.hours") {
		j.mistake("calendar.hours", "together they make %d h %02d min; a working day has exactly 8 hours, as in [\"08:00-12:00\", \"13:00-17:00\"]", total/60, total%60)
	}
	for i, text := range c.Workdays {
		from, to, ok := span(text)
		for at, off := range c.DaysOff {
			offFrom, offTo, offOK := span(off)
			if ok && offOK && max(from, offFrom) <= min(to, offTo) {
				j.mistake(entry("calendar.workdays", i), "%s is a day off too (%s); take it out of one of them", max(from, offFrom), j.line(entry("calendar.days_off", at)))
			}
		}
	}
	options := kpi.CalendarOptions{Hours: c.Hours, DaysOff: c.DaysOff, Workdays: c.Workdays, Complete: c.Complete}
	if _, err := kpi.NewCalendar(options); err != nil && !slices.ContainsFunc(j.list, inCalendar) {
		j.mistake("calendar", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func inCalendar(m Mistake) bool {
	return strings.HasPrefix(m.Key, "calendar") || strings.HasPrefix(m.Key, Variable("calendar"))
}

var hoursForm = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$`)

// minutes reads "08:00-12:00" as minutes since midnight.
func minutes(text string) (from, to int, ok bool) {
	m := hoursForm.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false
	}
	number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
	from, to = number(1)*60+number(2), number(3)*60+number(4)
	return from, to, from < to && to <= 24*60
}

func checkHours(text string) string {
	if _, _, ok := minutes(text); !ok {
		return fmt.Sprintf("%s is not a stretch of working hours; write from-to, for example 08:00-12:00", quote(text))
	}
	return ""
}

func checkDay(text string) string {
	if _, err := kpi.ParseDay(text); err != nil {
		return fmt.Sprintf("%s is not a day; write yyyy-MM-dd, for example 2026-03-02", quote(text))
	}
	return ""
}

// span reads "2026-02-14" or "2026-02-14..2026-02-22".
func span(text string) (from, to kpi.Day, ok bool) {
	first, last, isSpan := strings.Cut(text, "..")
	from, err := kpi.ParseDay(strings.TrimSpace(first))
	if err != nil || !isSpan {
		return from, from, err == nil
	}
	to, err = kpi.ParseDay(strings.TrimSpace(last))
	return from, to, err == nil && from <= to
}

func checkDays(text string) string {
	from, to, ok := span(text)
	if ok && (from < kpi.Date(1900, 1, 1) || to >= kpi.Date(2101, 1, 1)) {
		return fmt.Sprintf("%s lies outside the years 1900 to 2100", quote(text))
	}
	if !ok {
		return fmt.Sprintf("%s is not a day or a span of days; write yyyy-MM-dd, or first..last, for example 2026-02-14..2026-02-22", quote(text))
	}
	return ""
}
