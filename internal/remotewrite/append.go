package remotewrite

import (
	"errors"
	"fmt"
	"maps"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
)

// Append takes one sample of the page that the next Commit writes.
func (j *journal) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	at := chunks.HeadSeriesRef(ref)
	if at == 0 {
		j.next++
		at = j.next
		j.pendingSeries = append(j.pendingSeries, record.RefSeries{Ref: at, Labels: l})
	}
	j.pendingSamples = append(j.pendingSamples, record.RefSample{Ref: at, T: t, V: v})
	return storage.SeriesRef(at), nil
}

// Rollback gives the page up, and all series with it: whoever appends begins anew.
func (j *journal) Rollback() error {
	j.pendingSeries, j.pendingSamples = nil, nil
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.series)
	j.renew = true
	return nil
}

// Commit writes the page. With an error whoever appends begins anew.
func (j *journal) Commit() error {
	j.mu.Lock()
	err := j.write()
	j.mu.Unlock()
	if err != nil {
		return errors.Join(fmt.Errorf("remote_write: writing into %s: %w; is there room on the disk?", j.dir, err), j.Rollback())
	}
	j.pendingSeries, j.pendingSamples = nil, j.pendingSamples[:0] // there are many new series once, and many samples each time
	return nil
}

func (j *journal) write() error {
	_, offset, err := j.wal.LastSegmentAndOffset()
	if err != nil {
		return err
	}
	for _, s := range j.pendingSeries {
		j.series[s.Ref] = s.Labels
	}
	if j.renew || offset >= segmentTarget {
		if j.current, err = j.wal.NextSegment(); err != nil {
			return err
		}
		j.renew = false
		err = j.writeSeries(maps.All(j.series))
	} else {
		err = j.writeSeries(func(yield func(chunks.HeadSeriesRef, labels.Labels) bool) {
			for _, s := range j.pendingSeries {
				if !yield(s.Ref, s.Labels) {
					return
				}
			}
		})
	}
	if err == nil {
		err = j.writeSamples()
	}
	if err != nil {
		return err
	}
	j.counts[j.current] += int64(len(j.pendingSamples))
	j.unsaved = true
	close(j.more)
	j.more = make(chan struct{})
	return nil
}

func (j *journal) writeSeries(all func(yield func(chunks.HeadSeriesRef, labels.Labels) bool)) (err error) {
	var encoder record.Encoder
	var buffer []byte
	batch := make([]record.RefSeries, 0, perRecord)
	flush := func() bool {
		if len(batch) > 0 {
			buffer = encoder.Series(batch, buffer[:0])
			err = j.wal.Log(buffer)
		}
		batch = batch[:0]
		return err == nil
	}
	all(func(ref chunks.HeadSeriesRef, l labels.Labels) bool {
		batch = append(batch, record.RefSeries{Ref: ref, Labels: l})
		return len(batch) < perRecord || flush()
	})
	if err == nil {
		flush()
	}
	return err
}

func (j *journal) writeSamples() error {
	var encoder record.Encoder
	var buffer []byte
	for rest := j.pendingSamples; len(rest) > 0; {
		n := min(perRecord, len(rest))
		buffer = encoder.Samples(rest[:n], buffer[:0])
		if err := j.wal.Log(buffer); err != nil {
			return err
		}
		rest = rest[n:]
	}
	for _, s := range j.pendingSamples {
		if value.IsStaleNaN(s.V) {
			delete(j.series, s.Ref)
		}
	}
	return nil
}
