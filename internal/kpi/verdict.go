package kpi

// Verdict says in one word how a figure stands against its target, with a look ahead. The numbers are the values of
// egov_kpi_verdict.
type Verdict uint8

// The values of a Verdict.
const (
	VerdictMet        Verdict = iota // it is reached
	VerdictOnCourse                  // a sum that is not there yet, and will be if things go on as lately
	VerdictAtRisk                    // it is reached by less than the margin, or will be missed if things go on as lately
	VerdictMissed                    // it is not reached
	VerdictOutOfReach                // it is not reached, and no longer will be
	VerdictNoData                    // there is no figure
)

var verdictNames = []string{"met", "on_course", "at_risk", "missed", "out_of_reach", "no_data"}

func (v Verdict) String() string { return nameOf(verdictNames, int(v)) }

// Verdicts returns all of them, in the order of their numbers.
func Verdicts() []Verdict {
	list := make([]Verdict, len(verdictNames))
	for i := range list {
		list[i] = Verdict(i)
	}
	return list
}

// Verdict judges a figure with what is expected of its period; o is the figure's own Outlook. ok is false where no target holds.
//
// A share that is missed is out of reach where not even a perfect rest of the period would bring it there. A count that adds up is
// on course where its projection reaches the target, at risk where the upper end of the projection's band still does, else out of
// reach; of what cannot be projected yet it is on course where no less than the passed part of the period asks for is there, in its
// first weeks in any case. A count of what should not happen is out of reach once there is too much of it.
func (aim *Aim) Verdict(a Assessment, o Outlook) (v Verdict, ok bool) {
	def := aim.definition
	switch {
	case !a.Judged:
		return VerdictNoData, false
	case !a.OK:
		return VerdictNoData, true
	case a.Pending:
		return aim.onItsWay(a, o), true
	case a.Status == StatusMissed && o.HasRequired && o.Required > 1:
		return VerdictOutOfReach, true
	case a.Status == StatusMissed:
		return VerdictMissed, true
	case a.Status == StatusAtRisk:
		return VerdictAtRisk, true
	case o.HasProjection && a.Target.Judge(def, o.Projection, true) == StatusMissed:
		return VerdictAtRisk, true
	}
	return VerdictMet, true
}

// Verdict judges a figure of a period, whole or to date, as Aim.Verdict does.
func (b *Books) Verdict(a Assessment, g Goals) (v Verdict, ok bool) {
	aim := b.AimOf(a.Definition, a.Unit, TargetYear(a.Period.To, g.CutOff), g, nil)
	return aim.Verdict(a, aim.Outlook(a))
}

// onItsWay judges a count that adds up, has not reached its target, and still may.
func (aim *Aim) onItsWay(a Assessment, o Outlook) Verdict {
	if !o.HasProjection {
		whole := PeriodOf(a.Period.Kind, a.Period.From, aim.goals.CutOff)
		passed := aim.goals.Today - whole.From + 1
		if passed <= 7*minWeeks || a.Value*float64(whole.Days()) >= a.Target.Value*float64(passed) {
			return VerdictOnCourse
		}
		return VerdictAtRisk
	}
	switch def := aim.definition; {
	case a.Target.Judge(def, o.Projection, true) != StatusMissed:
		return VerdictOnCourse
	case a.Target.Judge(def, o.High, true) != StatusMissed:
		return VerdictAtRisk
	}
	return VerdictOutOfReach
}

// Run is how long a target has been missed without a break.
type Run struct {
	Months int
	Since  Day // the first day of the first of them; 0 where Months is 0
}

// RunMonths is over how many closed months a run of missed ones is looked for.
const RunMonths = 24

// MissedRun counts the months in a row, up to the last closed one of those given, in which a figure missed the target of its time.
// They are months of one KPI and unit, the oldest first; a month without a target or a figure ends the run, and one that goes on is
// passed over.
func (b *Books) MissedRun(def Definition, months []Figure, g Goals) (run Run) {
	for len(months) > 0 && months[len(months)-1].Period.To >= g.Today {
		months = months[:len(months)-1]
	}
	for i := len(months) - 1; i >= 0; i-- {
		if a := b.Assess(def, months[i], g); !a.misses() || a.Pending {
			break
		}
		run.Months++
		run.Since = months[i].Period.From
	}
	return run
}

// Change is by how much a figure differs from that of the period before.
type Change struct {
	Value float64 // in the KPI's own unit: a hundredth of a share is a percentage point
	// Lacking is by how many more, or below 0 fewer, the figure is from being perfect: of a share, what is outside its numerator
	// (direction down: inside it). 0 for other kinds.
	Lacking float64
	Course  Course
}

// Course says whether a change is for the better.
type Course int8

// The values of a Course.
const (
	Worse  Course = -1
	Same   Course = 0
	Better Course = 1
)

// ChangeOf compares a figure with that of the period before; ok is false where one of them is none.
func ChangeOf(def Definition, before, now Figure) (c Change, ok bool) {
	if !before.OK || !now.OK {
		return Change{}, false
	}
	c.Value = now.Value - before.Value
	if def.Kind == KindShare {
		c.Lacking = Outside(def, now) - Outside(def, before)
	}
	good := c.Value
	if def.Direction == DirectionDown {
		good = -good
	}
	switch {
	case good > rounding:
		c.Course = Better
	case good < -rounding:
		c.Course = Worse
	}
	return c, true
}

// Outside counts what keeps a share from being perfect: what is outside its numerator, or with direction down inside it.
func Outside(def Definition, f Figure) float64 {
	if def.Direction == DirectionDown {
		return f.Numerator
	}
	return f.Denominator - f.Numerator
}

// What a change is at least, to be told of: half a percentage point, or three of what a count counts; and the figures of both periods
// are made of no fewer than thirty.
const (
	tellingShare = 0.005
	tellingCount = 3
	tellingDays  = 0.2
	tellingCases = 30
)

// Tells reports whether a change is large enough, and of enough, to be told of.
func (c Change) Tells(def Definition, before, now Figure) bool {
	size := max(c.Value, -c.Value) + rounding
	switch def.Kind {
	case KindShare:
		return size >= tellingShare && min(before.Denominator, now.Denominator) >= tellingCases
	case KindCount:
		return size >= tellingCount
	}
	return size >= tellingDays && min(before.Denominator, now.Denominator) >= tellingCases
}
