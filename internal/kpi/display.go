package kpi

import (
	"cmp"
	"math"
	"slices"
)

// GroupHeadline is the group of the KPIs that a leader reads first.
const GroupHeadline = "headline"

// groups are the groups of KPIs in the order in which leaders read them.
var groups = []string{GroupHeadline, "service", TopicSingleWindow, TopicSatisfaction, TopicPlan}

// Groups returns the groups of KPIs in the order in which leaders read them.
func Groups() []string { return slices.Clone(groups) }

// InGroup returns the group of a KPI: the one that is written, or else the one of its topic.
func (d Definition) InGroup() string {
	if d.Group != "" {
		return d.Group
	}
	switch topic := d.About(); topic {
	case TopicDossiers, TopicLevels:
		return "service"
	default:
		return topic
	}
}

// IsHeadline reports whether a leader reads the KPI first.
func (d Definition) IsHeadline() bool { return d.InGroup() == GroupHeadline }

// Displayed returns the catalogue in the order in which leaders read it: by group, in each what weighs more first, and of equals
// as they stand.
func (c Catalogue) Displayed() Catalogue {
	list := slices.Clone(c)
	slices.SortStableFunc(list, func(a, b Definition) int {
		return cmp.Or(cmp.Compare(slices.Index(groups, a.InGroup()), slices.Index(groups, b.InGroup())), cmp.Compare(b.Weight, a.Weight))
	})
	return list
}

// Shown rounds a value for people, so that a missed target never looks reached: where rounding would reach one that is missed, the
// value is cut towards the worse. The decimals are those of a share's percent, of working days, or of what a count counts.
func (a Assessment) Shown(decimals int) float64 {
	scale := a.Definition.scale(decimals)
	shown := roundBy(math.Round, a.Value, scale)
	switch {
	case !a.misses():
	case a.Definition.Direction == DirectionDown && shown <= a.Target.Value:
		return roundBy(ceiling, a.Value, scale)
	case a.Definition.Direction != DirectionDown && shown >= a.Target.Value:
		return roundBy(floor, a.Value, scale)
	}
	return shown
}

// Distance is how far the figure lies on the good side of its target, in the KPI's own unit; below 0 it is missed. It is rounded to
// the worse: what is left is cut, and what is missing is rounded up. 0 where no target holds or there is no figure.
func (a Assessment) Distance(decimals int) float64 {
	if !a.Judged || !a.OK {
		return 0
	}
	good := a.Value - a.Target.Value
	if a.Definition.Direction == DirectionDown {
		good = -good
	}
	return roundBy(floor, good, a.Definition.scale(decimals))
}

func (a Assessment) misses() bool { return a.Judged && a.OK && a.Status == StatusMissed }

// scale is by what a value is multiplied before it is rounded.
func (d Definition) scale(decimals int) float64 {
	if d.Kind == KindShare {
		decimals += 2
	}
	return math.Pow10(decimals)
}

func roundBy(round func(float64) float64, v, scale float64) float64 { return round(v*scale) / scale }

// floor and ceiling take what is as good as a whole number for that number: 0.7 in binary times a thousand is not quite 700.
func floor(v float64) float64   { return math.Floor(v + nearly(v)) }
func ceiling(v float64) float64 { return math.Ceil(v - nearly(v)) }

func nearly(v float64) float64 { return 1e-9 * max(1, math.Abs(v)) }
