package kpi

import (
	"cmp"
	"slices"
	"time"
)

// Reports are what one reporter has brought of a KPI that is made of reported totals only, and what is still to come of it.
type Reports struct {
	// Recent are its last reports, oldest first, at most maxWeeks; one pair each.
	Recent []Pair
	// Ahead is how many reports are still to come for days of the period.
	Ahead int
}

const (
	// closestReports is how many days apart reports are at least: values that come more often are a daily flow.
	closestReports = 6
	// missedReports is how many reports may be overdue before nothing more is expected of their reporter.
	missedReports = 3
)

// reports returns the reports of a unit and those below it that a KPI is made of, one entry a reporter, up to the end of
// today. It is nil where the KPI is made of anything else than flows that are reported now and then (weekly, monthly,
// quarterly): then its days are looked at.
func (b *Books) reports(def Definition, unit string, today Day, whole Period) []Reports {
	var all []Reports
	for _, r := range b.reporters(def, unit) {
		days := r.days(today)
		if len(days) == 0 {
			continue
		}
		every, apart := intervalOf(days)
		if !apart {
			return nil
		}
		reports := Reports{Ahead: every.ahead(days[len(days)-1], today, whole)}
		for _, day := range days[max(0, len(days)-maxWeeks):] {
			reports.Recent = append(reports.Recent, Pair{valueOn(r.numerator, day), valueOn(r.denominator, day)})
		}
		all = append(all, reports)
	}
	return all
}

// reporter is one source and unit with its values of a KPI's terms.
type reporter struct {
	source, unit           string
	numerator, denominator []*reported
}

// reporters lists who reports what a KPI is made of, in a fixed order; none where it is not made of reported flows only.
func (b *Books) reporters(def Definition, unit string) []reporter {
	var all []reporter
	for _, half := range []struct {
		terms []Term
		of    func(*reporter) *[]*reported
	}{
		{def.Numerator, func(r *reporter) *[]*reported { return &r.numerator }},
		{def.Denominator, func(r *reporter) *[]*reported { return &r.denominator }},
	} {
		for _, t := range half.terms {
			if t.Count != CountObservation || b.Observed.levels[t.Measure] {
				return nil
			}
			for _, values := range b.Observed.inUnit[unit][t.Measure] {
				i := slices.IndexFunc(all, func(r reporter) bool { return r.source == values.key.Source && r.unit == values.key.Unit })
				if i < 0 {
					i = len(all)
					all = append(all, reporter{source: values.key.Source, unit: values.key.Unit})
				}
				list := half.of(&all[i])
				*list = append(*list, values)
			}
		}
	}
	slices.SortFunc(all, func(a, b reporter) int { return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.source, b.source)) })
	return all
}

// days returns the last days up to today for which something was reported, one more than an outlook looks at.
func (r *reporter) days(today Day) []Day {
	var days []Day
	for _, values := range slices.Concat(r.numerator, r.denominator) {
		end, _ := values.search(today + 1)
		for _, v := range values.days[max(0, end-maxWeeks-1):end] {
			days = append(days, v.day)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return days[max(0, len(days)-maxWeeks-1):]
}

func valueOn(all []*reported, day Day) (sum float64) {
	for _, values := range all {
		if i, found := values.search(day); found {
			sum += values.days[i].value
		}
	}
	return sum
}

// interval is how far apart reports are: whole months, or days.
type interval struct{ months, days int }

// intervalOf returns the interval of reports; apart is false where two of them are so close that they are a daily flow. One
// report alone says nothing of its interval and is taken for a monthly one, which is the usual.
func intervalOf(days []Day) (r interval, apart bool) {
	var gaps []int
	for i := 1; i < len(days); i++ {
		gaps = append(gaps, int(days[i]-days[i-1]))
	}
	if len(gaps) == 0 {
		return interval{months: 1}, true
	}
	slices.Sort(gaps)
	if gaps[0] < closestReports {
		return interval{}, false
	}
	gap := gaps[len(gaps)/2]
	for _, months := range []int{1, 3, 6, 12} {
		if shortest := months*30 - 2 + months/3; gap >= shortest && gap <= shortest+4 {
			return interval{months: months}, true
		}
	}
	return interval{days: gap}, true
}

// after returns the day of the n-th report after one. Reports of a month's last day stay on last days.
func (r interval) after(last Day, n int) Day {
	if r.months == 0 {
		return last + Day(n*r.days)
	}
	year, month, dayOfMonth := last.Civil()
	_, _, next := (last + 1).Civil()
	end := Date(year, month+time.Month(1+r.months*n), 1) - 1 // the last day of the month in question
	_, _, length := end.Civil()
	if next == 1 || dayOfMonth > length {
		return end
	}
	return end - Day(length-dayOfMonth)
}

// ahead counts the reports still to come for days of the period: those overdue and those until its end.
func (r interval) ahead(last, today Day, whole Period) (n int) {
	overdue := 0
	for i := 1; ; i++ {
		day := r.after(last, i)
		if day > whole.To {
			break
		}
		if day <= today {
			overdue++
		}
		if day >= whole.From {
			n++
		}
	}
	if overdue > missedReports {
		return 0
	}
	return n
}
