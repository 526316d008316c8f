package collectors

import "kpiagent/internal/kpi"

// observationMap makes observations.
type observationMap struct {
	measure *textField
	day     *dateField
	value   *numberField
}

func compileObservation(c *compiler) recordMap {
	return &observationMap{measure: c.text("measure", kpi.UnknownMeasure), day: c.date("day"), value: c.number("value", -anyNumber, anyNumber)}
}

func (m *observationMap) id(values []Value) string {
	id, _ := m.measure.read(values)
	return id
}

// records makes the observation of the row.
func (m *observationMap) records(b *Binding) {
	o, fault := m.read(b)
	if fault != nil {
		b.bad(o.Measure, fault)
		return
	}
	b.good(kpi.Record{Observation: o}, o.Measure)
}

// read returns the observation of the row, with a fault as much of it as was read.
func (m *observationMap) read(b *Binding) (o *kpi.Observation, fault *kpi.Fault) {
	o = &kpi.Observation{}
	if o.Measure, fault = m.measure.read(b.row.values); fault != nil {
		return o, fault
	}
	if o.Unit, fault = b.unitOf(); fault != nil {
		return o, fault
	}
	if fault = b.declaredMeasure(&m.measure.field, o.Measure); fault != nil {
		return o, fault
	}
	o.Measure = b.arena.code(o.Unit, o.Measure, nil).text
	if o.Day, fault = m.day.observed(b); fault != nil {
		return o, fault
	}
	o.Value, fault = m.value.read(b.row.values)
	return o, fault
}
