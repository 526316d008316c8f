package exposition

import (
	"kpiagent/internal/kpi"
)

func (w *writer) observations(unit string) {
	for _, measure := range w.Books.Observed.Measures(unit) {
		labels := w.label("unit", unit, "measure", measure)
		for i := range w.periods {
			if v, reported := w.Books.Observed.Value(unit, measure, w.periods[i].toDate); reported {
				w.value(observation, labels, w.periods[i].tail, v)
			}
		}
	}
}

// kpis writes the figures of a unit, against their targets.
func (w *writer) kpis(unit string) {
	figures := make([][]kpi.Figure, len(w.periods))
	for i := range w.periods {
		figures[i] = w.Books.Figures(w.Catalogue, unit, w.periods[i].toDate)
	}
	months := make([][]kpi.Figure, len(w.months))
	for i := range w.months {
		months[i] = w.memory.month(&w.Input, unit, w.months[i].Period)
	}
	for k, def := range w.Catalogue {
		if w.Past != 0 && !w.Books.KnownAt(def, unit, w.Today) {
			continue
		}
		labels := w.label("kpi", def.ID, "unit", unit)
		goal := w.goalOf(def, unit)
		for i := range w.periods {
			if w.periods[i].applies[k] {
				w.figure(def, &figures[i][k], labels, &w.periods[i], &goal)
			}
		}
		for i := range w.months {
			if w.months[i].applies[k] && months[i][k].OK {
				w.value(kpiMonthValue, labels, w.months[i].tail, months[i][k].Value)
			}
		}
	}
}

// goal is a target with what an outlook on it needs.
type goal struct {
	target kpi.Target
	set    bool
	stock  bool
	recent []kpi.Pair
}

func (w *writer) goalOf(def kpi.Definition, unit string) goal {
	target, set := kpi.TargetFor(w.Targets, def.ID, unit, kpi.TargetYear(w.Today, w.CutOff))
	if !set {
		return goal{}
	}
	g := goal{target: target, set: true, stock: w.Books.IsStock(def)}
	g.recent = w.memory.recentDays(&w.Input, def, unit)
	return g
}

func (w *writer) figure(def kpi.Definition, f *kpi.Figure, labels []byte, p *period, g *goal) {
	if f.OK {
		w.value(kpiValue, labels, p.tail, f.Value)
	}
	w.value(kpiNumerator, labels, p.tail, f.Numerator)
	w.value(kpiDenominator, labels, p.tail, f.Denominator)

	judged := g.set && w.Books.TargetApplies(def, p.whole.Kind)
	if judged || !f.OK {
		w.count(kpiStatus, labels, p.tail, int64(g.target.Judge(f.Value, f.OK, def.Direction)))
	}
	if !judged {
		return
	}
	w.value(kpiTarget, labels, p.tail, g.target.Value)
	if f.OK {
		w.value(kpiLacking, labels, p.tail, kpi.Shortfall(def, *f, g.target.Value))
	}
	if p.whole.Kind == kpi.PeriodDay || p.whole.Kind == kpi.PeriodRolling30 {
		return // they end today: nothing lies ahead
	}
	outlook := kpi.Project(kpi.ProgressInput{
		Kind: def.Kind, Direction: def.Direction, Stock: g.stock, Target: g.target.Value,
		Period: p.whole, Today: w.Today, SoFar: kpi.Pair{Numerator: f.Numerator, Denominator: f.Denominator}, Recent: g.recent,
	})
	if outlook.HasProjection {
		w.value(kpiProjection, labels, p.tail, outlook.Projection)
	}
	if outlook.HasRequired {
		w.value(kpiRequired, labels, p.tail, outlook.Required)
	}
}

// histogram writes the handling times of all dossiers ever settled or refused.
func (w *writer) histogram(v kpi.View, labels []byte) {
	h := v.HandlingTimeEver(w.Today)
	for i := range buckets {
		w.bucket("_bucket", labels, buckets[i].tail, float64(h.Within(buckets[i].workdays)))
	}
	w.bucket("_bucket", labels, `,le="+Inf"} `, float64(h.Count))
	w.bucket("_sum", labels, end, h.Workdays())
	w.bucket("_count", labels, end, float64(h.Count))
}

// bucket writes a line of the histogram, whose names have endings of their own.
func (w *writer) bucket(suffix string, labels []byte, tail string, v float64) {
	c := &w.columns[handlingTime]
	if len(c.text) == 0 {
		c.text = append(c.text, w.heads[handlingTime]...)
	}
	w.lines++
	c.text = append(c.text, figureFamilies[handlingTime].Name...)
	c.text = append(c.text, suffix...)
	c.text = append(c.text, labels...)
	c.text = append(c.text, tail...)
	c.text = append(appendFloat(c.text, v), '\n')
}
