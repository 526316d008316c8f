package history

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"kpiagent/internal/exposition"
)

// Record writes the samples of a moment: those that have changed, if changed says that something has, and all of them at each
// multiple of the interval. The series of single procedures are not written: see present.
//
// Trouble ends in the log and the metrics, and is no matter of the caller's.
func (h *History) Record(at time.Time, figures, own *exposition.Samples, changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.show(at, figures)
	if h.closed || !h.feed.Due(at, changed) {
		return
	}
	if err := h.Room(); err != nil {
		h.fail(err)
		return
	}
	w := &writer{Appender: h.live.Appender(context.Background())} // no append waits for anything
	if err := h.feed.Append(at, figures.WithoutProcedures(), own.All(), w); err != nil {
		h.fail(err)
		return
	}
	h.metrics.samples.Add(float64(w.taken))
	h.tellLate(w.late, w.reason)
	if err := h.endLeftOver(at, figures); err != nil {
		h.fail(err)
		return
	}
	h.succeed()
}

// endLeftOver ends the figures of the last run that the first page of this one does not have.
func (h *History) endLeftOver(at time.Time, figures *exposition.Samples) error {
	if len(h.leftOver) == 0 {
		return nil
	}
	over := make(map[uint64]labels.Labels, len(h.leftOver))
	for _, l := range h.leftOver {
		over[l.Hash()] = l
	}
	for s := range figures.WithoutProcedures() {
		delete(over, s.Labels(h.extra).Hash())
	}
	if err := h.end(slices.Collect(maps.Values(over)), at.UnixMilli()); err != nil {
		return err
	}
	h.leftOver = nil
	return nil
}

// tellLate logs once that the database does not take samples for their time.
func (h *History) tellLate(n int, reason error) {
	h.metrics.skipped.Add(float64(n))
	if n > 0 && h.late == "" {
		h.options.Log.Warn("history: samples are older than those it has, probably because the clock was set back; "+
			"such are left out until the clock has caught up; if it was far ahead before, restart the agent",
			"samples", n, "err", reason)
	}
	h.late = ""
	if n > 0 {
		h.late = reason.Error()
	}
}

// writer appends a page, and goes on where a sample is not taken for its time.
type writer struct {
	storage.Appender
	taken, late int
	reason      error
}

func (w *writer) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	next, err := w.Appender.Append(ref, l, t, v)
	switch {
	case err == nil:
		w.taken++
	case isLate(err):
		w.late, w.reason = w.late+1, err
		if next = ref; ref == 0 {
			next, _ = w.Appender.(storage.GetRef).GetRef(l, l.Hash()) // the series is there, only the sample is not
		}
		err = nil
	}
	return next, err
}

// isLate reports whether a sample was not taken for its time alone.
func isLate(err error) bool {
	return errors.Is(err, storage.ErrOutOfOrderSample) || errors.Is(err, storage.ErrTooOldSample) ||
		errors.Is(err, storage.ErrOutOfBounds) ||
		errors.Is(err, storage.ErrDuplicateSampleForTimestamp)
}

// endRun ends the series that the agent says of itself and those of rules: so much after the newest sample at most, and never
// later than now. After a kill they are ended by nobody else; with a lookback of a day they would go on for a day. Figures stay:
// they are of the ledger, which does not change while the agent is away; see endLeftOver. The series of alerts are left alone:
// what they say is how an alert goes on after a restart, and whoever evaluates the alert rules ends those that do not.
func (h *History) endRun(ctx context.Context, after time.Duration) (err error) {
	head := h.live.Head()
	newest := head.MaxTime()
	if newest == math.MinInt64 {
		return nil
	}
	end := h.options.Now().UnixMilli() - 1 // the next page may come in the same millisecond as this
	if after > 0 {
		end = min(end, newest+after.Milliseconds())
	}
	end = max(end, newest+1)
	// Whatever has not ended was written within the last intervals, also by rules.
	open, err := h.openSeries(ctx, newest-(10*h.options.Interval+10*time.Minute).Milliseconds(), newest)
	if err != nil {
		return err
	}
	var over []labels.Labels
	for _, l := range open {
		if h.figures[l.Get(model.MetricNameLabel)] {
			h.leftOver = append(h.leftOver, l)
		} else {
			over = append(over, l)
		}
	}
	return h.end(over, end)
}

// end writes down that series have ended.
func (h *History) end(series []labels.Labels, at int64) error {
	if len(series) == 0 {
		return nil
	}
	appender := h.live.Appender(context.Background()) // no append waits for anything
	for _, l := range series {
		if _, err := appender.Append(0, l, at, math.Float64frombits(value.StaleNaN)); err != nil && !isLate(err) {
			return errors.Join(err, appender.Rollback())
		}
	}
	return appender.Commit()
}

// openSeries lists the series with a sample in a time that do not end in it.
func (h *History) openSeries(ctx context.Context, from, to int64) (open []labels.Labels, err error) {
	q, err := h.live.Querier(from, to)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	found := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, ""))
	for found.Next() {
		s := found.At()
		if name := s.Labels().Get(model.MetricNameLabel); name == "ALERTS" || name == "ALERTS_FOR_STATE" {
			continue
		}
		last, any := lastValue(s)
		if any && !value.IsStaleNaN(last) {
			open = append(open, s.Labels())
		}
	}
	return open, found.Err()
}

// lastValue returns the value of the last sample of a series.
func lastValue(s storage.Series) (last float64, found bool) {
	for it := s.Iterator(nil); it.Next() == chunkenc.ValFloat; {
		_, last = it.At()
		found = true
	}
	return last, found
}
