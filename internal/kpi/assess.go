package kpi

import "math"

// Goals are what figures are held against, and on which day.
type Goals struct {
	Targets []Target
	CutOff  CutOff
	Today   Day
}

// Assessment is a figure held against its target.
type Assessment struct {
	Figure
	Definition Definition
	// Judged says whether there is a target that holds for the period; without one Target and Status mean nothing.
	Judged bool
	Target Target
	Status Status
	// Lacking is by how much the target is missed, see Shortfall; 0 where it is not.
	Lacking float64
	// Pending says that a count which adds up over the period has not reached its target yet, and the period still runs.
	Pending bool
}

// Assess holds a figure of a period, whole or to date, against its target.
func (b *Books) Assess(def Definition, f Figure, g Goals) Assessment {
	a := Assessment{Figure: f, Definition: def}
	target, set := TargetFor(g.Targets, def.ID, f.Unit, TargetYear(f.Period.To, g.CutOff))
	if !set || !b.TargetApplies(def, f.Period.Kind) {
		return a
	}
	a.Judged, a.Target = true, target
	if a.Status = target.Judge(f.Value, f.OK, def.Direction); a.Status == StatusMissed {
		a.Lacking = Shortfall(def, f, target.Value)
		adds := def.Kind == KindCount && def.Direction != DirectionDown && !b.IsStock(def)
		a.Pending = adds && g.Today < PeriodOf(f.Period.Kind, f.Period.From, g.CutOff).To
	}
	return a
}

// Outlook looks ahead from a figure to date to the end of its period; nothing where no target holds.
func (b *Books) Outlook(a Assessment, g Goals) Outlook {
	kind := a.Period.Kind
	if !a.Judged || kind == PeriodDay || kind == PeriodRolling30 || kind == PeriodCustom {
		return Outlook{}
	}
	return Project(ProgressInput{Kind: a.Definition.Kind, Direction: a.Definition.Direction, Stock: b.IsStock(a.Definition), Target: a.Target.Value,
		Period: PeriodOf(kind, a.Period.From, g.CutOff), Today: g.Today, SoFar: Pair{a.Numerator, a.Denominator},
		Recent: b.Recent(a.Definition, a.Unit, g.Today)})
}

// Shortfall is by how much a figure misses a value, in what the KPI counts: the least number of further dossiers that a
// share would need in its numerator (direction down: that would have to be out of it), the difference of a count, or the
// working days of a handling time. It is 0 where the value is reached.
func Shortfall(def Definition, f Figure, value float64) float64 {
	sign := 1.0
	if def.Direction == DirectionDown {
		sign = -1
	}
	if def.Kind != KindShare {
		return max(sign*(value-f.Value), 0)
	}
	gap := sign * (value*f.Denominator - f.Numerator)
	return max(math.Ceil(gap-rounding*max(1, f.Denominator)), 0)
}
