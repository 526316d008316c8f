package demo

import (
	"fmt"

	"kpiagent/internal/kpi"
)

// dirtyRow is a row that is wrong on purpose, as they stand in every real system; the agent has to refuse it.
type dirtyRow struct {
	reason kpi.Reason
	values []any    // of the database: id, procedure, channel, received, due, finished, state, change time
	cells  []string // of a report
}

// dirty gives the wrong rows of an office, dated in the weeks before the day.
func (w *world) dirty(o *office, today kpi.Day) []dirtyRow {
	day := func(back int) kpi.Stamp { // 9:30 on a working day
		return w.calendar.AddWorkSeconds((today - kpi.Day(back)).Stamp(), 5400)
	}
	number := 0
	next := func(at kpi.Stamp) string {
		number++
		return idOf(o, at.Day(), firstDirty+number-1)
	}
	switch o.id {
	case trade:
		row := func(reason kpi.Reason, code string, channel int, received, finished kpi.Stamp) dirtyRow {
			state := trangThaiOf[kpi.Settled]
			if finished.IsZero() {
				state = trangThaiOf[kpi.Open]
			}
			return dirtyRow{reason: reason, values: []any{next(received), code, channel, received.String(),
				w.calendar.AddWorkSeconds(received, workday).String(), text(finished), state, max(received, finished).String()}}
		}
		return []dirtyRow{
			row(kpi.UnknownChannel, "XNK-01", 7, day(40), day(39)),
			row(kpi.UnknownChannel, "XNK-05", 7, day(33), day(32)),
			row(kpi.EndBeforeReceived, "XNK-02", 2, day(25), day(40)),
			row(kpi.UnknownProcedure, "XNK-1", 2, day(20), 0),
		}
	case chemicals:
		style := dialects[o.id]
		row := func(reason kpi.Reason, code, name, received string) dirtyRow {
			d := kpi.Dossier{ID: next(day(30)), Procedure: code, Channel: kpi.Online, Due: day(15), Finished: day(20), Outcome: kpi.Settled}
			cells := style.cells(style, d, name)
			cells[style.at.received] = received
			return dirtyRow{reason: reason, cells: cells}
		}
		year, _, _ := (today - 90).Civil()
		return []dirtyRow{
			row(kpi.BadDate, "HC-02", o.procedures[1].Name, fmt.Sprintf("30/02/%d", year)),
			row(kpi.UnknownProcedure, "HC-O4", o.procedures[3].Name, style.day(day(30))), // a letter for the zero
			row(kpi.MissingField, "", o.procedures[0].Name, style.day(day(30))),
		}
	}
	style := dialects[o.id]
	row := func(reason kpi.Reason, received, due, finished kpi.Stamp) dirtyRow {
		d := kpi.Dossier{ID: next(received), Procedure: "DL-05", Channel: kpi.Counter, Received: received, Due: due, Finished: finished, Outcome: kpi.Settled}
		return dirtyRow{reason: reason, cells: style.cells(style, d, o.procedures[4].Name)}
	}
	transferred := row(kpi.UnknownOutcome, day(28), day(18), day(20))
	transferred.cells[7] = "Chuyển Sở Công Thương"
	short := row(kpi.MalformedRow, day(26), day(16), day(18))
	short.cells = short.cells[:9]
	return []dirtyRow{row(kpi.DueBeforeReceived, day(30), day(44), day(21)), row(kpi.EndBeforeReceived, day(29), day(19), day(43)), transferred, short}
}
