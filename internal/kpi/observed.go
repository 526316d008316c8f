package kpi

import (
	"cmp"
	"iter"
	"slices"
)

// ObservationKey says who reports which measure.
type ObservationKey struct {
	Source  string // as "unit/source"
	Unit    string
	Measure string
}

// Observed holds the reported totals of all units. It is not safe for use by several goroutines while it changes.
type Observed struct {
	tree    *Tree
	levels  map[string]bool // the measures that are levels; all others are flows
	running map[string]bool // the flows that are reported as totals of the year so far
	cut     CutOff          // where that year begins
	inUnit  map[string]map[string][]*reported
	byKey   map[ObservationKey]*reported
	turns   uint64 // how often values have changed
}

// reported are one source's values of one measure, by day.
type reported struct {
	key    ObservationKey
	days   []dayValue
	totals []dayValue // of a running total: as reported
}

type dayValue struct {
	day   Day
	value float64
	since Day // of a running total: the first day of what the value sums up; else 0
}

// NewObserved makes an empty set of observations; levels names the measures that hold until the next value.
func NewObserved(units []Unit, levels []string) *Observed {
	o := &Observed{tree: NewTree(units), levels: map[string]bool{}, running: map[string]bool{}, inUnit: map[string]map[string][]*reported{},
		byKey: map[ObservationKey]*reported{}}
	for _, m := range levels {
		o.levels[m] = true
	}
	return o
}

// Set takes a value in, replacing the one for the same day.
func (o *Observed) Set(key ObservationKey, day Day, value float64) {
	o.turns++
	r, known := o.byKey[key]
	if !known {
		r = &reported{key: key}
		o.byKey[key] = r
		for _, unit := range o.tree.Lineage(key.Unit) {
			if o.inUnit[unit] == nil {
				o.inUnit[unit] = map[string][]*reported{}
			}
			o.inUnit[unit][key.Measure] = append(o.inUnit[unit][key.Measure], r)
		}
	}
	if o.running[key.Measure] {
		r.setTotal(day, &value, o.cut)
	} else if i, found := r.search(day); found {
		r.days[i].value = value
	} else {
		r.days = slices.Insert(r.days, i, dayValue{day: day, value: value})
	}
}

// Remove takes a day's value out.
func (o *Observed) Remove(key ObservationKey, day Day) {
	o.turns++
	if r, known := o.byKey[key]; known && o.running[key.Measure] {
		r.setTotal(day, nil, o.cut)
	} else if known {
		if i, found := r.search(day); found {
			r.days = slices.Delete(r.days, i, i+1)
		}
	}
}

func (r *reported) search(day Day) (int, bool) { return searchDay(r.days, day) }

func searchDay(days []dayValue, day Day) (int, bool) {
	return slices.BinarySearchFunc(days, day, func(v dayValue, d Day) int { return cmp.Compare(v.day, d) })
}

// Measures lists the measures that a unit or one below it reports, in order.
func (o *Observed) Measures(unit string) []string {
	var names []string
	for m := range o.inUnit[unit] {
		names = append(names, m)
	}
	slices.Sort(names)
	return names
}

// Value returns a measure of a unit and those below it: the sum over the period of a flow, the last value up to the
// period's end of a level. ok is false where nothing was reported.
func (o *Observed) Value(unit, measure string, p Period) (value float64, ok bool) {
	return o.value(unit, measure, p, nil)
}

// value is Value without what is left out.
func (o *Observed) value(unit, measure string, p Period, left *unpaired) (value float64, ok bool) {
	for _, r := range o.inUnit[unit][measure] {
		for _, v := range o.of(r, p) {
			if !left.leaves(r.key.Unit, v.day) {
				value += v.value
				ok = true
			}
		}
	}
	return value, ok
}

// of yields the values that count for a period: all in it of a flow, the last one up to its end of a level.
func (o *Observed) of(r *reported, p Period) iter.Seq2[int, dayValue] {
	end, _ := r.search(p.To + 1)
	start := 0
	if o.levels[r.key.Measure] {
		start = max(end-1, 0)
	} else {
		start, _ = r.search(p.From)
	}
	return func(yield func(int, dayValue) bool) {
		for i, v := range r.days[start:max(end, start)] {
			if !v.beyond(p) && !yield(i, v) {
				return
			}
		}
	}
}

// Reports counts the values that a unit itself reported for the days of a period, of all measures.
func (o *Observed) Reports(unit string, p Period) (n int64) {
	for key, r := range o.byKey {
		if key.Unit == unit {
			start, _ := r.search(p.From)
			end, _ := r.search(p.To + 1)
			n += int64(max(end-start, 0))
		}
	}
	return n
}
