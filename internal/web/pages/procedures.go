package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// procedureRow is one procedure in a period.
type procedureRow struct {
	Code, Name         string
	Received, Finished string
	OnTime             string // share of those finished with a due date
	OnTimeOK           bool
	Late, Overdue      string
	Median             string
	Level, Online      string
	Statutory          string
	Slips              bool // it has overdue dossiers
}

// The KPIs of the catalogue that are also shown for each procedure.
const (
	onTimeID = "on_time_share"
	medianID = "handling_time_p50"
)

// ofProcedure writes a KPI of the catalogue for one procedure.
func (b *builder) ofProcedure(id string, v kpi.View, p kpi.Period) (text string, ok bool) {
	def, known := b.model.Catalogue.Find(id)
	if !known || !def.OfDossiers() {
		return b.Say("none"), false
	}
	f := b.books.FigureOf(def, v, p)
	if !f.OK {
		return b.Say("none"), false
	}
	return b.value(def, f.Value), true
}

// procedures lists a unit's procedures, those with the most overdue dossiers first.
func (b *builder) procedures(unit string, p kpi.Period) []procedureRow {
	type counted struct {
		procedureRow
		tally kpi.Tally
	}
	var list []counted
	for _, code := range b.procedureCodes(unit) {
		entry, _ := b.books.Register.Describe(unit, code)
		view := b.books.Daybook.Procedure(unit, code)
		t := view.Tally(p)
		row := procedureRow{Code: code, Name: cmp.Or(entry.Name, code), Received: b.Whole(t.Online + t.Counter + t.Postal),
			Finished: b.Whole(t.Finished), Late: b.Whole(t.Late), Overdue: b.Whole(t.Overdue), Slips: t.Overdue > 0}
		row.OnTime, row.OnTimeOK = b.ofProcedure(onTimeID, view, p)
		row.Median, _ = b.ofProcedure(medianID, view, p)
		b.describe(&row, entry)
		list = append(list, counted{row, t})
	}
	slices.SortStableFunc(list, func(x, y counted) int {
		return cmp.Or(cmp.Compare(y.tally.Overdue, x.tally.Overdue), cmp.Compare(y.tally.Late, x.tally.Late),
			cmp.Compare(y.tally.Total, x.tally.Total))
	})
	rows := make([]procedureRow, len(list))
	for i, c := range list {
		rows[i] = c.procedureRow
	}
	return rows
}

// procedureCodes are those registered and those that dossiers have, in order.
func (b *builder) procedureCodes(unit string) []string {
	codes := b.books.Daybook.Procedures(unit)
	for _, entry := range b.books.Register.Procedures(unit) {
		codes = append(codes, entry.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (b *builder) describe(row *procedureRow, entry kpi.Procedure) {
	if entry.Level > 0 {
		row.Level = b.Whole(int64(entry.Level))
	}
	if entry.Online != "" {
		row.Online = b.Say("online." + entry.Online)
	}
	if entry.StatutoryDay > 0 {
		key := "days"
		if entry.WorkingDays {
			key = "workdays"
		}
		row.Statutory = b.Count(key, entry.StatutoryDay)
	}
}
