package exposition

import (
	"kpiagent/internal/kpi"
)

func (c *calculation) observations(unit string) {
	for _, measure := range c.Books.Observed.Measures(unit) {
		row := c.row(c.shapes.observation, "unit", unit, "measure", measure)
		for i := range c.periods {
			if v, reported := c.Books.Observed.Value(unit, measure, c.periods[i].toDate); reported {
				row[i] = positive(v)
			}
		}
	}
}

// kpis works out the figures of a unit, against their targets.
func (c *calculation) kpis(unit string) {
	figures := make([][]kpi.Figure, len(c.periods))
	for i := range c.periods {
		figures[i] = c.Books.Figures(c.Catalogue, unit, c.periods[i].toDate)
	}
	months := make([][]kpi.Figure, len(c.months))
	for i := range c.months {
		months[i] = c.cache.month(&c.Input, unit, c.months[i].Period)
	}
	goals, year := kpi.Goals{Targets: c.Targets, CutOff: c.CutOff, Today: c.Today, Running: c.Past == 0}, kpi.TargetYear(c.Today, c.CutOff)
	for k, def := range c.Catalogue {
		if c.Past != 0 && !c.Books.KnownAt(def, unit, c.Today) {
			continue
		}
		row := c.row(c.shapes.kpi, "kpi", def.ID, "unit", unit)
		aim := c.Books.AimOf(def, unit, year, goals, c.cache.recentDays(def.ID, unit))
		for i := range c.periods {
			if c.periods[i].applies[k] {
				c.figure(row, i, &figures[i][k], &aim)
			}
		}
		closed := row[int(kpiMonthValue-kpiValue)*len(c.periods):]
		for i := range c.months {
			if c.months[i].applies[k] && months[i][k].OK {
				closed[i] = positive(months[i][k].Value)
			}
		}
	}
}

// figure fills in a figure of one of the periods, and what it is against its target. A count that adds up is missed until it
// reaches its target: whether it is on its way says its required rate.
func (c *calculation) figure(row []float64, period int, f *kpi.Figure, aim *kpi.Aim) {
	set := func(of family, v float64) { row[int(of-kpiValue)*len(c.periods)+period] = positive(v) }
	if f.OK {
		set(kpiValue, f.Value)
	}
	set(kpiNumerator, f.Numerator)
	set(kpiDenominator, f.Denominator)

	a := aim.Assess(*f)
	if a.Judged || !f.OK {
		set(kpiStatus, float64(a.Status))
	}
	if !a.Judged {
		return
	}
	set(kpiTarget, a.Target.Value)
	if f.OK {
		set(kpiLacking, a.Lacking)
	}
	outlook := aim.Outlook(a)
	if outlook.HasProjection {
		set(kpiProjection, outlook.Projection)
	}
	if outlook.HasRequired {
		set(kpiRequired, outlook.Required)
	}
}

// positive returns a value with 0 for -0, which the page does not tell apart.
func positive(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}
