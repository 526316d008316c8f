package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// league holds the units against the KPIs for one period, peers of like volume together.
type league struct {
	Title   string // the period
	Columns []leagueColumn
	Whole   leagueRow
	Peers   []peers
	Large   bool // its cells have no links: names and addresses would make up most of the page
	Sorted  string
	Notes   []string
}

type leagueColumn struct {
	ID, Name, Short, Link string
	Target                string
	Sorted                bool
}

// peers are units of like volume.
type peers struct {
	Name string
	Rows []leagueRow
}

type leagueRow struct {
	unitHead
	Short  string
	Missed string // how many targets are missed; empty where none can be
	None   bool   // no target is missed
	Cells  []leagueCell
}

type leagueCell struct {
	figureView
	Text  string // the value without its sign of percent; empty where the KPI has no meaning for the unit
	Title string // its own target, where it has one
}

// manyCells is from how many cells on a league is large.
const manyCells = 240

// fewPeers is how many units there are at least to be divided by volume.
const fewPeers = 5

// league has a column for each KPI for which any of the units has a target and figures.
func (b *builder) league(results []unitResult, root kpi.Unit, p kpi.Period) league {
	l := league{Title: b.upTo(p)}
	sorted := b.http.URL.Query().Get("sort")
	year := kpi.TargetYear(p.To, b.goals.CutOff)
	for _, def := range b.model.Displayed {
		told := slices.ContainsFunc(results, func(r unitResult) bool {
			a, _ := find(r.figures, def.ID)
			return a.Judged && a.OK
		})
		if !told {
			continue
		}
		col := leagueColumn{ID: def.ID, Name: b.kpiName(def), Short: b.name(def.ShortName(), def.ID),
			Link: b.to("/", "period", p.Label, "sort", def.ID) + "#units", Sorted: sorted == def.ID}
		if t, set := kpi.TargetFor(b.goals.Targets, def.ID, root.ID, year); set && b.books.TargetApplies(def, p.Kind) {
			col.Target = b.target(def, t.Value)
		}
		if col.Sorted {
			l.Sorted = col.Name
		}
		l.Columns = append(l.Columns, col)
	}
	l.Large = len(results)*len(l.Columns) > manyCells
	whole := unitResult{unit: root, head: b.head(root), figures: b.assess(root.ID, p)}
	l.Whole = b.leagueRow(&l, whole)
	l.Whole.Short = b.Say("league.whole")
	for _, group := range b.peersOf(results) {
		order(group, sorted)
		one := peers{Name: b.Say("league.peers", b.Number(group[0].least, 0), b.Number(group[0].most, 0))}
		for _, r := range group {
			one.Rows = append(one.Rows, b.leagueRow(&l, r.unitResult))
		}
		l.Peers = append(l.Peers, one)
	}
	if len(l.Peers) == 1 {
		l.Peers[0].Name = ""
	}
	return l
}

// peer is a unit with the least and the most dossiers of its group.
type peer struct {
	unitResult
	least, most float64
}

// peersOf divides units by volume, the largest first: a group ends where a unit has less than a third of its largest. A last one
// that would be alone joins those before it.
func (b *builder) peersOf(results []unitResult) (groups [][]peer) {
	list := slices.Clone(results)
	if len(list) >= fewPeers {
		slices.SortStableFunc(list, func(x, y unitResult) int { return cmp.Compare(y.volume, x.volume) })
	}
	for i, r := range list {
		last := len(groups) - 1
		alone := i == len(list)-1
		if last < 0 || len(list) >= fewPeers && !alone && r.volume < groups[last][0].volume/3 {
			groups = append(groups, nil)
			last++
		}
		groups[last] = append(groups[last], peer{unitResult: r})
	}
	for _, group := range groups {
		least, most := group[0].volume, group[0].volume
		for _, r := range group {
			least, most = min(least, r.volume), max(most, r.volume)
		}
		for i := range group {
			group[i].least, group[i].most = least, most
		}
	}
	return groups
}

// order puts the unit with the most missed targets first, or the one that is worst in a KPI.
func order(group []peer, id string) {
	slices.SortStableFunc(group, func(x, y peer) int {
		a, inX := find(x.figures, id)
		c, inY := find(y.figures, id)
		if inX && inY && (a.OK || c.OK) {
			if a.OK != c.OK {
				return compareBools(c.OK, a.OK)
			}
			if a.Definition.Direction == kpi.DirectionDown {
				return cmp.Compare(c.Value, a.Value)
			}
			return cmp.Compare(a.Value, c.Value)
		}
		return cmp.Or(cmp.Compare(len(y.missed), len(x.missed)), cmp.Compare(y.depth, x.depth))
	})
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (b *builder) leagueRow(l *league, r unitResult) leagueRow {
	row := leagueRow{unitHead: r.head, Short: b.unitShort(r.unit)}
	missed, judged := 0, 0
	for _, col := range l.Columns {
		a, applies := find(r.figures, col.ID)
		if !applies || !b.means(a.Definition, r.unit.ID) {
			row.Cells = append(row.Cells, leagueCell{})
			continue
		}
		cell := leagueCell{figureView: b.view(a, r.head.report)}
		cell.Text = cell.Value
		if a.OK && a.Definition.Kind == kpi.KindShare {
			cell.Text = b.Number(100*a.Shown(1), 1)
		}
		if !a.OK {
			cell.Text = "–"
		}
		if a.Judged && a.OK {
			judged++
			if cell.Class == "missed" || cell.Class == "out" {
				missed++
			}
		}
		if a.Judged && cell.Target != col.Target {
			cell.Title = b.Say("league.own", cell.Target)
		}
		row.Cells = append(row.Cells, cell)
	}
	if judged > 0 {
		row.Missed, row.None = b.Whole(int64(missed)), missed == 0
	}
	return row
}

func find(list []kpi.Assessment, id string) (kpi.Assessment, bool) {
	for _, a := range list {
		if a.KPI == id {
			return a, true
		}
	}
	return kpi.Assessment{}, false
}

// noFigure is the assessment of a KPI that is not computed for a period.
func noFigure(def kpi.Definition, unit string, p kpi.Period) kpi.Assessment {
	return kpi.Assessment{Definition: def, Figure: kpi.Figure{KPI: def.ID, Unit: unit, Period: p}}
}
