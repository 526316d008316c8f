package kpi

import (
	"cmp"
	"slices"
)

// Levels says how many procedures of a unit were online, and how far, on a day.
type Levels struct {
	Full, Partial, None int64
	// Unknown were in force, or may have been, but at which level is not known: the catalogue says it only from a later day on.
	Unknown int64
}

// Total is the number of procedures.
func (l Levels) Total() int64 { return l.Full + l.Partial + l.None + l.Unknown }

// LevelsOn says at which level the procedures of a unit, with all units below it, were on a day, as far as the catalogue knows: each
// has its level from the day on which it came into force. Of one without such a day, only how it is on today is known.
func (r *Register) LevelsOn(unit string, day, today Day) (l Levels) {
	for _, p := range r.inUnit[unit] {
		switch {
		case p.To != 0 && p.To < day:
		case p.From > day || p.From == 0 && day < today:
			l.Unknown++
		case p.Online == "full":
			l.Full++
		case p.Online == "partial":
			l.Partial++
		default:
			l.None++
		}
	}
	return l
}

// CameInForce lists the procedures of a unit, with all units below it, whose entries came into force in a period, the latest first.
func (r *Register) CameInForce(unit string, p Period) (list []Procedure) {
	for _, entry := range r.inUnit[unit] {
		if p.From <= entry.From && entry.From <= p.To && entry.Online != "" {
			list = append(list, entry)
		}
	}
	slices.SortStableFunc(list, func(a, b Procedure) int { return cmp.Compare(b.From, a.From) })
	return list
}
