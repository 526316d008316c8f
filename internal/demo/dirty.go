package demo

import (
	"fmt"

	"kpiagent/internal/kpi"
)

// dirtyRow is a row that is wrong on purpose, as they stand in every real system; the agent has to refuse it.
type dirtyRow struct {
	reason kpi.Reason
	change          // as a database or a journal keeps it
	cells  []string // of a report
}

// What no system of ours has a code for.
const (
	strangeChannel   kpi.Channel = 7
	strangeOutcome   kpi.Outcome = 9
	strangeProcedure             = "1.00O127" // a letter for the zero
)

// mess makes the wrong rows of one office, dated in the weeks before today.
type mess struct {
	w      *world
	o      *office
	today  kpi.Day
	number int
	rows   []dirtyRow
}

// day gives half past nine on a working day, so many days back.
func (m *mess) day(back int) kpi.Stamp {
	return m.w.calendar.AddWorkSeconds((m.today - kpi.Day(back)).Stamp(), 5400)
}

// add adds a row that was right, received so many days back, due 10 days later and finished 8 days later, before spoil
// did something to it.
func (m *mess) add(reason kpi.Reason, back int, spoil func(*kpi.Dossier)) *dirtyRow {
	received := m.day(back)
	d := kpi.Dossier{ID: idOf(m.o, received.Day(), firstDirty+m.number), Unit: m.o.id, Procedure: m.o.procedures[m.number%len(m.o.procedures)].Code,
		Channel: kpi.Online, Received: received, Due: m.day(back - 10), Finished: m.day(back - 8), Outcome: kpi.Settled}
	m.number++
	spoil(&d)
	row := dirtyRow{reason: reason, change: change{d, m.day(back - 8)}}
	if style, ok := dialects[m.o.id]; ok {
		row.cells = style.cells(style, d, m.o.procedures[0].Name)
	}
	m.rows = append(m.rows, row)
	return &m.rows[len(m.rows)-1]
}

func (m *mess) unknownChannel(back int) {
	m.add(kpi.UnknownChannel, back, func(d *kpi.Dossier) { d.Channel = strangeChannel })
}

func (m *mess) unknownProcedure(back int) {
	m.add(kpi.UnknownProcedure, back, func(d *kpi.Dossier) { d.Procedure = strangeProcedure })
}

func (m *mess) endBeforeReceived(back int) {
	m.add(kpi.EndBeforeReceived, back, func(d *kpi.Dossier) { d.Finished = m.day(back + 15) })
}

func (m *mess) dueBeforeReceived(back int) {
	m.add(kpi.DueBeforeReceived, back, func(d *kpi.Dossier) { d.Due = m.day(back + 14) })
}

// cell spoils one cell of a report.
func (m *mess) cell(reason kpi.Reason, back, at int, text string) {
	m.add(reason, back, func(*kpi.Dossier) {}).cells[at] = text
}

// dirty gives the wrong rows of an office.
func (w *world) dirty(o *office, today kpi.Day) []dirtyRow {
	m := &mess{w: w, o: o, today: today}
	at := dialects[o.id].at
	switch o.id {
	case trade:
		m.unknownChannel(40)
		m.unknownChannel(33)
		m.endBeforeReceived(25)
		m.unknownProcedure(20)
	case chemicals:
		year, _, _ := (today - 90).Civil()
		m.cell(kpi.BadDate, 30, at.received, fmt.Sprintf("30/02/%d", year))
		m.unknownProcedure(30)
		m.cell(kpi.MissingField, 30, at.procedure, "")
	case electricity:
		m.dueBeforeReceived(30)
		m.endBeforeReceived(29)
		m.cell(kpi.UnknownOutcome, 28, 7, "Chuyển Sở Công Thương")
		short := m.add(kpi.MalformedRow, 26, func(*kpi.Dossier) {})
		short.cells = short.cells[:9]
	case promotion:
		m.cell(kpi.BadDate, 31, at.received, "đầu tháng")
		m.cell(kpi.UnknownChannel, 24, at.channel, "Zalo")
		m.cell(kpi.UnknownOutcome, 22, 7, "Đang xem xét")
	case commerce:
		m.unknownChannel(35)
		m.unknownProcedure(21)
		m.add(kpi.ReceivedInFuture, 18, func(d *kpi.Dossier) { // somebody typed 2062 for 2026
			d.Received, d.Due, d.Finished, d.Outcome = d.Received+36*365*86400, 0, 0, kpi.Open
		})
	case safety:
		m.dueBeforeReceived(27)
		m.unknownProcedure(23)
		m.add(kpi.UnknownOutcome, 19, func(d *kpi.Dossier) { d.Outcome = strangeOutcome })
	case competition:
		m.unknownProcedure(34)
		m.endBeforeReceived(28)
		m.cell(kpi.UnknownChannel, 17, at.channel, "?")
	case domestic:
		m.add(kpi.EndWithoutOutcome, 37, func(d *kpi.Dossier) { d.Outcome = kpi.Open })
		m.add(kpi.OutcomeWithoutEnd, 32, func(d *kpi.Dossier) { d.Finished = 0 })
		m.unknownProcedure(26)
	}
	return m.rows
}
