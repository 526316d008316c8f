package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// lookUp lists names or values of labels in one set of series; with no matchers in all of them.
type lookUp func(context.Context, storage.Querier, *storage.LabelHints, []*labels.Matcher) (
	[]string, annotations.Annotations, error)

func (a *API) labelNames(r *http.Request) (reply, error) {
	return a.names(r, func(ctx context.Context, q storage.Querier, h *storage.LabelHints, m []*labels.Matcher) ([]string,
		annotations.Annotations, error) {
		return q.LabelNames(ctx, h, m...)
	})
}

func (a *API) labelValues(r *http.Request) (reply, error) {
	name := model.UnescapeName(r.PathValue("name"), model.ValueEncodingEscaping)
	if !model.UTF8Validation.IsValidLabelName(name) {
		return reply{}, badData{fmt.Errorf("invalid label name: %q", name)}
	}
	return a.names(r, func(ctx context.Context, q storage.Querier, h *storage.LabelHints, m []*labels.Matcher) ([]string,
		annotations.Annotations, error) {
		return q.LabelValues(ctx, name, h, m...)
	})
}

// names lists what is in any of the selected series, sorted and without repetitions.
func (a *API) names(r *http.Request, look lookUp) (found reply, err error) {
	s, err := a.selectionOf(r)
	if err != nil {
		return reply{}, err
	}
	q, err := a.Queryable.Querier(s.from.UnixMilli(), s.to.UnixMilli())
	if err != nil {
		return reply{}, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	if len(s.matchers) == 0 {
		s.matchers = [][]*labels.Matcher{nil}
	}
	list, notes := []string{}, annotations.New()
	for _, set := range s.matchers {
		more, also, err := look(r.Context(), q, &storage.LabelHints{Limit: s.atMost()}, set)
		if err != nil {
			return reply{}, err
		}
		list = append(list, more...)
		notes.Merge(also)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	found.note(*notes, "")
	if s.limit > 0 && len(list) > s.limit {
		list, found.warnings = list[:s.limit], append(found.warnings, truncated)
	}
	found.data = list
	return found, nil
}

func (a *API) series(r *http.Request) (found reply, err error) {
	s, err := a.selectionOf(r)
	if err != nil {
		return reply{}, err
	}
	if len(s.matchers) == 0 {
		return reply{}, badData{errors.New("no match[] parameter provided")}
	}
	q, err := a.Queryable.Querier(s.from.UnixMilli(), s.to.UnixMilli())
	if err != nil {
		return reply{}, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	hints := &storage.SelectHints{Start: s.from.UnixMilli(), End: s.to.UnixMilli(), Limit: s.atMost(),
		Func: "series"} // which Prometheus uses for lists that need no samples
	var sets []storage.SeriesSet
	for _, matchers := range s.matchers {
		sets = append(sets, q.Select(r.Context(), true, hints, matchers...)) // sorted, as merging needs them
	}
	merged := storage.NewMergeSeriesSet(sets, 0, storage.ChainedSeriesMerge)
	list, cut := []labels.Labels{}, false
	for merged.Next() {
		if err := r.Context().Err(); err != nil {
			return reply{}, err
		}
		if cut = s.limit > 0 && len(list) == s.limit; cut {
			break
		}
		list = append(list, merged.At().Labels())
	}
	if err := merged.Err(); err != nil {
		return reply{}, err
	}
	found.note(merged.Warnings(), "")
	if cut {
		found.warnings = append(found.warnings, truncated)
	}
	found.data = list
	return found, nil
}

func (a *API) metadata(r *http.Request) (reply, error) {
	limit := -1
	if r.FormValue("limit") != "" {
		var err error
		if limit, err = numberOf(r, "limit"); err != nil {
			return reply{}, err
		}
	}
	list := map[string][]Metadata{}
	for name, m := range a.Metadata {
		if asked := r.FormValue("metric"); asked != "" && asked != name {
			continue
		}
		if limit >= 0 && len(list) >= limit {
			break
		}
		list[name] = []Metadata{m}
	}
	return reply{data: list}, nil
}
