package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// unitView is the page of one unit.
type unitView struct {
	Unit       unitHead
	Parents    []link // from the root down
	Children   []childRow
	Quiet      string // since when it does not report
	Tally      []standingCount
	Cards      []card
	Others     []card
	Choice     periodChoice
	Procedures []procedureRow
	// MoreProcedures says how many procedures are not shown.
	MoreProcedures string
	Median         string // of all procedures
	Forms          []form
	Observed       []observedRow
	Sources        []sourceLine
}

// shownProcedures is how many procedures a page shows; the file has all of them.
const shownProcedures = 60

// childRow is a unit right below, with its part in the form.
type childRow struct {
	unitHead
	Standing []standingCount
}

// procedureRow is one procedure in a period.
type procedureRow struct {
	Code, Name, Field   string
	Received, Finished  string
	OnTime              string // share of those finished with a due date
	OnTimeOK            bool
	Late, Overdue, Open string
	Median              string
	Level, Online       string
	Statutory           string
	Slips               bool // it has overdue dossiers
}

// observedRow is one observed measure.
type observedRow struct {
	Name, Value string
	Level       bool
}

func (p *Pages) unit(v *visit) (*content, error) {
	u, err := v.model.Unit(v.request.PathValue("unit"))
	if err != nil {
		return nil, v.missing("missing.unit", v.request.PathValue("unit"))
	}
	c := &content{template: "unit"}
	v.read(func(d *desk) {
		period, cut, mistake := d.choose(d.month())
		c.data, c.title, c.status = d.unitPage(u, period, cut, mistake), d.unitName(u), wrong(mistake)
	})
	return c, nil
}

func (d *desk) unitPage(u kpi.Unit, p kpi.Period, cut kpi.CutOff, mistake string) *unitView {
	view := &unitView{Unit: d.head(u), Parents: d.above(u, d.toUnit), Choice: d.choice("/units/"+u.ID, p, cut, mistake)}
	if view.Unit.Stale {
		view.Quiet = d.silenceSentence(view.Unit)
	}
	view.Cards, view.Others = d.cards(u.ID, view.Unit.report)
	view.Tally = d.standings(classesOf(view.Cards))
	for _, child := range d.model.Tree.Children(u.ID) {
		row := childRow{unitHead: d.head(child)}
		row.Standing = d.standings(d.classes(child.ID))
		view.Children = append(view.Children, row)
	}
	view.Procedures = d.procedures(u.ID, p)
	if n := len(view.Procedures); n > shownProcedures {
		view.MoreProcedures = d.Count("unit.more", float64(n-shownProcedures))
		view.Procedures = view.Procedures[:shownProcedures]
	}
	view.Median, _ = d.ofProcedure(medianID, d.books.Daybook.Unit(u.ID), p)
	view.Forms = d.forms(u.ID, p, cut)
	view.Observed = d.observed(u.ID, p)
	for _, s := range d.sources {
		if d.model.Serves(s.Name, u.ID) {
			view.Sources = append(view.Sources, d.sourceLine(s))
		}
	}
	return view
}

// classes says for each target of a unit how it stands: the worse of month and year.
func (d *desk) classes(unit string) (list []string) {
	month, year := d.assess(unit, d.month()), d.assess(unit, d.year())
	for _, def := range d.model.Catalogue {
		class := ""
		for _, period := range [][]kpi.Assessment{month, year} {
			if a, applies := find(period, def.ID); applies && a.Judged {
				of, _, _ := d.standing(a)
				class = worse(class, of)
			}
		}
		if class != "" {
			list = append(list, class)
		}
	}
	return list
}

// above links to the units above one, from the root down.
func (d *desk) above(u kpi.Unit, to func(unit string, parameters ...string) string) (list []link) {
	for _, id := range d.model.Tree.Lineage(u.Parent) {
		parent, _ := d.model.Tree.Unit(id)
		list = append(list, link{Text: d.unitName(parent), URL: to(id)})
	}
	slices.Reverse(list)
	return list
}

// The KPIs of the catalogue that are also shown for each procedure.
const (
	onTimeID = "on_time_share"
	medianID = "handling_time_p50"
)

// ofProcedure writes a KPI of the catalogue for one procedure.
func (d *desk) ofProcedure(id string, v kpi.View, p kpi.Period) (text string, ok bool) {
	def, known := d.model.Catalogue.Find(id)
	if !known || !def.OfDossiers() {
		return d.Say("none"), false
	}
	f := d.books.FigureOf(def, v, p)
	if !f.OK {
		return d.Say("none"), false
	}
	return d.value(def, f.Value), true
}

// procedures lists a unit's procedures, those with the most overdue dossiers first.
func (d *desk) procedures(unit string, p kpi.Period) []procedureRow {
	type counted struct {
		procedureRow
		tally kpi.Tally
	}
	var list []counted
	for _, code := range d.procedureCodes(unit) {
		entry, _ := d.books.Register.Describe(unit, code)
		view := d.books.Daybook.Procedure(unit, code)
		t := view.Tally(p)
		row := procedureRow{Code: code, Name: cmp.Or(entry.Name, code), Field: entry.Field, Received: d.Whole(t.Online + t.Counter + t.Postal),
			Finished: d.Whole(t.Finished), Late: d.Whole(t.Late), Overdue: d.Whole(t.Overdue), Open: d.Whole(t.InProgress), Slips: t.Overdue > 0}
		row.OnTime, row.OnTimeOK = d.ofProcedure(onTimeID, view, p)
		row.Median, _ = d.ofProcedure(medianID, view, p)
		d.describe(&row, entry)
		list = append(list, counted{row, t})
	}
	slices.SortStableFunc(list, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.tally.Overdue, a.tally.Overdue), cmp.Compare(b.tally.Late, a.tally.Late), cmp.Compare(b.tally.Total, a.tally.Total))
	})
	rows := make([]procedureRow, len(list))
	for i, c := range list {
		rows[i] = c.procedureRow
	}
	return rows
}

// procedureCodes are those registered and those that dossiers have, in order.
func (d *desk) procedureCodes(unit string) []string {
	codes := d.books.Daybook.Procedures(unit)
	for _, entry := range d.books.Register.Procedures(unit) {
		codes = append(codes, entry.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (d *desk) describe(row *procedureRow, entry kpi.Procedure) {
	if entry.Level > 0 {
		row.Level = d.Whole(int64(entry.Level))
	}
	if entry.Online != "" {
		row.Online = d.Say("online." + entry.Online)
	}
	if entry.StatutoryDay > 0 {
		key := "days"
		if entry.WorkingDays {
			key = "workdays"
		}
		row.Statutory = d.Count(key, entry.StatutoryDay)
	}
}

// observed lists what a unit reports as totals.
func (d *desk) observed(unit string, p kpi.Period) (rows []observedRow) {
	for _, m := range d.model.Config.Measures {
		if v, ok := d.books.Observed.Value(unit, m.ID, p); ok {
			rows = append(rows, observedRow{Name: d.name(m.Name, m.ID), Value: d.Number(v, 2), Level: m.Kind == "level"})
		}
	}
	return rows
}
