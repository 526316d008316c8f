package kpi

import "slices"

// CountRunning has measures reported as running totals: each value is the sum since the beginning of its year (lũy kế), which
// begins by cut. What came in between two reports becomes the value of the later one. It comes before any value of them is set.
func (o *Observed) CountRunning(measures []string, cut CutOff) {
	o.cut = cut
	for _, m := range measures {
		o.running[m] = true
	}
}

// setTotal takes a running total in, or out where it is nil.
func (r *reported) setTotal(day Day, total *float64, cut CutOff) {
	i, found := searchDay(r.totals, day)
	switch {
	case total == nil && found:
		r.totals = slices.Delete(r.totals, i, i+1)
	case total == nil:
		return
	case found:
		r.totals[i].value = *total
	default:
		r.totals = slices.Insert(r.totals, i, dayValue{day: day, value: *total})
	}
	r.days = r.days[:min(i, len(r.days))]
	for ; i < len(r.totals); i++ {
		r.days = append(r.days, r.increase(i, cut))
	}
}

// increase is what came in between a running total and the one before it, of the same year.
func (r *reported) increase(i int, cut CutOff) dayValue {
	v := r.totals[i]
	v.since = PeriodOf(PeriodYear, v.day, cut).From
	if i > 0 && r.totals[i-1].day >= v.since {
		v.value -= r.totals[i-1].value
		v.since = r.totals[i-1].day + 1
	}
	return v
}

// beyond reports whether a value sums up much that lies before a period, half of the period's length or more, as where the report
// before it is missing: what came in the period is not known then. since is 0 for a value that belongs to its day.
func (v dayValue) beyond(p Period) bool {
	return v.since > 0 && v.since < p.From && 2*(p.From-v.since) >= p.To-p.From+1
}
