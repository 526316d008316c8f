package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// shownSlips is how many units that slip the first page tells of; the table below has all.
const shownSlips = 3

// unitCase is a unit with its figures, as the first page looks at it.
type unitCase struct {
	head        unitHead
	month, year []kpi.Assessment
	missed      []kpi.Assessment // of each KPI the worse of month and year
	atRisk      int
	severity    float64 // how deep its shares of enough dossiers lie below their targets, added up
}

// cases looks at the units right below the root, the worst first; at the root where it is the only one.
func (d *desk) cases() []unitCase {
	root, _ := d.model.Unit(d.model.Tree.Root())
	units := d.model.Tree.Children(root.ID)
	if len(units) == 0 {
		units = []kpi.Unit{root}
	}
	var list []unitCase
	for _, u := range units {
		c := unitCase{head: d.head(u), month: d.assess(u.ID, d.month()), year: d.assess(u.ID, d.year())}
		d.weigh(&c)
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b unitCase) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(len(b.missed), len(a.missed)), compareBools(b.head.Stale, a.head.Stale),
			cmp.Compare(b.atRisk, a.atRisk))
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
func (d *desk) weigh(c *unitCase) {
	for _, def := range d.model.Catalogue {
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
	slices.SortStableFunc(c.missed, func(a, b kpi.Assessment) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(depth(b), depth(a)))
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

// slip is a unit that misses targets, in words.
type slip struct {
	unitHead
	What   string   // "tỷ lệ … 71 % so với chỉ tiêu 95 % …"
	Why    []string // further sentences
	Others string   // what else is missed
}

// slip tells what a unit misses and why; false where it misses nothing.
func (d *desk) slip(c unitCase) (slip, bool) {
	if len(c.missed) == 0 {
		return slip{}, false
	}
	a := c.missed[0]
	def := a.Definition
	s := slip{unitHead: c.head}
	s.What = d.Say("slip.what", d.kpiName(def), d.value(def, a.Value, a.Target.Value), d.value(def, a.Target.Value), d.period(a.Period))
	if text := d.lacking(def, a.Lacking); text != "" {
		s.What = d.Say("slip.lacking", s.What, text)
	}
	if state := d.books.Daybook.Unit(c.head.ID).OpenAt(d.today); state.Overdue > 0 {
		s.Why = append(s.Why, d.Count("slip.overdue", float64(state.Overdue)))
	}
	if text := d.culprit(a); text != "" {
		s.Why = append(s.Why, text)
	}
	if rest := len(c.missed) - 1; rest > 0 {
		s.Others = d.Count("slip.others", float64(rest))
	}
	return s, true
}

// culprit names the procedure that a lack is made of for the greatest part.
func (d *desk) culprit(a kpi.Assessment) string {
	parts, all := d.books.Parts(a.Definition, a.Unit, a.Period)
	if len(parts) == 0 || all == 0 {
		return ""
	}
	worst := parts[0]
	return d.Say("slip.culprit", d.procedureName(a.Unit, worst.Procedure), d.Percent(worst.Lacking/all, 0), d.Number(worst.Lacking, 0), d.Number(all, 0))
}

// procedureName gives the name of a procedure, or its code.
func (d *desk) procedureName(unit, code string) string {
	entry, _ := d.books.Register.Describe(unit, code)
	return cmp.Or(entry.Name, code)
}

// silenceSentence says since when a unit does not report.
func (d *desk) silenceSentence(u unitHead) string {
	switch {
	case u.Partly != "":
		return u.Partly
	case u.Silent:
		return d.Say("silent.dossiers", u.Since)
	case u.Never && u.Why == "":
		return d.Say("silent.nosource")
	case u.Never:
		return d.Say("silent.never", u.Why)
	}
	return d.Say("silent.source", u.Since, u.Why)
}
