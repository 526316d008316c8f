package kpi

// Measure is one additive count of the daybook. Flows are counted on the day on which they happen; a stock is a pair of
// flows, begun and ended, and its height at the end of a day is what began up to that day less what ended up to it.
type Measure uint32

// The measures (design §4). Received, finished and handling take several numbers each: see the functions below.
const (
	measureReceived Measure = 0 // + channel: 3 numbers
	measureFinished Measure = 3 // + timeliness × 4 + outcome: 16 numbers
)

// The measures that are one number each.
const (
	// Due is counted on the due day, Cleared on the later of the day after it and the end: overdue at the end of day t
	// is Σ due before t − Σ cleared up to t.
	measureDue Measure = iota + 19
	measureCleared
	measureUndatedBegun // open without a due date
	measureUndatedEnded
	measurePauseBegun // the clock waits for the applicant
	measurePauseEnded
	measureWaitingBegun // paused, dated and not overdue: the part of the open dossiers whose clock rightly stands still
	measureWaitingEnded
	measureFeeDue // on the day of receipt
	measurePaidOnline
	measureInputKnown
	measureInputDigitised
	measureResultKnown // on the day of the end
	measureResultElectronic
	measureRated
	measureSatisfied
	fixedMeasures // how many there are below this one
)

// measureHandling + h counts dossiers that took h net working hours, on the day of their end.
const measureHandling Measure = 64

// maxHandlingHours bounds the working hours that are told apart: 40 years.
const maxHandlingHours = 80_000

func receivedBy(c Channel) Measure { return measureReceived + Measure(c) - 1 }

func finishedAs(t Timeliness, o Outcome) Measure {
	return measureFinished + Measure(t)*4 + Measure(o) - 1
}

// Entry is one count that a dossier adds to the daybook.
type Entry struct {
	Measure Measure
	Day     Day
}

// CountingVersion is raised whenever the same dossier under the same rules would contribute something else than before:
// stored daybooks are then counted anew.
const CountingVersion = 2

// Rules are what the counting of a source's dossiers depends on besides the dossiers.
type Rules struct {
	Calendar *Calendar
	Clock    SupplementClock
	// ByHour compares the end with the due date to the second; without it days are compared. A due date without a time
	// of day means the whole day in both.
	ByHour bool
}

// timeliness compares the end of a dossier with its effective due date.
func (r Rules) timeliness(end, due Stamp) Timeliness {
	switch {
	case due.IsZero():
		return Undated
	case end.Day() > due.Day(), r.toTheSecond(due) && end > due:
		return Late
	case end.Day() == due.Day():
		return OnTime
	}
	return Early
}

func (r Rules) toTheSecond(due Stamp) bool { return r.ByHour && due.SecondOfDay() != 0 }

// EffectiveDue is the due date after the supplement clock. While a dossier waits for its applicant and was not overdue
// when the wait began, a clock other than as_given leaves it without a date to miss: suspended is then true.
//
// A due date without a time of day means the whole day: what is moved is the end of that day, and the result is again a
// day, the last one on which some of the time that is left falls. A due date with a time of day stays one to the second.
// No clock ever brings a due date forward.
func (r Rules) EffectiveDue(d *Dossier) (due Stamp, suspended bool) {
	due = d.Due
	if due.IsZero() || r.Clock == AsGiven {
		return due, false
	}
	var waited int64 // working seconds
	for _, p := range d.Pauses {
		if p.From.Day() > due.Day() || r.toTheSecond(due) && p.From > due {
			break // it was overdue before it waited
		}
		from, to := d.wait(p)
		if to.IsZero() {
			return due, true
		}
		switch r.Clock {
		case PauseClock:
			waited += r.Calendar.WorkSeconds(from, to)
			due = r.after(d.Due, endOfDue(d.Due), waited)
		case ShiftClock:
			due += Stamp(to.Day()-p.From.Day()) * secondsPerDay
		case RestartClock:
			due = laterDue(due, r.after(d.Due, to, r.Calendar.WorkSeconds(d.Received, endOfDue(d.Due))))
		}
	}
	return due, false
}

// endOfDue is the moment up to which a due date lasts.
func endOfDue(due Stamp) Stamp {
	if due.SecondOfDay() == 0 {
		return due + secondsPerDay
	}
	return due
}

func laterDue(a, b Stamp) Stamp {
	if endOfDue(b) > endOfDue(a) {
		return b
	}
	return a
}

// after returns the due date so many working seconds after a moment, as a day or as a moment as the original one is.
func (r Rules) after(original, from Stamp, seconds int64) Stamp {
	last := from - 1
	if seconds > 0 {
		last = r.Calendar.MomentAfter(from, seconds) - 1
	}
	if due := last + 1; original.SecondOfDay() != 0 && due.SecondOfDay() != 0 {
		return due
	}
	return last.Day().Stamp() // a moment at midnight is the end of the day before
}

// wait returns the part of a pause that counts: it begins at the receipt at the earliest and ends with the dossier at the
// latest; to is zero while it lasts.
func (d *Dossier) wait(p Pause) (from, to Stamp) {
	from, to = max(p.From, d.Received), p.To
	if !d.Finished.IsZero() && (to.IsZero() || to > d.Finished) {
		to = max(d.Finished, from)
	}
	return from, to
}

// endedWaiting reports whether the dossier ended before the supplement of a pause was there. An end without an hour is that of its
// day.
func (d *Dossier) endedWaiting(p Pause) bool {
	return !d.Finished.IsZero() && (p.To.IsZero() || p.To > endOfDue(d.Finished))
}

// HandlingHours is the net working time of a finished dossier in hours, rounded to the nearest: waits are left out. Under
// the restart clock so is all that came before the last supplement that arrived; a wait during which the dossier ended
// began no new time, so only the wait itself is left out.
func (r Rules) HandlingHours(d *Dossier) int {
	begin := d.Received
	var waited int64
	for _, p := range d.Pauses {
		from, to := d.wait(p)
		if r.Clock == RestartClock && !d.endedWaiting(p) {
			begin, waited = max(begin, to), 0
			continue
		}
		waited += r.Calendar.WorkSeconds(from, to)
	}
	hours := (r.Calendar.WorkSeconds(begin, d.Finished) - waited + 1800) / 3600
	return int(min(max(hours, 0), maxHandlingHours))
}

// Contribution appends to buf what the dossier adds to the daybook of its unit and procedure. The same dossier under the
// same rules always contributes the same entries, so taking them out again restores the daybook exactly.
func (r Rules) Contribution(d *Dossier, buf []Entry) []Entry {
	received, end := d.Received.Day(), d.Finished.Day()
	finished := end != 0
	buf = append(buf, Entry{receivedBy(d.Channel), received})
	buf = appendMarks(buf, d, false, received)

	due, suspended := r.EffectiveDue(d)
	if finished {
		buf = append(buf, Entry{finishedAs(r.timeliness(d.Finished, due), d.Outcome), end})
		if d.Outcome == Settled || d.Outcome == Refused {
			buf = append(buf, Entry{measureHandling + Measure(r.HandlingHours(d)), end})
		}
		buf = appendMarks(buf, d, true, end)
	}

	overdueFrom := Day(0) // the first day at whose end it is overdue, if it is still open then
	switch {
	case due.IsZero():
		buf = append(buf, Entry{measureUndatedBegun, received})
		buf = appendIf(buf, finished, measureUndatedEnded, end)
	case !suspended:
		overdueFrom = due.Day() + 1
		if r.toTheSecond(due) {
			overdueFrom = due.Day()
		}
		buf = append(buf, Entry{measureDue, overdueFrom - 1})
		buf = appendIf(buf, finished, measureCleared, max(overdueFrom, end))
	}
	return r.appendPauses(d, buf, overdueFrom)
}

func (r Rules) appendPauses(d *Dossier, buf []Entry, overdueFrom Day) []Entry {
	for _, p := range d.Pauses {
		from := p.From.Day()
		_, end := d.wait(p)
		to := end.Day()
		buf = append(buf, Entry{measurePauseBegun, from})
		buf = appendIf(buf, to != 0, measurePauseEnded, to)
		if d.Due.IsZero() {
			continue
		}
		waitsUntil := to
		if overdueFrom != 0 && (waitsUntil == 0 || overdueFrom < waitsUntil) {
			waitsUntil = overdueFrom
		}
		if waitsUntil == 0 {
			buf = append(buf, Entry{measureWaitingBegun, from})
		} else if from < waitsUntil {
			buf = append(buf, Entry{measureWaitingBegun, from}, Entry{measureWaitingEnded, waitsUntil})
		}
	}
	return buf
}

func appendIf(buf []Entry, is bool, m Measure, day Day) []Entry {
	if is {
		return append(buf, Entry{m, day})
	}
	return buf
}
