package pages

import (
	"slices"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/kpi"
)

// desk is where the figures of a page are put together, while the books are open.
type desk struct {
	*visit
	books *kpi.Books
	goals kpi.Goals
	last  map[string]time.Time // the last success of each source, as agent.Setup has it
	today kpi.Day
	known map[string]report // what reporting has found
	// applies has for each period, by its days, which KPIs of the catalogue are computed.
	applies map[kpi.Period][]bool
}

func newDesk(v *visit, b *kpi.Books) *desk {
	d := &desk{visit: v, books: b, last: map[string]time.Time{}, known: map[string]report{}, applies: map[kpi.Period][]bool{}, today: v.setup.Today(v.now)}
	d.goals = kpi.Goals{Targets: v.setup.Config.Targets, CutOff: v.setup.CutOff, Today: d.today}
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
	whole := kpi.PeriodOf(kpi.PeriodMonth, d.today, d.setup.CutOff)
	if p := whole.ToDate(d.today); p.Days() >= fewDays {
		return p
	}
	return whole.Previous(d.setup.CutOff)
}

func (d *desk) year() kpi.Period {
	return kpi.PeriodOf(kpi.PeriodYear, d.today, d.setup.CutOff).ToDate(d.today)
}

// assess gives the KPIs of a unit for a period, in the order of the catalogue; one that does not apply is not there.
func (d *desk) assess(unit string, p kpi.Period) []kpi.Assessment {
	var list []kpi.Assessment
	figures := d.books.Figures(d.setup.Catalogue, unit, p)
	applies := d.applying(p)
	for i, def := range d.setup.Catalogue {
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
	list := make([]bool, len(d.setup.Catalogue))
	for i, def := range d.setup.Catalogue {
		list[i] = def.Applies(p)
	}
	d.applies[p] = list
	return list
}

// children are the units right below one.
func (d *desk) children(unit string) (list []kpi.Unit) {
	for _, u := range d.setup.Units {
		if u.Parent == unit {
			list = append(list, u)
		}
	}
	return list
}

// leaves are the units below one that have none below them.
func (d *desk) leaves(unit string) (list []kpi.Unit) {
	for _, u := range d.setup.Units {
		if u.ID != unit && d.setup.Within(u.ID, unit) && len(d.children(u.ID)) == 0 {
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
	asOf, fresh := d.setup.Freshness(unit, d.last, d.now)
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
			if d.serves(s, unit) && (s.LastSuccess.IsZero() || d.now.Sub(s.LastSuccess) > s.StaleAfter) {
				r.Why, r.Source = s.Name, d.toSource(s.Name)
				break
			}
		}
		return r
	}
	if last, silent := d.books.Daybook.Unit(unit).SilentSince(d.setup.Calendar, d.today); silent {
		r.Stale, r.Silent, r.Since = true, true, d.day(last)
	}
	return r
}

// serves says whether a source is one of a unit or of a unit below it, or of one above it that serves several.
func (d *desk) serves(s agent.SourceState, unit string) bool {
	if d.setup.Within(s.Unit, unit) {
		return true
	}
	i := slices.IndexFunc(d.setup.Config.Sources, func(c config.Source) bool { return c.Unit == s.Unit && c.ID == s.ID })
	return i >= 0 && d.setup.Config.Sources[i].Mapping.Unit != nil && d.setup.Within(unit, s.Unit)
}

func (l locale) toSource(name string) string {
	unit, id, _ := strings.Cut(name, "/")
	return l.to("/sources/" + unit + "/" + id)
}
