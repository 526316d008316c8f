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
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/prometheus/prometheus/tsdb/wlog"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	// segmentTarget is how large a segment grows, in bytes; what every store has goes by whole segments.
	segmentTarget = 16 << 20
	// segmentLimit is where the library would begin another segment by itself, in the middle of a page. No page gets so far.
	segmentLimit = 1 << 30
	// perRecord is how many series or samples one record holds.
	perRecord = 1000
	// logFolder is where the library wants its segments, below the folder of the journal.
	logFolder = "wal"
)

// journal is the log on disk of what is still to be sent. Each segment begins with all series that it has samples of, so
// that it can be read alone, and dropped alone. One goroutine appends; any number of readers follow.
type journal struct {
	dir    string
	log    *slog.Logger
	locker *tsdbutil.DirLocker

	pendingSeries  []record.RefSeries // of the page being appended; only its goroutine uses them
	pendingSamples []record.RefSample

	mu      sync.Mutex
	wal     *wlog.WL
	current int           // the segment being written
	renew   bool          // the next page begins a new segment
	unsaved bool          // something was written since the last sync
	more    chan struct{} // closed when something was written
	next    chunks.HeadSeriesRef
	series  map[chunks.HeadSeriesRef]labels.Labels // that are alive
	counts  map[int]int64                          // samples of each segment, of those that were dropped too
	first   int                                    // the oldest segment that was not dropped
	held    map[string]*holding                    // how far each store has it
	limit   int64                                  // of its size, in bytes
}

// openJournal opens the log in a folder, or begins one. A second process gets an error.
func openJournal(dir string, log *slog.Logger) (j *journal, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("remote_write.path: %w; let the agent write there, or name another folder", err)
	}
	j = &journal{dir: dir, log: log, more: make(chan struct{}), series: map[chunks.HeadSeriesRef]labels.Labels{}, counts: map[int]int64{}, held: map[string]*holding{}}
	if j.locker, err = tsdbutil.NewDirLocker(dir, "kpiagent", log, nil); err != nil {
		return nil, fmt.Errorf("remote_write.path %s: %w", dir, err)
	}
	if err := j.locker.Lock(); err != nil {
		return nil, fmt.Errorf("remote_write.path %s: another agent has it: stop that one first, or give this one a folder of its own (%w)", dir, err)
	}
	if err := j.begin(); err != nil {
		return nil, errors.Join(err, j.locker.Release())
	}
	return j, nil
}

// folder is where the segments are.
func (j *journal) folder() string { return filepath.Join(j.dir, logFolder) }

// begin counts what there is, and begins a new segment after it.
func (j *journal) begin() error {
	folder := j.folder()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("remote_write.path: %w", err)
	}
	first, last, err := wlog.Segments(folder)
	if err != nil {
		return fmt.Errorf("remote_write.path %s: what is in it cannot be read: %w; move the folder away to begin a new one, without what was not sent yet", j.dir, err)
	}
	j.first = max(0, first)
	for i := j.first; i <= last; i++ {
		j.counts[i] = j.count(i)
	}
	// zstd would need half the room, and 36 MB of memory.
	if j.wal, err = wlog.NewSize(j.log, nil, folder, segmentLimit, compression.Snappy); err != nil {
		return fmt.Errorf("remote_write.path %s: %w", j.dir, err)
	}
	j.current, _, err = j.wal.LastSegmentAndOffset()
	if err != nil {
		return errors.Join(fmt.Errorf("remote_write.path %s: %w", j.dir, err), j.wal.Close())
	}
	return nil
}

// count gives how many samples can be read of a segment.
func (j *journal) count(segment int) (samples int64) {
	r := newReader(j, position{Segment: segment}, slog.New(slog.DiscardHandler))
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

// close ends the log; what is in it stays.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.wal.Close(), j.locker.Release())
}

// sync lets the disk have what was written, so that not even a power cut takes it.
func (j *journal) sync() error {
	j.mu.Lock()
	wal, unsaved := j.wal, j.unsaved
	j.unsaved = false
	j.mu.Unlock()
	if !unsaved {
		return nil
	}
	if err := wal.Sync(); err != nil {
		return fmt.Errorf("remote_write: writing into %s: %w", j.dir, err)
	}
	return nil
}

// state says which segment is being written, and gives what is closed when something is added.
func (j *journal) state() (current int, more <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.current, j.more
}

// share gives the same labels as the series being written has, so that they are in memory once.
func (j *journal) share(ref chunks.HeadSeriesRef, l labels.Labels) labels.Labels {
	if same, has := j.series[ref]; has && labels.Equal(same, l) {
		return same
	}
	return l
}

// size gives the bytes on disk.
func (j *journal) size() int64 {
	size, err := j.wal.Size()
	if err != nil {
		return 0
	}
	return size
}

// holding is what is kept for one store.
type holding struct {
	at      position      // what the store has
	dropped *atomic.Int64 // counts the samples that were given up before it had them; what is under way then may arrive all the same
}

// after gives the segment that follows one.
func (j *journal) after(segment int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.renew = j.renew || segment == j.current // it turned out to be damaged: nothing more goes there
	return max(segment+1, j.first)
}

// pending counts the samples that a store does not have.
func (j *journal) pending(store string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.between(j.held[store].at, j.current+1)
}

// end is the position after everything that was written.
func (j *journal) end() position {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.renew = true
	return position{Segment: j.current + 1}
}

// begins is the position before everything that there is.
func (j *journal) begins() position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return position{Segment: j.first}
}

// hold keeps for a store what follows a position, as long as there is room.
func (j *journal) hold(store string, at position, dropped *atomic.Int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.held[store] = &holding{at, dropped}
}

// advance notes that a store has everything before a position. It gives the position from which on everything is still there,
// which is another one where some had to be given up meanwhile.
func (j *journal) advance(store string, at position) position {
	j.mu.Lock()
	defer j.mu.Unlock()
	if h := j.held[store]; h.at.Segment <= at.Segment {
		h.at = at
	} else {
		at = h.at
	}
	return at
}

// reached gives what a store has.
func (j *journal) reached(store string) position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.held[store].at
}

// forget gives up what is kept for a store, and its mark, if it could be written.
func (j *journal) forget(store string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.held, store)
	if err := os.Remove(positionFile(j.dir, store)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remote_write.path: the mark of store %s, which is not configured any more, stays: %w", store, err)
	}
	return nil
}

// bound sets how large the log may be, in bytes.
func (j *journal) bound(limit int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.limit = limit
}

// trim drops the segments that every store has, and then the oldest as long as the log is too large. full says that it did so
// with some that not every store has. What is being written stays.
func (j *journal) trim() (full bool, err error) {
	size := j.size()
	j.mu.Lock()
	defer j.mu.Unlock()
	needed := j.current
	for _, h := range j.held {
		needed = min(needed, h.at.Segment)
	}
	upTo := j.first
	for upTo < j.current && (upTo < needed || size > j.limit) {
		if info, err := os.Stat(wlog.SegmentName(j.folder(), upTo)); err == nil {
			size -= info.Size()
		}
		upTo++
	}
	if upTo == j.first {
		return false, nil
	}
	if err := j.wal.Truncate(upTo); err != nil {
		return false, fmt.Errorf("remote_write: dropping what was sent from %s: %w", j.dir, err)
	}
	for _, h := range j.held {
		if h.at.Segment < upTo {
			h.dropped.Add(j.between(h.at, upTo))
			h.at = position{Segment: upTo}
		}
	}
	maps.DeleteFunc(j.counts, func(i int, _ int64) bool { return i < upTo })
	j.first = upTo
	return upTo > needed, nil
}

// between counts the samples after a position and before a segment. j.mu is held.
func (j *journal) between(at position, end int) (samples int64) {
	for i := at.Segment; i < end; i++ {
		samples += j.counts[i]
	}
	return max(0, samples-at.Samples)
}
