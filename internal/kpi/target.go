package kpi

import "math"

// Status is a figure against its target. The numbers are the values of egov_kpi_status.
type Status uint8

// The four values of a Status.
const (
	StatusNoData Status = iota // there is no figure
	StatusMissed               // the target is not reached
	StatusAtRisk               // it is reached, but by less than the margin
	StatusMet                  // it is reached
)

var statusNames = []string{"no_data", "missed", "at_risk", "met"}

func (s Status) String() string { return nameOf(statusNames, int(s)) }

// The directions of Definition; an empty one is up.
const (
	DirectionUp   = "up"
	DirectionDown = "down"
)

// rounding is how far two figures may lie apart and still be equal: 0.95 + 0.02 is not quite 0.97 in binary. Two shares of
// fewer than a million dossiers are never that close.
const rounding = 1e-12

// Judge compares a figure of a KPI with the target; ok says whether there is one. With direction down the value must not
// lie above the target. The margin asks for no more than can be had: where a share of 1 is the target, 1 is met and not at
// risk, and so is 0 with direction down. A count or a handling time of more than 1 can be had, so only 0 bounds those.
func (t Target) Judge(def Definition, value float64, ok bool) Status {
	if !ok || math.IsNaN(value) {
		return StatusNoData
	}
	goal, safe := t.Value, t.Value+t.Margin
	if def.Kind == KindShare && goal <= 1 {
		safe = min(safe, 1)
	}
	if def.Direction == DirectionDown {
		value, goal, safe = -value, -goal, -max(t.Value-t.Margin, min(t.Value, 0))
	}
	slack := rounding * max(1, math.Abs(goal))
	switch {
	case value < goal-slack:
		return StatusMissed
	case value < safe-slack:
		return StatusAtRisk
	}
	return StatusMet
}

// TargetYear is the year whose targets hold on a day: that of the reporting year.
func TargetYear(day Day, cut CutOff) int {
	year, _ := reportingMonth(day, cut)
	return year
}

// TargetFor finds the target of a KPI for a unit and a year: one that names the unit beats one for every unit, and of
// equals the first counts.
func TargetFor(targets []Target, kpi, unit string, year int) (Target, bool) {
	var (
		found Target
		ok    bool
	)
	for _, t := range targets {
		if t.KPI != kpi || t.Year != year {
			continue
		}
		if t.Unit == unit {
			return t, true
		}
		if t.Unit == "" && !ok {
			found, ok = t, true
		}
	}
	return found, ok
}

// Pair is a numerator and a denominator of the same days; for a count KPI only the numerator counts.
type Pair struct {
	Numerator, Denominator float64
}

// ProgressInput is what Project looks at.
type ProgressInput struct {
	Kind      string  // as Definition.Kind; mean and quantile have no outlook
	Direction string  // as Definition.Direction
	Stock     bool    // the figure is a state at the period's end (overdue dossiers, procedures), not a sum over its days: no outlook
	Target    float64 // what the period has to reach
	Period    Period  // the whole period
	Today     Day     // the last day that SoFar covers
	SoFar     Pair    // the sums from the period's first day to Today
	// Recent are the last whole days, oldest first, one pair each; days before the unit's first data are left out.
	Recent []Pair
	// Running is true while Today is not over; OfToday is then what it has brought so far.
	Running bool
	OfToday Pair
	// Reports, where there are any, take the place of Recent: totals that are reported now and then go on by reports.
	Reports []Reports
}

// Outlook is what a figure will be at the period's end if things go on as lately, and what the rest of the period needs.
type Outlook struct {
	Projection, Low, High float64 // the expected figure and its 90 % band, in the KPI's unit
	HasProjection         bool
	Required              float64 // see Project; above 1 is bad, 0 is secured
	HasRequired           bool
}

// The recent weeks that an outlook needs at least, and looks at at most.
const (
	minWeeks = 3
	maxWeeks = 12
)

// studentT are the 95 % quantiles of Student's t for maxWeeks-1 and fewer degrees of freedom, from 1.
var studentT = [maxWeeks - 1]float64{6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796}

// Project looks ahead from Today to the end of the period.
//
// The recent days are added up to weeks, back from the last one (a week levels out weekends): n and d are a week's
// numerator and denominator, w the number of weeks, m the length of the rest of the period in weeks (calendar days / 7),
// N and D the sums so far. While today is not over, what it lacks of a seventh of a mean week belongs to the rest. The rest
// is expected to bring N' = m·mean(n) and D' = m·mean(d).
//
// Where totals are reported now and then, the same is done for each reporter with its reports in the place of weeks: m is
// the number of its reports still to come, and N' and D' are the sums over all reporters.
//
// Projection: (N + N') / (D + D') for a share, which is the ratio estimator with r = Σn / Σd for the rest; N + N' for a count.
// Band: each week misses the projected share P by y = n − P·d (y = n for a count). With s, the standard deviation of y (w − 1
// degrees of freedom), the sum over the rest has the prediction error s·√(m + m²/w): the chance of the weeks to come and the
// error of the mean. The band is ± t times that, t the 95 % quantile of Student's distribution, for a share divided by D + D';
// the bands of several reporters add up as their squares. It is cut to what can still be reached: for a share to
// (N .. N + D') / (D + D') and 0..1, for a count to at least N. At the period's end m is 0, and so is the band.
//
// Required, with T the target, where the rest is expected to bring something:
//   - share, up: (T·(D + D') − N) / D', the share that the rest has to reach; above 1 not even a perfect rest suffices;
//   - share, down: 1 − the same, the part of the rest that has to stay out of the numerator; above 1 likewise;
//   - count, up: (T − N) / N', how many times the recent pace is needed; above 1 the recent pace misses the target;
//   - count, down: 1 − the same, the part of the expected rest that has to be avoided; above 1 the target is missed already.
//
// Below 0 it is given as 0: secured, at the recent volume.
//
// There is neither with kinds mean and quantile, for stocks, with fewer than three recent weeks or reports (of a share: with
// a denominator), or where a number is not finite.
func Project(p ProgressInput) Outlook {
	paces, enough := p.paces()
	if p.Stock || !enough {
		return Outlook{}
	}
	var out Outlook
	switch p.Kind {
	case KindShare:
		out = p.projectShare(paces)
	case KindCount:
		out = p.projectCount(paces)
	}
	for _, v := range []float64{out.Projection, out.Low, out.High, out.Required} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Outlook{}
		}
	}
	return out
}

func (p ProgressInput) projectShare(paces []pace) Outlook {
	ahead := aheadOf(paces)
	whole := p.SoFar.Denominator + ahead.Denominator
	if whole <= 0 {
		return Outlook{}
	}
	share := (p.SoFar.Numerator + ahead.Numerator) / whole
	half := bandOf(paces, func(w Pair) float64 { return w.Numerator - share*w.Denominator }) / whole
	floor := clip(p.SoFar.Numerator / whole)
	ceiling := clip((p.SoFar.Numerator + ahead.Denominator) / whole)
	out := Outlook{Projection: clip(share), HasProjection: true}
	out.Low = max(out.Projection-half, min(floor, out.Projection))
	out.High = min(out.Projection+half, max(ceiling, out.Projection))
	if ahead.Denominator > 0 {
		out.require((p.Target*whole-p.SoFar.Numerator)/ahead.Denominator, p.Direction)
	}
	return out
}

func (p ProgressInput) projectCount(paces []pace) Outlook {
	ahead := aheadOf(paces).Numerator
	count := p.SoFar.Numerator + ahead
	half := bandOf(paces, func(w Pair) float64 { return w.Numerator })
	out := Outlook{Projection: count, HasProjection: true, High: count + half}
	out.Low = max(count-half, min(p.SoFar.Numerator, count))
	if ahead > 0 {
		out.require((p.Target-p.SoFar.Numerator)/ahead, p.Direction)
	}
	return out
}

// require sets the required rate from the part of the expected rest that makes the target exactly.
func (o *Outlook) require(part float64, direction string) {
	if direction == DirectionDown {
		part = 1 - part
	}
	if math.Abs(part-1) < rounding {
		part = 1
	}
	o.Required, o.HasRequired = max(part, 0), true
}

// pace is what recent stretches of equal weight brought, weeks or reports, and how many are still to come.
type pace struct {
	recent []Pair
	rest   float64
}

// paces returns one pace for the weeks of recent days, or one for each reporter. They are enough from minWeeks stretches of
// one of them on; of a share only stretches with a denominator say something.
func (p ProgressInput) paces() (paces []pace, enough bool) {
	if len(p.Reports) == 0 {
		weeks := weeksOf(p.Recent)
		rest := float64(p.Period.To-max(min(p.Today, p.Period.To), p.Period.From-1)) / 7
		paces = []pace{{weeks, rest + p.restOfToday(weeks)}}
	}
	for _, r := range p.Reports {
		paces = append(paces, pace{r.Recent, float64(r.Ahead)})
	}
	for _, pace := range paces {
		telling := 0
		for _, stretch := range pace.recent {
			if p.Kind != KindShare || stretch.Denominator > 0 {
				telling++
			}
		}
		enough = enough || telling >= minWeeks
	}
	return paces, enough
}

// restOfToday returns how much of a week today is still expected to bring: at most a seventh.
func (p ProgressInput) restOfToday(weeks []Pair) float64 {
	if !p.Running || p.Today < p.Period.From || p.Today > p.Period.To || len(weeks) == 0 {
		return 0
	}
	usual, sofar := meanOf(weeks).Numerator, p.OfToday.Numerator
	if p.Kind == KindShare {
		usual, sofar = meanOf(weeks).Denominator, p.OfToday.Denominator
	}
	if usual <= 0 {
		return 0
	}
	return min(max(1.0/7-sofar/usual, 0), 1.0/7)
}

// weeksOf adds days up to whole weeks, back from the last day.
func weeksOf(days []Pair) (weeks []Pair) {
	for end := len(days); end >= 7 && len(weeks) < maxWeeks; end -= 7 {
		var week Pair
		for _, day := range days[end-7 : end] {
			week.Numerator += day.Numerator
			week.Denominator += day.Denominator
		}
		weeks = append(weeks, week)
	}
	return weeks
}

// aheadOf returns what the rest is expected to bring.
func aheadOf(paces []pace) (sum Pair) {
	for _, p := range paces {
		mean := meanOf(p.recent)
		sum.Numerator += p.rest * mean.Numerator
		sum.Denominator += p.rest * mean.Denominator
	}
	return sum
}

func meanOf(stretches []Pair) Pair {
	var sum Pair
	for _, w := range stretches {
		sum.Numerator += w.Numerator
		sum.Denominator += w.Denominator
	}
	n := float64(max(len(stretches), 1))
	return Pair{sum.Numerator / n, sum.Denominator / n}
}

// bandOf returns half the width of the prediction band of the sum of y over the rest. A single stretch says nothing of how
// they vary.
func bandOf(paces []pace, y func(Pair) float64) float64 {
	var sum float64
	for _, p := range paces {
		if len(p.recent) < 2 {
			continue
		}
		n := float64(len(p.recent))
		var mean, squares float64
		for _, w := range p.recent {
			mean += y(w) / n
		}
		for _, w := range p.recent {
			squares += (y(w) - mean) * (y(w) - mean)
		}
		s := math.Sqrt(squares / (n - 1))
		half := studentT[len(p.recent)-2] * s * math.Sqrt(p.rest+p.rest*p.rest/n)
		sum += half * half
	}
	return math.Sqrt(sum)
}

func clip(share float64) float64 { return min(max(share, 0), 1) }
