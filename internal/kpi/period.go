package kpi

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CutOff says where reporting months begin.
type CutOff uint8

const (
	// CutCalendar has calendar months.
	CutCalendar CutOff = iota
	// CutND09 follows Decree 09/2019: a month reaches from the 15th of the month before to its 14th; quarters, half-years
	// and years are made of such months, so that the year begins on 15 December.
	CutND09
)

// PeriodKind is the length of a reporting period; its name is a value of the label period.
type PeriodKind uint8

// The kinds that are computed all the time, then PeriodCustom, which only a question by hand has.
const (
	PeriodDay PeriodKind = iota
	PeriodMonth
	PeriodQuarter
	PeriodHalf
	PeriodYear
	PeriodRolling30 // the 30 days that end on a day
	PeriodCustom    // any span of days
)

var (
	cutOffNames     = []string{"calendar", "nd09"}
	periodKindNames = []string{"day", "month", "quarter", "half", "year", "rolling_30d", "custom"}
)

// rollingDays is the length of PeriodRolling30.
const rollingDays = 30

func (c CutOff) String() string     { return nameOf(cutOffNames, int(c)) }
func (k PeriodKind) String() string { return nameOf(periodKindNames, int(k)) }

// ParseCutOff reads "calendar" or "nd09".
func ParseCutOff(text string) (CutOff, bool) {
	i := indexOf(cutOffNames, text)
	return CutOff(max(i, 0)), i >= 0
}

// PeriodKinds lists the kinds that are computed all the time, without PeriodCustom.
func PeriodKinds() []PeriodKind {
	return []PeriodKind{PeriodDay, PeriodMonth, PeriodQuarter, PeriodHalf, PeriodYear, PeriodRolling30}
}

// ParsePeriodKind reads the name of one of PeriodKinds.
func ParsePeriodKind(text string) (PeriodKind, bool) {
	i := indexOf(periodKindNames[:PeriodCustom], text)
	return PeriodKind(max(i, 0)), i >= 0
}

// Period is a stretch of days, both ends included, with the label that people and boards know it by.
type Period struct {
	Kind     PeriodKind
	From, To Day
	Label    string // "2026-03-02", "2026-03", "2026-Q1", "2026-H1", "2026", or "2026-02-01..2026-03-02"
}

// PeriodOf gives the whole period of the kind that holds the day. A rolling period ends on the day; so does, for want of a
// length, a custom one, which is that day alone.
func PeriodOf(kind PeriodKind, day Day, cut CutOff) Period {
	switch kind {
	case PeriodDay:
		return Period{kind, day, day, day.String()}
	case PeriodMonth, PeriodQuarter, PeriodHalf, PeriodYear:
		year, month := reportingMonth(day, cut)
		length := monthsOf(kind)
		return months(kind, year, (month-1)/length+1, cut)
	case PeriodRolling30:
		return spanOf(kind, day-rollingDays+1, day)
	}
	return spanOf(PeriodCustom, day, day)
}

// ToDate gives the period cut at today: its days so far, under its label. A period that lies ahead has no days so far: its
// To is then the day before From.
func (p Period) ToDate(today Day) Period {
	p.To = max(min(p.To, today), p.From-1)
	return p
}

// Previous gives the whole period before p: of the same kind, or for rolling and custom periods as many days, ending the
// day before p begins.
func (p Period) Previous(cut CutOff) Period {
	if p.Kind == PeriodCustom {
		return spanOf(PeriodCustom, p.From-Day(max(p.Days(), 1)), p.From-1)
	}
	return PeriodOf(p.Kind, p.From-1, cut)
}

// Next gives the whole period after p, as Previous gives the one before.
func (p Period) Next(cut CutOff) Period {
	switch p.Kind {
	case PeriodCustom:
		return spanOf(PeriodCustom, p.To+1, p.To+Day(max(p.Days(), 1)))
	case PeriodRolling30:
		return spanOf(PeriodRolling30, p.To+1, p.To+rollingDays)
	}
	return PeriodOf(p.Kind, PeriodOf(p.Kind, p.From, cut).To+1, cut)
}

// Days counts the days of the period.
func (p Period) Days() int { return max(int(p.To)-int(p.From)+1, 0) }

// ClosedMonths gives the last n months that ended before today, oldest first.
func ClosedMonths(today Day, cut CutOff, n int) []Period {
	closed := make([]Period, max(n, 0))
	p := PeriodOf(PeriodMonth, today, cut)
	for i := len(closed) - 1; i >= 0; i-- {
		p = p.Previous(cut)
		closed[i] = p
	}
	return closed
}

// ParsePeriod reads what a person writes: the name of a kind for the current period to date, the label of a whole period,
// or any span of days "2026-02-01..2026-03-02". The error lists what is allowed.
func ParsePeriod(text string, today Day, cut CutOff) (Period, error) {
	if kind, ok := ParsePeriodKind(text); ok {
		return PeriodOf(kind, today, cut).ToDate(today), nil
	}
	if p, ok := parseMonths(text, cut); ok {
		return p, nil
	}
	from, to, err := parseSpan(text)
	if err == nil {
		if strings.Contains(text, "..") {
			return spanOf(PeriodCustom, from, to), nil
		}
		return PeriodOf(PeriodDay, from, cut), nil
	}
	allowed := fmt.Sprintf("allowed are %s for the current period to date, 2026-03-02, 2026-03, 2026-Q1, 2026-H1, 2026, or 2026-02-01..2026-03-02 (years %d to %d)",
		strings.Join(periodKindNames[:PeriodCustom], ", "), firstCalendarYear, lastCalendarYear)
	if strings.Contains(text, "..") {
		return Period{}, fmt.Errorf("the period %w; %s", err, allowed)
	}
	return Period{}, errors.New("the period " + strconv.Quote(text) + " is not understood: " + allowed)
}

// monthLabel has the labels of months, quarters, halves and years.
var monthLabel = regexp.MustCompile(`^([0-9]{4})(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?$`)

func parseMonths(text string, cut CutOff) (Period, bool) {
	m := monthLabel.FindStringSubmatch(text)
	if m == nil {
		return Period{}, false
	}
	year, err := strconv.Atoi(m[1])
	if err != nil || year < firstCalendarYear || year > lastCalendarYear {
		return Period{}, false
	}
	for i, kind := range []PeriodKind{PeriodMonth, PeriodQuarter, PeriodHalf} {
		if n, err := strconv.Atoi(m[i+2]); err == nil {
			return months(kind, year, n, cut), true
		}
	}
	return months(PeriodYear, year, 1, cut), true
}

// reportingMonth gives the year and month (1 to 12) in whose figures the day counts.
func reportingMonth(day Day, cut CutOff) (year, month int) {
	y, m, d := day.Civil()
	if cut == CutND09 && d >= 15 {
		m++
	}
	if m > time.December {
		return y + 1, 1
	}
	return y, int(m)
}

// monthStart gives the first day of a reporting month; month 13 is January of the next year.
func monthStart(year, month int, cut CutOff) Day {
	if cut == CutND09 {
		return Date(year, time.Month(month-1), 15)
	}
	return Date(year, time.Month(month), 1)
}

// months gives the n-th month, quarter or half of a year, n from 1, or the year.
func months(kind PeriodKind, year, n int, cut CutOff) Period {
	length := monthsOf(kind)
	first := (n-1)*length + 1
	return Period{
		Kind:  kind,
		From:  monthStart(year, first, cut),
		To:    monthStart(year, first+length, cut) - 1,
		Label: monthsLabel(kind, year, n),
	}
}

func monthsLabel(kind PeriodKind, year, n int) string {
	switch kind {
	case PeriodMonth:
		return fmt.Sprintf("%04d-%02d", year, n)
	case PeriodQuarter:
		return fmt.Sprintf("%04d-Q%d", year, n)
	case PeriodHalf:
		return fmt.Sprintf("%04d-H%d", year, n)
	}
	return fmt.Sprintf("%04d", year)
}

func monthsOf(kind PeriodKind) int {
	switch kind {
	case PeriodMonth:
		return 1
	case PeriodQuarter:
		return 3
	case PeriodHalf:
		return 6
	}
	return 12
}

func spanOf(kind PeriodKind, from, to Day) Period {
	return Period{kind, from, to, from.String() + ".." + to.String()}
}
