package collectors

import (
	"errors"
	"fmt"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// procedureMap makes procedures.
type procedureMap struct {
	code, name, group, work textField
	level, statutoryDays    numberField
	online                  choiceField[string]
	workingDays, fee        markField
	from, to                dateField
}

// Bounds of the numbers of a procedure.
const (
	highestLevel     = 4
	mostStatutory    = 3650
	longestName      = 2000
	longestFieldName = 500
)

func compileProcedure(given *config.Mapping) (rowMap, error) {
	m := &procedureMap{}
	var e [11]error
	m.code, e[0] = compileText("code", given.Code, true, kpi.BadValue)
	m.name, e[1] = compileText("name", given.Name, false, kpi.BadValue)
	m.group, e[2] = compileText("single_window_group", given.Group, false, kpi.BadValue)
	m.work, e[3] = compileText("field", given.FieldOfWork, false, kpi.BadValue)
	m.level, e[4] = compileNumber("level", given.Level, false, 0, highestLevel)
	m.online, e[5] = compileChoice("online", given.Online, false, kpi.BadValue, []string{"full", "partial"}, func(text string) (string, bool) {
		return text, text == "full" || text == "partial"
	})
	m.statutoryDays, e[6] = compileNumber("statutory_days", given.StatutoryDay, false, 0, mostStatutory)
	m.workingDays, e[7] = compileMark("working_days", given.WorkingDays)
	m.fee, e[8] = compileMark("fee", given.Fee)
	m.from, e[9] = compileDate("in_force_from", given.From, false)
	m.to, e[10] = compileDate("in_force_to", given.To, false)
	return m, errors.Join(e[:]...)
}

func (m *procedureMap) fields() []*field {
	return []*field{
		&m.code.field, &m.name.field, &m.group.field, &m.work.field, &m.level.field, &m.online.field,
		&m.statutoryDays.field, &m.workingDays.field, &m.fee.field, &m.from.field, &m.to.field,
	}
}

func (m *procedureMap) clone() rowMap {
	copied := *m
	return &copied
}

func (m *procedureMap) named(values []Value) string {
	id, _ := m.code.read(values)
	return id
}

func (m *procedureMap) take(b *Binding, r *rowTaken) {
	code, fault := m.code.read(r.values)
	if fault != nil {
		r.bad("", fault)
		return
	}
	if len(code) > kpi.MaxCode {
		r.bad(code, m.code.about(&kpi.Fault{Reason: kpi.TooLong, Detail: fmt.Sprintf("has %d bytes, at most %d are kept", len(code), kpi.MaxCode)}))
		return
	}
	p := &kpi.Procedure{}
	if p.Unit, fault = b.unitOf(r.values); fault != nil {
		r.bad(code, fault)
		return
	}
	p.Code = b.store.text(code)
	if fault = m.read(b, p, r.values); fault != nil {
		r.bad(p.Code, fault)
		return
	}
	r.good(kpi.Record{Procedure: p}, p.Code)
}

func (m *procedureMap) read(b *Binding, p *kpi.Procedure, values []Value) (fault *kpi.Fault) {
	for _, text := range [...]struct {
		field *textField
		to    *string
		limit int
	}{{&m.name, &p.Name, longestName}, {&m.work, &p.Field, longestFieldName}, {&m.group, &p.Group, kpi.MaxCode}} {
		found, fault := text.field.read(values)
		if fault != nil {
			return fault
		}
		if len(found) > text.limit {
			return text.field.about(&kpi.Fault{Reason: kpi.TooLong, Detail: fmt.Sprintf("has %d bytes, at most %d are kept", len(found), text.limit)})
		}
		*text.to = b.store.text(found)
	}
	level, fault := m.level.read(values)
	if fault != nil {
		return fault
	}
	if p.Level = uint8(level); float64(p.Level) != level {
		return m.level.about(&kpi.Fault{Reason: kpi.BadValue, Detail: fmt.Sprintf("%q is not one of 1, 2, 3, 4", short(level))})
	}
	if p.Online, fault = m.online.read(values); fault != nil {
		return fault
	}
	if p.StatutoryDay, fault = m.statutoryDays.read(values); fault != nil {
		return fault
	}
	workingDays, fault := m.workingDays.read(values)
	if fault != nil {
		return fault
	}
	p.WorkingDays = workingDays != kpi.No
	if p.Fee, fault = m.fee.read(values); fault != nil {
		return fault
	}
	return m.inForce(b, p, values)
}

func (m *procedureMap) inForce(b *Binding, p *kpi.Procedure, values []Value) *kpi.Fault {
	from, fault := m.from.read(values, b)
	if fault != nil {
		return fault
	}
	to, fault := m.to.read(values, b)
	if fault != nil {
		return fault
	}
	p.From, p.To = from.Day(), to.Day()
	if p.To != 0 && p.To < p.From {
		return m.to.about(&kpi.Fault{Reason: kpi.BadValue, Detail: fmt.Sprintf("%s is before in_force_from, %s", p.To, p.From)})
	}
	return nil
}
