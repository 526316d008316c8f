package pages

import (
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// desk is where the figures of a page are put together, while the books are open.
type desk struct {
	*visit
	books *kpi.Books
	goals kpi.Goals
	last  map[string]time.Time // the last success of each source, by its name
	today kpi.Day
	known map[string]report // what reporting has found
	// applies has for each period, by its days, which KPIs of the catalogue are computed.
	applies map[kpi.Period][]bool
}

func newDesk(v *visit, b *kpi.Books) *desk {
	d := &desk{visit: v, books: b, last: map[string]time.Time{}, known: map[string]report{}, applies: map[kpi.Period][]bool{}, today: v.model.Today(v.now)}
	d.goals = v.model.Goals(d.today)
	for _, s := range v.sources {
		if !s.LastSuccess.IsZero() {
			d.last[s.Name] = s.LastSuccess
		}
	}
	return d
}

// fewDays is how young a month is when the month before still says more.
const fewDays = 8

// month is the month that people look at: the current one to date, or in its first week the one that has just closed.
func (d *desk) month() kpi.Period {
	whole := kpi.PeriodOf(kpi.PeriodMonth, d.today, d.model.CutOff)
	if p := whole.ToDate(d.today); p.Days() >= fewDays {
		return p
	}
	return whole.Previous(d.model.CutOff)
}

func (d *desk) year() kpi.Period {
	return kpi.PeriodOf(kpi.PeriodYear, d.today, d.model.CutOff).ToDate(d.today)
}

// assess gives the KPIs of a unit for a period, in the order of the catalogue; one that does not apply is not there.
func (d *desk) assess(unit string, p kpi.Period) []kpi.Assessment {
	var list []kpi.Assessment
	figures := d.books.Figures(d.model.Catalogue, unit, p)
	applies := d.applying(p)
	for i, def := range d.model.Catalogue {
		if applies[i] {
			list = append(list, d.books.Assess(def, figures[i], d.goals))
		}
	}
	return list
}

// applying says which KPIs of the catalogue are computed for a period.
func (d *desk) applying(p kpi.Period) []bool {
	if list, known := d.applies[p]; known {
		return list
	}
	list := make([]bool, len(d.model.Catalogue))
	for i, def := range d.model.Catalogue {
		list[i] = def.Applies(p)
	}
	d.applies[p] = list
	return list
}

// leaves are the units below one that have none below them.
func (d *desk) leaves(unit string) (list []kpi.Unit) {
	for _, u := range d.model.Tree.Units() {
		if u.ID != unit && d.model.Tree.Within(u.ID, unit) && len(d.model.Tree.Children(u.ID)) == 0 {
			list = append(list, u)
		}
	}
	return list
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
func (d *desk) reporting(unit string) report {
	r, known := d.known[unit]
	if !known {
		r = d.lookAt(unit)
		d.known[unit] = r
	}
	return r
}

func (d *desk) lookAt(unit string) report {
	asOf, fresh := d.model.Freshness(unit, d.last, d.now)
	r := report{AsOf: d.moment(asOf), Stale: !fresh, Never: asOf.IsZero()}
	if below := d.leaves(unit); len(below) > 0 {
		quiet := 0
		for _, u := range below {
			if d.reporting(u.ID).Stale {
				quiet++
			}
		}
		if quiet > 0 {
			r.Stale, r.Partly = true, d.Count("asof.partly", float64(quiet), d.Whole(int64(len(below))))
			return r
		}
	}
	if !fresh {
		r.Since = r.AsOf
		for _, s := range d.sources {
			if d.model.Serves(s.Name, unit) && (s.LastSuccess.IsZero() || d.now.Sub(s.LastSuccess) > s.StaleAfter) {
				r.Why, r.Source = s.Name, d.toSource(s.Name)
				break
			}
		}
		return r
	}
	if last, silent := d.books.Daybook.Unit(unit).SilentSince(d.model.Calendar, d.today); silent {
		r.Stale, r.Silent, r.Since = true, true, d.day(last)
	}
	return r
}

func (l locale) toSource(name string) string {
	unit, id, _ := strings.Cut(name, "/")
	return l.to("/sources/" + unit + "/" + id)
}
