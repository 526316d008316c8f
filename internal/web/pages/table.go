package pages

import (
	"slices"

	"kpiagent/internal/kpi"
)

// unitsTable holds the units against the KPIs for one period.
type unitsTable struct {
	Caption string
	Columns []column
	Rows    []unitRow
	Large   bool // its cells have neither links nor the names that a phone shows them by: it is scrolled there too
}

// manyCells is from how many cells on a table is large: names and links would make up most of the page.
const manyCells = 240

type column struct{ ID, Name, Link string }

type unitRow struct {
	unitHead
	Cells []figureView // one for each column
	Words string       // how many targets are missed
}

// unitsTable has a column for each KPI for which any of the units has a target, and the units in the order given.
func (d *desk) unitsTable(cases []unitCase, year bool) unitsTable {
	p := d.month()
	if year {
		p = d.year()
	}
	t := unitsTable{Caption: d.periodTitle(p)}
	for _, def := range d.model.Catalogue {
		judged := slices.ContainsFunc(cases, func(c unitCase) bool {
			a, _ := find(c.of(year), def.ID)
			return a.Judged
		})
		if judged {
			t.Columns = append(t.Columns, column{def.ID, d.kpiName(def), d.to("/kpis/"+def.ID, "period", p.Label)})
		}
	}
	t.Large = len(cases)*len(t.Columns) > manyCells
	for _, c := range cases {
		row := unitRow{unitHead: c.head, Words: d.standingWords(c)}
		for _, col := range t.Columns {
			a, applies := find(c.of(year), col.ID)
			if !applies {
				def, _ := d.model.Catalogue.Find(col.ID)
				a = noFigure(def, c.head.ID, p)
			}
			row.Cells = append(row.Cells, d.view(a, c.head.report))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// standingWords says how many targets of a unit are missed and at risk.
func (d *desk) standingWords(c unitCase) string {
	switch {
	case len(c.missed) == 0 && c.atRisk == 0 && c.head.Stale:
		return ""
	case len(c.missed) == 0 && c.atRisk == 0:
		return d.Say("missed.none")
	case len(c.missed) == 0:
		return d.Count("standing.risk", float64(c.atRisk))
	case c.atRisk == 0:
		return d.Count("standing.missed", float64(len(c.missed)))
	}
	return d.Count("standing.missed", float64(len(c.missed))) + ", " + d.Count("standing.risk", float64(c.atRisk))
}

func (c *unitCase) of(year bool) []kpi.Assessment {
	if year {
		return c.year
	}
	return c.month
}
