package pages

import (
	"kpiagent/internal/kpi"
)

// overviewView is the first page: how the ministry does, which targets are missed and why, and each unit.
type overviewView struct {
	Root    unitHead
	Slips   []shortfall
	More    string // that further units miss targets
	Quiet   []quietUnit
	Tally   []standingCount
	Cards   []card
	Others  []card // KPIs without a target
	Periods []link
	Table   unitsTable
	Wall    string // this page, renewed by itself
}

// quietUnit is a unit that does not report.
type quietUnit struct {
	unitHead
	Sentence string
}

// wallRefresh is how often a page on a wall screen is renewed, in seconds.
const wallRefresh = 60

func (p *Pages) overview(r *request) (*content, error) {
	c := &content{template: "overview"}
	if r.http.URL.Query().Has("wall") {
		c.refresh = wallRefresh
	}
	r.read(func(b *builder) {
		view := b.overview(r.http.URL.Query().Get("period") == "year")
		c.data, c.title = view, view.Root.Name
	})
	return c, nil
}

func (b *builder) overview(year bool) *overviewView {
	root, _ := b.model.Unit(b.model.Tree.Root())
	o := &overviewView{Root: b.head(root), Wall: b.to("/", "wall", "1")}
	o.Cards, o.Others = b.cards(root.ID, o.Root.report)
	o.Tally = b.standings(classesOf(o.Cards))
	results := b.results()
	more := 0
	for _, c := range results {
		if c.head.Stale {
			o.Quiet = append(o.Quiet, quietUnit{c.head, b.quietSentence(c.head)})
		}
		if s, slips := b.shortfall(c); slips {
			if len(o.Slips) < shownShortfalls {
				o.Slips = append(o.Slips, s)
			} else {
				more++
			}
		}
	}
	if more > 0 {
		o.More = b.Count("slip.more", float64(more))
	}
	o.Table = b.unitsTable(results, year)
	o.Periods = []link{
		{b.periodTitle(b.month()), b.to("/") + "#units", !year},
		{b.periodTitle(b.year()), b.to("/", "period", "year") + "#units", year},
	}
	return o
}

// periodTitle names a period; one that still runs says so.
func (b *builder) periodTitle(p kpi.Period) string {
	if p.To == b.today && kpi.PeriodOf(p.Kind, p.From, b.model.CutOff).To > p.To {
		return b.Say("todate", b.period(p), b.day(p.To))
	}
	return b.period(p)
}
