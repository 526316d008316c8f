package history

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"kpiagent/internal/exposition"
)

// present answers for the series of single procedures, which are most of a page and change little: the live store would hold
// tens of megabytes in memory for them. Their past comes from the past store, one value a day; of today, too, there is one value,
// the one that was recorded last, for all moments of the day.
type present struct {
	at      int64 // the beginning of the day
	figures *exposition.Samples
	extra   labels.Labels // that each series gets
}

// show notes the figures of the day of a moment.
func (h *History) show(at time.Time, figures *exposition.Samples) {
	if last := h.present.Load(); last == nil || last.figures != figures {
		h.present.Store(&present{at: h.dayOf(at.UnixMilli()).UnixMilli(), figures: figures, extra: h.extra})
	}
}

// find returns the series that match, in the order of their labels; no more than limit where that is above 0.
func (p *present) find(limit int, matchers ...*labels.Matcher) (found []storage.Series) {
	for s, v := range p.figures.OfProcedures(p.extra, matchers...) {
		found = append(found, storage.NewListSeries(s.Labels(p.extra), []chunks.Sample{sample{p.at, v}}))
		if limit > 0 && len(found) >= limit {
			break
		}
	}
	slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return found
}

// list is a set of series that are in memory.
type list struct {
	series []storage.Series
	next   int
}

func (l *list) Next() bool                        { l.next++; return l.next <= len(l.series) }
func (l *list) At() storage.Series                { return l.series[l.next-1] }
func (l *list) Err() error                        { return nil }
func (l *list) Warnings() annotations.Annotations { return nil }

// sample is one value of one time, as the library wants it.
type sample struct {
	t int64
	v float64
}

func (s sample) T() int64                      { return s.t }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }
