package collectors

import (
	"fmt"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// totalsMap makes several observations of one row, one for each column that holds a total.
type totalsMap struct {
	day    *dateField // of the totals that have none of their own
	totals []total
	// Whether some total takes the day, or the unit, of the row.
	needsDay, needsUnit bool
}

// total is one of them.
type total struct {
	measure         string
	value           *numberField
	day             *dateField
	unit            *textField
	ownDay, ownUnit bool
}

func compileTotals(c *compiler) recordMap {
	m := &totalsMap{}
	day, _ := c.given.Field("day")
	for _, t := range c.given.Totals {
		m.needsDay, m.needsUnit = m.needsDay || t.Day == nil, m.needsUnit || t.Unit == nil
	}
	m.day = c.dateOf("day", day, m.needsDay)
	for i, t := range c.given.Totals {
		name := fmt.Sprintf("totals[%d]", i)
		value := &config.Field{Column: t.Column, Number: t.Number, Percent: t.Percent, Empty: t.Empty, Required: t.Required}
		m.totals = append(m.totals, total{measure: t.Measure, ownDay: t.Day != nil, ownUnit: t.Unit != nil,
			value: c.numberOf(name, value, false, -anyNumber, anyNumber), day: c.dateOf(name+".day", t.Day, t.Day != nil),
			unit: c.textOf(name+".unit", t.Unit, t.Unit != nil, kpi.UnknownUnit)})
	}
	return m
}

func (m *totalsMap) id([]Value) string { return "" }

// records makes an observation of each cell that is not empty. A bad cell costs its own one; where the row's day or unit is bad,
// all that lean on it are one rejected row.
func (m *totalsMap) records(b *Binding) {
	shared, fault := m.shared(b)
	if fault != nil {
		b.bad("", fault)
	}
	for i := range m.totals {
		t := &m.totals[i]
		if fault != nil && !(t.ownDay && t.ownUnit) {
			continue
		}
		if t.value.in(b.row.values).absent() && !t.value.required {
			if broken := b.nested.noted(); broken != nil {
				b.bad("", broken) // of no measure: the others of the same column are unknown as well
			}
			continue
		}
		o, wrong := t.read(b, shared)
		if wrong != nil {
			b.bad(t.measure, wrong)
			continue
		}
		b.good(kpi.Record{Observation: o}, o.Measure)
	}
}

// shared reads what holds for all totals of the row that have none of their own.
func (m *totalsMap) shared(b *Binding) (o kpi.Observation, fault *kpi.Fault) {
	if m.needsUnit {
		if o.Unit, fault = b.unitOf(); fault != nil {
			return o, fault
		}
	}
	if m.needsDay {
		o.Day, fault = m.day.observed(b)
	}
	return o, fault
}

// read returns the observation of one cell; shared holds the day and unit of the row.
func (t *total) read(b *Binding, shared kpi.Observation) (o *kpi.Observation, fault *kpi.Fault) {
	o = &shared
	if fault = b.declaredMeasure(&t.value.field, t.measure); fault != nil {
		return nil, fault
	}
	o.Measure = t.measure
	if t.ownUnit {
		if o.Unit, fault = b.unitIn(t.unit); fault != nil {
			return nil, fault
		}
	}
	if t.ownDay {
		if o.Day, fault = t.day.observed(b); fault != nil {
			return nil, fault
		}
	}
	if o.Value, fault = t.value.read(b.row.values); fault != nil {
		if fault.Reason != kpi.MissingField { // that names the column already
			fault.Detail += t.value.whence()
		}
		return nil, fault
	}
	return o, nil
}
