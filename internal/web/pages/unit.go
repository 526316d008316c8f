package pages

import (
	"net/url"

	"kpiagent/internal/kpi"
)

// unitView is the page of one unit.
type unitView struct {
	Unit       unitHead
	Parents    []link // from the root down
	Children   []childRow
	Quiet      string  // since when it does not report
	Banner     *banner // the units below it that do not report
	Tabs       []link
	AsOf       string
	Call       *callView
	Verdict    verdictView
	Groups     []targetGroup
	Others     []targetView
	Overdue    link
	Board      string
	Levels     *levelsView
	Choice     periodChoice
	Procedures []procedureRow
	// MoreProcedures says how many procedures are not shown.
	MoreProcedures string
	Median         string // of all procedures
	Forms          []form
	Observed       []observedRow
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
	c := &content{template: "unit", class: "lead"}
	r.read(func(b *builder) {
		period, cut, mistake := b.leaderPeriod()
		c.data, c.title, c.status = b.unitPage(u, period, cut, mistake), b.unitName(u), wrong(mistake)
	})
	return c, nil
}

func (b *builder) unitPage(u kpi.Unit, p kpi.Period, cut kpi.CutOff, mistake string) *unitView {
	view := &unitView{Unit: b.head(u), Parents: b.above(u, b.toUnit), Choice: b.choice("/units/"+u.ID, p, cut, mistake)}
	if view.Banner = b.banner(u.ID, p); view.Unit.Stale && view.Banner == nil {
		view.Quiet = b.oldness(view.Unit)
	}
	judged, others := b.targets(u.ID, p, view.Unit.report)
	view.Others, view.Groups, view.Verdict = others, b.grouped(judged, true), b.sentence(p, judged)
	view.Tabs, view.AsOf, view.Call = b.tabs("/units/"+url.PathEscape(u.ID), p), b.asOf(p), b.call(u.ID, "", p)
	view.Levels, view.Board = b.levels(u.ID), b.toBoard(u.ID)
	if n := b.books.Daybook.Unit(u.ID).OpenAt(b.today).Overdue; n > 0 {
		view.Overdue = link{Text: b.Count("overdue.now", float64(n)), URL: b.to("/overdue", "unit", u.ID)}
	}
	for _, child := range b.model.Tree.Children(u.ID) {
		row := childRow{unitHead: b.head(child)}
		row.Standing = b.standings(b.classes(child.ID, p))
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
