package pages

import (
	"fmt"
	"strings"

	"kpiagent/internal/kpi"
)

// trendMonths is how many closed months a trend shows.
const trendMonths = 13

// The drawing's size, in units of its own; the margins keep dots and lines inside.
const (
	trendWidth, trendHeight = 200, 40
	trendMargin             = 4
)

// trend is a small picture of the last closed months, for the template of that name.
type trend struct {
	Title  string
	Text   string // the same in words
	Lines  []string
	Dots   []dot // the first is the oldest; months without a figure have none
	Target string
	Width  int
	Height int
}

type dot struct {
	X, Y string
	Last bool
}

// trendOf draws figures of one KPI, oldest first, with the target where there is one.
func (d *desk) trendOf(def kpi.Definition, months []kpi.Figure, target float64, judged bool) *trend {
	t := &trend{Title: d.Say("trend.title", d.kpiName(def)), Width: trendWidth, Height: trendHeight}
	low, high, any := 0.0, 0.0, false
	widen := func(v float64) {
		if !any {
			low, high, any = v, v, true
		}
		low, high = min(low, v), max(high, v)
	}
	for _, f := range months {
		if f.OK {
			widen(f.Value)
		}
	}
	if !any {
		return nil
	}
	if judged {
		widen(target)
	}
	if high == low {
		low, high = low-1, high+1
	}
	y := func(v float64) string {
		return fmt.Sprintf("%.1f", trendMargin+(high-v)/(high-low)*(trendHeight-2*trendMargin))
	}
	var texts, line []string
	end := func() {
		if len(line) > 1 {
			t.Lines = append(t.Lines, strings.Join(line, " "))
		}
		line = nil
	}
	for i, f := range months {
		label := d.Say("trend.month", d.period(f.Period), d.Say("none"))
		if f.OK {
			x := fmt.Sprintf("%.1f", trendMargin+float64(i)*(trendWidth-2*trendMargin)/float64(max(len(months)-1, 1)))
			line = append(line, x+","+y(f.Value))
			t.Dots = append(t.Dots, dot{x, y(f.Value), i == len(months)-1})
			label = d.Say("trend.month", d.period(f.Period), d.value(def, f.Value))
		} else {
			end()
		}
		texts = append(texts, label)
	}
	end()
	if judged {
		t.Target = y(target)
	}
	t.Text = strings.Join(texts, "; ")
	return t
}

// trends computes the closed months of a unit: for each KPI of the catalogue its figures, oldest first.
func (d *desk) trends(unit string) map[string][]kpi.Figure {
	list := map[string][]kpi.Figure{}
	for _, month := range kpi.ClosedMonths(d.today, d.model.CutOff, trendMonths) {
		applies := d.applying(month)
		for i, f := range d.books.Figures(d.model.Catalogue, unit, month) {
			f.OK = f.OK && applies[i]
			list[f.KPI] = append(list[f.KPI], f)
		}
	}
	return list
}
