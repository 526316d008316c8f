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
	outcome                      choiceField[kpi.Outcome]
	received, due, finished      outcomeDate
	pausedFrom, pausedTo, pauses dateField
	feeDue, paidOnline           markField
	inputDigitised               markField
	resultElectronic, satisfied  markField
}

func compileDossier(given *config.Mapping) (rowMap, error) {
	m := &dossierMap{}
	var e [15]error
	m.id, e[0] = compileText("id", given.ID, true, kpi.BadValue)
	m.procedure, e[1] = compileText("procedure", given.Procedure, true, kpi.UnknownProcedure)
	m.channel, e[2] = compileChoice("channel", given.Channel, true, kpi.UnknownChannel, kpi.ChannelNames(), kpi.ParseChannel)
	m.received, e[3] = compileOutcomeDate("received", given.Received, true)
	m.due, e[4] = compileOutcomeDate("due", given.Due, false)
	m.finished, e[5] = compileOutcomeDate("finished", given.Finished, false)
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
	byOutcome := len(m.received.cases)+len(m.due.cases)+len(m.finished.cases) > 0
	if byOutcome && (given.Outcome == nil || m.outcome.fixed) {
		err = errors.Join(err, errors.New("mapping.outcome has to come from a column: by_outcome chooses by it"))
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
	return slices.Concat([]*field{&m.id.field, &m.procedure.field, &m.channel.field}, m.received.fields(), m.due.fields(), m.finished.fields(),
		[]*field{&m.outcome.field, &m.pausedFrom.field, &m.pausedTo.field, &m.pauses.field, &m.feeDue.field, &m.paidOnline.field,
			&m.inputDigitised.field, &m.resultElectronic.field, &m.satisfied.field})
}

func (m *dossierMap) clone() rowMap {
	copied := *m
	copied.received, copied.due, copied.finished = m.received.clone(), m.due.clone(), m.finished.clone()
	return &copied
}

func (m *dossierMap) named(values []Value) string {
	id, _ := m.id.read(values)
	return id
}

func (m *dossierMap) take(b *Binding, r *rowTaken) {
	d := b.store.dossier()
	var fault *kpi.Fault
	if d.ID, fault = m.id.read(r.values); fault != nil {
		r.bad("", fault)
		return
	}
	if fault = m.read(b, d, r.values); fault == nil {
		fault = b.nested.noted()
	}
	if fault != nil {
		r.bad(d.ID, fault)
		return
	}
	warnings, fault := d.Check(b.today)
	if fault != nil {
		r.bad(d.ID, fault)
		return
	}
	d.ID = b.store.text(d.ID)
	b.store.keep()
	r.good(kpi.Record{Dossier: d}, d.ID)
	for _, warning := range warnings {
		switch warning {
		case kpi.OverlappingPauses:
			r.to.warn(warning, "waits for the applicant overlap: they count as one, from the first beginning to the last end")
		default:
			r.to.warn(warning, fmt.Sprintf("finished %s, received %s: handling time is zero", d.Finished, d.Received))
		}
	}
	m.compareWaiting(d, r)
}

// compareWaiting warns where status and pauses of an open dossier do not say the same. The pauses count: only they say since
// when.
func (m *dossierMap) compareWaiting(d *kpi.Dossier, r *rowTaken) {
	if len(m.outcome.waits) == 0 || d.Outcome != kpi.Open {
		return
	}
	waits := m.outcome.isOne(m.outcome.waits, r.values)
	paused := len(d.Pauses) > 0 && d.Pauses[len(d.Pauses)-1].To.IsZero()
	switch {
	case waits && !paused:
		r.to.warn(kpi.PauseUnlikeStatus, "the status says that it waits for the applicant, and nothing says since when: it counts as being handled")
	case paused && !waits:
		r.to.warn(kpi.PauseUnlikeStatus, fmt.Sprintf("the status says that it is handled, and the pause of %s has no end: it counts as waiting", d.Pauses[len(d.Pauses)-1].From))
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
	// A fixed outcome holds for dossiers with an end date.
	if !m.outcome.fixed {
		if d.Outcome, fault = m.outcome.read(values); fault != nil {
			return fault
		}
	}
	for _, date := range [...]struct {
		field *outcomeDate
		to    *kpi.Stamp
	}{{&m.received, &d.Received}, {&m.due, &d.Due}, {&m.finished, &d.Finished}} {
		if *date.to, fault = date.field.of(d.Outcome).read(values, b); fault != nil {
			return fault
		}
	}
	if m.outcome.fixed && !d.Finished.IsZero() {
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
		field *markField
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
