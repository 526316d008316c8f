package collectors

import (
	"maps"
	"slices"
	"time"

	"kpiagent/internal/sourcelog"
)

// What counts as a jump. A list grows and its dossiers end from one read to the next: none of that is one.
const (
	fewCells     = 30 // fewer say nothing
	rarelyEmpty  = 10 // percent of the cells, at most, before
	oftenEmpty   = 40 // percent, at least, now
	rowsFactor   = 2
	numberFactor = 10
	someCells    = 20 // that a value has to stand in, and
	someShare    = 5  // percent of the filled cells, so that it is missed, or is noticed as new
	aYear        = 366 * 24 * time.Hour
	tenYears     = 10 * aYear
	mostGone     = 5 // values told of one column
)

// jumpsStay is how long a jump is told of: after that, what jumped is what is usual.
const jumpsStay = 7 * 24 * time.Hour

// compare notes in a profile what has jumped since the profile of an earlier complete read of the same list. It goes by the last
// profile before a jump, so that the jump is told of until somebody has had the time to look.
func compare(before, now *sourcelog.Profile, at time.Time) {
	base, jumped := before, at
	if before.Base != nil {
		if at.Sub(before.Jumped) > jumpsStay {
			return
		}
		base, jumped = before.Base, before.Jumped
	}
	when := base.Read.Format(time.DateOnly)
	found := false
	was, is := base.Rows(), now.Rows()
	grown := was >= fewCells && (is > rowsFactor*was || rowsFactor*is < was)
	if grown {
		found = true
		now.Jumps = append(now.Jumps, sourcelog.Doubt{Kind: sourcelog.RowsJumped, Counts: []int64{was, is}, Words: []string{when}})
	}
	for h := range now.Headers {
		for i := range now.Headers[h].Columns {
			c := &now.Headers[h].Columns[i]
			if known := base.Column(h, c.Name); known != nil {
				c.Jumps = jumpsOf(known, c, grown, when)
				found = found || len(c.Jumps) > 0
			}
		}
	}
	if found {
		kept := *base
		kept.Base = nil
		now.Base, now.Jumped = &kept, jumped
	}
}

// jumpsOf tells what has jumped in a column; grown: the list itself has.
func jumpsOf(was, is *sourcelog.Column, grown bool, when string) (jumps []sourcelog.Doubt) {
	add := func(kind sourcelog.DoubtKind, counts []int64, words ...string) {
		jumps = append(jumps, sourcelog.Doubt{Kind: kind, Counts: counts, Words: append(words, when)})
	}
	if was.Cells() < fewCells || is.Cells() < fewCells {
		return nil
	}
	before, after := 100*was.Empty/was.Cells(), 100*is.Empty/is.Cells()
	if before <= rarelyEmpty && after >= oftenEmpty {
		add(sourcelog.EmptyJumped, []int64{before, after})
	}
	filledBefore, filled := was.Cells()-was.Empty, is.Cells()-is.Empty
	if filledBefore < fewCells || filled < fewCells {
		return jumps
	}
	if was.Values != nil && is.Values != nil {
		jumps = append(jumps, lackingValues(sourcelog.ValueGone, was.Values, is.Values, filledBefore, when)...)
		jumps = append(jumps, lackingValues(sourcelog.ValueNew, is.Values, was.Values, filled, when)...)
		return jumps
	}
	if daysMoved(was, is) {
		add(sourcelog.DaysMoved, nil, was.First.Format(time.DateOnly), was.Last.Format(time.DateOnly),
			is.First.Format(time.DateOnly), is.Last.Format(time.DateOnly))
	}
	if !grown && was.Numbers >= fewCells && is.Numbers >= fewCells && was.Most > 0 && is.Most > 0 &&
		(is.Most >= numberFactor*was.Most || numberFactor*is.Most <= was.Most) {
		add(sourcelog.NumbersMoved, nil, short(was.Most), short(is.Most))
	}
	return jumps
}

// lackingValues tells of the values that stand in a good part of some cells and in none of others.
func lackingValues(kind sourcelog.DoubtKind, in, lackedBy map[string]int64, filled int64, when string) (jumps []sourcelog.Doubt) {
	for _, value := range slices.Sorted(maps.Keys(in)) {
		n := in[value]
		if _, there := lackedBy[value]; there || n < someCells || 100*n < someShare*filled || len(jumps) == mostGone {
			continue
		}
		jumps = append(jumps, sourcelog.Doubt{Kind: kind, Counts: []int64{n}, Words: []string{when}, Examples: []string{value}})
	}
	return jumps
}

// daysMoved reports whether the days of a column lie elsewhere than before: the last year is gone, or all are of another time, or
// some are much older than any was.
func daysMoved(was, is *sourcelog.Column) bool {
	if was.First.IsZero() || is.First.IsZero() {
		return false
	}
	return is.Last.Before(was.Last.Add(-aYear)) || is.Last.Before(was.First) || is.First.After(was.Last.Add(aYear)) ||
		is.First.Before(was.First.Add(-tenYears))
}
