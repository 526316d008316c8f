package daily

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	feed "kpiagent/internal/series"
)

// gatherer computes days and gathers their samples by series. One goroutine uses it.
type gatherer struct {
	read    func(do func(Moment))
	part    exposition.Part
	extra   []labels.Label
	figures *exposition.Figures
	known   map[string]*series // by their text; what is parsed once serves all months
	before  []*series          // the last day's, in its order
	now     []*series          // of the day at hand
	ended   []*series          // those of before that are not in now
	round   uint64             // counts days
	month   []*series          // all with a sample since the last clear
}

// series is one series, with its samples since the last clear.
type series struct {
	text     string // as the page of metrics has it, without the labels that a scrape adds
	labels   labels.Labels
	place    int    // in the last day's order
	round    uint64 // the last day that had it
	value    float64
	chunk    *chunkenc.XORChunk
	appender chunkenc.Appender
	from, to int64
}

// endMark is the value that says that a series ends, as everywhere in Prometheus. A value holds for longer than a day, so
// without it a figure that a day does not have would be shown as it was the day before.
var endMark = math.Float64frombits(value.StaleNaN)

// tooMany bounds what a gatherer remembers: month by month, some series end and others begin.
const tooMany = 1_000_000

func newGatherer(read func(do func(Moment)), part exposition.Part, extra labels.Labels) *gatherer {
	return &gatherer{read: read, part: part, extra: slices.Collect(each(extra)), figures: exposition.NewFigures(), known: map[string]*series{}}
}

func each(l labels.Labels) iter.Seq[labels.Label] {
	return func(yield func(labels.Label) bool) {
		more := true
		l.Range(func(l labels.Label) { more = more && yield(l) })
	}
}

// begin prepares for the days from one on: what the day before it had, and it has not, ends on it. first is the first of all.
func (g *gatherer) begin(from, first kpi.Day, zone *time.Location) error {
	g.now = g.now[:0]
	for before := from - 1; before >= first; before-- {
		if _, exists := EndOf(before, zone); exists {
			_, err := g.day(before)
			return err
		}
	}
	return nil
}

// day computes a day and gives its series with their values; these and ended are valid until the next call.
func (g *gatherer) day(day kpi.Day) ([]*series, error) {
	g.read(func(m Moment) { g.figures.Compute(m.past(day, g.part)) })
	g.before, g.now, g.ended = g.now, g.before[:0], g.ended[:0]
	g.round++
	expected := 0 // most days have the series of the day before, in the same order
	for text, value := range g.figures.Samples() {
		var s *series
		if expected < len(g.before) && g.before[expected].text == string(text) {
			s = g.before[expected]
		} else if s = g.known[string(text)]; s == nil {
			var err error
			if s, err = g.meet(string(text)); err != nil {
				return nil, err
			}
		} else if s.place < len(g.before) && g.before[s.place] == s {
			expected = s.place
		}
		expected++
		s.value, s.place, s.round = value, len(g.now), g.round
		g.now = append(g.now, s)
	}
	for _, s := range g.before {
		if s.round != g.round {
			g.ended = append(g.ended, s)
		}
	}
	return g.now, nil
}

// meet makes a series known.
func (g *gatherer) meet(text string) (*series, error) {
	l, err := feed.Parse([]byte(text), g.extra...)
	if err != nil {
		return nil, err
	}
	s := &series{text: text, labels: l.WithoutEmpty(), place: -1}
	g.known[text] = s
	return s, nil
}

// add computes a day and keeps its samples, and the marks of those that end on it.
func (g *gatherer) add(day kpi.Day, at int64) (samples int, err error) {
	list, err := g.day(day)
	if err != nil {
		return 0, err
	}
	for _, s := range list {
		if err := g.append(s, at, s.value); err != nil {
			return 0, err
		}
	}
	for _, s := range g.ended {
		if err := g.append(s, at, endMark); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (g *gatherer) append(s *series, at int64, v float64) (err error) {
	if s.chunk == nil {
		s.chunk, s.from = chunkenc.NewXORChunk(), at
		if s.appender, err = s.chunk.Appender(); err != nil {
			return fmt.Errorf("a chunk: %w", err)
		}
		g.month = append(g.month, s)
	}
	s.appender.Append(0, at, v)
	s.to = at
	return nil
}

// sorted gives the series with samples in the order of a block.
func (g *gatherer) sorted() []*series {
	slices.SortFunc(g.month, func(a, b *series) int { return labels.Compare(a.labels, b.labels) })
	return g.month
}

// clear forgets the samples.
func (g *gatherer) clear() {
	for _, s := range g.month {
		s.chunk, s.appender = nil, nil
	}
	g.month = g.month[:0]
	if len(g.known) >= tooMany {
		clear(g.known)
		g.now = g.now[:0]
	}
}
