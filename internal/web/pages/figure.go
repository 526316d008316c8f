package pages

import (
	"kpiagent/internal/kpi"
)

// figureView is a figure as a page shows it: its value, its status in words, and what it is made of.
type figureView struct {
	KPI      string
	Name     string
	Link     string // to its explanation
	Period   string
	Value    string
	Unit     string // what the value counts, where that is not plain
	OK       bool
	Class    string // met, risk, missed, pending, none (no data), plain (no target)
	Sign     string // the same as a sign, for those who do not see colours
	Word     string // the same in words
	Target   string // "≥ 95 %"; empty without one
	Lacking  string // "thiếu 24 hồ sơ"; empty where nothing is
	MadeOf   string // "756 trên 825 hồ sơ"
	Stale    bool
	Old      string // in words, where it is stale
	Age      string // a class for that: stale, or partly where some of the units below are
	Forecast string // what the period will end with
}

// view shows an assessment of a unit that reports so.
func (b *builder) view(a kpi.Assessment, of report) figureView {
	def := a.Definition
	f := figureView{KPI: def.ID, Name: b.kpiName(def), Period: b.period(a.Period), OK: a.OK, Stale: of.Stale,
		Link: b.to("/kpis/"+def.ID, "unit", a.Unit, "period", a.Period.Label)}
	f.Class, f.Sign, f.Word = b.standing(a)
	if of.Stale && of.Partly != "" {
		f.Old, f.Age = b.Say("status.partly"), "partly"
	} else if of.Stale {
		f.Old, f.Age = b.Say("status.stale"), "stale"
	}
	if a.Judged {
		f.Target = b.target(def, a.Target.Value)
		f.Lacking = b.lacking(def, a.Lacking)
	}
	if !a.OK {
		f.Value = b.Say("none")
		if def.CountsProcedures() && a.Period.To < b.books.Today {
			f.Value = b.Say("none.levels")
		}
		f.MadeOf = b.leftOut(a.Figure)
		return f
	}
	f.Value, f.Unit = b.split(def, a)
	f.MadeOf = b.madeOf(def, a.Figure)
	if note := b.leftOut(a.Figure); note != "" {
		f.MadeOf += "; " + note
	}
	return f
}

// leftOut says how many units are in neither half of a figure; "" where none are.
func (l locale) leftOut(f kpi.Figure) string {
	if f.LeftOut == 0 {
		return ""
	}
	return l.Count("figure.left_out", float64(f.LeftOut))
}

// standing returns the status of a figure: a class for its colour, a sign and words.
func (l locale) standing(a kpi.Assessment) (class, sign, word string) {
	switch {
	case !a.OK:
		return "none", "–", l.Say("status.no_data")
	case !a.Judged:
		return "plain", "", l.Say("status.plain")
	case a.Pending:
		return "pending", "…", l.Say("status.pending")
	case a.Status == kpi.StatusMissed:
		return "missed", "✕", l.Say("status.missed")
	case a.Status == kpi.StatusAtRisk:
		return "risk", "▲", l.Say("status.risk")
	}
	return "met", "✓", l.Say("status.met")
}

// target writes what has to be reached.
func (l locale) target(def kpi.Definition, value float64) string {
	sign := "≥ "
	if def.Direction == kpi.DirectionDown {
		sign = "≤ "
	}
	return sign + l.value(def, value)
}

// lacking writes by how much a target is missed.
func (l locale) lacking(def kpi.Definition, n float64) string {
	switch {
	case n == 0:
		return ""
	case def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile:
		return l.Say("over", l.measured(def, n, 1))
	case def.Kind == kpi.KindShare && def.OfProcedures():
		return l.Count(directed(def, "lacking.procedures", "over.procedures"), n)
	case def.OfDossiers():
		return l.Count(directed(def, "lacking.dossiers", "over.dossiers"), n)
	}
	return l.Say(directed(def, "lacking", "over"), l.Number(n, 1))
}

func directed(def kpi.Definition, up, down string) string {
	if def.Direction == kpi.DirectionDown {
		return down
	}
	return up
}

// madeOf writes numerator and denominator.
func (l locale) madeOf(def kpi.Definition, f kpi.Figure) string {
	switch {
	case def.Kind == kpi.KindCount:
		return ""
	case def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile:
		return l.Count("of.finished", f.Denominator)
	case def.OfProcedures():
		return l.Say("part.of", l.Number(f.Numerator, 1), l.Count("procedures", f.Denominator))
	case def.OfDossiers():
		return l.Say("part.of", l.Number(f.Numerator, 1), l.Count("dossiers", f.Denominator))
	}
	return l.Say("part.of", l.Number(f.Numerator, 1), l.Number(f.Denominator, 1))
}

// forecast writes what the period is expected to end with.
func (b *builder) forecast(a kpi.Assessment) string {
	o, ahead := b.outlook(a)
	if !ahead {
		return ""
	}
	value, low, high := b.expected(a, o)
	if low == high {
		return b.Say("forecast.sure", value)
	}
	return b.Say("forecast", value, low, high)
}

// expected writes an outlook and its band.
func (l locale) expected(a kpi.Assessment, o kpi.Outlook) (value, low, high string) {
	write := func(v float64) string {
		if a.Definition.Kind == kpi.KindCount {
			return l.Number(v, 0)
		}
		return l.value(a.Definition, v, a.Target.Value)
	}
	return write(o.Projection), write(o.Low), write(o.High)
}

// outlook looks ahead from a figure; nothing is expected of a period that has ended.
func (b *builder) outlook(a kpi.Assessment) (o kpi.Outlook, ok bool) {
	o = b.books.Outlook(a, b.goals)
	return o, o.HasProjection && kpi.PeriodOf(a.Period.Kind, a.Period.From, b.goals.CutOff).To >= b.today
}

// split writes a value and, apart from it, what it counts.
func (l locale) split(def kpi.Definition, a kpi.Assessment) (value, unit string) {
	var against []float64
	if a.Judged && a.Status == kpi.StatusMissed { // it must not look as if it were reached
		against = append(against, a.Target.Value)
	}
	if def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile {
		plain := def
		plain.Kind = kpi.KindCount
		return l.value(plain, a.Value, against...), l.Say("workdays.unit")
	}
	return l.value(def, a.Value, against...), ""
}
