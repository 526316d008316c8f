package remotewrite

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/prometheus/prometheus/tsdb/wlog"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	// segmentTarget is how large a segment grows, in bytes; what every store has goes by whole segments.
	segmentTarget = 16 << 20
	// segmentLimit is where the library would begin another segment by itself, between the records of one commit. None gets so far.
	segmentLimit = 1 << 30
	// perRecord is how many series or samples one record holds.
	perRecord = 1000
	// walFolder is where the library wants its segments, below the folder of the log.
	walFolder = "wal"
)

// wal is the log on disk of what is still to be sent. Each segment begins with all series that it has samples of, so
// that it can be read alone, and dropped alone. One goroutine appends; any number of readers follow.
type wal struct {
	dir    string
	logger *slog.Logger
	lock   *tsdbutil.DirLocker

	newSeries  []record.RefSeries // for the next Commit; only the goroutine that appends uses them
	newSamples []record.RefSample

	mu       sync.Mutex
	segments *wlog.WL
	current  int           // the segment being written
	renew    bool          // the next commit begins a new segment
	unsaved  bool          // something was written since the last sync
	more     chan struct{} // closed when something was written
	next     chunks.HeadSeriesRef
	series   map[chunks.HeadSeriesRef]labels.Labels // that are alive
	counts   map[int]int64                          // samples of each segment
	first    int                                    // the oldest segment that was not dropped
	held     map[string]*holding                    // how far each store has it
	limit    int64                                  // of its size, in bytes
}

// holding is what is kept for one store.
type holding struct {
	at      position      // what the store has
	dropped *atomic.Int64 // counts the samples that were given up before it had them; what is under way then may arrive all the same
}

// openWAL opens the log in a folder, or begins one. A second process gets an error.
func openWAL(dir string, logger *slog.Logger) (w *wal, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("remote_write.path: %w; let the agent write there, or name another folder", err)
	}
	w = &wal{dir: dir, logger: logger, more: make(chan struct{}), series: map[chunks.HeadSeriesRef]labels.Labels{}, counts: map[int]int64{}, held: map[string]*holding{}}
	if w.lock, err = tsdbutil.NewDirLocker(dir, "kpiagent", logger, nil); err != nil {
		return nil, fmt.Errorf("remote_write.path %s: %w", dir, err)
	}
	if err := w.lock.Lock(); err != nil {
		return nil, fmt.Errorf("remote_write.path %s: another agent has it: stop that one first, or give this one a folder of its own (%w)", dir, err)
	}
	if err := w.begin(); err != nil {
		return nil, errors.Join(err, w.lock.Release())
	}
	return w, nil
}

// folder is where the segments are.
func (w *wal) folder() string { return filepath.Join(w.dir, walFolder) }

// begin counts what there is, and begins a new segment after it.
func (w *wal) begin() error {
	folder := w.folder()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("remote_write.path: %w", err)
	}
	first, last, err := wlog.Segments(folder)
	if err != nil {
		return fmt.Errorf("remote_write.path %s: what is in it cannot be read: %w; move the folder away to begin a new one, without what was not sent yet", w.dir, err)
	}
	w.first = max(0, first)
	for i := w.first; i <= last; i++ {
		w.counts[i] = countSamples(w, i)
	}
	// zstd would need half the room, and 36 MB of memory.
	if w.segments, err = wlog.NewSize(w.logger, nil, folder, segmentLimit, compression.Snappy); err != nil {
		return fmt.Errorf("remote_write.path %s: %w", w.dir, err)
	}
	w.current, _, err = w.segments.LastSegmentAndOffset()
	if err != nil {
		return errors.Join(fmt.Errorf("remote_write.path %s: %w", w.dir, err), w.segments.Close())
	}
	return nil
}

// Append takes one sample for the next Commit.
func (w *wal) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	at := chunks.HeadSeriesRef(ref)
	if at == 0 {
		w.next++
		at = w.next
		w.newSeries = append(w.newSeries, record.RefSeries{Ref: at, Labels: l})
	}
	w.newSamples = append(w.newSamples, record.RefSample{Ref: at, T: t, V: v})
	return storage.SeriesRef(at), nil
}

// Rollback forgets the samples since the last Commit, and all series: whoever appends has to name them again.
func (w *wal) Rollback() error {
	w.newSeries, w.newSamples = nil, nil
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.series)
	w.renew = true
	return nil
}

// Commit writes the samples since the last one. With an error it is a Rollback.
func (w *wal) Commit() error {
	w.mu.Lock()
	err := w.write()
	w.mu.Unlock()
	if err != nil {
		return errors.Join(fmt.Errorf("remote_write: writing into %s: %w; is there room on the disk?", w.dir, err), w.Rollback())
	}
	w.newSeries, w.newSamples = nil, w.newSamples[:0] // there are many new series once, and many samples each time
	return nil
}

func (w *wal) write() error {
	_, offset, err := w.segments.LastSegmentAndOffset()
	if err != nil {
		return err
	}
	named := w.newSeries
	for _, s := range named {
		w.series[s.Ref] = s.Labels
	}
	if w.renew || offset >= segmentTarget {
		if w.current, err = w.segments.NextSegment(); err != nil {
			return err
		}
		w.renew, named = false, make([]record.RefSeries, 0, len(w.series))
		for ref, l := range w.series {
			named = append(named, record.RefSeries{Ref: ref, Labels: l})
		}
	}
	var encoder record.Encoder
	if err := logRecords(w.segments, named, encoder.Series); err != nil {
		return err
	}
	if err := logRecords(w.segments, w.newSamples, encoder.Samples); err != nil {
		return err
	}
	for _, s := range w.newSamples {
		if value.IsStaleNaN(s.V) {
			delete(w.series, s.Ref)
		}
	}
	w.counts[w.current] += int64(len(w.newSamples))
	w.unsaved = true
	close(w.more)
	w.more = make(chan struct{})
	return nil
}

// logRecords writes records of bounded size.
func logRecords[T any](to *wlog.WL, list []T, encode func([]T, []byte) []byte) error {
	var buffer []byte
	for len(list) > 0 {
		n := min(perRecord, len(list))
		buffer = encode(list[:n], buffer[:0])
		if err := to.Log(buffer); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// close ends the log; what is in it stays.
func (w *wal) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.segments.Close(), w.lock.Release())
}

// sync lets the disk have what was written, so that not even a power cut takes it.
func (w *wal) sync() error {
	w.mu.Lock()
	unsaved := w.unsaved
	w.unsaved = false
	w.mu.Unlock()
	if !unsaved {
		return nil
	}
	if err := w.segments.Sync(); err != nil {
		return fmt.Errorf("remote_write: writing into %s: %w", w.dir, err)
	}
	return nil
}

// state returns the segment being written, and what is closed when something is added.
func (w *wal) state() (current int, more <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current, w.more
}

// share returns the labels that the series being written has, where they are the same, so that they are in memory once.
func (w *wal) share(series []record.RefSeries) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, s := range series {
		if same, has := w.series[s.Ref]; has && labels.Equal(same, s.Labels) {
			series[i].Labels = same
		}
	}
}

// size returns the bytes on disk.
func (w *wal) size() int64 {
	size, err := w.segments.Size()
	if err != nil {
		return 0
	}
	return size
}

// after returns the segment that follows one.
func (w *wal) after(segment int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.renew = w.renew || segment == w.current // it turned out to be damaged: nothing more goes there
	return max(segment+1, w.first)
}

// pending counts the samples that a store does not have.
func (w *wal) pending(store string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.between(w.held[store].at, w.current+1)
}

// end is the position after everything that was written.
func (w *wal) end() position {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.renew = true
	return position{Segment: w.current + 1}
}

// begins is the position before everything that there is.
func (w *wal) begins() position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return position{Segment: w.first}
}

// hold keeps for a store what follows a position, as long as there is room.
func (w *wal) hold(store string, at position, dropped *atomic.Int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[store] = &holding{at, dropped}
}

// advance notes that a store has everything before a position. It returns the position from which on everything is still there,
// which is another one where some had to be given up meanwhile.
func (w *wal) advance(store string, at position) position {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.held[store]; h.at.Segment <= at.Segment {
		h.at = at
	} else {
		at = h.at
	}
	return at
}

// reached returns what a store has.
func (w *wal) reached(store string) position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[store].at
}

// forget gives up what is kept for a store, and its mark, if it could be written.
func (w *wal) forget(store string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, store)
	if err := os.Remove(markFile(w.dir, store)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remote_write.path: the mark of store %s, which is not configured any more, stays: %w", store, err)
	}
	return nil
}

// bound sets how large the log may be, in bytes.
func (w *wal) bound(limit int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = limit
}

// trim drops the segments that every store has, and then the oldest as long as the log is too large. full reports that some of
// those were not sent to every store. What is being written stays.
func (w *wal) trim() (full bool, err error) {
	size := w.size()
	w.mu.Lock()
	defer w.mu.Unlock()
	needed := w.current
	for _, h := range w.held {
		needed = min(needed, h.at.Segment)
	}
	upTo := w.first
	for upTo < w.current && (upTo < needed || size > w.limit) {
		if info, err := os.Stat(wlog.SegmentName(w.folder(), upTo)); err == nil {
			size -= info.Size()
		}
		upTo++
	}
	if upTo == w.first {
		return false, nil
	}
	if err := w.segments.Truncate(upTo); err != nil {
		return false, fmt.Errorf("remote_write: dropping what was sent from %s: %w", w.dir, err)
	}
	for _, h := range w.held {
		if h.at.Segment < upTo {
			h.dropped.Add(w.between(h.at, upTo))
			h.at = position{Segment: upTo}
		}
	}
	maps.DeleteFunc(w.counts, func(i int, _ int64) bool { return i < upTo })
	w.first = upTo
	return upTo > needed, nil
}

// between counts the samples after a position and before a segment. w.mu is held.
func (w *wal) between(at position, end int) (samples int64) {
	for i := at.Segment; i < end; i++ {
		samples += w.counts[i]
	}
	return max(0, samples-at.Samples)
}
