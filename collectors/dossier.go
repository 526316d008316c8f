package collectors

import (
	"fmt"
	"strings"

	"kpiagent/internal/kpi"
)

// dossierMap makes dossiers.
type dossierMap struct {
	key, procedure               *textField
	channel                      *choiceField[kpi.Channel]
	outcome                      *choiceField[kpi.Outcome]
	received, due, finished      *dateField
	pausedFrom, pausedTo, pauses *dateField
	deleted                      *boolField
	marks                        []dossierMark
}

// dossierMark is a mark that the mapping has.
type dossierMark struct {
	*boolField
	in func(d *kpi.Dossier) *kpi.Mark
}

func compileDossier(c *compiler) recordMap {
	m := &dossierMap{}
	m.key, m.procedure = c.text("id", kpi.BadValue), c.text("procedure", kpi.UnknownProcedure)
	m.key.code, m.procedure.code = true, true
	m.channel = choiceOf(c, "channel", kpi.UnknownChannel, kpi.ChannelNames(), kpi.ParseChannel)
	m.received, m.due, m.finished = c.date("received"), c.date("due"), c.date("finished")
	m.outcome = choiceOf(c, "outcome", kpi.UnknownOutcome, kpi.OutcomeNames(), kpi.ParseOutcome)
	m.pausedFrom, m.pausedTo, m.pauses = c.date("paused_from"), c.date("paused_to"), c.date("pauses")
	m.deleted = c.boolean("deleted")
	for _, mark := range kpi.Marks() {
		if given, _ := c.given.Field(mark.ID); given != nil {
			m.marks = append(m.marks, dossierMark{c.boolean(mark.ID), mark.In})
		}
	}
	return m
}

func (m *dossierMap) id(values []Value) string {
	id, _ := m.key.read(values)
	return id
}

// dossierSteps fill in a dossier from the present row, in this order, until one finds a fault.
var dossierSteps = [...]func(m *dossierMap, b *Binding, d *kpi.Dossier) *kpi.Fault{
	(*dossierMap).readUnit,
	(*dossierMap).readProcedure,
	(*dossierMap).readChannel,
	(*dossierMap).readOutcome, // before the dates: it chooses their columns
	(*dossierMap).readDates,
	(*dossierMap).readFixedOutcome, // after the dates: it holds for dossiers with an end
	(*dossierMap).readPauses,
	(*dossierMap).readMarks,
	(*dossierMap).nestedFault,
}

// records makes the dossier of the row.
func (m *dossierMap) records(b *Binding) {
	d := b.arena.dossier()
	var fault *kpi.Fault
	if d.ID, fault = m.key.read(b.row.values); fault != nil {
		b.bad("", fault)
		return
	}
	deleted, fault := m.deleted.read(b.row.values)
	if fault != nil {
		b.bad(d.ID, fault)
		return
	}
	if deleted == kpi.Yes {
		b.row.to.delete(kpi.Deletion{ID: strings.Clone(d.ID), Changed: b.row.at.Changed}, b.row.at.Number)
		return
	}
	for _, step := range dossierSteps {
		if fault = step(m, b, d); fault != nil {
			b.bad(d.ID, fault)
			return
		}
	}
	warnings, fault := d.Check(b.today)
	if fault != nil {
		b.bad(d.ID, fault)
		return
	}
	d.ID = b.arena.text(d.ID)
	b.arena.keep()
	if clock := d.Received.SecondOfDay(); clock != 0 {
		b.hours[clock/(60*60)]++
	}
	b.good(kpi.Record{Dossier: d}, d.ID)
	for _, warning := range warnings {
		switch warning {
		case kpi.OverlappingPauses:
			b.warn(warning, "waits for the applicant overlap: they count as one, from the first beginning to the last end")
		default:
			b.warn(warning, fmt.Sprintf("finished %s, received %s: handling time is zero", d.Finished, d.Received))
		}
	}
	m.compareWaiting(b, d)
	m.compareCodes(b, d)
}

// compareCodes warns of what a spreadsheet may have done to codes without a trace in the row itself.
func (m *dossierMap) compareCodes(b *Binding, d *kpi.Dossier) {
	if c := m.procedure.in(b.row.values); !c.absent() && c.Kind == Float {
		b.warn(kpi.NumberAsCode, fmt.Sprintf("the code %s is a number: a spreadsheet makes 1.01 of 1.010; have the column exported as text", d.Procedure))
	}
	if other := b.spellings.other(d.ID); other != "" {
		b.warn(kpi.LikeOtherID, fmt.Sprintf("%s and %s differ only by case, by zeros that a spreadsheet cuts off, or by marks and letters that "+
			"look alike%s%s: both count; if they are one dossier, have its id written alike", quote(d.ID), quote(other), foreign(d.ID), foreign(other)))
	}
}

func (m *dossierMap) readUnit(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	d.Unit, fault = b.unitOf()
	return fault
}

// readProcedure takes the code, of which one copy serves all dossiers, once the catalogue knows it.
func (m *dossierMap) readProcedure(b *Binding, d *kpi.Dossier) *kpi.Fault {
	text, fault := m.procedure.read(b.row.values)
	if fault != nil {
		return fault
	}
	code := b.arena.code(d.Unit, text, b.checks.Procedure)
	if !code.known {
		return m.procedure.about(&kpi.Fault{Reason: kpi.UnknownProcedure, Detail: fmt.Sprintf("the catalogue of unit %s has no %s", d.Unit, quote(text)) + m.cutZeros(b)})
	}
	d.Procedure = code.text
	return nil
}

// cutZeros is the hint for a code that is a number and not known.
func (m *dossierMap) cutZeros(b *Binding) string {
	if c := m.procedure.in(b.row.values); c.absent() || c.Kind != Float && c.Kind != Int {
		return ""
	}
	return "; the cell is a number, and a spreadsheet cuts zeros off: have the column exported as text"
}

func (m *dossierMap) readChannel(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	d.Channel, fault = m.channel.read(b.row.values)
	return fault
}

func (m *dossierMap) readOutcome(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	if !m.outcome.fixed {
		d.Outcome, fault = m.outcome.read(b.row.values)
	}
	return fault
}

func (m *dossierMap) readDates(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	for _, date := range [...]struct {
		field *dateField
		to    *kpi.Stamp
	}{{m.received, &d.Received}, {m.due, &d.Due}, {m.finished, &d.Finished}} {
		if *date.to, fault = date.field.of(d.Outcome).read(b); fault != nil {
			return fault
		}
	}
	return nil
}

func (m *dossierMap) readFixedOutcome(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	if m.outcome.fixed && !d.Finished.IsZero() {
		d.Outcome, fault = m.outcome.read(b.row.values)
	}
	return fault
}

func (m *dossierMap) readMarks(b *Binding, d *kpi.Dossier) (fault *kpi.Fault) {
	for _, mark := range m.marks {
		if len(mark.at) == 0 && !mark.fixed {
			continue // the source lacks its columns, and may
		}
		if *mark.in(d), fault = mark.read(b.row.values); fault != nil {
			return fault
		}
	}
	return nil
}

// nestedFault is what was wrong with a list that a field looked into.
func (m *dossierMap) nestedFault(b *Binding, _ *kpi.Dossier) *kpi.Fault { return b.nested.noted() }

// compareWaiting warns where status and pauses of an open dossier do not say the same. The pauses count: only they say since
// when.
func (m *dossierMap) compareWaiting(b *Binding, d *kpi.Dossier) {
	if len(m.outcome.waits) == 0 || d.Outcome != kpi.Open {
		return
	}
	waits := m.outcome.isOne(m.outcome.waits, b.row.values)
	paused := len(d.Pauses) > 0 && d.Pauses[len(d.Pauses)-1].To.IsZero()
	switch {
	case waits && !paused:
		b.warn(kpi.PauseUnlikeStatus, "the status says that it waits for the applicant, and nothing says since when: it counts as being handled")
	case paused && !waits:
		b.warn(kpi.PauseUnlikeStatus, fmt.Sprintf("the status says that it is handled, and the pause of %s has no end: it counts as waiting", d.Pauses[len(d.Pauses)-1].From))
	}
}
