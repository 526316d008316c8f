package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"kpiagent/internal/kpi"
)

const (
	workday    = 8 * 60 * 60 // seconds
	historyFor = 730         // days
	slipFor    = 100         // days
)

// Size is how large a ministry is made; the zero Size is the whole of it, two years with about 150,000 dossiers.
type Size struct {
	Days  kpi.Day // of history; at most two years
	Share float64 // of the dossiers that the whole gets, above 0 and up to 1
}

func (s Size) orWhole() Size {
	if s == (Size{}) {
		return Size{Days: historyFor, Share: 1}
	}
	return s
}

// world is what all offices live in.
type world struct {
	seed     uint64
	calendar *kpi.Calendar
	size     Size
	built    kpi.Day // the history reaches back from here
	offices  []*office
}

// change is the state of a dossier and the moment at which it came about.
type change struct {
	kpi.Dossier
	at kpi.Stamp
}

// course is what is going to happen to a dossier.
type course struct {
	pause    kpi.Pause // zero for none
	finished kpi.Stamp
	outcome  kpi.Outcome
	result   kpi.Mark // electronic
	rating   kpi.Mark
}

// progress runs from 0 at the beginning of the history to 1 where it was built, and stays there.
func (w *world) progress(day kpi.Day) float64 {
	return min(max(float64(day-w.built+historyFor)/historyFor, 0), 1)
}

// expected gives how many dossiers a working day brings.
func (w *world) expected(o *office, day kpi.Day) float64 {
	_, month, _ := day.Civil()
	mean := o.perDay * w.size.Share * (0.8 + 0.35*w.progress(day)) * o.season.of(month)
	switch day.Weekday() {
	case time.Monday:
		mean *= 1.15
	case time.Friday:
		mean *= 0.9
	}
	if w.nearTet(day) {
		mean *= 0.45
	}
	return mean
}

// nearTet says whether a long stretch of days off, which only Tết has, begins within 4 days or ended within 5.
func (w *world) nearTet(day kpi.Day) bool {
	off := 0
	for d := day - 11; d <= day+10; d++ {
		if w.calendar.IsWorkday(d) {
			off = 0
			continue
		}
		off++
		if first := d - kpi.Day(off) + 1; off >= 6 && (first > day && first <= day+4 || first <= day && d >= day-5) {
			return true
		}
	}
	return false
}

// arrivals gives the dossiers that a day of the history brings, up to and with a moment.
func (w *world) arrivals(o *office, day kpi.Day, until kpi.Stamp) []kpi.Dossier {
	if !w.calendar.IsWorkday(day) {
		return nil
	}
	r := chance(w.seed, "day", o.id, day.String())
	seconds := make([]int, poisson(r, w.expected(o, day)))
	for i := range seconds {
		seconds[i] = 1 + r.IntN(workday-1)
	}
	slices.Sort(seconds)
	open := o.choice(day)
	list := make([]kpi.Dossier, 0, len(seconds))
	for i, second := range seconds {
		received := w.calendar.AddWorkSeconds(day.Stamp(), int64(second))
		if received > until {
			break
		}
		list = append(list, w.filed(o, open.pick(r), r, idOf(o, day, i+1), received))
	}
	return list
}

func idOf(o *office, day kpi.Day, number int) string {
	year, month, date := day.Civil()
	return fmt.Sprintf("%s-%04d%02d%02d-%05d", o.prefix, year, month, date, number)
}

// filed makes a dossier as it is when it comes in.
func (w *world) filed(o *office, p *procedure, r *rand.Rand, id string, received kpi.Stamp) kpi.Dossier {
	d := kpi.Dossier{ID: id, Unit: o.id, Procedure: p.Code, Received: received, Channel: kpi.Online, FeeDue: kpi.No, InputDigitised: kpi.Yes}
	d.Due = w.calendar.AddWorkSeconds(received, int64(p.Days*workday))
	online := o.onlineFrom + (o.onlineTo-o.onlineFrom)*w.progress(received.Day())
	if r.Float64() >= online {
		d.Channel = kpi.Counter
		if r.Float64() < 0.35 {
			d.Channel = kpi.Postal
		}
		if r.Float64() < 0.4 {
			d.InputDigitised = kpi.No
		}
	}
	if p.Fee {
		d.FeeDue, d.PaidOnline = kpi.Yes, mark(r.Float64() < o.paidOnline)
	}
	return d
}

func mark(yes bool) kpi.Mark {
	if yes {
		return kpi.Yes
	}
	return kpi.No
}

// course draws what happens to a dossier; it depends on the dossier alone.
func (w *world) course(o *office, d *kpi.Dossier) course {
	r := chance(w.seed, "course", d.ID)
	var c course
	due := d.Due
	allotted := max(w.calendar.WorkSeconds(d.Received, d.Due), workday/2)
	if r.Float64() < o.waits {
		c.pause.From = w.calendar.AddWorkSeconds(d.Received, max(int64(float64(allotted)*(0.1+0.5*r.Float64())), 600))
		c.pause.To = w.calendar.AddWorkSeconds(c.pause.From, int64((0.5+r.ExpFloat64()*3)*workday))
		due = w.calendar.AddWorkSeconds(due, w.calendar.WorkSeconds(c.pause.From, c.pause.To))
	}
	late := w.lateness(o, d)
	switch x := r.Float64(); {
	case x < late:
		c.finished = w.calendar.AddWorkSeconds(due, int64((1+min(r.ExpFloat64()*o.tail, 120))*workday)+600)
	case x < late+0.12:
		c.finished = w.calendar.AddWorkSeconds(due.Day().Stamp(), 600+r.Int64N(workday-1200))
	default:
		c.finished = w.early(d.Received, c.pause, float64(allotted)*(0.2+0.65*r.Float64()))
	}
	c.finished = max(c.finished, w.calendar.AddWorkSeconds(max(d.Received, c.pause.To), 60))
	c.end(r, o)
	return c
}

// lateness is how likely a dossier is to miss its date. Where an office slips it is one field that does, slowly at first.
func (w *world) lateness(o *office, d *kpi.Dossier) float64 {
	since := d.Received.Day() - (w.built - slipFor)
	if o.slips == "" || since <= 0 {
		return o.late
	}
	if p, _ := o.find(d.Procedure); p.Field != o.slips {
		return o.late
	}
	return o.late + (o.slipping-o.late)*min(float64(since)/(slipFor/2), 1)
}

// early gives the end after so many seconds of work, which rests while the applicant is waited for.
func (w *world) early(received kpi.Stamp, pause kpi.Pause, seconds float64) kpi.Stamp {
	if pause.From == 0 {
		return w.calendar.AddWorkSeconds(received, int64(seconds))
	}
	before := w.calendar.WorkSeconds(received, pause.From)
	return w.calendar.AddWorkSeconds(pause.To, max(int64(seconds)-before, 300))
}

// end draws how a dossier ends.
func (c *course) end(r *rand.Rand, o *office) {
	c.outcome = kpi.Settled
	switch x := r.Float64(); {
	case x < 0.005:
		c.outcome = kpi.Stopped
	case x < 0.03:
		c.outcome = kpi.Withdrawn
	case x < 0.07:
		c.outcome = kpi.Refused
	}
	if electronic := r.Float64() < 0.5+0.45*o.onlineTo; c.outcome == kpi.Settled {
		c.result = mark(electronic)
	}
	if happy := r.Float64() < o.satisfied; r.Float64() < 0.3 && c.outcome == kpi.Settled {
		c.rating = mark(happy)
	}
}

// apply gives the dossier as it stands at a moment, and when it last changed.
func (c course) apply(d kpi.Dossier, now kpi.Stamp) change {
	state := change{d, d.Received}
	if c.pause.From != 0 && c.pause.From <= now {
		pause := kpi.Pause{From: c.pause.From}
		state.at = c.pause.From
		if c.pause.To <= now {
			pause.To, state.at = c.pause.To, c.pause.To
		}
		state.Pauses = []kpi.Pause{pause}
	}
	if c.finished <= now {
		c.close(&state.Dossier, c.finished)
		state.at = c.finished
	}
	return state
}

// close ends a dossier.
func (c course) close(d *kpi.Dossier, at kpi.Stamp) {
	d.Finished, d.Outcome, d.ResultElectronic, d.Satisfied = at, c.outcome, c.result, c.rating
}
