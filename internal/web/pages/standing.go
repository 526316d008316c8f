package pages

import (
	"kpiagent/internal/kpi"
)

// looks are the class and the sign of each verdict: a sign for those who do not see colours.
var looks = map[kpi.Verdict]struct{ class, sign string }{
	kpi.VerdictMet:        {"met", "✓"},
	kpi.VerdictOnCourse:   {"pending", "›"},
	kpi.VerdictAtRisk:     {"risk", "!"},
	kpi.VerdictMissed:     {"missed", "✕"},
	kpi.VerdictOutOfReach: {"out", "✕✕"},
	kpi.VerdictNoData:     {"none", "–"},
}

// gravity orders the classes of figureView, the worst highest.
var gravity = map[string]int{"out": 6, "missed": 5, "risk": 4, "none": 3, "pending": 2, "met": 1, "plain": 0}

func worse(a, b string) string {
	if gravity[b] > gravity[a] {
		return b
	}
	return a
}

// standing returns how a figure stands: a class for its colour, a sign and words.
func (b *builder) standing(a kpi.Assessment) (class, sign, word string) {
	v, judged := b.verdict(a)
	switch {
	case !judged && a.OK:
		return "plain", "", b.Say("status.plain")
	case !judged:
		v = kpi.VerdictNoData
	}
	return looks[v].class, looks[v].sign, lower(b.Say("verdict." + v.String()))
}

// verdict judges a figure; of a period that is over nothing is expected any more.
func (b *builder) verdict(a kpi.Assessment) (kpi.Verdict, bool) {
	aim := b.aim(a.Definition, a.Unit, a.Period)
	o, _ := b.outlook(a)
	return aim.Verdict(a, o)
}

// standingCount says how many targets stand in a way.
type standingCount struct {
	Class, Sign, Text string
}

// standings counts how the targets stand, the best first.
func (b *builder) standings(classes []string) (list []standingCount) {
	counts := map[string]int{}
	for _, class := range classes {
		counts[class]++
	}
	for _, v := range kpi.Verdicts() {
		if n := counts[looks[v].class]; n > 0 {
			list = append(list, standingCount{looks[v].class, looks[v].sign, b.Count("standing."+v.String(), float64(n))})
		}
	}
	return list
}

// classes returns the class of each target of a unit in a period.
func (b *builder) classes(unit string, p kpi.Period) (list []string) {
	for _, a := range b.assess(unit, p) {
		if a.Judged {
			class, _, _ := b.standing(a)
			list = append(list, class)
		}
	}
	return list
}

// verdictView says in one sentence how the targets of a unit stand.
type verdictView struct {
	Title    string
	Pips     []string // the classes of the targets, the best first
	Counts   []standingCount
	Troubles []trouble
}

// trouble is a target that is missed, in words.
type trouble struct {
	figureView
	Text string
}

// sentence says how targets stand in a period: "Năm 2026: 19/23 chỉ tiêu đang đạt; 1 không còn đạt được".
func (b *builder) sentence(p kpi.Period, targets []targetView) verdictView {
	v := verdictView{}
	counts := map[kpi.Verdict]int{}
	var classes []string
	for _, t := range targets {
		counts[t.verdict]++
		classes = append(classes, t.Class)
		if t.verdict == kpi.VerdictMissed || t.verdict == kpi.VerdictOutOfReach {
			v.Troubles = append(v.Troubles, trouble{t.figureView, b.troubleText(t)})
		}
	}
	if len(targets) == 0 {
		v.Title = b.Say("slip.notargets")
		return v
	}
	good := counts[kpi.VerdictMet] + counts[kpi.VerdictOnCourse]
	v.Title = b.Say("verdict.sentence", upper(b.period(p)), b.Whole(int64(good)), b.Count("verdict.targets", float64(len(targets))))
	for _, of := range []kpi.Verdict{kpi.VerdictOutOfReach, kpi.VerdictMissed, kpi.VerdictAtRisk, kpi.VerdictNoData} {
		if n := counts[of]; n > 0 {
			v.Title += "; " + b.Count("verdict.sentence."+of.String(), float64(n))
		}
	}
	v.Title += "."
	v.Counts = b.standings(classes)
	for _, of := range kpi.Verdicts() {
		for range counts[of] {
			v.Pips = append(v.Pips, looks[of].class)
		}
	}
	return v
}

// troubleText says how far a missed target is, and what is expected of it.
func (b *builder) troubleText(t targetView) string {
	text := b.Say("verdict.trouble", t.Value, t.Target)
	if t.Lacking != "" {
		text += ", " + t.Lacking
	}
	if t.Expected != "" {
		text += ", " + t.Expected
	}
	return text
}
