package pages

import (
	"strings"

	"kpiagent/internal/kpi"
	"kpiagent/internal/web/chart"
)

// picture is a plot with the words around it, for the template of that name.
type picture struct {
	chart.Plot
	ID      string
	Caption string // above it
	Title   string // for those who do not see it
	Text    string // what is to be seen, in words
}

// picture draws a KPI's history into its row, and lists its numbers.
func (d *desk) picture(row *boardRow, h *history, i int) {
	def := h.of.defs[i]
	if h.of.present(i) {
		row.NoPast = d.Say("board.present")
		return
	}
	row.Past = d.drawPast(def, h, i)
	row.Course = d.drawYear(def, h, i)
	if row.Past == nil && row.Course == nil {
		row.NoPast = d.Say("board.nothing")
		return
	}
	d.listNumbers(row, def, h, i)
}

// limitOf is the most that a KPI's value can be; 0 for no bound.
func limitOf(def kpi.Definition) float64 {
	if def.Kind == kpi.KindShare {
		return 1
	}
	return 0
}

// tick writes a value beside an axis: shortly, without its unit of measurement. The values are round ones, and close to each
// other where all figures are small: with fewer decimals several would read the same.
func (l locale) tick(def kpi.Definition) func(float64) string {
	const decimals = 4
	return func(v float64) string {
		if def.Kind == kpi.KindShare {
			return l.Percent(v, decimals)
		}
		return l.Number(v, decimals)
	}
}

// drawPast draws the months or weeks; nil where none of them has a figure.
func (d *desk) drawPast(def kpi.Definition, h *history, i int) *picture {
	if !h.any(i) {
		return nil
	}
	columns := make([]chart.Column, len(h.steps))
	for k, step := range h.steps {
		a := h.past[k][i]
		columns[k] = chart.Column{Value: chart.Value{V: a.Value, OK: a.OK}, Class: d.barClass(a), Label: d.stepLabel(h, k)}
		if a.Judged {
			columns[k].Target = chart.Value{V: a.Target.Value, OK: true}
		}
		if !h.weekly {
			columns[k].Trend = chart.Value{V: h.trend[k][i].Value, OK: h.trend[k][i].OK}
		}
		if whole := kpi.PeriodOf(kpi.PeriodMonth, step.From, d.goals.CutOff); step.To < whole.To && !h.weekly {
			columns[k].Class += " running"
		}
	}
	pic := &picture{ID: "past-" + def.ID, Caption: d.Say("board.months"), Title: d.Say("board.months.title", d.kpiName(def))}
	if h.weekly {
		pic.Caption, pic.Title = d.Say("board.weeks"), d.Say("board.weeks.title", d.kpiName(def))
		pic.Plot = chart.Points(columns, limitOf(def), d.tick(def))
	} else {
		pic.Plot = chart.Columns(columns, limitOf(def), d.tick(def))
	}
	if pic.Cut != "" {
		pic.Caption = d.Say("board.cut", pic.Caption, pic.Cut)
	}
	pic.Text = d.inWords(def, h, i)
	return pic
}

// barClass says how the bar of a figure looks.
func (d *desk) barClass(a kpi.Assessment) string {
	class, _, _ := d.standing(a)
	return "bar " + class
}

// stepLabel names a month or week below the axis; most have no room for one.
func (d *desk) stepLabel(h *history, k int) string {
	p := h.steps[k]
	if h.weekly {
		if (len(h.steps)-1-k)%6 != 2 {
			return ""
		}
		return d.DayMonth(p.From.Time())
	}
	month := kpi.PeriodOf(kpi.PeriodMonth, p.From, d.goals.CutOff).Label // 2026-03
	if month[5:] != "01" && month[5:] != "07" || k == 0 || k == len(h.steps)-1 {
		return ""
	}
	return d.ShortMonth(monthOf(month)) + "/" + month[2:4]
}

// inWords says what a picture of the past shows: the highest, the lowest and the last figure, and how many are missing.
func (d *desk) inWords(def kpi.Definition, h *history, i int) string {
	low, high, last, missing := -1, -1, -1, 0
	for k := range h.steps {
		a := h.past[k][i]
		if !a.OK {
			missing++
			continue
		}
		if last = k; low < 0 || a.Value < h.past[low][i].Value {
			low = k
		}
		if high < 0 || a.Value > h.past[high][i].Value {
			high = k
		}
	}
	at := func(k int) (string, string) { return d.value(def, h.past[k][i].Value), d.step(h, k) }
	lastValue, lastStep := at(last)
	lowValue, lowStep := at(low)
	highValue, highStep := at(high)
	texts := []string{d.Say("board.words", lastValue, lastStep, highValue, highStep, lowValue, lowStep)}
	if missing > 0 {
		texts = append(texts, d.Count("board.gaps", float64(missing)))
	}
	return strings.Join(texts, " ")
}

// step names a month or week.
func (d *desk) step(h *history, k int) string {
	if h.weekly {
		return d.days(h.steps[k])
	}
	return d.period(h.steps[k])
}

// drawYear draws the year so far, the one before, and what is expected; nil where there is none of it.
func (d *desk) drawYear(def kpi.Definition, h *history, i int) *picture {
	year := kpi.PeriodOf(kpi.PeriodYear, h.course[0].From, d.goals.CutOff)
	a := h.year(i)
	y := chart.Year{FromZero: def.Kind == kpi.KindCount}
	some := false
	for k, p := range h.course {
		of := h.now[k][i]
		some = some || of.OK
		y.Now = append(y.Now, chart.Moment{At: float64(p.Days()) / float64(year.Days()), Value: chart.Value{V: of.Value, OK: of.OK}})
	}
	whole := h.ends[len(h.ends)-1].Days()
	for k, p := range h.ends {
		f := h.before[k][i]
		some = some || f.OK
		y.Before = append(y.Before, chart.Moment{At: float64(p.Days()) / float64(whole), Value: chart.Value{V: f.Value, OK: f.OK}})
	}
	if !some {
		return nil
	}
	pic := &picture{ID: "year-" + def.ID, Caption: d.Say("board.year", d.period(year), d.period(h.ends[0])), Title: d.Say("board.year.title", d.kpiName(def), d.period(year))}
	if d.books.IsStock(def) {
		pic.Caption = d.Say("board.stock", d.period(year), d.period(h.ends[0]))
	}
	words := []string{d.Say("board.year.now", d.period(year), d.valueOrNone(def, a.Figure))}
	words = append(words, d.Say("board.year.now", d.period(year.Previous(d.goals.CutOff)), d.valueOrNone(def, h.before[len(h.before)-1][i])))
	if a.Judged {
		y.Target = chart.Value{V: a.Target.Value, OK: true}
		words = append(words, d.Say("board.year.target", d.target(def, a.Target.Value)))
	}
	if o, ahead := d.outlook(a); ahead && h.of.code == "" {
		y.Ahead, y.Low, y.High = chart.Value{V: o.Projection, OK: true}, chart.Value{V: o.Low, OK: true}, chart.Value{V: o.High, OK: true}
		value, low, high := d.expected(a, o)
		words = append(words, d.Say("board.year.ahead", d.period(year), value, low, high))
	}
	for m, p := range h.ends {
		label := ""
		if m%3 == 0 {
			label = d.ShortMonth(monthOf(kpi.PeriodOf(kpi.PeriodMonth, p.To, d.goals.CutOff).Label))
		}
		y.Months = append(y.Months, label)
	}
	pic.Plot = y.Layout(limitOf(def), d.tick(def))
	pic.Text = strings.Join(words, " ")
	return pic
}

func (d *desk) valueOrNone(def kpi.Definition, f kpi.Figure) string {
	if !f.OK {
		return d.Say("none")
	}
	return d.value(def, f.Value)
}
