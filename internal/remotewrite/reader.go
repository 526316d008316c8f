package remotewrite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// position says how far the log was read: so many records of a segment, which hold so many samples.
type position struct {
	Segment int   `json:"segment"`
	Records int   `json:"records"`
	Samples int64 `json:"samples"`
}

// sample is one sample with its series.
type sample struct {
	series uint64 // the hash of the labels
	labels labels.Labels
	time   int64 // milliseconds since 1970
	value  float64
}

// reader reads the log from a position on. One goroutine uses it.
type reader struct {
	wal    *wal
	logger *slog.Logger
	at     position // of the next record
	skip   int      // records of the segment that were read before

	file    *wlog.Segment
	live    *wlog.LiveReader
	decoder record.Decoder
	labels  map[chunks.HeadSeriesRef]labels.Labels // of the segment's series
	series  []record.RefSeries
	found   []record.RefSample
}

func newReader(w *wal, from position, logger *slog.Logger) *reader {
	return &reader{wal: w, logger: logger, at: from}
}

// countSamples returns how many samples can be read of a segment.
func countSamples(w *wal, segment int) (samples int64) {
	r := newReader(w, position{Segment: segment}, slog.New(slog.DiscardHandler))
	defer r.close()
	if err := r.open(); err != nil {
		return 0
	}
	for r.live.Next() {
		if got, err := r.samples(r.live.Record()); err == nil {
			samples += int64(len(got))
		}
	}
	return samples
}

// open opens the segment of the position, whose records before it are passed over.
func (r *reader) open() (err error) {
	r.close()
	if r.file, err = wlog.OpenReadSegment(wlog.SegmentName(r.wal.folder(), r.at.Segment)); err != nil {
		return err
	}
	r.live = wlog.NewLiveReader(r.logger, wlog.NewLiveReaderMetrics(nil), r.file)
	r.decoder = record.NewDecoder(labels.NewSymbolTable(), r.logger)
	r.labels = map[chunks.HeadSeriesRef]labels.Labels{}
	r.skip = r.at.Records
	return nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
		r.file, r.live = nil, nil
	}
}

// progress says what a read came to.
type progress int

const (
	got   progress = iota
	idle           // there is nothing more yet
	ended          // the segment has nothing more, another one follows
)

// next appends the samples of the next record that has any.
func (r *reader) next(to []sample) ([]sample, progress) {
	for {
		current, _ := r.wal.state() // before the read: a segment that is not the last one does not grow any more
		if r.file == nil {
			if r.at.Segment > current {
				return to, idle
			}
			if err := r.open(); err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					r.logger.Error("a part of what is to be sent cannot be read and is left out", "segment", r.at.Segment, "err", err)
				}
				return to, ended
			}
		}
		if !r.live.Next() {
			if r.at.Segment >= current && errors.Is(r.live.Err(), io.EOF) {
				return to, idle
			}
			r.logDamage()
			return to, ended
		}
		before := len(to)
		if to = r.take(r.live.Record(), to); len(to) > before {
			return to, got
		}
	}
}

// take reads one record.
func (r *reader) take(rec []byte, to []sample) []sample {
	passed := r.skip > 0
	if passed {
		r.skip--
	} else {
		r.at.Records++
	}
	if r.decoder.Type(rec) == record.Series {
		r.learn(rec)
		return to
	}
	if passed {
		return to
	}
	found, err := r.samples(rec)
	if err != nil {
		r.logger.Error("samples of what is to be sent cannot be read and are left out", "segment", r.at.Segment, "err", err)
		return to
	}
	r.at.Samples += int64(len(found))
	for _, s := range found {
		if l, has := r.labels[s.Ref]; has {
			to = append(to, sample{series: l.Hash(), labels: l, time: s.T, value: s.V})
		}
	}
	return to
}

// learn reads a record's series.
func (r *reader) learn(rec []byte) {
	series, err := r.decoder.Series(rec, r.series[:0])
	if err != nil {
		r.logger.Error("series of what is to be sent cannot be read", "segment", r.at.Segment, "err", err)
	}
	r.wal.share(series)
	for _, s := range series {
		r.labels[s.Ref] = s.Labels
	}
	clear(series)
	r.series = series
}

// samples reads a record's samples, if it has any; they are valid until the next call.
func (r *reader) samples(rec []byte) ([]record.RefSample, error) {
	switch r.decoder.Type(rec) {
	case record.Samples, record.SamplesV2:
		var err error
		r.found, err = r.decoder.Samples(rec, r.found[:0])
		return r.found, err
	}
	return nil, nil
}

// logDamage tells where a segment does not end as it should: after a crash, what was being written is missing.
func (r *reader) logDamage() {
	err := r.live.Err()
	if errors.Is(err, io.EOF) {
		info, statErr := r.file.Stat()
		if statErr != nil || r.live.Offset() >= info.Size() {
			return
		}
		err = fmt.Errorf("%d bytes at its end are no whole record", info.Size()-r.live.Offset())
	}
	r.logger.Warn("a part of what is to be sent is damaged, as after a crash; what follows in it is left out", "segment", r.at.Segment, "err", err)
}

// jump goes on from another position.
func (r *reader) jump(to position) {
	r.close()
	r.at = to
}
