package collectors

import (
	"errors"
	"fmt"
	"slices"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// dossierMap makes dossiers.
type dossierMap struct {
	id, procedure                textField
	channel                      choiceField[kpi.Channel]
	received, due, finished      dateField
	outcome                      choiceField[kpi.Outcome]
	pausedFrom, pausedTo, pauses dateField
	feeDue, paidOnline           choiceField[kpi.Mark]
	inputDigitised               choiceField[kpi.Mark]
	resultElectronic, satisfied  choiceField[kpi.Mark]
}

func compileDossier(given *config.Mapping) (rowMap, error) {
	m := &dossierMap{}
	var e [15]error
	m.id, e[0] = compileText("id", given.ID, true, kpi.BadValue)
	m.procedure, e[1] = compileText("procedure", given.Procedure, true, kpi.UnknownProcedure)
	m.channel, e[2] = compileChoice("channel", given.Channel, true, kpi.UnknownChannel, kpi.ChannelNames(), kpi.ParseChannel)
	m.received, e[3] = compileDate("received", given.Received, true)
	m.due, e[4] = compileDate("due", given.Due, false)
	m.finished, e[5] = compileDate("finished", given.Finished, false)
	m.outcome, e[6] = compileChoice("outcome", given.Outcome, false, kpi.UnknownOutcome, kpi.OutcomeNames(), kpi.ParseOutcome)
	m.pausedFrom, e[7] = compileDate("paused_from", given.PausedFrom, false)
	m.pausedTo, e[8] = compileDate("paused_to", given.PausedTo, false)
	m.pauses, e[9] = compileDate("pauses", given.Pauses, false)
	m.feeDue, e[10] = compileMark("fee_due", given.FeeDue)
	m.paidOnline, e[11] = compileMark("paid_online", given.PaidOnline)
	m.inputDigitised, e[12] = compileMark("input_digitised", given.InputDigitised)
	m.resultElectronic, e[13] = compileMark("result_electronic", given.ResultElectronic)
	m.satisfied, e[14] = compileMark("satisfied", given.Satisfied)
	err := errors.Join(e[:]...)
	if given.Finished != nil && given.Outcome == nil {
		err = errors.Join(err, errors.New("mapping.outcome is missing: a dossier with an end date needs an outcome; outcome: {constant: settled} gives all of them the same"))
	}
	if given.Pauses != nil && (given.PausedFrom != nil || given.PausedTo != nil) {
		err = errors.Join(err, errors.New("mapping.pauses cannot stand beside mapping.paused_from and mapping.paused_to"))
	}
	if given.PausedTo != nil && given.PausedFrom == nil {
		err = errors.Join(err, errors.New("mapping.paused_from is missing: mapping.paused_to needs it"))
	}
	return m, err
}

func (m *dossierMap) fields() []*field {
	return []*field{
		&m.id.field, &m.procedure.field, &m.channel.field, &m.received.field, &m.due.field, &m.finished.field,
		&m.outcome.field, &m.pausedFrom.field, &m.pausedTo.field, &m.pauses.field, &m.feeDue.field, &m.paidOnline.field,
		&m.inputDigitised.field, &m.resultElectronic.field, &m.satisfied.field,
	}
}

func (m *dossierMap) clone() rowMap {
	copied := *m
	return &copied
}

func (m *dossierMap) take(b *Binding, r *rowTaken) {
	d := b.store.dossier()
	var fault *kpi.Fault
	if d.ID, fault = m.id.read(r.values); fault != nil {
		r.bad("", fault)
		return
	}
	if fault = m.read(b, d, r.values); fault != nil {
		r.bad(d.ID, fault)
		return
	}
	warning, fault := d.Check(b.today)
	if fault != nil {
		r.bad(d.ID, fault)
		return
	}
	d.ID = b.store.text(d.ID)
	b.store.keep()
	r.good(kpi.Record{Dossier: d}, d.ID)
	if warning == kpi.EndsBeforeStartSameDay {
		r.to.warn(warning, fmt.Sprintf("finished %s, received %s: handling time is zero", d.Finished, d.Received))
	}
}

func (m *dossierMap) read(b *Binding, d *kpi.Dossier, values []Value) (fault *kpi.Fault) {
	if d.Unit, fault = b.unitOf(values); fault != nil {
		return fault
	}
	if d.Procedure, fault = m.procedureOf(b, d.Unit, values); fault != nil {
		return fault
	}
	if d.Channel, fault = m.channel.read(values); fault != nil {
		return fault
	}
	for _, date := range [...]struct {
		field *dateField
		to    *kpi.Stamp
	}{{&m.received, &d.Received}, {&m.due, &d.Due}, {&m.finished, &d.Finished}} {
		if *date.to, fault = date.field.read(values, b); fault != nil {
			return fault
		}
	}
	if !m.outcome.fixed || !d.Finished.IsZero() {
		if d.Outcome, fault = m.outcome.read(values); fault != nil {
			return fault
		}
	}
	if d.Pauses, fault = m.pausesOf(b, values); fault != nil {
		return fault
	}
	return m.marks(d, values)
}

// procedureOf gives the code, of which one copy serves all dossiers, once the catalogue knows it.
func (m *dossierMap) procedureOf(b *Binding, unit string, values []Value) (string, *kpi.Fault) {
	text, fault := m.procedure.read(values)
	if fault != nil {
		return "", fault
	}
	code := b.store.code(unit, text, b.checks.Procedure)
	if !code.known {
		return "", m.procedure.about(&kpi.Fault{Reason: kpi.UnknownProcedure, Detail: fmt.Sprintf("the catalogue of unit %s has no %s", unit, quote(text))})
	}
	return code.text, nil
}

func (m *dossierMap) marks(d *kpi.Dossier, values []Value) (fault *kpi.Fault) {
	for _, mark := range [...]struct {
		field *choiceField[kpi.Mark]
		to    *kpi.Mark
	}{
		{&m.feeDue, &d.FeeDue}, {&m.paidOnline, &d.PaidOnline}, {&m.inputDigitised, &d.InputDigitised},
		{&m.resultElectronic, &d.ResultElectronic}, {&m.satisfied, &d.Satisfied},
	} {
		if len(mark.field.at) == 0 && !mark.field.fixed {
			continue
		}
		if *mark.to, fault = mark.field.read(values); fault != nil {
			return fault
		}
	}
	return nil
}

func (m *dossierMap) pausesOf(b *Binding, values []Value) ([]kpi.Pause, *kpi.Fault) {
	if c := m.pauses.in(values); !c.absent() {
		pauses, fault := m.pauses.dates.pauses(c.String(), b.location)
		if fault != nil {
			return nil, m.pauses.about(fault)
		}
		return pauses, nil
	}
	from, fault := m.pausedFrom.read(values, b)
	if fault != nil {
		return nil, fault
	}
	to, fault := m.pausedTo.read(values, b)
	if fault != nil {
		return nil, fault
	}
	if from.IsZero() && to.IsZero() {
		return nil, nil
	}
	if from.IsZero() {
		return nil, m.pausedTo.about(&kpi.Fault{Reason: kpi.BadPause, Detail: fmt.Sprintf("is %s but there is no paused_from", to)})
	}
	return []kpi.Pause{{From: from, To: to}}, nil
}

// read gives the date of a row, 0 for none.
func (d *dateField) read(values []Value, b *Binding) (kpi.Stamp, *kpi.Fault) {
	c := d.in(values)
	if c.absent() {
		if d.required {
			return 0, d.missing()
		}
		return 0, nil
	}
	stamp, fault := d.dates.stamp(c, b.location)
	if fault != nil {
		return 0, d.about(fault)
	}
	return stamp, nil
}

// byBegin orders pauses.
func byBegin(pauses []kpi.Pause) {
	slices.SortStableFunc(pauses, func(a, b kpi.Pause) int { return int(min(max(a.From-b.From, -1), 1)) })
}
