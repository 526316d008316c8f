package kpi

import "math"

// Goals are what figures are held against, and on which day.
type Goals struct {
	Targets []Target
	CutOff  CutOff
	Today   Day
	// Running is true while Today is not over: more of it is expected.
	Running bool
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

// Standing returns how the figure stands. ok is false where there is nothing to say: a figure without a target. Where there is
// no figure the status is StatusNoData, also without a target.
func (a Assessment) Standing() (s Status, ok bool) { return a.Status, a.Judged || !a.OK }

// Assess holds a figure of a period, whole or to date, against its target.
func (b *Books) Assess(def Definition, f Figure, g Goals) Assessment {
	aim := b.AimOf(def, f.Unit, TargetYear(f.Period.To, g.CutOff), g, nil)
	return aim.Assess(f)
}

// Outlook looks ahead from a figure to date to the end of its period; nothing where no target holds.
func (b *Books) Outlook(a Assessment, g Goals) Outlook {
	aim := b.AimOf(a.Definition, a.Unit, TargetYear(a.Period.To, g.CutOff), g, nil)
	return aim.Outlook(a)
}

// Aim is what the figures of one KPI, unit and year are held against. It looks up once what holds for all periods. The books
// must not change while it is used.
type Aim struct {
	books      *Books
	definition Definition
	unit       string
	goals      Goals
	target     Target
	set, stock bool
	memory     *RecentDays
	recent     []Pair // once looked is true
	ofToday    Pair   // likewise
	looked     bool
}

// AimOf gives the aim of a KPI and unit in a year of targets. recent spares an outlook the days that it remembers; it may be nil.
func (b *Books) AimOf(def Definition, unit string, year int, g Goals, recent *RecentDays) Aim {
	if recent == nil {
		recent = new(RecentDays)
	}
	aim := Aim{books: b, definition: def, unit: unit, goals: g, memory: recent}
	if aim.target, aim.set = TargetFor(g.Targets, def.ID, unit, year); aim.set {
		aim.stock = b.IsStock(def)
	}
	return aim
}

// Assess holds a figure of the aim's KPI, unit and year against the target.
func (aim *Aim) Assess(f Figure) Assessment {
	def := aim.definition
	a := Assessment{Figure: f, Definition: def}
	if !aim.set || !aim.books.TargetApplies(def, f.Period.Kind) {
		return a
	}
	a.Judged, a.Target = true, aim.target
	if a.Status = aim.target.Judge(def, f.Value, f.OK); a.Status == StatusMissed {
		a.Lacking = Shortfall(def, f, aim.target.Value)
		adds := def.Kind == KindCount && def.Direction != DirectionDown && !aim.stock
		a.Pending = adds && aim.goals.Today < PeriodOf(f.Period.Kind, f.Period.From, aim.goals.CutOff).To
	}
	return a
}

// Outlook looks ahead from one of the aim's figures to date, as Books.Outlook does.
func (aim *Aim) Outlook(a Assessment) Outlook {
	kind := a.Period.Kind
	if !a.Judged || kind == PeriodDay || kind == PeriodRolling30 || kind == PeriodCustom {
		return Outlook{}
	}
	in := ProgressInput{Kind: aim.definition.Kind, Direction: aim.definition.Direction, Stock: aim.stock, Target: a.Target.Value,
		Period: PeriodOf(kind, a.Period.From, aim.goals.CutOff), Today: aim.goals.Today, Running: aim.goals.Running,
		SoFar: Pair{a.Numerator, a.Denominator}}
	in.Reports = aim.books.reports(aim.definition, aim.unit, in.Today, in.Period)
	if len(in.Reports) == 0 {
		if !aim.looked {
			aim.lookBack()
		}
		in.Recent, in.OfToday = aim.recent, aim.ofToday
	}
	return Project(in)
}

// lookBack gathers the recent days and what today has brought so far.
func (aim *Aim) lookBack() {
	b, def, today := aim.books, aim.definition, aim.goals.Today
	aim.recent, aim.looked = aim.memory.Of(b, def, aim.unit, today), true
	if aim.goals.Running && len(aim.recent) > 0 {
		view, day := b.Daybook.Unit(aim.unit), Period{From: today, To: today}
		aim.ofToday.Numerator, _ = b.sum(def.Numerator, view, aim.unit, day, nil)
		aim.ofToday.Denominator, _ = b.sum(def.Denominator, view, aim.unit, day, nil)
	}
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
