package pages

import (
	"slices"
	"time"

	"kpiagent/internal/kpi"
)

// builder makes the views of pages from the figures, while the books are open.
type builder struct {
	*request
	books *kpi.Books
	goals kpi.Goals
	last  map[string]time.Time // the last success of each source, by its name
	today kpi.Day
	known map[string]report // what reporting has found
	// applies has for each period, by its days, which KPIs of the catalogue are computed.
	applies map[kpi.Period][]bool
	// recent has what outlooks have looked back on, by KPI and unit: those of month and year look on the same days.
	recent map[[2]string]*kpi.RecentDays
}

func newBuilder(r *request, books *kpi.Books) *builder {
	today := r.model.Today(r.now)
	b := &builder{request: r, books: books, goals: r.model.Goals(today), last: map[string]time.Time{}, today: today,
		known: map[string]report{}, applies: map[kpi.Period][]bool{},
		recent: map[[2]string]*kpi.RecentDays{}}
	for _, s := range r.sources {
		if !s.LastSuccess.IsZero() {
			b.last[s.Name] = s.LastSuccess
		}
	}
	return b
}

// fewDays is how young a month is when the month before still says more.
const fewDays = 8

// month is the month that people look at: the current one to date, or in its first week the one that has just closed.
func (b *builder) month() kpi.Period {
	whole := kpi.PeriodOf(kpi.PeriodMonth, b.today, b.model.CutOff)
	if p := whole.ToDate(b.today); p.Days() >= fewDays {
		return p
	}
	return whole.Previous(b.model.CutOff)
}

func (b *builder) year() kpi.Period {
	return kpi.PeriodOf(kpi.PeriodYear, b.today, b.model.CutOff).ToDate(b.today)
}

// assess returns the KPIs of a unit for a period, in the order of the catalogue; one that does not apply is not there.
func (b *builder) assess(unit string, p kpi.Period) []kpi.Assessment {
	var list []kpi.Assessment
	figures := b.books.Figures(b.model.Catalogue, unit, p)
	applies := b.applying(p)
	for i, def := range b.model.Catalogue {
		if applies[i] {
			list = append(list, b.books.Assess(def, figures[i], b.goals))
		}
	}
	return list
}

// aim returns what the figures of a KPI and unit are held against in the year of a period.
func (b *builder) aim(def kpi.Definition, unit string, p kpi.Period) kpi.Aim {
	key := [2]string{def.ID, unit}
	if b.recent[key] == nil {
		b.recent[key] = new(kpi.RecentDays)
	}
	return b.books.AimOf(def, unit, kpi.TargetYear(p.To, b.goals.CutOff), b.goals, b.recent[key])
}

// applying reports which KPIs of the catalogue are computed for a period.
func (b *builder) applying(p kpi.Period) []bool {
	if list, known := b.applies[p]; known {
		return list
	}
	list := make([]bool, len(b.model.Catalogue))
	for i, def := range b.model.Catalogue {
		list[i] = def.Applies(p)
	}
	b.applies[p] = list
	return list
}

// above links to the units above one, from the root down.
func (b *builder) above(u kpi.Unit, to func(unit string, parameters ...string) string) (list []link) {
	for _, id := range b.model.Tree.Lineage(u.Parent) {
		parent, _ := b.model.Tree.Unit(id)
		list = append(list, link{Text: b.unitName(parent), URL: to(id)})
	}
	slices.Reverse(list)
	return list
}
