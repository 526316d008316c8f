package exposition

import "kpiagent/internal/kpi"

// memory keeps what one day's figures have in common with the next day's: closed months, and the recent days that an
// outlook is made from. It holds while books, catalogue and cut-off are the same.
type memory struct {
	state  kpi.State
	cutOff kpi.CutOff
	first  *kpi.Definition // of the catalogue
	length int
	months map[monthOfUnit][]kpi.Figure
	recent map[kpiOfUnit]*kpi.RecentDays
}

type monthOfUnit struct {
	unit  string
	label string
}

type kpiOfUnit struct{ kpi, unit string }

// tooMany bounds what is remembered.
const tooMany = 20_000

// hold forgets what holds no longer.
func (m *memory) hold(in *Input) {
	state := in.Books.State()
	var first *kpi.Definition
	if len(in.Catalogue) > 0 {
		first = &in.Catalogue[0]
	}
	if m.months != nil && state == m.state && in.CutOff == m.cutOff && first == m.first && len(in.Catalogue) == m.length && len(m.months) < tooMany {
		return
	}
	*m = memory{state, in.CutOff, first, len(in.Catalogue), map[monthOfUnit][]kpi.Figure{}, map[kpiOfUnit]*kpi.RecentDays{}}
}

// month gives the figures of a closed month.
func (m *memory) month(in *Input, unit string, p kpi.Period) []kpi.Figure {
	if m == nil {
		return in.Books.Figures(in.Catalogue, unit, p)
	}
	key := monthOfUnit{unit, p.Label}
	figures, known := m.months[key]
	if !known {
		figures = in.Books.Figures(in.Catalogue, unit, p)
		m.months[key] = figures
	}
	return figures
}

// recentDays gives what is remembered of the recent days of a KPI; nil without a memory.
func (m *memory) recentDays(id, unit string) *kpi.RecentDays {
	if m == nil {
		return nil
	}
	key := kpiOfUnit{id, unit}
	r := m.recent[key]
	if r == nil {
		r = new(kpi.RecentDays)
		m.recent[key] = r
	}
	return r
}
