package exposition

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"
	"unique"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// Appender takes samples; it is the part of Prometheus' storage.Appender that plain samples need.
type Appender interface {
	// Append takes one sample; t is in milliseconds since 1970. With a ref that it returned before, the labels may be empty.
	Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error)
	Commit() error
	Rollback() error
}

// Feed brings samples into a storage of Prometheus as a scrape would: each series with a label for the job and the instance, the
// mark that an ended series is known by, and the series up; but each sample only when it has changed, and again at a steady
// interval. One goroutine at a time uses it.
type Feed struct {
	every  time.Duration
	steady time.Time // the multiple of every at which everything was appended last; zero before the first
	newest int64     // the time of what was appended last; 0 before the first
	extra  labels.Labels
	known  map[Series]*known
	round  uint64   // counts calls of Append
	added  []Series // in this round
	ended  []Series // in this round
}

// known is a series that the storage has.
type known struct {
	ref   storage.SeriesRef // 0 where the storage has to be told its labels again
	value float64
	round uint64 // the last in which it was there
}

// NewFeed makes a feed whose series get the labels extra, and which appends everything once in every; in between only what
// has changed.
func NewFeed(every time.Duration, extra labels.Labels) *Feed {
	return &Feed{every: every, extra: extra, known: map[Series]*known{}}
}

// Due reports whether there is anything to append at a moment; changed says that something has happened since the last time.
func (f *Feed) Due(at time.Time, changed bool) bool {
	return changed || !at.Truncate(f.every).Equal(f.steady)
}

// Append appends the samples of a moment: those that have changed, and all of them once in every, at an even time. With an error
// the storage has nothing of them, and the next Append appends everything: what has ended in between ends with that.
func (f *Feed) Append(at time.Time, figures, own iter.Seq2[Series, float64], to Appender) error {
	mark := at.Truncate(f.every)
	whole := !mark.Equal(f.steady) // also where the clock was set back
	t := at.UnixMilli()
	if whole && mark.UnixMilli() > f.newest && f.newest != 0 {
		t = mark.UnixMilli()
	}
	f.round++
	err := f.present(figures, own, to, t, whole)
	if err == nil {
		err = f.end(to, t)
	}
	if err != nil {
		err = errors.Join(err, to.Rollback())
	} else {
		err = to.Commit()
	}
	if err != nil {
		f.steady = time.Time{}
	} else {
		f.newest, f.steady = t, mark
	}
	f.settle(err == nil)
	return err
}

// up is what Prometheus adds to the series of an exporter that has answered.
var up = Series{unique.Make(labels.EmptyLabels()), unique.Make(labels.FromStrings(model.MetricNameLabel, "up"))}

// present appends all series, or those that have changed.
func (f *Feed) present(figures, own iter.Seq2[Series, float64], to Appender, t int64, whole bool) error {
	if err := f.one(up, 1, to, t, whole); err != nil {
		return err
	}
	for _, samples := range []iter.Seq2[Series, float64]{figures, own} {
		for s, v := range samples {
			if err := f.one(s, v, to, t, whole); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Feed) one(s Series, v float64, to Appender, t int64, whole bool) error {
	k := f.known[s]
	if k == nil {
		k = new(known)
		f.known[s], f.added = k, append(f.added, s)
	} else if !whole && math.Float64bits(k.value) == math.Float64bits(v) {
		k.round = f.round
		return nil
	}
	k.round = f.round
	if err := f.append(s, k, to, t, v); err != nil {
		return fmt.Errorf("series %s: %w", s.Labels(labels.EmptyLabels()), err)
	}
	return nil
}

// end marks the end of the series that are gone.
func (f *Feed) end(to Appender, t int64) error {
	for s, k := range f.known {
		if k.round == f.round {
			continue
		}
		if err := f.append(s, k, to, t, math.Float64frombits(value.StaleNaN)); err != nil {
			return fmt.Errorf("the end of series %s: %w", s.Labels(labels.EmptyLabels()), err)
		}
		f.ended = append(f.ended, s)
	}
	return nil
}

// append appends one sample.
func (f *Feed) append(s Series, k *known, to Appender, t int64, v float64) error {
	l := labels.EmptyLabels()
	if k.ref == 0 {
		l = s.Labels(f.extra)
	}
	ref, err := to.Append(k.ref, l, t, v)
	if err != nil {
		return err
	}
	k.ref, k.value = ref, v
	return nil
}

// settle notes whether the storage has taken what was appended. Where it has not, it may have lost all refs too.
func (f *Feed) settle(taken bool) {
	over := f.ended
	if !taken {
		over = f.added
	}
	for _, s := range over {
		delete(f.known, s)
	}
	if !taken {
		for _, k := range f.known {
			k.ref = 0
		}
	}
	f.added, f.ended = nil, nil
}

// Series counts the series that the storage has and that have not ended.
func (f *Feed) Series() int { return len(f.known) }
