package collectors

import (
	"fmt"

	"kpiagent/internal/kpi"
)

// procedureMap makes procedures.
type procedureMap struct {
	code, name, group, work *textField
	level, statutoryDays    *numberField
	online                  *choiceField[string]
	workingDays, fee        *boolField
	from, to                *dateField
}

// Bounds of the numbers of a procedure.
const (
	highestLevel     = 4
	mostStatutory    = 3650
	longestName      = 2000
	longestFieldName = 500
)

func compileProcedure(c *compiler) recordMap {
	m := &procedureMap{}
	m.code, m.name = c.text("code", kpi.BadValue), c.text("name", kpi.BadValue)
	m.group, m.work = c.text("single_window_group", kpi.BadValue), c.text("field", kpi.BadValue)
	m.level = c.number("level", 0, highestLevel)
	m.online = choiceOf(c, "online", kpi.BadValue, []string{"full", "partial"}, func(text string) (string, bool) {
		return text, text == "full" || text == "partial"
	})
	m.statutoryDays = c.number("statutory_days", 0, mostStatutory)
	m.workingDays, m.fee = c.boolean("working_days"), c.boolean("fee")
	m.from, m.to = c.date("in_force_from"), c.date("in_force_to")
	return m
}

func (m *procedureMap) id(values []Value) string {
	id, _ := m.code.read(values)
	return id
}

// procedureSteps fill in a procedure from the present row, in this order, until one finds a fault.
var procedureSteps = [...]func(m *procedureMap, b *Binding, p *kpi.Procedure) *kpi.Fault{
	(*procedureMap).readUnit,
	(*procedureMap).readTexts,
	(*procedureMap).readLevel,
	(*procedureMap).readTime,
	(*procedureMap).readInForce,
}

// records makes the procedure of the row.
func (m *procedureMap) records(b *Binding) {
	code, fault := m.code.read(b.row.values)
	if fault != nil {
		b.bad("", fault)
		return
	}
	if fault = m.code.tooLong(code, kpi.MaxCode); fault != nil {
		b.bad(code, fault)
		return
	}
	p := &kpi.Procedure{Code: b.arena.text(code)}
	for _, step := range procedureSteps {
		if fault = step(m, b, p); fault != nil {
			b.bad(p.Code, fault)
			return
		}
	}
	b.good(kpi.Record{Procedure: p}, p.Code)
}

func (m *procedureMap) readUnit(b *Binding, p *kpi.Procedure) (fault *kpi.Fault) {
	p.Unit, fault = b.unitOf()
	return fault
}

func (m *procedureMap) readTexts(b *Binding, p *kpi.Procedure) *kpi.Fault {
	for _, text := range [...]struct {
		field *textField
		to    *string
		most  int // bytes
	}{{m.name, &p.Name, longestName}, {m.work, &p.Field, longestFieldName}, {m.group, &p.Group, kpi.MaxCode}} {
		found, fault := text.field.read(b.row.values)
		if fault == nil {
			fault = text.field.tooLong(found, text.most)
		}
		if fault != nil {
			return fault
		}
		*text.to = b.arena.text(found)
	}
	return nil
}

func (m *procedureMap) readLevel(b *Binding, p *kpi.Procedure) *kpi.Fault {
	level, fault := m.level.read(b.row.values)
	if fault != nil {
		return fault
	}
	if p.Level = uint8(level); float64(p.Level) != level {
		return m.level.about(&kpi.Fault{Reason: kpi.BadValue, Detail: fmt.Sprintf("%q is not one of 1, 2, 3, 4", short(level))})
	}
	p.Online, fault = m.online.read(b.row.values)
	return fault
}

// readTime reads the statutory time, and the fee.
func (m *procedureMap) readTime(b *Binding, p *kpi.Procedure) (fault *kpi.Fault) {
	if p.StatutoryDay, fault = m.statutoryDays.read(b.row.values); fault != nil {
		return fault
	}
	workingDays, fault := m.workingDays.read(b.row.values)
	if fault != nil {
		return fault
	}
	p.WorkingDays = workingDays != kpi.No
	p.Fee, fault = m.fee.read(b.row.values)
	return fault
}

func (m *procedureMap) readInForce(b *Binding, p *kpi.Procedure) *kpi.Fault {
	from, fault := m.from.read(b)
	if fault != nil {
		return fault
	}
	to, fault := m.to.read(b)
	if fault != nil {
		return fault
	}
	p.From, p.To = from.Day(), to.Day()
	if p.To != 0 && p.To < p.From {
		return m.to.about(&kpi.Fault{Reason: kpi.BadValue, Detail: fmt.Sprintf("%s is before in_force_from, %s", p.To, p.From)})
	}
	return nil
}
