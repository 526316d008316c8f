package pages

import (
	"strings"

	"kpiagent/internal/kpi"
)

// leaves are the units below one that have none below them.
func (b *builder) leaves(unit string) (list []kpi.Unit) {
	for _, u := range b.model.Tree.Units() {
		if u.ID != unit && b.model.Tree.Within(u.ID, unit) && len(b.model.Tree.Children(u.ID)) == 0 {
			list = append(list, u)
		}
	}
	return list
}

// unitHead is a unit's name with the age of its data.
type unitHead struct {
	ID, Name, Link string
	report
}

// head returns a unit with how it reports.
func (b *builder) head(u kpi.Unit) unitHead {
	return unitHead{u.ID, b.unitName(u), b.toUnit(u.ID), b.reporting(u.ID)}
}

// report says how a unit reports: whether its sources are read, and whether its dossiers still come.
type report struct {
	AsOf   string // when the oldest of its sources was last read
	Stale  bool   // a source was not read for too long, or it has fallen silent
	Silent bool   // since Since; else, where it is stale, its sources are not read since
	Never  bool   // a source never answered, or there is none
	Since  string
	Why    string // the source that is not read
	Source string // its page
	Partly string // of a unit with units below it: how many of those do not report
}

// reporting looks at a unit with all units below it.
func (b *builder) reporting(unit string) report {
	r, known := b.known[unit]
	if !known {
		r = b.lookAt(unit)
		b.known[unit] = r
	}
	return r
}

func (b *builder) lookAt(unit string) report {
	asOf, fresh := b.model.Freshness(unit, b.last, b.now)
	r := report{AsOf: b.moment(asOf), Stale: !fresh, Never: asOf.IsZero()}
	if below := b.leaves(unit); len(below) > 0 {
		quiet := 0
		for _, u := range below {
			if b.reporting(u.ID).Stale {
				quiet++
			}
		}
		if quiet > 0 {
			r.Stale, r.Partly = true, b.Count("asof.partly", float64(quiet), b.Whole(int64(len(below))))
			return r
		}
	}
	if !fresh {
		r.Since = r.AsOf
		for _, s := range b.sources {
			if b.model.Serves(s.Name, unit) && (s.LastSuccess.IsZero() || b.now.Sub(s.LastSuccess) > s.StaleAfter) {
				r.Why, r.Source = s.Name, b.toSource(s.Name)
				break
			}
		}
		return r
	}
	if last, silent := b.books.Daybook.Unit(unit).SilentSince(b.model.Calendar, b.today); silent {
		r.Stale, r.Silent, r.Since = true, true, b.day(last)
	}
	return r
}

func (l locale) toSource(name string) string {
	unit, id, _ := strings.Cut(name, "/")
	return l.to("/sources/" + unit + "/" + id)
}

// quietSentence says since when a unit does not report.
func (b *builder) quietSentence(u unitHead) string {
	switch {
	case u.Partly != "":
		return u.Partly
	case u.Silent:
		return b.Say("silent.dossiers", u.Since)
	case u.Never && u.Why == "":
		return b.Say("silent.nosource")
	case u.Never:
		return b.Say("silent.never", u.Why)
	}
	return b.Say("silent.source", u.Since, u.Why)
}
