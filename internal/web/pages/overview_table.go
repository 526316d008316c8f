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
func (b *builder) unitsTable(results []unitResult, year bool) unitsTable {
	p := b.month()
	if year {
		p = b.year()
	}
	t := unitsTable{Caption: b.periodTitle(p)}
	for _, def := range b.model.Catalogue {
		judged := slices.ContainsFunc(results, func(c unitResult) bool {
			a, _ := find(c.of(year), def.ID)
			return a.Judged
		})
		if judged {
			t.Columns = append(t.Columns, column{def.ID, b.kpiName(def), b.to("/kpis/"+def.ID, "period", p.Label)})
		}
	}
	t.Large = len(results)*len(t.Columns) > manyCells
	for _, c := range results {
		row := unitRow{unitHead: c.head, Words: b.standingWords(c)}
		for _, col := range t.Columns {
			a, applies := find(c.of(year), col.ID)
			if !applies {
				def, _ := b.model.Catalogue.Find(col.ID)
				a = noFigure(def, c.head.ID, p)
			}
			row.Cells = append(row.Cells, b.view(a, c.head.report))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// standingWords says how many targets of a unit are missed and at risk.
func (b *builder) standingWords(c unitResult) string {
	switch {
	case len(c.missed) == 0 && c.atRisk == 0 && c.head.Stale:
		return ""
	case len(c.missed) == 0 && c.atRisk == 0:
		return b.Say("missed.none")
	case len(c.missed) == 0:
		return b.Count("standing.risk", float64(c.atRisk))
	case c.atRisk == 0:
		return b.Count("standing.missed", float64(len(c.missed)))
	}
	return b.Count("standing.missed", float64(len(c.missed))) + ", " + b.Count("standing.risk", float64(c.atRisk))
}

func (c *unitResult) of(year bool) []kpi.Assessment {
	if year {
		return c.year
	}
	return c.month
}
