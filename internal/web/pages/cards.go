package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// card is one KPI of a unit with the month, the year and the way here.
type card struct {
	ID, Name, Link string
	Class          string // the worse of month and year
	Target         string
	Month, Year    figureView
	Trend          *trend
}

// standingCount says how many targets stand in a way.
type standingCount struct {
	Class, Sign, Text string
}

// cards shows the KPIs of a unit: those with a target, the worst first, and the others that have a figure.
func (b *builder) cards(unit string, of report) (judged, others []card) {
	month, year := b.assess(unit, b.month()), b.assess(unit, b.year())
	trends := b.trends(unit)
	for _, def := range b.model.Catalogue {
		m, inMonth := find(month, def.ID)
		y, inYear := find(year, def.ID)
		if !inMonth && !inYear || !m.OK && !y.OK && !m.Judged && !y.Judged {
			continue
		}
		if !inMonth {
			m = noFigure(def, unit, b.month())
		}
		if !inYear {
			y = noFigure(def, unit, b.year())
		}
		c := b.cardOf(def, m, y, of)
		target := cmp.Or(y.Target.Value, m.Target.Value)
		c.Trend = b.trendOf(def, trends[def.ID], target, m.Judged) // a year's sum is no line for months
		if !m.Judged && !y.Judged {
			others = append(others, c)
			continue
		}
		c.Year.Forecast = b.forecast(y)
		judged = append(judged, c)
	}
	slices.SortStableFunc(judged, func(x, y card) int { return cmp.Compare(gravity[y.Class], gravity[x.Class]) })
	return judged, others
}

// cardOf shows a KPI in two periods, the second of which is a year.
func (b *builder) cardOf(def kpi.Definition, m, y kpi.Assessment, of report) card {
	c := card{ID: def.ID, Name: b.kpiName(def), Link: b.to("/kpis/"+def.ID, "unit", m.Unit),
		Month: b.view(m, of), Year: b.view(y, of)}
	if !m.Judged && y.Judged {
		c.Month.Word = b.Say("status.yearly")
	}
	c.Class, c.Target = worse(c.Month.Class, c.Year.Class), cmp.Or(c.Year.Target, c.Month.Target)
	return c
}

// noFigure is the assessment of a KPI that is not computed for a period.
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
func (b *builder) standings(classes []string) (list []standingCount) {
	counts := map[string]int{}
	for _, class := range classes {
		counts[class]++
	}
	for _, s := range []struct{ class, sign string }{{"missed", "✕"}, {"risk", "▲"}, {"met", "✓"}, {"pending", "…"}, {"none", "–"}} {
		if n := counts[s.class]; n > 0 {
			list = append(list, standingCount{s.class, s.sign, b.Count("standing."+s.class, float64(n))})
		}
	}
	return list
}

// classes returns the class of each target of a unit: the worse of month and year.
func (b *builder) classes(unit string) (list []string) {
	month, year := b.assess(unit, b.month()), b.assess(unit, b.year())
	for _, def := range b.model.Catalogue {
		class := ""
		for _, period := range [][]kpi.Assessment{month, year} {
			if a, applies := find(period, def.ID); applies && a.Judged {
				of, _, _ := b.standing(a)
				class = worse(class, of)
			}
		}
		if class != "" {
			list = append(list, class)
		}
	}
	return list
}
