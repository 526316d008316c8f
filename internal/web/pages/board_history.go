package pages

import (
	"slices"
	"time"

	"kpiagent/internal/kpi"
)

// byWeek is the value of the parameter by that shows weeks instead of months.
const byWeek = "week"

// shownSteps is how many months or weeks a board looks back, the last one included.
const shownSteps = 24

// history is what a board draws: figures of the past for each KPI of a subject, computed now from the books.
type history struct {
	of     subject
	weekly bool
	steps  []kpi.Period       // months or weeks, oldest first; the last one may still run
	past   [][]kpi.Assessment // for each step
	// trend has for each month the figures of the three months that end with it.
	trend  [][]kpi.Figure
	course []kpi.Period       // this year up to the end of each month, as far as it has come
	now    [][]kpi.Assessment // for each of them
	before [][]kpi.Figure     // the year before, up to the end of each of its months
	ends   []kpi.Period       // their periods
}

// remember computes the history up to a period.
func (b *builder) remember(s subject, p kpi.Period, weekly bool) *history {
	cut := b.goals.CutOff
	h := &history{of: s, weekly: weekly, steps: steps(p.To, b.today, cut, weekly)}
	for i, step := range h.steps {
		h.past = append(h.past, b.judge(s, step))
		for k, a := range h.past[i] {
			if step.From > s.until {
				h.past[i][k] = noFigure(a.Definition, s.unit.ID, step)
			}
		}
		if weekly {
			continue
		}
		whole := kpi.PeriodOf(kpi.PeriodMonth, step.From, cut).Previous(cut).Previous(cut)
		three := kpi.Period{Kind: kpi.PeriodCustom, From: whole.From, To: step.To, Label: whole.Label + ".." + step.Label}
		h.trend = append(h.trend, b.figures(s, three))
		for k, def := range s.defs {
			if f := &h.trend[i][k]; s.span[k].From > whole.To || step.From > s.until || def.Kind == kpi.KindCount {
				f.OK = false // three months are not known, or their sum is no month's
			}
		}
	}
	year := kpi.PeriodOf(kpi.PeriodYear, p.To, cut)
	for _, part := range monthEnds(year, cut) {
		h.course = append(h.course, part.ToDate(b.today))
		h.now = append(h.now, b.judge(s, part.ToDate(b.today)))
		if part.To >= b.today {
			break
		}
	}
	for _, part := range monthEnds(year.Previous(cut), cut) {
		h.ends = append(h.ends, part)
		h.before = append(h.before, b.figures(s, part))
	}
	return h
}

// steps are the months or weeks up to the one that holds a day, cut at today.
func steps(day, today kpi.Day, cut kpi.CutOff, weekly bool) []kpi.Period {
	list := make([]kpi.Period, 0, shownSteps)
	if weekly {
		monday := day - kpi.Day((day.Weekday()-time.Monday+7)%7)
		for i := range kpi.Day(shownSteps) {
			from := monday - 7*(shownSteps-1-i)
			list = append(list, kpi.Period{Kind: kpi.PeriodCustom, From: from, To: min(from+6, today), Label: from.String()})
		}
		return list
	}
	p := kpi.PeriodOf(kpi.PeriodMonth, day, cut)
	for range shownSteps {
		list = append(list, p.ToDate(today))
		p = p.Previous(cut)
	}
	slices.Reverse(list)
	return list
}

// monthEnds returns a year up to the end of each of its months.
func monthEnds(year kpi.Period, cut kpi.CutOff) (list []kpi.Period) {
	for m := kpi.PeriodOf(kpi.PeriodMonth, year.From, cut); m.From <= year.To; m = m.Next(cut) {
		part := year
		part.To = m.To
		list = append(list, part)
	}
	return list
}

// year returns the assessment of the year, whole or to date, for a KPI.
func (h *history) year(i int) kpi.Assessment { return h.now[len(h.now)-1][i] }

// any reports whether a KPI has any figure in the past.
func (h *history) any(i int) bool {
	return slices.ContainsFunc(h.past, func(list []kpi.Assessment) bool { return list[i].OK })
}

// listNumbers writes what the pictures of a KPI show as tables, the latest first.
func (b *builder) listNumbers(row *boardRow, def kpi.Definition, h *history, i int) {
	past := numbers{Caption: b.Say("board.months"), Columns: []string{b.Say("month"), b.Say("value")}}
	if h.weekly {
		past.Caption, past.Columns[0] = b.Say("board.weeks"), b.Say("board.week")
	}
	counted := def.Kind != kpi.KindCount
	if counted {
		past.Columns = append(past.Columns, b.Say("board.madeof"))
	}
	past.Columns = append(past.Columns, b.Say("target"))
	for k := len(h.steps) - 1; k >= 0; k-- {
		a := h.past[k][i]
		cells := []string{b.step(h, k), b.valueOrNone(def, a.Figure)}
		if counted {
			cells = append(cells, b.madeOfShort(def, a.Figure))
		}
		word := ""
		if a.Judged && a.OK {
			_, sign, text := b.standing(a)
			word = sign + " " + text
		}
		past.Rows = append(past.Rows, append(cells, word))
	}
	year := numbers{Caption: b.Say("board.todate"),
		Columns: []string{b.Say("board.until"), b.period(h.course[0]), b.period(h.ends[0])}}
	for k, part := range h.ends {
		now := ""
		if k < len(h.course) {
			now = b.valueOrNone(def, h.now[k][i].Figure)
		}
		month := kpi.PeriodOf(kpi.PeriodMonth, part.To, b.goals.CutOff).Label
		year.Rows = append(year.Rows, []string{b.ShortMonth(monthOf(month)), now, b.valueOrNone(def, h.before[k][i])})
	}
	row.Tables = []numbers{past, year}
}

// madeOfShort writes numerator and denominator without what they count.
func (l locale) madeOfShort(def kpi.Definition, f kpi.Figure) string {
	switch {
	case !f.OK:
		return ""
	case def.Kind == kpi.KindShare:
		return l.Number(f.Numerator, 1) + " / " + l.Number(f.Denominator, 1)
	}
	return l.Number(f.Denominator, 1)
}
