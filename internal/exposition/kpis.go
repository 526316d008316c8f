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
	var texts [][]string
	goals, year := kpi.Goals{Targets: c.Targets, CutOff: c.CutOff, Today: c.Today, Running: c.Past == 0}, kpi.TargetYear(c.Today, c.CutOff)
	for k, def := range c.Catalogue {
		if c.Past != 0 && !c.Books.KnownAt(def, unit, c.Today) {
			continue
		}
		row := c.row(c.shapes.kpi, "kpi", def.ID, "unit", unit)
		aim := c.Books.AimOf(def, unit, year, goals, c.cache.recentDays(def.ID, unit))
		var ofYear standing
		for i := range c.periods {
			if c.periods[i].applies[k] {
				s := c.figure(row, i, &figures[i][k], &aim)
				if c.periods[i].toDate.Kind == kpi.PeriodYear {
					ofYear = s
				}
			}
		}
		closed := make([]kpi.Figure, len(c.months)) // without a figure where the KPI does not apply
		for i := range c.months {
			if closed[i] = (kpi.Figure{Period: c.months[i].Period}); c.months[i].applies[k] {
				closed[i] = months[i][k]
			}
		}
		run := c.closed(row[int(kpiMonthValue-kpiValue)*len(c.periods):], def, closed, goals, ofYear.Judged)
		if c.Past == 0 && (ofYear.Judged || ofYear.OK) {
			texts = append(texts, c.texts(unit, ofYear, closed, run)...)
		}
	}
	for _, pairs := range texts {
		c.row(c.shapes.text, pairs...)[0] = 1
	}
}

// closed fills in what there is of closed months, the oldest of which comes first, and returns for how long they have missed.
func (c *calculation) closed(row []float64, def kpi.Definition, closed []kpi.Figure, goals kpi.Goals, judged bool) (run kpi.Run) {
	labelled := closed[max(0, len(closed)-labelledMonths):]
	for i, f := range labelled {
		if f.OK {
			row[i] = positive(f.Value)
		}
	}
	if c.Past != 0 {
		return run
	}
	row = row[len(labelled):]
	for i, f := range closed {
		if f.OK {
			row[i] = positive(f.Value)
		}
	}
	row = row[len(closed):]
	if n := len(closed); n > 1 {
		if change, ok := kpi.ChangeOf(def, closed[n-2], closed[n-1]); ok {
			row[0] = positive(change.Value)
		}
	}
	if judged {
		run = c.Books.MissedRun(def, closed, goals)
		row[1] = float64(run.Months)
	}
	return run
}

// standing is a figure with all that is said of it.
type standing struct {
	kpi.Assessment
	verdict kpi.Verdict
}

// figure fills in a figure of one of the periods, and what it is against its target. A count that adds up is missed until it
// reaches its target: whether it is on its way says its required rate.
func (c *calculation) figure(row []float64, period int, f *kpi.Figure, aim *kpi.Aim) standing {
	set := func(of family, v float64) { row[int(of-kpiValue)*len(c.periods)+period] = positive(v) }
	if f.OK {
		set(kpiValue, f.Value)
	}
	set(kpiNumerator, f.Numerator)
	set(kpiDenominator, f.Denominator)

	a := aim.Assess(*f)
	if status, ok := a.Standing(); ok {
		set(kpiStatus, float64(status))
	}
	if !a.Judged {
		return standing{a, kpi.VerdictNoData}
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
	verdict, _ := aim.Verdict(a, outlook)
	set(kpiVerdict, float64(verdict))
	return standing{a, verdict}
}

// positive returns a value with 0 for -0, which the page does not tell apart.
func positive(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}
