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
	added []string // by the page at hand
	ended []string // by the page at hand
}

// known is a series that the storage has.
type known struct {
	ref   storage.SeriesRef // 0 where the storage has to be told its labels again
	value float64
	round uint64 // the last in which it was there
}

// NewFeed makes a feed whose series get the labels extra, and which appends everything once in every; in between only what
// has changed.
func NewFeed(every time.Duration, extra ...labels.Label) *Feed {
	f := &Feed{every: every, extra: extra}
	for i := range f.parts {
		f.parts[i].known = map[string]*known{}
	}
	return f
}

// Due says whether a page of a moment has anything to append; changed says that something has happened since the last page.
func (f *Feed) Due(at time.Time, changed bool) bool { return changed || !f.mark(at).Equal(f.steady) }

// mark is the multiple of the interval that was passed last.
func (f *Feed) mark(at time.Time) time.Time { return at.Truncate(f.every) }

// Append appends the series of a page, as their text and value, which are valid until it returns: those that have changed,
// and all of them once in every, at an even time. With an error the storage has nothing of it, and the next page is appended
// as a whole: what has ended in between ends with that.
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
		f.steady = time.Time{}
	} else {
		f.newest, f.steady = t, mark
	}
	for i := range f.parts {
		f.parts[i].settle(err == nil)
	}
	return err
}

// settle notes whether the storage has the page at hand. Where it has not, it may have lost all refs too.
func (p *part) settle(taken bool) {
	over := p.ended
	if !taken {
		over = p.added
	}
	for _, text := range over {
		delete(p.known, text)
	}
	if !taken {
		for _, k := range p.known {
			k.ref = 0
		}
	}
	p.added, p.ended = nil, nil
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
		} else {
			k = &known{round: p.round}
			name := string(text)
			p.known[name], p.added = k, append(p.added, name)
		}
		if err := k.append(text, to, t, v, extra); err != nil {
			return fmt.Errorf("series %s: %w", text, err)
		}
	}
	for text, k := range p.known {
		if k.round == p.round {
			continue
		}
		if err := k.append([]byte(text), to, t, math.Float64frombits(value.StaleNaN), extra); err != nil {
			return fmt.Errorf("the end of series %s: %w", text, err)
		}
		p.ended = append(p.ended, text)
	}
	return nil
}

// append appends one sample.
func (k *known) append(text []byte, to Appender, t int64, v float64, extra []labels.Label) error {
	l := labels.EmptyLabels()
	if k.ref == 0 {
		var err error
		if l, err = Parse(text, extra...); err != nil {
			return err
		}
	}
	ref, err := to.Append(k.ref, l, t, v)
	if err != nil {
		return err
	}
	k.ref, k.value = ref, v
	return nil
}

// Series counts the series of the last page.
func (f *Feed) Series() int { return len(f.parts[0].known) + len(f.parts[1].known) }
