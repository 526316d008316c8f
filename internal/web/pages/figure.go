package pages

import (
	"math"

	"kpiagent/internal/kpi"
)

// figureView is a figure as a page shows it: its value, its status in words, and what it is made of.
type figureView struct {
	KPI      string
	Name     string
	Short    string // for narrow columns
	Link     string // to its explanation
	Period   string
	Value    string
	Unit     string // what the value counts, where that is not plain
	OK       bool
	Class    string // met, pending, risk, missed, out (of reach), none (no data), plain (no target)
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
	f := figureView{KPI: def.ID, Name: b.kpiName(def), Short: b.name(def.ShortName(), def.ID), Period: b.period(a.Period), OK: a.OK, Stale: of.Stale,
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
	f.Value, f.Unit = b.split(a)
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
		return l.Say("over", l.measured(def, math.Ceil(10*n-1e-9)/10, 1))
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
	if kpi.PeriodOf(a.Period.Kind, a.Period.From, b.goals.CutOff).To < b.today {
		return kpi.Outlook{}, false
	}
	aim := b.aim(a.Definition, a.Unit, a.Period)
	o = aim.Outlook(a)
	return o, o.HasProjection
}

// split writes a value and, apart from it, what it counts.
func (l locale) split(a kpi.Assessment) (value, unit string) {
	const decimals = 1
	v := a.Shown(decimals)
	switch a.Definition.Kind {
	case kpi.KindShare:
		return l.Percent(v, decimals), ""
	case kpi.KindMean, kpi.KindQuantile:
		return l.Number(v, decimals), l.Say("workdays.unit")
	}
	return l.Number(v, decimals), ""
}

// shown writes a value with what it counts; a missed target never looks reached.
func (l locale) shown(a kpi.Assessment) string { return l.value(a.Definition, a.Shown(1)) }

// distance writes how far a figure lies from its target: "hơn 2,3 điểm", "kém 6,6 điểm"; "" without a target, or on it.
func (l locale) distance(a kpi.Assessment) string {
	d := a.Distance(1)
	key := "distance.good"
	if d < 0 {
		key, d = "distance.short", -d
	}
	if d == 0 {
		return ""
	}
	return l.Say(key, l.apart(a.Definition, d))
}

// apart writes how far two values of a KPI lie apart.
func (l locale) apart(def kpi.Definition, v float64) string {
	switch {
	case def.Kind == kpi.KindShare:
		return l.Count("change.points", roundTo(100*v, 1))
	case def.Kind == kpi.KindMean || def.Kind == kpi.KindQuantile:
		return l.Count("days", roundTo(v, 1))
	case def.OfDossiers():
		return l.Count("dossiers", v)
	}
	return l.Number(v, 1)
}
