package kpi

import (
	"fmt"
	"slices"
	"strings"
)

// Books is everything that figures are computed from. It is read by many and written by one: whoever owns it guards it.
type Books struct {
	Daybook  *Daybook
	Register *Register
	Observed *Observed
	// Serial is the number of the books: another one with each change of any figure that comes into the ledger, and the same in
	// each process that reads the ledger at that moment.
	Serial int64
	// Today is the day for which the register says at which level each procedure is: of the days before it nobody knows that. 0 is
	// every day.
	Today Day
}

// On returns the books as they are seen on a day.
func (b *Books) On(today Day) *Books {
	seen := *b
	seen.Today = today
	return &seen
}

// Figure is the value of a KPI for a unit and a period, with what it was made of (số liệu). Shares are 0 to 1; handling
// times are working days.
type Figure struct {
	KPI         string  `json:"kpi"`
	Unit        string  `json:"unit"`
	Period      Period  `json:"-"`
	Value       float64 `json:"value"`
	Numerator   float64 `json:"numerator"`
	Denominator float64 `json:"denominator"`
	// OK is false where there is no figure: of something that it is made of there was nothing until the period's end, or it is
	// 0 out of 0 and the definition does not say what that means.
	OK bool `json:"ok"`
	// LeftOut is how many units, of the unit and those below it, have reported only a part of what the figure is made of: that
	// part is in neither half of it.
	LeftOut int `json:"left_out,omitempty"`
}

// Applies says whether the KPI is computed for a period: its validity covers the period's last day.
func (d Definition) Applies(p Period) bool {
	if d.From != "" {
		if from, err := ParseDay(d.From); err == nil && p.To < from {
			return false
		}
	}
	if d.To != "" {
		if to, err := ParseDay(d.To); err == nil && p.To > to {
			return false
		}
	}
	return true
}

// Figure computes a KPI for a unit, with all units below it, and a period.
func (b *Books) Figure(def Definition, unit string, p Period) Figure {
	var handling HandlingTime
	if def.ofHandlingTime() {
		handling = b.Daybook.Unit(unit).HandlingTime(p)
	}
	return b.figure(def, b.Daybook.Unit(unit), unit, p, &handling)
}

// FigureOf computes a KPI of dossiers for a set of them, for example a procedure's. It must not count procedures or
// observations, which a set of dossiers does not have.
func (b *Books) FigureOf(def Definition, v View, p Period) Figure {
	var handling HandlingTime
	if def.ofHandlingTime() {
		handling = v.HandlingTime(p)
	}
	return b.figure(def, v, "", p, &handling)
}

// Figures computes several KPIs for a unit and a period, in their order. It is cheaper than one by one: the handling times,
// which cost the most, are gathered once.
func (b *Books) Figures(defs []Definition, unit string, p Period) []Figure {
	var handling HandlingTime
	if slices.ContainsFunc(defs, Definition.ofHandlingTime) {
		handling = b.Daybook.Unit(unit).HandlingTime(p)
	}
	figures := make([]Figure, len(defs))
	for i, def := range defs {
		figures[i] = b.figure(def, b.Daybook.Unit(unit), unit, p, &handling)
	}
	return figures
}

// FiguresOf is Figures for a set of dossiers, for example a procedure's. What counts procedures or observations, which a set
// of dossiers does not have, has no figure in it.
func (b *Books) FiguresOf(defs []Definition, v View, p Period) []Figure {
	var handling HandlingTime
	if slices.ContainsFunc(defs, Definition.ofHandlingTime) {
		handling = v.HandlingTime(p)
	}
	figures := make([]Figure, len(defs))
	for i, def := range defs {
		if figures[i] = (Figure{KPI: def.ID, Period: p}); def.OfDossiers() {
			figures[i] = b.figure(def, v, "", p, &handling)
		}
	}
	return figures
}

func (d Definition) ofHandlingTime() bool { return d.Kind == KindMean || d.Kind == KindQuantile }

// figure computes a KPI; h holds the unit's handling times in the period where the KPI is of them.
func (b *Books) figure(def Definition, view View, unit string, p Period, h *HandlingTime) Figure {
	f := Figure{KPI: def.ID, Unit: unit, Period: p}
	switch def.Kind {
	case KindMean, KindQuantile:
		f.Denominator, f.OK = float64(h.Count), h.Count > 0
		f.Numerator = h.Workdays()
		if f.OK && def.Kind == KindMean {
			f.Value = f.Numerator / f.Denominator
		} else if f.OK {
			f.Value, _ = h.Quantile(def.Quantile)
		}
	case KindCount:
		var reported bool
		f.Numerator, reported = b.sum(def.Numerator, view, unit, p, nil)
		f.Value, f.Denominator, f.OK = f.Numerator, 1, reported
	default:
		left := b.leftOut(def, unit, p)
		f.LeftOut = left.count()
		numerator, reported := b.sum(def.Numerator, view, unit, p, left)
		denominator, known := b.sum(def.Denominator, view, unit, p, left)
		f.Numerator, f.Denominator = numerator, denominator
		switch {
		case !reported || !known:
		case denominator != 0:
			f.Value, f.OK = numerator/denominator, true
		case def.NoData == NoDataZero:
			f.OK = true
		case def.NoData == NoDataFull:
			f.Value, f.OK = 1, true
		}
	}
	return f
}

// Reported says of a KPI's numerator and denominator whether, in a period, there was anything that they are made of: without it
// a sum of 0 is not known to be 0. The view has the dossiers of the unit, or of one procedure of it.
func (b *Books) Reported(def Definition, view View, unit string, p Period) (numerator, denominator bool) {
	if def.ofHandlingTime() {
		known := view.KnownAt(p.To)
		return known, known
	}
	left := b.leftOut(def, unit, p)
	_, numerator = b.sum(def.Numerator, view, unit, p, left)
	_, denominator = b.sum(def.Denominator, view, unit, p, left)
	return numerator, denominator
}

// leftOut finds the reports that a share leaves out because only one half of it came.
func (b *Books) leftOut(def Definition, unit string, p Period) *unpaired {
	measures := def.observedMeasures()
	if measures == nil {
		return nil
	}
	return b.Observed.unpaired(unit, measures, p)
}

// sum adds up terms. reported is false where there was nothing of one of them yet at the end of the period: half a sum is no
// figure, and neither is a count of what nobody knows.
func (b *Books) sum(terms []Term, view View, unit string, p Period, left *unpaired) (sum float64, reported bool) {
	reported = true
	for _, t := range terms {
		var n float64
		var ok bool
		switch t.Count {
		case CountProcedures:
			var count int64
			if p.To >= b.Today { // how procedures were is not known of the past
				count, ok = b.Register.count(unit, p.To, t.Level)
			}
			n = float64(count)
		case CountObservation:
			n, ok = b.Observed.value(unit, t.Measure, p, left)
		default:
			n, ok = float64(t.count(view, p)), view.KnownAt(p.To)
		}
		sum += n
		reported = reported && ok
	}
	return sum, reported
}

// What a Term counts, beside the dossier counts of dossierCounts.
const (
	CountProcedures  = "procedures"
	CountObservation = "observation"
)

// count evaluates a term that counts dossiers.
func (t Term) count(c counts, p Period) int64 {
	var n int64
	switch t.Count {
	case "received":
		for _, channel := range []Channel{Online, Counter, Postal} {
			if passes(t.Channel, channel.String()) {
				n += flow(c, receivedBy(channel), p)
			}
		}
	case "finished":
		for timeliness := Early; timeliness <= Undated; timeliness++ {
			for outcome := Settled; outcome <= Stopped; outcome++ {
				if passes(t.Timeliness, timeliness.String()) && passes(t.Outcome, outcome.String()) {
					n += flow(c, finishedAs(timeliness, outcome), p)
				}
			}
		}
	case "open":
		n = open(c, p.To)
	case "overdue_open":
		n = overdue(c, p.To)
	default:
		if m, known := markMeasure(t.Count); known {
			n = flow(c, m, p)
		}
	}
	return n
}

func passes(filter []string, value string) bool {
	return len(filter) == 0 || slices.Contains(filter, value)
}

// Selection picks the dossiers behind a number, by the formula that made the number.
type Selection struct {
	counts func(c counts) bool
}

// Includes says whether a dossier counted under these rules is behind the number.
func (s Selection) Includes(rules Rules, d *Dossier) bool {
	return s.counts(entries(rules.Contribution(d, make([]Entry, 0, 16))))
}

// SelectState picks the dossiers that a column of the form or a state of an open dossier counts in a period.
func SelectState(state string, p Period) (Selection, error) {
	for _, s := range states {
		if s.name == state {
			return Selection{func(c counts) bool { return s.count(c, p) > 0 }}, nil
		}
	}
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = s.name
	}
	return Selection{}, fmt.Errorf("there is no state %q: allowed are %s", state, strings.Join(names, ", "))
}

// SelectKPI picks the dossiers behind a KPI's figure: those of its numerator, or those of its denominator. For a mean or a
// quantile both are the dossiers whose handling time it is of. KPIs of procedures or observations have no dossiers.
func SelectKPI(def Definition, denominator bool, p Period) (Selection, error) {
	if def.Kind == KindMean || def.Kind == KindQuantile {
		return Selection{func(c counts) bool { h := handlingTime(c, p.From, p.To); return h.Count > 0 }}, nil
	}
	terms := def.Numerator
	if denominator && def.Kind != KindCount {
		terms = def.Denominator
	}
	for _, t := range terms {
		if t.Count == CountProcedures || t.Count == CountObservation {
			return Selection{}, fmt.Errorf("KPI %s is made of %ss, not of dossiers: there are none to list", def.ID, strings.TrimSuffix(t.Count, "s"))
		}
	}
	return Selection{func(c counts) bool {
		return slices.ContainsFunc(terms, func(t Term) bool { return t.count(c, p) > 0 })
	}}, nil
}

// states are what `dossiers --state` knows.
var states = []struct {
	name  string
	count func(c counts, p Period) int64
}{
	{"received", func(c counts, p Period) int64 { return received(c, p.To) - received(c, p.From-1) }},
	{"online", func(c counts, p Period) int64 { return flow(c, receivedBy(Online), p) }},
	{"counter", func(c counts, p Period) int64 { return flow(c, receivedBy(Counter), p) }},
	{"postal", func(c counts, p Period) int64 { return flow(c, receivedBy(Postal), p) }},
	{"carried_over", func(c counts, p Period) int64 { return open(c, p.From-1) }},
	{"finished", func(c counts, p Period) int64 {
		return finished(c, Early, p) + finished(c, OnTime, p) + finished(c, Late, p) + finished(c, Undated, p)
	}},
	{"early", func(c counts, p Period) int64 { return finished(c, Early, p) }},
	{"on_time", func(c counts, p Period) int64 { return finished(c, OnTime, p) }},
	{"late", func(c counts, p Period) int64 { return finished(c, Late, p) }},
	{"undated", func(c counts, p Period) int64 { return finished(c, Undated, p) }},
	{"exits", exits},
	{"open", func(c counts, p Period) int64 { return open(c, p.To) }},
	{"in_time", func(c counts, p Period) int64 { s := openState(c, p.To); return s.Total() - s.Overdue }}, // as the form has it
	{"overdue", func(c counts, p Period) int64 { return openState(c, p.To).Overdue }},
	{"paused", func(c counts, p Period) int64 { return openState(c, p.To).Paused }},
	{"open_undated", func(c counts, p Period) int64 { return openState(c, p.To).Undated }},
}
