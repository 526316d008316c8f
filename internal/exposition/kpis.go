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
	goals, year := kpi.Goals{Targets: w.Targets, CutOff: w.CutOff, Today: w.Today}, kpi.TargetYear(w.Today, w.CutOff)
	for k, def := range w.Catalogue {
		if w.Past != 0 && !w.Books.KnownAt(def, unit, w.Today) {
			continue
		}
		labels := w.label("kpi", def.ID, "unit", unit)
		aim := w.Books.AimOf(def, unit, year, goals, w.memory.recentDays(def.ID, unit))
		for i := range w.periods {
			if w.periods[i].applies[k] {
				w.figure(&figures[i][k], labels, w.periods[i].tail, &aim)
			}
		}
		for i := range w.months {
			if w.months[i].applies[k] && months[i][k].OK {
				w.value(kpiMonthValue, labels, w.months[i].tail, months[i][k].Value)
			}
		}
	}
}

// figure writes a figure, and what it is against its target. A count that adds up is missed until it reaches its target:
// whether it is on its way says its required rate.
func (w *writer) figure(f *kpi.Figure, labels []byte, tail string, aim *kpi.Aim) {
	if f.OK {
		w.value(kpiValue, labels, tail, f.Value)
	}
	w.value(kpiNumerator, labels, tail, f.Numerator)
	w.value(kpiDenominator, labels, tail, f.Denominator)

	a := aim.Assess(*f)
	if a.Judged || !f.OK {
		w.count(kpiStatus, labels, tail, int64(a.Status))
	}
	if !a.Judged {
		return
	}
	w.value(kpiTarget, labels, tail, a.Target.Value)
	if f.OK {
		w.value(kpiLacking, labels, tail, a.Lacking)
	}
	outlook := aim.Outlook(a)
	if outlook.HasProjection {
		w.value(kpiProjection, labels, tail, outlook.Projection)
	}
	if outlook.HasRequired {
		w.value(kpiRequired, labels, tail, outlook.Required)
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
	w.lines++
	buf := append(w.headed(handlingTime), figureFamilies[handlingTime].Name...)
	buf = append(buf, suffix...)
	buf = append(buf, labels...)
	buf = append(buf, tail...)
	w.columns[handlingTime].text = append(appendFloat(buf, v), '\n')
}
