package kpi

import (
	"math/big"
	"slices"
	"strconv"
)

// counts is what figures are computed from: the books of a View, or the entries of a single dossier. Because both answer
// the same questions, the dossiers behind a figure are found by the very formula that made it.
type counts interface {
	upTo(m Measure, day Day) int64
	eachHour(from, to Day, yield func(hour int32, n int64))
}

// View is a set of books that are read as one.
type View []*book

func (v View) upTo(m Measure, day Day) int64 {
	var sum int64
	for _, b := range v {
		sum += b.upTo(m, day)
	}
	return sum
}

func (v View) eachHour(from, to Day, yield func(hour int32, n int64)) {
	for _, b := range v {
		b.eachHour(from, to, yield)
	}
}

// entries are the counts of one dossier.
type entries []Entry

func (e entries) upTo(m Measure, day Day) int64 {
	var sum int64
	for _, entry := range e {
		if entry.Measure == m && entry.Day <= day {
			sum++
		}
	}
	return sum
}

func (e entries) eachHour(from, to Day, yield func(hour int32, n int64)) {
	for _, entry := range e {
		if entry.Measure >= measureHandling && entry.Day >= from && entry.Day <= to {
			yield(int32(entry.Measure-measureHandling), 1)
		}
	}
}

// endOfTime is after every day that the ledger takes.
const endOfTime Day = 1<<dayBits - 1

// Empty says whether no dossier was ever counted.
func (v View) Empty() bool {
	for _, c := range []Channel{Online, Counter, Postal} {
		if v.upTo(receivedBy(c), endOfTime) != 0 {
			return false
		}
	}
	return true
}

// OpenAt says how many dossiers are open at the end of a day, and in which state.
func (v View) OpenAt(day Day) OpenState { return openState(v, day) }

// OpenState is a partition of the open dossiers: each is in exactly one of the four.
type OpenState struct {
	InTime  int64 // with a due date that has not passed
	Overdue int64 // past the due date, whether paused or not
	Paused  int64 // waiting for the applicant, not overdue
	Undated int64 // without a due date
}

// Total is the number of open dossiers.
func (o OpenState) Total() int64 { return o.InTime + o.Overdue + o.Paused + o.Undated }

func flow(c counts, m Measure, p Period) int64 { return c.upTo(m, p.To) - c.upTo(m, p.From-1) }

func stock(c counts, begun, ended Measure, day Day) int64 {
	return c.upTo(begun, day) - c.upTo(ended, day)
}

func received(c counts, day Day) int64 {
	return c.upTo(receivedBy(Online), day) + c.upTo(receivedBy(Counter), day) + c.upTo(receivedBy(Postal), day)
}

func open(c counts, day Day) int64 {
	n := received(c, day)
	for m := measureFinished; m < measureDue; m++ {
		n -= c.upTo(m, day)
	}
	return n
}

func overdue(c counts, day Day) int64 { return c.upTo(measureDue, day-1) - c.upTo(measureCleared, day) }

func finished(c counts, t Timeliness, p Period) int64 {
	return flow(c, finishedAs(t, Settled), p) + flow(c, finishedAs(t, Refused), p)
}

func exits(c counts, p Period) int64 {
	var n int64
	for t := Early; t <= Undated; t++ {
		n += flow(c, finishedAs(t, Withdrawn), p) + flow(c, finishedAs(t, Stopped), p)
	}
	return n
}

func openState(c counts, day Day) OpenState { return divide(c, day, open(c, day)) }

// divide says in which state the dossiers are that are open at the end of a day, where their number is known.
func divide(c counts, day Day, open int64) OpenState {
	s := OpenState{
		Overdue: overdue(c, day),
		Paused:  stock(c, measureWaitingBegun, measureWaitingEnded, day),
		Undated: stock(c, measureUndatedBegun, measureUndatedEnded, day),
	}
	s.InTime = open - s.Overdue - s.Paused - s.Undated
	return s
}

// HandlingTime is the distribution of the net handling time of the dossiers settled or refused in a period.
type HandlingTime struct {
	hours []int32
	n     []int64
	Count int64
	sum   int64
	at    int // where the last hour was added
}

// WorkdayHours is the number of working hours that make a working day.
const WorkdayHours = 8

// HandlingTime gives the distribution for the dossiers that ended in the period.
func (v View) HandlingTime(p Period) HandlingTime { return handlingTime(v, p.From, p.To) }

// HandlingTimeEver gives the distribution for all dossiers that have ended up to the day.
func (v View) HandlingTimeEver(day Day) HandlingTime { return handlingTime(v, 0, day) }

func handlingTime(c counts, from, to Day) HandlingTime {
	var h HandlingTime
	c.eachHour(from, to, func(hour int32, n int64) { h.add(hour, n) })
	return h
}

// add takes hours in any order; those of one book come ascending, so that one pass serves each book of a view.
func (h *HandlingTime) add(hour int32, n int64) {
	i := h.at
	if i < len(h.hours) && h.hours[i] > hour {
		i = 0
	}
	for i < len(h.hours) && h.hours[i] < hour {
		i++
	}
	if i == len(h.hours) || h.hours[i] != hour {
		h.hours = slices.Insert(h.hours, i, hour)
		h.n = slices.Insert(h.n, i, 0)
	}
	h.n[i] += n
	h.at = i
	h.Count += n
	h.sum += n * int64(hour)
}

// Workdays gives the sum of all handling times in working days.
func (h *HandlingTime) Workdays() float64 { return float64(h.sum) / WorkdayHours }

// Within counts the dossiers that took at most so many working days.
func (h *HandlingTime) Within(workdays float64) int64 {
	var n int64
	for i, hour := range h.hours {
		if float64(hour) > workdays*WorkdayHours {
			break
		}
		n += h.n[i]
	}
	return n
}

// Quantile returns the smallest handling time, in working days, that at least the share q (0 to 1) of the dossiers kept to;
// it is exact to the hour, and q is taken as the decimal number it was written as. ok is false where there are no dossiers.
func (h *HandlingTime) Quantile(q float64) (workdays float64, ok bool) {
	if h.Count == 0 {
		return 0, false
	}
	least := atLeast(q, h.Count)
	var n int64
	for i, hour := range h.hours {
		if n += h.n[i]; n >= least {
			return float64(hour) / WorkdayHours, true
		}
	}
	return float64(h.hours[len(h.hours)-1]) / WorkdayHours, true
}

// atLeast returns the smallest whole number that is not below the share q of count. In binary 0.55 × 100 is more than 55, so
// the product is made of decimals.
func atLeast(q float64, count int64) int64 {
	share, valid := new(big.Rat).SetString(strconv.FormatFloat(q, 'f', -1, 64))
	if !valid || share.Sign() < 0 {
		return 0
	}
	share.Mul(share, new(big.Rat).SetInt64(count))
	whole, rest := new(big.Int).QuoRem(share.Num(), share.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		return whole.Int64() + 1
	}
	return whole.Int64()
}
