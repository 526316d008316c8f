package pages

import (
	"strconv"

	"kpiagent/internal/kpi"
)

// targetView is one target of a unit: its figure of the period, and how its last months went.
type targetView struct {
	figureView
	Distance string // "hơn 2,3 điểm"
	Expected string // "dự kiến 20"
	Since    string // "chưa đạt 3 tháng liền, từ T9"
	Month    string // "T11 96,2 %"
	Change   *changeView
	Outside  string // "311 hồ sơ chưa đạt, thêm 61"
	Trend    *trend
	Bar      *bar
	verdict  kpi.Verdict
	judged   bool
	def      kpi.Definition
	months   []kpi.Figure
}

// changeView says by how much a figure differs from that of the month before.
type changeView struct {
	Class string // up (for the better), down, same
	Sign  string // ▲▼ filled: worse; △▽ hollow: better
	Text  string
	Word  string // for those who do not see the sign
	Since string // "250 → 311 hồ sơ chưa đạt"
	tells bool
}

// bar is a figure as a bar with its target, in percent of its room.
type bar struct{ Value, Target string }

// targets returns the KPIs of a unit that have a target or a figure in a period, in the order in which leaders read them.
func (b *builder) targets(unit string, p kpi.Period, of report) (judged, others []targetView) {
	figures := map[string]kpi.Assessment{}
	for _, a := range b.assess(unit, p) {
		figures[a.KPI] = a
	}
	months := b.months(unit)
	for _, def := range b.model.Displayed {
		a, applies := figures[def.ID]
		if !applies || !a.OK && !a.Judged || !b.means(def, unit) {
			continue
		}
		t := b.targetOf(a, months[def.ID], of)
		if t.judged {
			judged = append(judged, t)
		} else if a.OK {
			others = append(others, t)
		}
	}
	return judged, others
}

// means reports whether a KPI has a meaning for a unit: there has ever been something of what it counts.
func (b *builder) means(def kpi.Definition, unit string) bool {
	if def.CountsProcedures() {
		return len(b.books.Register.Procedures(unit)) > 0
	}
	_, known := b.books.FirstDay(def, b.books.Daybook.Unit(unit), unit)
	return known
}

func (b *builder) targetOf(a kpi.Assessment, months []kpi.Figure, of report) targetView {
	def := a.Definition
	t := targetView{figureView: b.view(a, of), def: def, months: months}
	t.verdict, t.judged = b.verdict(a)
	if a.OK && a.Judged {
		t.Distance = b.distance(a)
		t.Bar = barOf(a)
		if o, ahead := b.outlook(a); ahead && def.Kind == kpi.KindCount {
			value, _, _ := b.expected(a, o)
			t.Expected = b.Say("expected", value)
		}
	}
	closed := months[max(0, len(months)-trendMonths):]
	t.Trend = b.trendOf(def, closed, a.Target.Value, a.Judged && b.books.TargetApplies(def, kpi.PeriodMonth))
	if n := len(months); n > 0 && months[n-1].OK {
		b.lastMonths(&t, months[max(0, n-2):])
	}
	run := b.books.MissedRun(def, months, b.goals)
	if run.Months > 0 {
		t.Since = b.since(run)
	}
	return t
}

// since says how long a target has been missed.
func (b *builder) since(run kpi.Run) string {
	return b.Count("missed.since", float64(run.Months), b.shortMonth(kpi.PeriodOf(kpi.PeriodMonth, run.Since, b.model.CutOff)))
}

// lastMonths says how the last month was, and what changed since the one before.
func (b *builder) lastMonths(t *targetView, months []kpi.Figure) {
	now := months[len(months)-1]
	a := b.books.Assess(t.def, now, b.goals)
	t.Month = b.shortMonth(now.Period) + "\u00a0" + b.shown(a)
	if t.def.Kind == kpi.KindCount && !b.books.IsStock(t.def) {
		t.Change = &changeView{Class: "same", Text: b.Say("change.added", b.Number(now.Value, 0))}
		return
	}
	if t.def.Kind == kpi.KindShare {
		t.Outside = b.outside(t.def, kpi.Outside(t.def, now))
	}
	if len(months) < 2 {
		return
	}
	change, known := kpi.ChangeOf(t.def, months[0], now)
	if !known {
		return
	}
	t.Change = b.change(t.def, change)
	t.Change.tells = change.Tells(t.def, months[0], now)
	switch {
	case t.Outside != "" && change.Lacking > 0:
		t.Outside += b.Say("change.more", b.Number(change.Lacking, 0))
	case t.Outside != "" && change.Lacking < 0:
		t.Outside += b.Say("change.fewer", b.Number(-change.Lacking, 0))
	}
	t.Change.Since = b.shown(b.books.Assess(t.def, months[0], b.goals)) + " → " + b.shown(a)
	if t.def.Kind == kpi.KindShare {
		t.Change.Since = b.Number(kpi.Outside(t.def, months[0]), 0) + " → " + b.outside(t.def, kpi.Outside(t.def, now))
	}
}

// outside says how many are missing for a perfect share.
func (b *builder) outside(def kpi.Definition, n float64) string {
	switch {
	case def.OfProcedures():
		return b.Count("outside.procedures", n)
	case def.OfDossiers():
		return b.Count("outside.dossiers", n)
	}
	return b.Count("outside", n)
}

func (b *builder) change(def kpi.Definition, c kpi.Change) *changeView {
	text := b.apart(def, roundTo(max(c.Value, -c.Value), decimalsOf(def)))
	switch {
	case c.Course == kpi.Same || roundTo(c.Value, decimalsOf(def)) == 0:
		return &changeView{Class: "same", Sign: "=", Text: b.Say("change.same")}
	case c.Course == kpi.Better:
		return &changeView{Class: "up", Sign: arrow(c.Value, "△", "▽"), Text: text, Word: b.Say("change.better")}
	}
	return &changeView{Class: "down", Sign: arrow(c.Value, "▲", "▼"), Text: text, Word: b.Say("change.worse")}
}

func arrow(v float64, up, down string) string {
	if v < 0 {
		return down
	}
	return up
}

// decimalsOf is how many decimals of a KPI's own value people read.
func decimalsOf(def kpi.Definition) int {
	if def.Kind == kpi.KindShare {
		return 3
	}
	return 1
}

// barOf draws a figure from 0 to what it can be at most, or a little beyond the larger of it and its target.
func barOf(a kpi.Assessment) *bar {
	most := 1.12 * max(a.Value, a.Target.Value)
	if a.Definition.Kind == kpi.KindShare {
		most = 1
	}
	if most <= 0 {
		return nil
	}
	part := func(v float64) string { return strconv.FormatFloat(min(max(v/most, 0), 1)*100, 'f', 1, 64) }
	return &bar{part(a.Value), part(a.Target.Value)}
}
