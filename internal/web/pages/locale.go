package pages

import (
	"cmp"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// locale writes texts, figures, days and periods in the language and the time zone of a page.
type locale struct {
	*i18n.Language
	zone *time.Location
}

// name returns a name in the language of the page, or the id where there is none.
func (l locale) name(t kpi.Text, id string) string { return cmp.Or(t.In(l.Code), id) }

func (l locale) unitName(u kpi.Unit) string { return l.name(u.Name, u.ID) }

func (l locale) unitShort(u kpi.Unit) string { return l.name(u.ShortName(), u.ID) }

// upper begins a text as a sentence begins.
func upper(text string) string { return onFirst(unicode.ToUpper, text) }

// lower begins a text with a small letter, but for an abbreviation.
func lower(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(second) {
		return text
	}
	return onFirst(unicode.ToLower, text)
}

func onFirst(change func(rune) rune, text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(change(first)) + text[size:]
}

func (l locale) kpiName(def kpi.Definition) string { return l.name(def.Name, def.ID) }

// value writes a KPI's value with its unit of measurement. Next to a target it takes as many decimals as it needs not to
// look like the target where it is not.
func (l locale) value(def kpi.Definition, v float64, against ...float64) string {
	decimals := 1
	for _, other := range against {
		for decimals < 4 && v != other && l.measured(def, v, decimals) == l.measured(def, other, decimals) {
			decimals++
		}
	}
	return l.measured(def, v, decimals)
}

func (l locale) measured(def kpi.Definition, v float64, decimals int) string {
	switch def.Kind {
	case kpi.KindShare:
		return l.Percent(v, decimals)
	case kpi.KindMean, kpi.KindQuantile:
		if text := l.Number(v, decimals); text != "1" {
			return l.Say("workdays", text)
		}
		return l.Count("workdays", 1)
	}
	return l.Number(v, decimals)
}

func roundTo(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// day writes a date.
func (l locale) day(d kpi.Day) string {
	if d == 0 {
		return ""
	}
	return l.Day(d.Time())
}

// moment writes a date with its time of day in the agent's time zone.
func (l locale) moment(t time.Time) string {
	if t.IsZero() {
		return l.Say("never")
	}
	return l.Minute(t.In(l.zone))
}

// exact is moment with seconds.
func (l locale) exact(t time.Time) string { return l.Second(t.In(l.zone)) }

// span writes a length of time in its largest unit.
func (l locale) span(d time.Duration) string {
	switch {
	case d < 0:
		return l.span(-d)
	case d < time.Second:
		return l.Say("span.instant")
	case d < 2*time.Minute:
		return l.Count("span.seconds", math.Floor(d.Seconds()))
	case d < 2*time.Hour:
		return l.Count("span.minutes", math.Floor(d.Minutes()))
	case d < 48*time.Hour:
		return l.Count("span.hours", math.Floor(d.Hours()))
	}
	return l.Count("span.days", math.Floor(d.Hours()/24))
}

// period writes the name of a whole period.
func (l locale) period(p kpi.Period) string {
	year, part, _ := strings.Cut(p.Label, "-")
	switch p.Kind {
	case kpi.PeriodDay:
		return l.day(p.From)
	case kpi.PeriodMonth:
		return l.Say("period.month", l.Month(monthOf(p.Label)), year)
	case kpi.PeriodQuarter:
		return l.Say("period.quarter", l.Quarter(int(part[1]-'0')), year)
	case kpi.PeriodHalf:
		return l.Say("half."+part[1:], year)
	case kpi.PeriodYear:
		return l.Say("year", year)
	case kpi.PeriodRolling30:
		return l.Say("rolling")
	}
	return l.days(p)
}

// shortMonth writes a month in a few letters: "T11".
func (l locale) shortMonth(p kpi.Period) string {
	if p.Kind != kpi.PeriodMonth {
		return l.period(p)
	}
	return l.ShortMonth(monthOf(p.Label))
}

// monthOf returns the month of a label such as 2026-03.
func monthOf(label string) time.Month { return time.Month(int(label[5]-'0')*10 + int(label[6]-'0')) }

// days writes the first and the last day of a period.
func (l locale) days(p kpi.Period) string {
	if p.From == p.To {
		return l.day(p.From)
	}
	return l.day(p.From) + " – " + l.day(p.To)
}
