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

	"kpiagent/internal/exposition"
)

// figureNames are the names of the series of figures.
var figureNames = func() map[string]bool {
	names := map[string]bool{}
	for _, f := range exposition.FigureFamilies() {
		names[f.Name] = true
		if f.Type == "histogram" {
			names[f.Name+"_bucket"], names[f.Name+"_sum"], names[f.Name+"_count"] = true, true, true
		}
	}
	return names
}()

// Queryable is the view of both stores that every query, rule and page uses.
func (h *History) Queryable() storage.Queryable { return view{h} }

type view struct{ h *History }

// Querier looks at both stores from mint to maxt, in milliseconds.
func (v view) Querier(mint, maxt int64) (_ storage.Querier, err error) {
	q := &querier{from: mint, to: maxt}
	if q.own, err = v.h.live.Querier(mint, maxt); err != nil {
		return nil, err
	}
	if past := v.h.past.Load(); past != nil {
		q.keeps = (*past).Keeps
		q.through = (*past).Through()
		if q.through != 0 && q.through >= mint {
			if q.days, err = (*past).Querier(mint, min(maxt, q.through)); err != nil {
				return nil, errors.Join(err, q.Close())
			}
		}
	}
	if q.days != nil && q.through < maxt {
		if q.later, err = v.h.live.Querier(q.through+1, maxt); err != nil {
			return nil, errors.Join(err, q.Close())
		}
	}
	if now := v.h.present.Load(); now != nil && now.at >= mint && now.at <= maxt && now.at > q.through {
		q.present = now
	}
	return q, nil
}

// ChunkQuerier is for remote reading, which is not offered.
func (v view) ChunkQuerier(int64, int64) (storage.ChunkQuerier, error) {
	return nil, errors.New("history gives no chunks: ask with PromQL")
}

// querier looks at the stores for one query.
type querier struct {
	from, to int64
	through  int64
	keeps    func(labels.Labels) bool // says whether a series' past is in the past store
	own      storage.Querier          // the live store, over the whole time
	later    storage.Querier          // the live store after the days that the past store has; nil where own is enough
	days     storage.Querier          // the past store; nil where it has nothing in that time
	present  *present                 // nil where it is not in that time
}

func (q *querier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	if q.days == nil && q.present == nil {
		return q.own.Select(ctx, sorted, hints, matchers...)
	}
	var now []storage.Series
	if q.present != nil && within(hints, q.present.at, q.present.at) != nil {
		limit := 0
		if hints != nil {
			limit = hints.Limit
		}
		var err error
		if now, err = q.present.find(limit, matchers...); err != nil {
			return storage.ErrSeriesSet(err)
		}
	}
	sets := []storage.SeriesSet{&list{series: now}}
	look := func(from storage.Querier, first, last int64, kept *bool) {
		if h := within(hints, first, last); h != nil && q.mayHave(matchers, kept) {
			found := from.Select(ctx, true, h, matchers...)
			if kept != nil {
				found = &chosen{found, q.keeps, *kept}
			}
			sets = append(sets, found)
		}
	}
	yes, no := true, false
	switch {
	case q.days == nil:
		look(q.own, q.from, q.to, nil)
	default:
		look(q.own, q.from, q.to, &no)
		if q.later != nil {
			look(q.later, q.through+1, q.to, &yes)
		}
		if h := within(hints, q.from, q.through); h != nil && q.mayHave(matchers, &yes) {
			found := q.days.Select(ctx, true, h, matchers...)
			if q.present != nil {
				found = newEnded(found, q.present.at, now)
			}
			sets = append(sets, found)
		}
	}
	limit := 0
	if hints != nil {
		limit = hints.Limit
	}
	return storage.NewMergeSeriesSet(sets, limit, storage.ChainedSeriesMerge)
}

// within gives hints cut to a time; nil where nothing is left.
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

// mayHave says whether series can match whose past the past store keeps, or others; nil stands for both.
func (q *querier) mayHave(matchers []*labels.Matcher, kept *bool) bool {
	if kept == nil {
		return true
	}
	for _, m := range matchers {
		if m.Type != labels.MatchEqual || m.Name != model.MetricNameLabel {
			continue
		}
		if !figureNames[m.Value] {
			return !*kept
		}
		// Of KPIs it depends on the KPI; the other names are all one or the other.
		if all := q.keeps(labels.FromStrings(model.MetricNameLabel, m.Value)); !strings.HasPrefix(m.Value, "egov_kpi_") && all != *kept {
			return false
		}
	}
	return true
}

func (q *querier) LabelValues(ctx context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
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
	err = q.eachPresent(matchers, func(l labels.Labels) {
		if v := l.Get(name); v != "" {
			values = append(values, v)
		}
	})
	slices.Sort(values)
	return slices.Compact(values), warnings, err
}

func (q *querier) LabelNames(ctx context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
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
	err = q.eachPresent(matchers, func(l labels.Labels) {
		l.Range(func(l labels.Label) { names = append(names, l.Name) })
	})
	slices.Sort(names)
	return slices.Compact(names), warnings, err
}

func (q *querier) eachPresent(matchers []*labels.Matcher, do func(labels.Labels)) error {
	if q.present == nil {
		return nil
	}
	found, err := q.present.find(0, matchers...)
	for _, s := range found {
		do(s.Labels())
	}
	return err
}

func (q *querier) Close() error {
	var errs []error
	for _, each := range []storage.Querier{q.own, q.later, q.days} {
		if each != nil {
			errs = append(errs, each.Close())
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
