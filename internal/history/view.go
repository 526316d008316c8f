package history

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// Queryable is the view of both stores that every query, rule and page uses.
func (h *History) Queryable() storage.Queryable { return view{h} }

type view struct{ h *History }

// Querier looks at both stores from mint to maxt, in milliseconds.
func (v view) Querier(mint, maxt int64) (_ storage.Querier, err error) {
	q := &querier{h: v.h, from: mint, to: maxt}
	if q.own, err = v.h.live.Querier(mint, maxt); err != nil {
		return nil, err
	}
	if past := v.h.past.Load(); past != nil {
		if err := q.look(*past); err != nil {
			return nil, errors.Join(err, q.Close())
		}
	}
	if now := v.h.present.Load(); now != nil && now.at >= mint && now.at <= maxt && now.at > q.through {
		q.present = now
	}
	return q, nil
}

// look opens the past store, and the live store where that has gaps.
func (q *querier) look(past Past) error {
	days, held, err := past.Look(q.from, q.to)
	if err != nil {
		return err
	}
	gaps := gapsOf(held, q.from, q.to)
	if len(held) > 0 {
		q.through = held[len(held)-1][1]
	}
	if len(gaps) == 1 && gaps[0].from == q.from && gaps[0].to == q.to {
		return days.Close() // it has nothing of that time
	}
	q.days, q.keeps = days, past.Keeps
	begin, err := q.h.live.StartTime()
	if err != nil {
		return err
	}
	begin -= q.h.options.Late.Milliseconds() // which does not count those that came late
	for _, g := range gaps {
		if g.to >= begin {
			if g.live, err = q.h.live.Querier(g.from, g.to); err != nil {
				return err
			}
		}
		q.gaps = append(q.gaps, g)
	}
	return nil
}

// ChunkQuerier is for remote reading, which is not offered.
func (v view) ChunkQuerier(int64, int64) (storage.ChunkQuerier, error) {
	return nil, errors.New("history has no chunks: ask with PromQL")
}

// querier looks at the stores for one query.
type querier struct {
	h        *History
	from, to int64
	own      storage.Querier          // the live store, over the whole time
	days     storage.Querier          // the past store; nil where it has nothing of that time
	keeps    func(labels.Labels) bool // with days, as gaps: reports whether a series' past is in the past store
	through  int64                    // the end of all that the past store has
	gaps     []gap                    // what the live store has to fill, oldest first
	present  *present                 // nil where it is not in that time
}

func (q *querier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints,
	matchers ...*labels.Matcher) storage.SeriesSet {
	if q.days == nil && q.present == nil {
		return q.own.Select(ctx, sorted, hints, matchers...)
	}
	var now []storage.Series
	if q.present != nil && within(hints, q.present.at, q.present.at) != nil {
		limit := 0
		if hints != nil {
			limit = hints.Limit
		}
		now = q.present.find(limit, matchers...)
	}
	sets := []storage.SeriesSet{&list{series: now}}
	if q.days == nil {
		sets = append(sets, q.own.Select(ctx, true, hints, matchers...))
	}
	if q.days != nil && q.mayHave(matchers, false) {
		sets = append(sets, &chosen{q.own.Select(ctx, true, hints, matchers...), q.keeps, false})
	}
	if q.days != nil && q.mayHave(matchers, true) {
		kept, err := q.selectKept(ctx, hints, now, matchers...)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		sets = append(sets, kept...)
	}
	limit := 0
	if hints != nil {
		limit = hints.Limit
	}
	return storage.NewMergeSeriesSet(sets, limit, storage.ChainedSeriesMerge)
}

// selectKept looks for the series whose past the past store keeps: there, and in the live store where that has gaps.
func (q *querier) selectKept(ctx context.Context, hints *storage.SelectHints, now []storage.Series,
	matchers ...*labels.Matcher) (sets []storage.SeriesSet, err error) {
	var past storage.SeriesSet
	if h := within(hints, q.from, min(q.to, q.through)); h != nil {
		past = q.days.Select(ctx, true, h, matchers...)
	}
	for i := range q.gaps {
		g := &q.gaps[i]
		h := within(hints, g.from, g.to)
		if h == nil {
			continue
		}
		if g.live != nil {
			sets = append(sets, &chosen{g.live.Select(ctx, true, h, matchers...), q.keeps, true})
		}
		if past == nil || !g.follows || h.Limit > 0 { // with a limit it is about names, not about values
			continue
		}
		opening, err := q.opening(ctx, g, matchers...)
		if err != nil {
			return nil, err
		}
		if q.present != nil && q.present.at == g.from {
			past = newClosed(past, g.from, slices.Concat(opening, now))
		} else {
			past = newClosed(past, g.from, opening)
		}
		sets = append(sets, &list{series: opening})
	}
	if past != nil {
		sets = append(sets, past)
	}
	return sets, nil
}

// within returns hints cut to a time; nil where nothing is left.
func within(hints *storage.SelectHints, first, last int64) *storage.SelectHints {
	if hints == nil {
		return &storage.SelectHints{Start: first, End: last}
	}
	cut := *hints
	cut.Start, cut.End = max(cut.Start, first), min(cut.End, last)
	if cut.Start > cut.End {
		return nil
	}
	return &cut
}

// mayHave reports whether series can match whose past the past store keeps, or others.
func (q *querier) mayHave(matchers []*labels.Matcher, kept bool) bool {
	for _, m := range matchers {
		if m.Type != labels.MatchEqual || m.Name != model.MetricNameLabel {
			continue
		}
		if !q.h.figures[m.Value] {
			return !kept
		}
		// Of KPIs it depends on the KPI; the other names are all one or the other.
		if all := q.keeps(labels.FromStrings(model.MetricNameLabel, m.Value)); !strings.HasPrefix(m.Value, "egov_kpi_") &&
			all != kept {
			return false
		}
	}
	return true
}

func (q *querier) LabelValues(ctx context.Context, name string, hints *storage.LabelHints,
	matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	values, warnings, err := q.own.LabelValues(ctx, name, hints, matchers...)
	if err != nil {
		return nil, warnings, err
	}
	if q.days != nil {
		more, also, err := q.days.LabelValues(ctx, name, hints, matchers...)
		if err != nil {
			return nil, also, err
		}
		values, warnings = slices.Concat(values, more), warnings.Merge(also)
	}
	q.eachPresent(matchers, func(l labels.Labels) {
		if v := l.Get(name); v != "" {
			values = append(values, v)
		}
	})
	slices.Sort(values)
	return slices.Compact(values), warnings, nil
}

func (q *querier) LabelNames(ctx context.Context, hints *storage.LabelHints,
	matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	names, warnings, err := q.own.LabelNames(ctx, hints, matchers...)
	if err != nil {
		return nil, warnings, err
	}
	if q.days != nil {
		more, also, err := q.days.LabelNames(ctx, hints, matchers...)
		if err != nil {
			return nil, also, err
		}
		names, warnings = slices.Concat(names, more), warnings.Merge(also)
	}
	q.eachPresent(matchers, func(l labels.Labels) {
		l.Range(func(l labels.Label) { names = append(names, l.Name) })
	})
	slices.Sort(names)
	return slices.Compact(names), warnings, nil
}

func (q *querier) eachPresent(matchers []*labels.Matcher, do func(labels.Labels)) {
	if q.present == nil {
		return
	}
	for _, s := range q.present.find(0, matchers...) {
		do(s.Labels())
	}
}

func (q *querier) Close() error {
	var errs []error
	for _, each := range []storage.Querier{q.own, q.days} {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	for _, g := range q.gaps {
		if g.live != nil {
			errs = append(errs, g.live.Close())
		}
	}
	return errors.Join(errs...)
}

// chosen shows the series that the past store keeps only, or all others.
type chosen struct {
	storage.SeriesSet
	keeps func(labels.Labels) bool
	kept  bool
}

func (c *chosen) Next() bool {
	for c.SeriesSet.Next() {
		if c.keeps(c.At().Labels()) == c.kept {
			return true
		}
	}
	return false
}
