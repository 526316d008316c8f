package collectors

import (
	"errors"
	"fmt"
	"math"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// totalsMap makes several observations of one row, one for each column that holds a total.
type totalsMap struct {
	day    dateField // of the totals that have none of their own
	totals []total
}

// total is one of them.
type total struct {
	measure string
	value   numberField
	day     dateField
	unit    textField
	ownDay  bool
	ownUnit bool
}

// mostTotals bounds what one row can become.
const mostTotals = 500

func compileTotals(given *config.Mapping) (rowMap, error) {
	m := &totalsMap{}
	if len(given.Totals) > mostTotals {
		return nil, fmt.Errorf("mapping.totals has %d entries: at most %d are read", len(given.Totals), mostTotals)
	}
	if given.Measure != nil || given.Value != nil {
		return nil, errors.New("mapping.totals cannot stand beside mapping.measure and mapping.value")
	}
	shared := false
	var e []error
	for i, t := range given.Totals {
		name := fmt.Sprintf("totals[%d]", i)
		if t.Measure == "" {
			e = append(e, fmt.Errorf("mapping.%s.measure is missing", name))
		}
		one := total{measure: t.Measure, ownDay: t.Day != nil, ownUnit: t.Unit != nil}
		shared = shared || !one.ownDay
		var errs [3]error
		one.value, errs[0] = compileNumber(name, &config.Field{Column: t.Column, Number: t.Number, Percent: t.Percent, Empty: t.Empty, Required: t.Required},
			false, -math.MaxFloat64, math.MaxFloat64)
		one.day, errs[1] = compileDate(name+".day", t.Day, one.ownDay)
		one.unit, errs[2] = compileText(name+".unit", t.Unit, one.ownUnit, kpi.UnknownUnit)
		m.totals, e = append(m.totals, one), append(e, errs[:]...)
	}
	var err error
	m.day, err = compileDate("day", given.Day, shared)
	return m, errors.Join(append(e, err)...)
}

func (m *totalsMap) fields() []*field {
	list := []*field{&m.day.field}
	for i := range m.totals {
		t := &m.totals[i]
		list = append(list, &t.value.field, &t.day.field, &t.unit.field)
	}
	return list
}

func (m *totalsMap) clone() rowMap {
	copied := *m
	copied.totals = append([]total(nil), m.totals...)
	return &copied
}

func (m *totalsMap) named([]Value) string { return "" }

// take makes an observation of each cell that is not empty. A bad cell costs its own one; where the row's day or unit is bad,
// all that lean on it are one rejected row.
func (m *totalsMap) take(b *Binding, r *rowTaken) {
	row, fault := m.shared(b, r.values)
	if fault != nil {
		r.bad("", fault)
	}
	for i := range m.totals {
		t := &m.totals[i]
		if fault != nil && !(t.ownDay && t.ownUnit) {
			continue
		}
		if t.value.in(r.values).absent() && !t.value.required {
			if broken := b.nested.noted(); broken != nil {
				r.bad("", broken) // of no measure: the others of the same column are unknown as well
			}
			continue
		}
		o, wrong := t.read(b, row, r.values)
		if wrong != nil {
			r.bad(t.measure, wrong)
			continue
		}
		r.good(kpi.Record{Observation: o}, o.Measure)
	}
}

// shared reads what holds for all totals of the row that have none of their own.
func (m *totalsMap) shared(b *Binding, values []Value) (o kpi.Observation, fault *kpi.Fault) {
	needsDay, needsUnit := false, false
	for i := range m.totals {
		needsDay, needsUnit = needsDay || !m.totals[i].ownDay, needsUnit || !m.totals[i].ownUnit
	}
	if needsUnit {
		if o.Unit, fault = b.unitOf(values); fault != nil {
			return o, fault
		}
	}
	if needsDay {
		o.Day, fault = m.day.observed(values, b)
	}
	return o, fault
}

// read gives the observation of one cell; row holds the day and unit of the row.
func (t *total) read(b *Binding, row kpi.Observation, values []Value) (o *kpi.Observation, fault *kpi.Fault) {
	o = &row
	if b.checks.Measure != nil && !b.checks.Measure(t.measure) {
		return nil, t.value.about(&kpi.Fault{Reason: kpi.UnknownMeasure, Detail: quote(t.measure) + " is not declared under measures"})
	}
	o.Measure = t.measure
	if t.ownUnit {
		if o.Unit, fault = b.unitIn(&t.unit, values); fault != nil {
			return nil, fault
		}
	}
	if t.ownDay {
		if o.Day, fault = t.day.observed(values, b); fault != nil {
			return nil, fault
		}
	}
	if o.Value, fault = t.value.read(values); fault != nil {
		if fault.Reason != kpi.MissingField { // that names the column already
			fault.Detail += t.value.whence()
		}
		return nil, fault
	}
	return o, nil
}
