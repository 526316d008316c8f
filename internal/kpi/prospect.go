package kpi

// IsStock says whether a KPI is, wholly or in part, a state at the period's end (open dossiers, procedures, a level) rather
// than a sum over the period's days. A stock has no outlook, and its target holds at any time.
func (b *Books) IsStock(def Definition) bool {
	for _, terms := range [][]Term{def.Numerator, def.Denominator} {
		for _, t := range terms {
			switch t.Count {
			case "open", "overdue_open", CountProcedures:
				return true
			case CountObservation:
				if b.Observed.levels[t.Measure] {
					return true
				}
			}
		}
	}
	return false
}

// TargetApplies says whether a year's target can be held against the figure of a period of a kind: a count that adds up
// over the year only against the whole year's.
func (b *Books) TargetApplies(def Definition, kind PeriodKind) bool {
	return def.Kind != KindCount || kind == PeriodYear || b.IsStock(def)
}

// RecentDays are the last whole days of one KPI of one unit. It remembers what it gave last, so that the next day costs one
// day. It holds for books in one state.
type RecentDays struct {
	from Day
	days []Pair
}

// Of gives the numerators and denominators of the last whole days before today, oldest first, as many as an outlook looks at;
// days before the unit's first data are left out. Nil for what has no outlook: handling times and stocks. It is valid until the
// next call.
func (r *RecentDays) Of(b *Books, def Definition, unit string, today Day) []Pair {
	if def.Kind == KindMean || def.Kind == KindQuantile || b.IsStock(def) {
		return nil
	}
	view := b.Daybook.Unit(unit)
	from := max(today-7*maxWeeks, b.firstDay(def, view, unit))
	next := r.from + Day(len(r.days))
	if from < r.from || from > next || today < next {
		r.days, next = r.days[:0], from
	} else {
		r.days = r.days[:copy(r.days, r.days[from-r.from:])]
	}
	for r.from = from; next < today; next++ {
		p := Period{From: next, To: next}
		numerator, _ := b.sum(def.Numerator, view, unit, p, nil)
		denominator, _ := b.sum(def.Denominator, view, unit, p, nil)
		r.days = append(r.days, Pair{numerator, denominator})
	}
	return r.days
}

// FirstDay gives the first day for which a set of dossiers, or the observations of its unit, have any of what a KPI is made of:
// a count of the days before is not 0 but not known. ok is false where there is none.
func (b *Books) FirstDay(def Definition, view View, unit string) (first Day, ok bool) {
	if def.ofHandlingTime() {
		first = view.firstDay()
	} else {
		first = b.firstDay(def, view, unit)
	}
	return first, first != endOfTime
}

// firstDay gives the first day for which the unit has any of what the KPI is made of.
func (b *Books) firstDay(def Definition, view View, unit string) Day {
	first := endOfTime
	for _, terms := range [][]Term{def.Numerator, def.Denominator} {
		for _, t := range terms {
			if t.Count == CountObservation {
				first = min(first, b.Observed.firstDay(unit, t.Measure))
			} else {
				first = min(first, view.firstDay())
			}
		}
	}
	return first
}

// firstDay gives the day of the first receipt; endOfTime where there is none.
func (v View) firstDay() Day {
	first := endOfTime
	for _, b := range v {
		for _, c := range []Channel{Online, Counter, Postal} {
			if points := b.fixed[receivedBy(c)].points; len(points) > 0 {
				first = min(first, points[0].day)
			}
		}
	}
	return first
}

// firstDay gives the day of the first value of a measure of a unit and those below it; endOfTime where there is none.
func (o *Observed) firstDay(unit, measure string) Day {
	first := endOfTime
	for _, r := range o.inUnit[unit][measure] {
		if len(r.days) > 0 {
			first = min(first, r.days[0].day)
		}
	}
	return first
}
