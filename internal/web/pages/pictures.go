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
func (b *builder) picture(row *boardRow, h *history, i int) {
	def := h.of.defs[i]
	if h.of.present(i) {
		row.NoPast = b.Say("board.present")
		return
	}
	row.Past = b.drawPast(def, h, i)
	row.Course = b.drawYear(def, h, i)
	if row.Past == nil && row.Course == nil {
		row.NoPast = b.Say("board.nothing")
		return
	}
	b.listNumbers(row, def, h, i)
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
func (b *builder) drawPast(def kpi.Definition, h *history, i int) *picture {
	if !h.any(i) {
		return nil
	}
	columns := make([]chart.Column, len(h.steps))
	for k, step := range h.steps {
		a := h.past[k][i]
		columns[k] = chart.Column{Value: chart.Value{V: a.Value, OK: a.OK}, Class: b.barClass(a), Label: b.stepLabel(h, k)}
		if a.Judged {
			columns[k].Target = chart.Value{V: a.Target.Value, OK: true}
		}
		if !h.weekly {
			columns[k].Trend = chart.Value{V: h.trend[k][i].Value, OK: h.trend[k][i].OK}
		}
		if whole := kpi.PeriodOf(kpi.PeriodMonth, step.From, b.goals.CutOff); step.To < whole.To && !h.weekly {
			columns[k].Class += " running"
		}
	}
	pic := &picture{ID: "past-" + def.ID, Caption: b.Say("board.months"), Title: b.Say("board.months.title", b.kpiName(def))}
	if h.weekly {
		pic.Caption, pic.Title = b.Say("board.weeks"), b.Say("board.weeks.title", b.kpiName(def))
		pic.Plot = chart.Points(columns, limitOf(def), b.tick(def))
	} else {
		pic.Plot = chart.Columns(columns, limitOf(def), b.tick(def))
	}
	if pic.Cut != "" {
		pic.Caption = b.Say("board.cut", pic.Caption, pic.Cut)
	}
	pic.Text = b.inWords(def, h, i)
	return pic
}

// barClass says how the bar of a figure looks: by what it is, not by what is expected.
func (b *builder) barClass(a kpi.Assessment) string {
	switch {
	case !a.OK:
		return "bar none"
	case !a.Judged:
		return "bar plain"
	case a.Pending:
		return "bar pending"
	}
	return "bar " + map[kpi.Status]string{kpi.StatusMissed: "missed", kpi.StatusAtRisk: "risk", kpi.StatusMet: "met"}[a.Status]
}

// stepLabel names a month or week below the axis; most have no room for one.
func (b *builder) stepLabel(h *history, k int) string {
	p := h.steps[k]
	if h.weekly {
		if (len(h.steps)-1-k)%6 != 2 {
			return ""
		}
		return b.DayMonth(p.From.Time())
	}
	month := kpi.PeriodOf(kpi.PeriodMonth, p.From, b.goals.CutOff).Label // 2026-03
	if month[5:] != "01" && month[5:] != "07" || k == 0 || k == len(h.steps)-1 {
		return ""
	}
	return b.ShortMonth(monthOf(month)) + "/" + month[2:4]
}

// inWords says what a picture of the past shows: the highest, the lowest and the last figure, and how many are missing.
func (b *builder) inWords(def kpi.Definition, h *history, i int) string {
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
	at := func(k int) (string, string) { return b.value(def, h.past[k][i].Value), b.step(h, k) }
	lastValue, lastStep := at(last)
	lowValue, lowStep := at(low)
	highValue, highStep := at(high)
	texts := []string{b.Say("board.words", lastValue, lastStep, highValue, highStep, lowValue, lowStep)}
	if missing > 0 {
		texts = append(texts, b.Count("board.gaps", float64(missing)))
	}
	return strings.Join(texts, " ")
}

// step names a month or week.
func (b *builder) step(h *history, k int) string {
	if h.weekly {
		return b.days(h.steps[k])
	}
	return b.period(h.steps[k])
}

// drawYear draws the year so far, the one before, and what is expected; nil where there is none of it.
func (b *builder) drawYear(def kpi.Definition, h *history, i int) *picture {
	year := kpi.PeriodOf(kpi.PeriodYear, h.course[0].From, b.goals.CutOff)
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
	pic := &picture{ID: "year-" + def.ID, Caption: b.Say("board.year", b.period(year), b.period(h.ends[0])),
		Title: b.Say("board.year.title", b.kpiName(def), b.period(year))}
	if b.books.IsStock(def) {
		pic.Caption = b.Say("board.stock", b.period(year), b.period(h.ends[0]))
	}
	words := []string{b.Say("board.year.now", b.period(year), b.valueOrNone(def, a.Figure))}
	last := h.before[len(h.before)-1][i]
	words = append(words, b.Say("board.year.now", b.period(year.Previous(b.goals.CutOff)), b.valueOrNone(def, last)))
	if a.Judged {
		y.Target = chart.Value{V: a.Target.Value, OK: true}
		words = append(words, b.Say("board.year.target", b.target(def, a.Target.Value)))
	}
	if o, ahead := b.outlook(a); ahead && h.of.code == "" {
		y.Ahead, y.Low = chart.Value{V: o.Projection, OK: true}, chart.Value{V: o.Low, OK: true}
		y.High = chart.Value{V: o.High, OK: true}
		value, low, high := b.expected(a, o)
		words = append(words, b.Say("board.year.ahead", b.period(year), value, low, high))
	}
	for m, p := range h.ends {
		label := ""
		if m%3 == 0 {
			label = b.ShortMonth(monthOf(kpi.PeriodOf(kpi.PeriodMonth, p.To, b.goals.CutOff).Label))
		}
		y.Months = append(y.Months, label)
	}
	pic.Plot = y.Layout(limitOf(def), b.tick(def))
	pic.Text = strings.Join(words, " ")
	return pic
}

func (b *builder) valueOrNone(def kpi.Definition, f kpi.Figure) string {
	if !f.OK {
		return b.Say("none")
	}
	return b.value(def, f.Value)
}

// trendMonths is how many closed months a trend shows.
const trendMonths = 13

// trend is a small picture of the last closed months, for the template of that name.
type trend struct {
	chart.Sparkline
	Title string
	Text  string // the same in words
}

// trendOf draws figures of one KPI, oldest first, with the target where there is one; nil without any figure.
func (b *builder) trendOf(def kpi.Definition, months []kpi.Figure, target float64, judged bool) *trend {
	var values []chart.Value
	var texts []string
	for _, f := range months {
		values = append(values, chart.Value{V: f.Value, OK: f.OK})
		texts = append(texts, b.Say("trend.month", b.period(f.Period), b.valueOrNone(def, f)))
	}
	line, ok := chart.NewSparkline(values, chart.Value{V: target, OK: judged})
	if !ok {
		return nil
	}
	return &trend{Sparkline: line, Title: b.Say("trend.title", b.kpiName(def)), Text: strings.Join(texts, "; ")}
}

// months returns the closed months of a unit, and behind them the running one where it is old enough to tell: for each KPI of the
// catalogue its figures, oldest first.
func (b *builder) months(unit string) map[string][]kpi.Figure {
	list := map[string][]kpi.Figure{}
	for _, month := range b.lastMonthsOf(kpi.RunMonths) {
		applies := b.applying(month)
		for i, f := range b.books.Figures(b.model.Catalogue, unit, month) {
			f.OK = f.OK && applies[i]
			list[f.KPI] = append(list[f.KPI], f)
		}
	}
	return list
}

// lastMonthsOf returns the last closed months and the running one where people look at it.
func (b *builder) lastMonthsOf(n int) []kpi.Period {
	months := kpi.ClosedMonths(b.today, b.model.CutOff, n)
	if now := b.month(); now.To == b.today {
		months = append(months[min(1, len(months)):], now)
	}
	return months
}
