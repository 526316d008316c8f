package pages

import (
	"cmp"
	"slices"

	"kpiagent/internal/kpi"
)

// shownSlips is how many units that miss targets the first page describes; the league below has all.
const shownSlips = 3

// unitResult is a unit with its figures of a period, as the first page looks at it.
type unitResult struct {
	unit    kpi.Unit
	head    unitHead
	figures []kpi.Assessment
	missed  []kpi.Assessment // the one to tell of first
	volume  float64          // received dossiers
	depth   float64          // how deep its shares of enough dossiers lie below their targets, added up
}

// results returns the units right below the root; the root where it is the only one.
func (b *builder) results(p kpi.Period) (list []unitResult) {
	root, _ := b.model.Unit(b.model.Tree.Root())
	units := b.model.Tree.Children(root.ID)
	if len(units) == 0 {
		units = []kpi.Unit{root}
	}
	for _, u := range units {
		r := unitResult{unit: u, head: b.head(u), figures: b.assess(u.ID, p)}
		r.volume, _ = b.received(u.ID, p)
		for _, a := range r.figures {
			if !a.Judged || !a.OK || a.Status != kpi.StatusMissed || a.Pending {
				continue
			}
			if r.missed = append(r.missed, a); b.rank(a) >= tellingRank {
				r.depth += depth(a)
			}
		}
		slices.SortStableFunc(r.missed, func(x, y kpi.Assessment) int {
			return cmp.Or(cmp.Compare(b.rank(y), b.rank(x)), cmp.Compare(depth(y), depth(x)))
		})
		list = append(list, r)
	}
	return list
}

// fewDossiers is how many a share must be made of at least to be told of before others.
const fewDossiers = 20

// tellingRank is the rank of shares of enough dossiers; headline ones have the next higher.
const tellingRank = 2

// rank orders what is missed by how much it says: shares of enough dossiers before all else, of these the headline ones.
func (b *builder) rank(a kpi.Assessment) int {
	switch {
	case a.Definition.Kind == kpi.KindShare && a.Definition.OfDossiers() && a.Denominator >= fewDossiers:
		if a.Definition.IsHeadline() {
			return tellingRank + 1
		}
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

// slip is a unit that misses targets: by how much, since when, why, and whom to call.
type slip struct {
	Unit, ToUnit string
	Figure       figureView
	Months       string // how the last two months were
	Since        string
	Why          []string
	Others       string // what else is missed
	Call         *callView
}

// slips describes the units that are furthest from their targets; more says how many others miss some.
func (b *builder) slips(results []unitResult) (list []slip, more string) {
	var missing []unitResult
	for _, r := range results {
		if len(r.missed) > 0 {
			missing = append(missing, r)
		}
	}
	slices.SortStableFunc(missing, func(x, y unitResult) int {
		return cmp.Or(cmp.Compare(y.depth, x.depth), cmp.Compare(len(y.missed), len(x.missed)))
	})
	for _, r := range missing[:min(len(missing), shownSlips)] {
		list = append(list, b.slip(r))
	}
	if n := len(missing) - len(list); n > 0 {
		more = b.Count("slip.more", float64(n))
	}
	return list, more
}

func (b *builder) slip(r unitResult) slip {
	a := r.missed[0]
	def := a.Definition
	s := slip{Unit: r.head.Name, ToUnit: r.head.Link, Figure: b.view(a, r.head.report), Call: b.call(r.unit.ID, def.ID, a.Period)}
	var months []kpi.Figure
	for _, month := range b.lastMonthsOf(kpi.RunMonths) {
		f := b.books.Figure(def, r.unit.ID, month)
		f.OK = f.OK && def.Applies(month)
		months = append(months, f)
	}
	if run := b.books.MissedRun(def, months, b.goals); run.Months > 0 {
		s.Since = b.since(run)
	}
	s.Months = b.monthsText(def, months[max(0, len(months)-2):])
	if text := b.culprit(a); text != "" {
		s.Why = append(s.Why, text)
	}
	if state := b.books.Daybook.Unit(r.unit.ID).OpenAt(b.today); state.Overdue > 0 && def.ID != overdueID {
		s.Why = append(s.Why, b.Count("slip.overdue", float64(state.Overdue)))
	}
	if rest := len(r.missed) - 1; rest > 0 {
		s.Others = b.Count("slip.others", float64(rest))
	}
	return s
}

// monthsText says what the last two months lacked.
func (b *builder) monthsText(def kpi.Definition, months []kpi.Figure) string {
	if len(months) < 2 || !months[0].OK || !months[1].OK {
		return ""
	}
	say := func(f kpi.Figure) string {
		a := b.books.Assess(def, f, b.goals)
		if !a.Judged {
			return b.shortMonth(f.Period) + " " + b.shown(a)
		}
		return b.shortMonth(f.Period) + " " + cmp.Or(b.lacking(def, a.Lacking), lower(b.Say("verdict.met")))
	}
	return b.Say("slip.months", say(months[1]), say(months[0]))
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
