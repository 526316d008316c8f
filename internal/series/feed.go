// Package series brings what the agent publishes into a storage of Prometheus: each series with a label for the job and the
// instance, each sample when it changed and again at a steady interval, the mark that Prometheus knows an ended series by, and
// the series up.
//
// Here live the reading of a series' text and the memory of what was appended last. Where the samples go, and for how long
// they stay there, is the business of the storage.
package series

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// Appender takes samples; it is the part of Prometheus' storage.Appender that plain samples need.
type Appender interface {
	// Append takes one sample; t is in milliseconds since 1970. With a ref that it gave before, the labels may be empty.
	Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error)
	Commit() error
	Rollback() error
}

// Feed appends the pages of the agent's metrics. One goroutine at a time uses it.
type Feed struct {
	every  time.Duration
	steady time.Time // the mark of the last page that was appended as a whole; zero before the first
	newest int64     // the time of what was appended last; 0 before the first
	extra  []labels.Label
	parts  [2]part // the figures, and what the agent says of itself
}

// part is one of the two kinds of series, which change at different times.
type part struct {
	known map[string]*known
	round uint64
}

// known is a series that the storage has.
type known struct {
	ref   storage.SeriesRef
	value float64
	round uint64 // the last in which it was there
}

// NewFeed makes a feed whose series get the labels extra, and which appends everything once in every; in between only what
// has changed.
func NewFeed(every time.Duration, extra ...labels.Label) *Feed {
	f := &Feed{every: every, extra: extra}
	f.Forget()
	return f
}

// Forget makes the next page begin all series anew, for a storage that does not have them.
func (f *Feed) Forget() {
	f.steady = time.Time{}
	for i := range f.parts {
		f.parts[i] = part{known: map[string]*known{}}
	}
}

// Due says whether a page of a moment has anything to append; changed says that something has happened since the last page.
func (f *Feed) Due(at time.Time, changed bool) bool { return changed || !f.mark(at).Equal(f.steady) }

// mark is the multiple of the interval that was passed last.
func (f *Feed) mark(at time.Time) time.Time { return at.Truncate(f.every) }

// Append appends the series of a page, as their text and value, which are valid until it returns: those that have changed,
// and all of them once in every, at an even time. With an error the storage has nothing of it, and the next page is appended
// as a whole.
func (f *Feed) Append(at time.Time, figures, own iter.Seq2[[]byte, float64], to Appender) error {
	mark := f.mark(at)
	whole := !mark.Equal(f.steady) // also where the clock was set back
	t := at.UnixMilli()
	if whole && mark.UnixMilli() > f.newest && f.newest != 0 {
		t = mark.UnixMilli()
	}
	err := f.parts[0].append(figures, to, t, whole, f.extra)
	if err == nil {
		err = f.parts[1].append(alive(own), to, t, whole, f.extra)
	}
	if err != nil {
		err = errors.Join(err, to.Rollback())
	} else {
		err = to.Commit()
	}
	if err != nil {
		f.Forget()
		return err
	}
	f.newest, f.steady = t, mark
	return nil
}

// alive adds what Prometheus adds to the series of an exporter that has answered.
func alive(own iter.Seq2[[]byte, float64]) iter.Seq2[[]byte, float64] {
	return func(yield func([]byte, float64) bool) {
		if yield([]byte("up"), 1) {
			own(yield)
		}
	}
}

// append appends all series, or those that have changed, and ends those that are gone.
func (p *part) append(samples iter.Seq2[[]byte, float64], to Appender, t int64, whole bool, extra []labels.Label) error {
	p.round++
	for text, v := range samples {
		k := p.known[string(text)]
		if k != nil {
			k.round = p.round
			if !whole && math.Float64bits(k.value) == math.Float64bits(v) {
				continue
			}
			if _, err := to.Append(k.ref, labels.EmptyLabels(), t, v); err != nil {
				return fmt.Errorf("series %s: %w", text, err)
			}
			k.value = v
			continue
		}
		l, err := Parse(text, extra...)
		if err != nil {
			return err
		}
		ref, err := to.Append(0, l, t, v)
		if err != nil {
			return fmt.Errorf("series %s: %w", text, err)
		}
		p.known[string(text)] = &known{ref: ref, value: v, round: p.round}
	}
	for text, k := range p.known {
		if k.round == p.round {
			continue
		}
		if _, err := to.Append(k.ref, labels.EmptyLabels(), t, math.Float64frombits(value.StaleNaN)); err != nil {
			return fmt.Errorf("the end of series %s: %w", text, err)
		}
		delete(p.known, text)
	}
	return nil
}

// Series counts the series of the last page.
func (f *Feed) Series() int { return len(f.parts[0].known) + len(f.parts[1].known) }
