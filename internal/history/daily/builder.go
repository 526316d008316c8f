package daily

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// builder computes days, and builds the chunks of each series' samples. One goroutine uses it.
type builder struct {
	read    func(do func(Moment))
	part    exposition.Part
	extra   labels.Labels
	figures exposition.Figures
	known   map[exposition.Series]*series
	before  []*series // the last day's, in its order
	now     []*series // of the day at hand
	ended   []*series // those of before that are not in now
	round   uint64    // counts days
	month   []*series // all with a sample since the last clear
}

// series is one series, with its samples since the last clear.
type series struct {
	labels   labels.Labels
	round    uint64 // the last day that had it
	value    float64
	chunk    *chunkenc.XORChunk
	appender chunkenc.Appender
	from, to int64
}

// endMark is the value that says that a series ends, as everywhere in Prometheus. A value holds for longer than a day, so
// without it a figure that a day does not have would be shown as it was the day before.
var endMark = math.Float64frombits(value.StaleNaN)

// mostKnown bounds what a builder remembers: month by month, some series end and others begin.
const mostKnown = 1_000_000

func newBuilder(read func(do func(Moment)), part exposition.Part, extra labels.Labels) *builder {
	return &builder{read: read, part: part, extra: extra, known: map[exposition.Series]*series{}}
}

// begin prepares for the days from one on: what the day before it had, and it has not, ends on it. first is the first of all.
func (b *builder) begin(from, first kpi.Day, zone *time.Location) {
	b.now = b.now[:0]
	for before := from - 1; before >= first; before-- {
		if _, exists := EndOf(before, zone); exists {
			b.day(before)
			return
		}
	}
}

// day computes a day and returns its series with their values; these and ended are valid until the next call.
func (b *builder) day(day kpi.Day) []*series {
	var samples *exposition.Samples
	b.read(func(m Moment) { samples = b.figures.Compute(m.past(day, b.part)) })
	b.before, b.now, b.ended = b.now, b.before[:0], b.ended[:0]
	b.round++
	for name, value := range samples.All() {
		s := b.known[name]
		if s == nil {
			s = &series{labels: name.Labels(b.extra)}
			b.known[name] = s
		}
		s.value, s.round = value, b.round
		b.now = append(b.now, s)
	}
	for _, s := range b.before {
		if s.round != b.round {
			b.ended = append(b.ended, s)
		}
	}
	return b.now
}

// add computes a day and keeps its samples, and the marks of those that end on it.
func (b *builder) add(day kpi.Day, at int64) (samples int, err error) {
	list := b.day(day)
	for _, s := range list {
		if err := b.append(s, at, s.value); err != nil {
			return 0, err
		}
	}
	for _, s := range b.ended {
		if err := b.append(s, at, endMark); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (b *builder) append(s *series, at int64, v float64) (err error) {
	if s.chunk == nil {
		s.chunk, s.from = chunkenc.NewXORChunk(), at
		if s.appender, err = s.chunk.Appender(); err != nil {
			return fmt.Errorf("a chunk: %w", err)
		}
		b.month = append(b.month, s)
	}
	s.appender.Append(0, at, v)
	s.to = at
	return nil
}

// sorted returns the series with samples in the order of a block.
func (b *builder) sorted() []*series {
	slices.SortFunc(b.month, func(a, b *series) int { return labels.Compare(a.labels, b.labels) })
	return b.month
}

// clear forgets the samples.
func (b *builder) clear() {
	for _, s := range b.month {
		s.chunk, s.appender = nil, nil
	}
	b.month = b.month[:0]
	if len(b.known) >= mostKnown {
		clear(b.known)
		b.now = b.now[:0]
	}
}
