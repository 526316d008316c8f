package collectors

import (
	"errors"
	"math"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// observationMap makes observations.
type observationMap struct {
	measure textField
	day     dateField
	value   numberField
}

func compileObservation(given *config.Mapping) (rowMap, error) {
	m := &observationMap{}
	var e [3]error
	m.measure, e[0] = compileText("measure", given.Measure, true, kpi.UnknownMeasure)
	m.day, e[1] = compileDate("day", given.Day, true)
	m.value, e[2] = compileNumber("value", given.Value, true, -math.MaxFloat64, math.MaxFloat64)
	return m, errors.Join(e[:]...)
}

func (m *observationMap) fields() []*field {
	return []*field{&m.measure.field, &m.day.field, &m.value.field}
}

func (m *observationMap) clone() rowMap {
	copied := *m
	return &copied
}

func (m *observationMap) named(values []Value) string {
	id, _ := m.measure.read(values)
	return id
}

func (m *observationMap) take(b *Binding, r *rowTaken) {
	o, fault := m.read(b, r.values)
	if fault != nil {
		r.bad(o.Measure, fault)
		return
	}
	r.good(kpi.Record{Observation: o}, o.Measure)
}

// read gives the observation of a row, with a fault as much of it as was read.
func (m *observationMap) read(b *Binding, values []Value) (o *kpi.Observation, fault *kpi.Fault) {
	o = &kpi.Observation{}
	if o.Measure, fault = m.measure.read(values); fault != nil {
		return o, fault
	}
	if o.Unit, fault = b.unitOf(values); fault != nil {
		return o, fault
	}
	if b.checks.Measure != nil && !b.checks.Measure(o.Measure) {
		return o, m.measure.about(&kpi.Fault{Reason: kpi.UnknownMeasure, Detail: quote(o.Measure) + " is not declared under measures"})
	}
	o.Measure = b.store.code(o.Unit, o.Measure, nil).text
	if o.Day, fault = m.day.observed(values, b); fault != nil {
		return o, fault
	}
	o.Value, fault = m.value.read(values)
	return o, fault
}
