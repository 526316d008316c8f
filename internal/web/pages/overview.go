package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// overviewView is the first page: how the ministry stands, what slips and why, and each unit.
type overviewView struct {
	Root    unitHead
	Slips   []slip
	More    string // that further units slip
	Quiet   []silence
	Tally   []standingCount
	Cards   []card
	Others  []card // KPIs without a target
	Periods []link
	Table   unitsTable
	Wall    string // this page, renewed by itself
}

// unitHead is a unit's name with the age of its data.
type unitHead struct {
	ID, Name, Link string
	report
}

// silence is a unit that does not report.
type silence struct {
	unitHead
	Sentence string
}

// standingCount says how many targets stand in a way.
type standingCount struct {
	Class, Sign, Text string
}

// card is one KPI of a unit with the month, the year and the way here.
type card struct {
	ID, Name, Link string
	Class          string // the worse of month and year
	Target         string
	Month, Year    figureView
	Trend          *trend
}

// wallRefresh is how often a page on a wall screen is renewed, in seconds.
const wallRefresh = 60

func (p *Pages) overview(v *visit) (*content, error) {
	c := &content{template: "overview"}
	if v.request.URL.Query().Has("wall") {
		c.refresh = wallRefresh
	}
	v.read(func(d *desk) {
		view := d.overview(v.request.URL.Query().Get("period") == "year")
		c.data, c.title = view, view.Root.Name
	})
	return c, nil
}

func (d *desk) overview(year bool) *overviewView {
	root, _ := d.model.Unit(d.model.Tree.Root())
	o := &overviewView{Root: d.head(root), Wall: d.to("/", "wall", "1")}
	o.Cards, o.Others = d.cards(root.ID, o.Root.report)
	o.Tally = d.standings(classesOf(o.Cards))
	cases := d.cases()
	more := 0
	for _, c := range cases {
		if c.head.Stale {
			o.Quiet = append(o.Quiet, silence{c.head, d.silenceSentence(c.head)})
		}
		if s, slips := d.slip(c); slips {
			if len(o.Slips) < shownSlips {
				o.Slips = append(o.Slips, s)
			} else {
				more++
			}
		}
	}
	if more > 0 {
		o.More = d.Count("slip.more", float64(more))
	}
	o.Table = d.unitsTable(cases, year)
	o.Periods = []link{
		{d.periodTitle(d.month()), d.to("/") + "#units", !year},
		{d.periodTitle(d.year()), d.to("/", "period", "year") + "#units", year},
	}
	return o
}

func (d *desk) head(u kpi.Unit) unitHead {
	return unitHead{u.ID, d.unitName(u), d.toUnit(u.ID), d.reporting(u.ID)}
}

// periodTitle names a period; one that still runs says so.
func (d *desk) periodTitle(p kpi.Period) string {
	if p.To == d.today && kpi.PeriodOf(p.Kind, p.From, d.model.CutOff).To > p.To {
		return d.Say("todate", d.period(p), d.day(p.To))
	}
	return d.period(p)
}

// cards shows the KPIs of a unit: those with a target, the worst first, and the others that have a figure.
func (d *desk) cards(unit string, of report) (judged, others []card) {
	month, year := d.assess(unit, d.month()), d.assess(unit, d.year())
	trends := d.trends(unit)
	for _, def := range d.model.Catalogue {
		m, inMonth := find(month, def.ID)
		y, inYear := find(year, def.ID)
		if !inMonth && !inYear || !m.OK && !y.OK && !m.Judged && !y.Judged {
			continue
		}
		if !inMonth {
			m = noFigure(def, unit, d.month())
		}
		if !inYear {
			y = noFigure(def, unit, d.year())
		}
		c := d.cardOf(def, m, y, of)
		target := cmp.Or(y.Target.Value, m.Target.Value)
		c.Trend = d.trendOf(def, trends[def.ID], target, m.Judged) // a year's sum is no line for months
		if !m.Judged && !y.Judged {
			others = append(others, c)
			continue
		}
		c.Year.Forecast = d.forecast(y)
		judged = append(judged, c)
	}
	slices.SortStableFunc(judged, func(a, b card) int { return cmp.Compare(gravity[b.Class], gravity[a.Class]) })
	return judged, others
}

// cardOf shows a KPI in two periods, the second of which is a year.
func (d *desk) cardOf(def kpi.Definition, m, y kpi.Assessment, of report) card {
	c := card{ID: def.ID, Name: d.kpiName(def), Link: d.to("/kpis/"+def.ID, "unit", m.Unit), Month: d.view(m, of), Year: d.view(y, of)}
	if !m.Judged && y.Judged {
		c.Month.Word = d.Say("status.yearly")
	}
	c.Class, c.Target = worse(c.Month.Class, c.Year.Class), cmp.Or(c.Year.Target, c.Month.Target)
	return c
}

// noFigure stands where a KPI is not computed for a period.
func noFigure(def kpi.Definition, unit string, p kpi.Period) kpi.Assessment {
	return kpi.Assessment{Definition: def, Figure: kpi.Figure{KPI: def.ID, Unit: unit, Period: p}}
}

func find(list []kpi.Assessment, id string) (kpi.Assessment, bool) {
	for _, a := range list {
		if a.KPI == id {
			return a, true
		}
	}
	return kpi.Assessment{}, false
}

// gravity orders the classes of figureView, the worst highest.
var gravity = map[string]int{"missed": 5, "risk": 4, "none": 3, "pending": 2, "met": 1, "plain": 0}

func worse(a, b string) string {
	if gravity[b] > gravity[a] {
		return b
	}
	return a
}

func classesOf(cards []card) (classes []string) {
	for _, c := range cards {
		classes = append(classes, c.Class)
	}
	return classes
}

// standings counts how the targets stand.
func (d *desk) standings(classes []string) (list []standingCount) {
	counts := map[string]int{}
	for _, class := range classes {
		counts[class]++
	}
	for _, s := range []struct{ class, sign string }{{"missed", "✕"}, {"risk", "▲"}, {"met", "✓"}, {"pending", "…"}, {"none", "–"}} {
		if n := counts[s.class]; n > 0 {
			list = append(list, standingCount{s.class, s.sign, d.Count("standing."+s.class, float64(n))})
		}
	}
	return list
}
