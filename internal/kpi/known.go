package kpi

// KnownAt says whether the books had, at the end of a day, something of everything that a KPI of a unit is made of. They never
// had what counts procedures: the register says at which level each stands now, not at which it stood then.
func (b *Books) KnownAt(def Definition, unit string, day Day) bool {
	if def.Kind == KindMean || def.Kind == KindQuantile {
		return b.Daybook.Unit(unit).KnownAt(day)
	}
	for _, terms := range [][]Term{def.Numerator, def.Denominator} {
		for _, t := range terms {
			switch t.Count {
			case CountProcedures:
				return false
			case CountObservation:
				if b.Observed.firstDay(unit, t.Measure) > day {
					return false
				}
			default:
				if !b.Daybook.Unit(unit).KnownAt(day) {
					return false
				}
			}
		}
	}
	return true
}

// KnownAt says whether there was, at the end of a day, anything in the books of a set of dossiers.
func (v View) KnownAt(day Day) bool { return v.firstDay() <= day }

// KnownAt says whether a measure of a unit, or of one below it, was reported for any day up to this one.
func (o *Observed) KnownAt(unit, measure string, day Day) bool {
	return o.firstDay(unit, measure) <= day
}

// Begin gives the day of the first receipt or report of all units; 0 where there is none.
func (b *Books) Begin() Day {
	first := endOfTime
	for _, u := range b.Daybook.Units() {
		if u.Parent != "" {
			continue
		}
		first = min(first, b.Daybook.Unit(u.ID).firstDay())
		for _, measure := range b.Observed.Measures(u.ID) {
			first = min(first, b.Observed.firstDay(u.ID, measure))
		}
	}
	if first == endOfTime {
		return 0
	}
	return first
}

// CountsProcedures says whether a KPI is made of the register of procedures, wholly or in part.
func (d Definition) CountsProcedures() bool {
	for _, terms := range [][]Term{d.Numerator, d.Denominator} {
		for _, t := range terms {
			if t.Count == CountProcedures {
				return true
			}
		}
	}
	return false
}

// State tells whether books are those of before: while two are equal, so is every figure of the same definition, unit and
// period.
type State struct {
	daybook      *Daybook
	register     *Register
	observed     *Observed
	turns, other uint64
}

// State gives the present one.
func (b *Books) State() State {
	return State{b.Daybook, b.Register, b.Observed, b.Daybook.turns, b.Observed.turns}
}
