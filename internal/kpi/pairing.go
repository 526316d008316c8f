package kpi

// unpaired are the reports of which only a part of what a share is made of came: they are left out of both of its halves, in
// the unit that reported so and in those above it.
type unpaired struct {
	units map[string]bool         // of which a measure is missing as a whole
	days  map[string]map[Day]bool // of the other units, the days that lack a measure
}

// leaves reports whether a value of a unit is left out.
func (u *unpaired) leaves(unit string, day Day) bool {
	return u != nil && (u.units[unit] || u.days[unit][day])
}

// count returns how many units have something left out.
func (u *unpaired) count() int {
	if u == nil {
		return 0
	}
	return len(u.units) + len(u.days)
}

// observedMeasures returns the measures that a share is made of, each once; nil where it is made of anything else as well, or
// of one measure only: then nothing can be missing beside another.
func (d Definition) observedMeasures() (measures []string) {
	if d.Kind == KindMean || d.Kind == KindQuantile || d.Kind == KindCount {
		return nil
	}
	seen := map[string]bool{}
	for _, terms := range [][]Term{d.Numerator, d.Denominator} {
		for _, t := range terms {
			if t.Count != CountObservation {
				return nil
			}
			if !seen[t.Measure] {
				seen[t.Measure] = true
				measures = append(measures, t.Measure)
			}
		}
	}
	if len(measures) < 2 {
		return nil
	}
	return measures
}

// unpaired finds what is reported of some of the measures and not of others, in a unit and those below it; nil where nothing is.
// A unit that reports its flows of the same days, as most do, counts with the days that have all of them. One that reports them
// of different days counts as a whole, where there is something of each in the period.
func (o *Observed) unpaired(unit string, measures []string, p Period) *unpaired {
	reports := map[string]map[string]map[Day]bool{} // by unit and measure
	flows := 0
	for _, m := range measures {
		if !o.levels[m] {
			flows++
		}
		for _, r := range o.inUnit[unit][m] {
			for _, v := range o.of(r, p) {
				if reports[r.key.Unit] == nil {
					reports[r.key.Unit] = map[string]map[Day]bool{}
				}
				if reports[r.key.Unit][m] == nil {
					reports[r.key.Unit][m] = map[Day]bool{}
				}
				reports[r.key.Unit][m][v.day] = true
			}
		}
	}
	left := &unpaired{units: map[string]bool{}, days: map[string]map[Day]bool{}}
	for name, of := range reports {
		if len(of) < len(measures) {
			left.units[name] = true
		} else if days := o.oddDays(of, flows); len(days) > 0 {
			left.days[name] = days
		}
	}
	if left.count() == 0 {
		return nil
	}
	return left
}

// oddDays returns the days that lack one of the flows, where there are days that have all.
func (o *Observed) oddDays(of map[string]map[Day]bool, flows int) map[Day]bool {
	have := map[Day]int{}
	for m, days := range of {
		if o.levels[m] {
			continue
		}
		for day := range days {
			have[day]++
		}
	}
	odd := map[Day]bool{}
	for day, n := range have {
		if n < flows {
			odd[day] = true
		}
	}
	if len(odd) == len(have) {
		return nil
	}
	return odd
}
