package history

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// gap is a time that the past store does not answer for: months that are not written yet, were damaged, or had no room, and
// what came after the last day. Of figures the live store answers there.
type gap struct {
	from, to int64 // milliseconds, both included
	follows  bool  // a time that the past store answers for lies right before it
	live     storage.Querier
}

// gapsOf returns what lies from mint to maxt outside of the times held, which are apart from one another, oldest first.
func gapsOf(held [][2]int64, mint, maxt int64) (gaps []gap) {
	from, follows := mint, false
	for _, span := range held {
		if span[1] < mint {
			continue
		}
		if end := min(span[0]-1, maxt); from <= end {
			gaps = append(gaps, gap{from: from, to: end, follows: follows})
		}
		from, follows = span[1]+1, true
	}
	if from <= maxt {
		gaps = append(gaps, gap{from: from, to: maxt, follows: follows || len(held) > 0 && held[len(held)-1][1] == from-1})
	}
	return gaps
}

// opening returns the series of the first page of the day in which a gap begins, with their values from the beginning of that day
// on: a day is answered for by its own values, also before the agent was started on it. Of the gap's other days there is nothing.
func (q *querier) opening(ctx context.Context, g *gap, matchers ...*labels.Matcher) (series []storage.Series, err error) {
	at, any, err := q.firstPage(ctx, g.from, q.h.dayOf(g.from).AddDate(0, 0, 1).UnixMilli()-1)
	if err != nil || !any {
		return nil, err
	}
	page, err := q.h.live.Querier(at, at)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, page.Close()) }()
	found := &chosen{page.Select(ctx, true, nil, matchers...), q.keeps, true}
	for found.Next() {
		if v, there := lastValue(found.At()); there && !value.IsStaleNaN(v) {
			series = append(series, storage.NewListSeries(found.At().Labels(), []chunks.Sample{sample{g.from, v}}))
		}
	}
	return series, found.Err()
}

// firstPage returns the time of the first whole page that the live store has in a time: each series that there was has a sample
// then, as up has.
func (q *querier) firstPage(ctx context.Context, from, to int64) (at int64, any bool, err error) {
	live, err := q.h.live.Querier(from, to)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "up")}
	for _, l := range q.h.options.Labels {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	}
	found := live.Select(ctx, false, nil, matchers...)
	for found.Next() {
		for it := found.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
			if t, v := it.At(); !value.IsStaleNaN(v) {
				if !any || t < at {
					at, any = t, true
				}
				break
			}
		}
	}
	return at, any, found.Err()
}

// dayOf returns the beginning of the local day of a moment in milliseconds.
func (h *History) dayOf(at int64) time.Time {
	year, month, day := time.UnixMilli(at).In(h.options.Location).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, h.options.Location)
}

// closed ends the series of the past at the end of its last day, where they do not go on right then: what was true on one day is
// no answer for the next.
type closed struct {
	storage.SeriesSet
	at   int64
	goOn map[uint64]bool // by hash of the labels
}

func newClosed(past storage.SeriesSet, at int64, goOn []storage.Series) *closed {
	c := &closed{past, at, make(map[uint64]bool, len(goOn))}
	for _, s := range goOn {
		c.goOn[s.Labels().Hash()] = true
	}
	return c
}

func (c *closed) At() storage.Series {
	s := c.SeriesSet.At()
	if c.goOn[s.Labels().Hash()] {
		return s
	}
	return endedAt(s, c.at)
}

// endedAt appends the mark of an end to a series.
func endedAt(s storage.Series, at int64) storage.Series {
	return storage.ChainedSeriesMerge(s,
		storage.NewListSeries(s.Labels(), []chunks.Sample{sample{at, math.Float64frombits(value.StaleNaN)}}))
}
