package exposition

import "kpiagent/internal/kpi"

// cache keeps what one day's figures have in common with the next day's: closed months, and the recent days that an
// outlook is made froc. It holds while books, catalogue and cut-off are the same.
type cache struct {
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

// cacheLimit bounds what is remembered.
const cacheLimit = 20_000

// renew forgets what does not hold any more.
func (c *cache) renew(in *Input) {
	state := in.Books.State()
	var first *kpi.Definition
	if len(in.Catalogue) > 0 {
		first = &in.Catalogue[0]
	}
	if c.months != nil && state == c.state && in.CutOff == c.cutOff && first == c.first && len(in.Catalogue) == c.length && len(c.months) < cacheLimit {
		return
	}
	*c = cache{state, in.CutOff, first, len(in.Catalogue), map[monthOfUnit][]kpi.Figure{}, map[kpiOfUnit]*kpi.RecentDays{}}
}

// month returns the figures of a closed month.
func (c *cache) month(in *Input, unit string, p kpi.Period) []kpi.Figure {
	if c == nil {
		return in.Books.Figures(in.Catalogue, unit, p)
	}
	key := monthOfUnit{unit, p.Label}
	figures, known := c.months[key]
	if !known {
		figures = in.Books.Figures(in.Catalogue, unit, p)
		c.months[key] = figures
	}
	return figures
}

// recentDays returns what is remembered of the recent days of a KPI; nil without a cache.
func (c *cache) recentDays(id, unit string) *kpi.RecentDays {
	if c == nil {
		return nil
	}
	key := kpiOfUnit{id, unit}
	r := c.recent[key]
	if r == nil {
		r = new(kpi.RecentDays)
		c.recent[key] = r
	}
	return r
}

// Figures works out the samples of one day after the other, for those who store the past instead of serving a page. One goroutine at
// a time uses it.
type Figures struct{ cache cache }

// Compute works out all figures as of in.Today. The past is as the books have it now, corrections included. Only this step reads the
// books.
func (f *Figures) Compute(in Input) *Samples {
	f.cache.renew(&in)
	c := newCalculation(in)
	c.cache = &f.cache
	c.run()
	return c.samples
}
