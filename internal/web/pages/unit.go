package pages

import (
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

// observedRow is one observed measure.
type observedRow struct {
	Name, Value string
	Level       bool
}

func (p *Pages) unit(r *request) (*content, error) {
	u, err := r.model.Unit(r.http.PathValue("unit"))
	if err != nil {
		return nil, r.missing("missing.unit", r.http.PathValue("unit"))
	}
	c := &content{template: "unit"}
	r.read(func(b *builder) {
		period, cut, mistake := b.choose(b.month())
		c.data, c.title, c.status = b.unitPage(u, period, cut, mistake), b.unitName(u), wrong(mistake)
	})
	return c, nil
}

func (b *builder) unitPage(u kpi.Unit, p kpi.Period, cut kpi.CutOff, mistake string) *unitView {
	view := &unitView{Unit: b.head(u), Parents: b.above(u, b.toUnit), Choice: b.choice("/units/"+u.ID, p, cut, mistake)}
	if view.Unit.Stale {
		view.Quiet = b.quietSentence(view.Unit)
	}
	view.Cards, view.Others = b.cards(u.ID, view.Unit.report)
	view.Tally = b.standings(classesOf(view.Cards))
	for _, child := range b.model.Tree.Children(u.ID) {
		row := childRow{unitHead: b.head(child)}
		row.Standing = b.standings(b.classes(child.ID))
		view.Children = append(view.Children, row)
	}
	view.Procedures = b.procedures(u.ID, p)
	if n := len(view.Procedures); n > shownProcedures {
		view.MoreProcedures = b.Count("unit.more", float64(n-shownProcedures))
		view.Procedures = view.Procedures[:shownProcedures]
	}
	view.Median, _ = b.ofProcedure(medianID, b.books.Daybook.Unit(u.ID), p)
	view.Forms = b.forms(u.ID, p, cut)
	view.Observed = b.observed(u.ID, p)
	for _, s := range b.sources {
		if b.model.Serves(s.Name, u.ID) {
			view.Sources = append(view.Sources, b.sourceLine(s))
		}
	}
	return view
}

// observed lists what a unit reports as totals.
func (b *builder) observed(unit string, p kpi.Period) (rows []observedRow) {
	for _, m := range b.model.Config.Measures {
		if v, ok := b.books.Observed.Value(unit, m.ID, p); ok {
			rows = append(rows, observedRow{Name: b.name(m.Name, m.ID), Value: b.Number(v, 2), Level: m.Kind == "level"})
		}
	}
	return rows
}
