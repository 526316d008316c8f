package history

import (
	"context"
	"math"

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

// firstPage returns the time of the first whole page that the live store has in a time: each series that there was has a sample
// then, as up has.
func (g *gap) firstPage(ctx context.Context, hints *storage.SelectHints, extra []labels.Label) (at int64, any bool, err error) {
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "up")}
	for _, l := range extra {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	}
	found := g.live.Select(ctx, false, &storage.SelectHints{Start: hints.Start, End: hints.End}, matchers...)
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

// overtaken ends a series of the past where the first page that is written again does not have it: while the agent
// stood still, nobody wrote down that it ended. It may begin anew later. Of series per procedure the live store has
// nothing at all: see ended.
type overtaken struct {
	storage.SeriesSet // of the past, in the order of their labels
	at                int64
	live              []storage.Series // of the gap, in that order too
	series            storage.Series
}

func (o *overtaken) Next() bool {
	if !o.SeriesSet.Next() {
		return false
	}
	o.series = o.SeriesSet.At()
	l := o.series.Labels()
	if l.Get("procedure") != "" {
		return true
	}
	for len(o.live) > 0 && labels.Compare(o.live[0].Labels(), l) < 0 {
		o.live = o.live[1:]
	}
	if len(o.live) > 0 && labels.Equal(o.live[0].Labels(), l) {
		if it := o.live[0].Iterator(nil); it.Next() != chunkenc.ValNone && it.AtT() <= o.at {
			return true
		}
	}
	o.series = endedAt(o.series, o.at)
	return true
}

func (o *overtaken) At() storage.Series { return o.series }

// endedAt appends the mark of an end to a series.
func endedAt(s storage.Series, at int64) storage.Series {
	return storage.ChainedSeriesMerge(s,
		storage.NewListSeries(s.Labels(), []chunks.Sample{sample{at, math.Float64frombits(value.StaleNaN)}}))
}

// listOf reads a set to its end.
func listOf(set storage.SeriesSet) (*list, error) {
	all := &list{}
	for set.Next() {
		all.series = append(all.series, set.At())
	}
	return all, set.Err()
}
