package exposition

import (
	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// textLabels are the labels of a KPI's words.
func textLabels() []string {
	return []string{"kpi", "unit", "lang", "value", "cell", "target", "gap", "month", "since"}
}

// signs are those of the verdicts, in their order, for people who see no colours.
var signs = []string{"✓", "›", "!", "✕", "✕✕", "–"}

// decimals are those of figures in words.
const decimals = 1

// texts returns the labels of the words about a figure of the year, in each language.
func (c *calculation) texts(unit string, s standing, closed []kpi.Figure, run kpi.Run) (list [][]string) {
	for _, l := range i18n.Builtin().Languages() {
		w := words{l, s.Definition}
		pairs := []string{"kpi", s.Definition.ID, "unit", unit, "lang", l.Code}
		pairs = append(pairs, w.standing(s)...)
		pairs = append(pairs, "month", w.month(closed))
		if run.Months > 0 {
			pairs = append(pairs, "since", w.since(run.Since, c.Today))
		}
		list = append(list, pairs)
	}
	return list
}

// words writes about a KPI in a language.
type words struct {
	language   *i18n.Language
	definition kpi.Definition
}

// number writes a value of the KPI, or a difference of two, without its unit of measurement.
func (w words) number(v float64) string {
	if w.definition.Kind == kpi.KindShare {
		v *= 100
	}
	return w.language.Number(v, decimals)
}

// measured writes a value with its unit of measurement.
func (w words) measured(v float64) string {
	switch w.definition.Kind {
	case kpi.KindShare:
		return w.language.Percent(v, decimals)
	case kpi.KindCount:
		return w.number(v)
	}
	return w.language.Say("days", w.number(v))
}

// difference writes a difference of two values with its unit: that of shares is points.
func (w words) difference(v float64) string {
	if w.definition.Kind == kpi.KindShare {
		return w.language.Say("words.points", w.number(v))
	}
	return w.measured(v)
}

// standing writes how a figure stands against its target.
func (w words) standing(s standing) (pairs []string) {
	sign := ""
	if s.Judged {
		sign = signs[s.verdict]
	}
	if !s.OK {
		pairs = []string{"value", signs[kpi.VerdictNoData], "cell", signs[kpi.VerdictNoData]}
	} else {
		shown := s.Shown(decimals)
		pairs = []string{"value", signed(sign, w.measured(shown)), "cell", signed(sign, w.number(shown))}
	}
	if !s.Judged {
		return pairs
	}
	bound := "≥ "
	if s.Definition.Direction == kpi.DirectionDown {
		bound = "≤ "
	}
	pairs = append(pairs, "target", bound+w.measured(s.Target.Value))
	if s.OK {
		pairs = append(pairs, "gap", w.gap(s))
	}
	return pairs
}

func signed(sign, text string) string {
	if sign == "" {
		return text
	}
	return sign + " " + text
}

// gap writes how far a figure is from its target. More of what should be little is over, and of a time it is slower.
func (w words) gap(s standing) string {
	distance := s.Distance(decimals)
	key, down := "words.ahead", s.Definition.Direction == kpi.DirectionDown
	switch isCount := s.Definition.Kind == kpi.KindCount; {
	case distance < 0 && down && isCount:
		key = "words.over"
	case distance < 0 && isCount:
		key = "words.lacking"
	case distance < 0 && down:
		key = "words.slower"
	case distance < 0:
		key = "words.behind"
	case down && isCount:
		key = "words.under"
	case down && s.Definition.Kind != kpi.KindShare:
		key = "words.faster"
	case down:
		key = "words.below"
	}
	return w.language.Say(key, w.difference(max(distance, -distance)))
}

// month writes the last closed month that has a figure with its change; the oldest comes first.
func (w words) month(closed []kpi.Figure) string {
	n := len(closed)
	if n == 0 || !closed[n-1].OK {
		return ""
	}
	last := closed[n-1]
	_, month, _ := last.Period.To.Civil()
	text := w.language.Say("words.month", w.language.ShortMonth(month), w.measured(last.Value))
	if n < 2 {
		return text
	}
	change, ok := kpi.ChangeOf(w.definition, closed[n-2], last)
	if !ok {
		return text
	}
	arrows := map[kpi.Course][2]string{kpi.Worse: {"▼", "▲"}, kpi.Better: {"▽", "△"}}
	shown := w.difference(max(change.Value, -change.Value))
	if change.Course == kpi.Same || shown == w.difference(0) {
		return text + " " + w.language.Say("words.same")
	}
	up := 0
	if change.Value > 0 {
		up = 1
	}
	return text + " " + arrows[change.Course][up] + " " + shown
}

// since names the month of a day, with its year where that is another one.
func (w words) since(day, today kpi.Day) string {
	year, month, _ := day.Civil()
	if now, _, _ := today.Civil(); now == year {
		return w.language.Say("words.since", w.language.Month(month))
	}
	return w.language.Say("words.since.year", w.language.Month(month), year)
}
