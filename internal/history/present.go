package history

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"kpiagent/internal/exposition"
	"kpiagent/internal/series"
)

// present answers for the series per procedure, which are most of the page and change little: the live store would hold
// tens of megabytes in memory for them. Their past comes from the past store, one value a day; of today there is the value
// of the last page, and it is found by reading that page's text, which is in memory anyway.
type present struct {
	at     int64 // the time of the samples
	pieces [][]byte
	extra  []labels.Label
	parts  func() []pagePart
}

// pagePart is a piece of the text of one family.
type pagePart struct {
	name string
	text []byte
}

var (
	procedureLabel = []byte(`procedure="`)
	noProcedure    = []byte(`procedure=""`)
	familyStart    = []byte("# HELP ")
)

// ofProcedure says whether a series of the page is one of a procedure.
func ofProcedure(text []byte) bool {
	return bytes.Contains(text, procedureLabel) && !bytes.Contains(text, noProcedure)
}

// SetPage lets queries see the series per procedure of a page of metrics.
func (h *History) SetPage(page *exposition.Page) {
	h.served.Store(page)
	h.showPresent(h.options.Now())
}

// showPresent notes since when the page has had the figures that it has.
func (h *History) showPresent(at time.Time) {
	page := h.served.Load()
	if page == nil {
		return
	}
	figures := page.Figures()
	if last := h.present.Load(); last != nil && len(figures) > 0 && len(last.pieces) == len(figures) && &last.pieces[0] == &figures[0] {
		return // the page has the figures of the last one
	}
	h.present.Store(&present{at: at.UnixMilli(), pieces: figures, extra: h.options.Labels, parts: sync.OnceValue(func() []pagePart { return partsOf(figures) })})
}

// partsOf says which family each piece of a page belongs to: the first one of each has its name.
func partsOf(pieces [][]byte) (parts []pagePart) {
	name := ""
	for _, text := range pieces {
		if head, begins := bytes.CutPrefix(text, familyStart); begins {
			name, _, _ = strings.Cut(string(head[:min(len(head), 200)]), " ")
		}
		parts = append(parts, pagePart{name, text})
	}
	return parts
}

// find gives the series that match, in the order of their labels; no more than limit where that is above 0.
func (p *present) find(limit int, matchers ...*labels.Matcher) (found []storage.Series, err error) {
	var needles [][]byte
	name := ""
	for _, m := range matchers {
		if m.Type != labels.MatchEqual || m.Value == "" || p.adds(m.Name) {
			continue
		}
		if m.Name == model.MetricNameLabel {
			name = m.Value
		} else if !strings.ContainsAny(m.Value, "\\\"\n") {
			needles = append(needles, []byte(m.Name+`="`+m.Value+`"`))
		}
	}
	for _, part := range p.parts() {
		if name != "" && !isOf(name, part.name) || !bytes.Contains(part.text, procedureLabel) {
			continue
		}
		for text, v := range exposition.Samples(part.text) {
			if !ofProcedure(text) || !containsAll(text, needles) {
				continue
			}
			l, err := series.Parse(text, p.extra...)
			if err != nil {
				return nil, err
			}
			if matches(l, matchers) {
				found = append(found, storage.NewListSeries(l, []chunks.Sample{sample{p.at, v}}))
			}
			if limit > 0 && len(found) >= limit {
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return found, nil
}

// adds says whether a label comes from elsewhere than the page.
func (p *present) adds(name string) bool {
	return slices.ContainsFunc(p.extra, func(l labels.Label) bool { return l.Name == name })
}

// isOf says whether a series of that name is one of a family.
func isOf(series, family string) bool {
	rest, ok := strings.CutPrefix(series, family)
	return ok && (rest == "" || rest == "_bucket" || rest == "_sum" || rest == "_count")
}

func containsAll(text []byte, needles [][]byte) bool {
	for _, n := range needles {
		if !bytes.Contains(text, n) {
			return false
		}
	}
	return true
}

func matches(l labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(l.Get(m.Name)) {
			return false
		}
	}
	return true
}

// ended gives a series of the past an end, where the present does not have it any more.
type ended struct {
	storage.SeriesSet
	at      int64
	present map[uint64]bool // by hash of the labels
}

func newEnded(past storage.SeriesSet, at int64, present []storage.Series) *ended {
	e := &ended{past, at, make(map[uint64]bool, len(present))}
	for _, s := range present {
		e.present[s.Labels().Hash()] = true
	}
	return e
}

func (e *ended) At() storage.Series {
	s := e.SeriesSet.At()
	l := s.Labels()
	if l.Get("procedure") == "" || e.present[l.Hash()] {
		return s
	}
	return endedAt(s, e.at)
}

// list is a series set of what is already there.
type list struct {
	series []storage.Series
	next   int
}

func (l *list) Next() bool                        { l.next++; return l.next <= len(l.series) }
func (l *list) At() storage.Series                { return l.series[l.next-1] }
func (l *list) Err() error                        { return nil }
func (l *list) Warnings() annotations.Annotations { return nil }

// sample is one value at a time.
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
