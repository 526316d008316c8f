package collectors

import (
	"errors"
	"fmt"
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

func (m *observationMap) record(b *Binding, values []Value) (kpi.Record, string, *kpi.Fault) {
	o := &kpi.Observation{}
	measure, fault := m.measure.read(values)
	if fault != nil {
		return kpi.Record{}, "", fault
	}
	if o.Unit, fault = b.unitOf(values); fault != nil {
		return kpi.Record{}, measure, fault
	}
	if b.checks.Measure != nil && !b.checks.Measure(measure) {
		return kpi.Record{}, measure, m.measure.about(&kpi.Fault{Reason: kpi.UnknownMeasure, Detail: quote(measure) + " is not declared under measures"})
	}
	o.Measure = b.store.code(o.Unit, measure, nil).text
	day, fault := m.day.read(values, b)
	if fault != nil {
		return kpi.Record{}, o.Measure, fault
	}
	if o.Day = day.Day(); o.Day > b.today {
		return kpi.Record{}, o.Measure, m.day.about(&kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf("%s is after today, %s", o.Day, b.today)})
	}
	if o.Value, fault = m.value.read(values); fault != nil {
		return kpi.Record{}, o.Measure, fault
	}
	return kpi.Record{Observation: o}, o.Measure, nil
}
