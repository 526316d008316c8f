package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// shownShortfalls is how many units that miss targets the first page describes; the table below has all.
const shownShortfalls = 3

// unitResult is a unit with its figures, as the first page looks at it.
type unitResult struct {
	head        unitHead
	month, year []kpi.Assessment
	missed      []kpi.Assessment // of each KPI the worse of month and year
	atRisk      int
	severity    float64 // how deep its shares of enough dossiers lie below their targets, added up
}

// results returns the units right below the root, the worst first; at the root where it is the only one.
func (b *builder) results() []unitResult {
	root, _ := b.model.Unit(b.model.Tree.Root())
	units := b.model.Tree.Children(root.ID)
	if len(units) == 0 {
		units = []kpi.Unit{root}
	}
	var list []unitResult
	for _, u := range units {
		c := unitResult{head: b.head(u), month: b.assess(u.ID, b.month()), year: b.assess(u.ID, b.year())}
		b.weigh(&c)
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(x, y unitResult) int {
		return cmp.Or(cmp.Compare(y.severity, x.severity), cmp.Compare(len(y.missed), len(x.missed)),
			compareBools(y.head.Stale, x.head.Stale), cmp.Compare(y.atRisk, x.atRisk))
	})
	return list
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

// weigh finds what the unit misses.
func (b *builder) weigh(c *unitResult) {
	for _, def := range b.model.Catalogue {
		m, _ := find(c.month, def.ID)
		y, _ := find(c.year, def.ID)
		var worst *kpi.Assessment
		for _, a := range []*kpi.Assessment{&m, &y} {
			if a.Judged && a.Status == kpi.StatusMissed && !a.Pending && (worst == nil || depth(*a) > depth(*worst)) {
				worst = a
			}
		}
		switch {
		case worst != nil:
			c.missed = append(c.missed, *worst)
			if rank(*worst) == tellingRank {
				c.severity += depth(*worst)
			}
		case m.Judged && m.Status == kpi.StatusAtRisk || y.Judged && y.Status == kpi.StatusAtRisk:
			c.atRisk++
		}
	}
	// The first is the one to tell of.
	slices.SortStableFunc(c.missed, func(x, y kpi.Assessment) int {
		return cmp.Or(cmp.Compare(rank(y), rank(x)), cmp.Compare(depth(y), depth(x)))
	})
}

// fewDossiers is how many a share must be made of at least to be told of before others.
const fewDossiers = 20

// tellingRank is the rank of shares of enough dossiers.
const tellingRank = 2

// rank orders what is missed by how much it says: shares of enough dossiers before all else.
func rank(a kpi.Assessment) int {
	switch {
	case a.Definition.Kind == kpi.KindShare && a.Definition.OfDossiers() && a.Denominator >= fewDossiers:
		return tellingRank
	case a.Definition.OfDossiers():
		return 1
	}
	return 0
}

// depth is how deep a figure lies below its target: the part of its dossiers that is lacking, or of the target.
func depth(a kpi.Assessment) float64 {
	if a.Definition.Kind == kpi.KindShare {
		return a.Lacking / max(a.Denominator, 1)
	}
	return a.Lacking / max(a.Target.Value, 1)
}

// shortfall is a unit that misses targets, in words.
type shortfall struct {
	unitHead
	What   string   // "tỷ lệ … 71 % so với chỉ tiêu 95 % …"
	Why    []string // further sentences
	Others string   // what else is missed
}

// shortfall says what a unit misses and why; false where it misses nothing.
func (b *builder) shortfall(c unitResult) (shortfall, bool) {
	if len(c.missed) == 0 {
		return shortfall{}, false
	}
	a := c.missed[0]
	def := a.Definition
	s := shortfall{unitHead: c.head}
	value, target := b.value(def, a.Value, a.Target.Value), b.value(def, a.Target.Value)
	s.What = b.Say("slip.what", b.kpiName(def), value, target, b.period(a.Period))
	if text := b.lacking(def, a.Lacking); text != "" {
		s.What = b.Say("slip.lacking", s.What, text)
	}
	if state := b.books.Daybook.Unit(c.head.ID).OpenAt(b.today); state.Overdue > 0 {
		s.Why = append(s.Why, b.Count("slip.overdue", float64(state.Overdue)))
	}
	if text := b.culprit(a); text != "" {
		s.Why = append(s.Why, text)
	}
	if rest := len(c.missed) - 1; rest > 0 {
		s.Others = b.Count("slip.others", float64(rest))
	}
	return s, true
}

// culprit names the procedure that a lack is made of for the greatest part.
func (b *builder) culprit(a kpi.Assessment) string {
	parts, all := b.books.Parts(a.Definition, a.Unit, a.Period)
	if len(parts) == 0 || all == 0 {
		return ""
	}
	worst := parts[0]
	return b.Say("slip.culprit", b.procedureName(a.Unit, worst.Procedure), b.Percent(worst.Lacking/all, 0),
		b.Number(worst.Lacking, 0), b.Number(all, 0))
}

// procedureName returns the name of a procedure, or its code.
func (b *builder) procedureName(unit, code string) string {
	entry, _ := b.books.Register.Describe(unit, code)
	return cmp.Or(entry.Name, code)
}
