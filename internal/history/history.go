package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"kpiagent/internal/exposition"
)

// Options say where history lies and how much of it is kept.
type Options struct {
	Path      string                            // the folder of history
	Labels    []labels.Label                    // what a scrape adds to each series: job and instance
	Interval  time.Duration                     // how often everything is written, changed or not
	Detail    time.Duration                     // how long the live store keeps what it has
	MaxBytes  int64                             // of both stores, see PastShare; 0: no limit
	Late      time.Duration                     // how much older than its newest a sample may be: the clock may be set back
	Lookback  time.Duration                     // see Engine
	Limits    Limits                            // of queries
	Now       func() time.Time                  // the clock
	Location  *time.Location                    // of the days
	FreeBytes func(path string) (uint64, error) // free space of a folder's file system; nil asks the system
	Log       *slog.Logger
}

// The folders inside Options.Path.
const (
	liveFolder    = "live"
	damagedFolder = "damaged"
)

// PastShare is how much of the size of history closed days may have: they come first, being years in little room, but leave
// the live store a quarter. That has all that they do not take. 0 is no limit.
func PastShare(most int64) int64 { return most / 4 * 3 }

// PastPath is the folder of the past store inside the folder of history.
func PastPath(path string) string { return filepath.Join(path, "daily") }

// Past has one sample per closed day of each figure that it keeps, at the last second of that local day, with the labels of
// Options.Labels.
type Past interface {
	// Look opens the past from mint to maxt, in milliseconds since 1970, together with all times that it answers for: the first
	// and the last moment of each, apart from one another, oldest first. What it does not say of those was not.
	Look(mint, maxt int64) (q storage.Querier, held [][2]int64, err error)
	// Keeps reports whether the past of a series is there; that of all others is in the live store alone.
	Keeps(l labels.Labels) bool
	// Size is what it takes on the disk, in bytes.
	Size() int64
}

// History is the open history of one agent. All methods may be called from several goroutines.
type History struct {
	options Options
	metrics *metrics
	lock    io.Closer
	live    *tsdb.DB
	opened  atomic.Pointer[tsdb.DB] // live, for the database's own goroutine
	past    atomic.Pointer[Past]
	engine  *promql.Engine
	aside   []string // what was found damaged when it was opened
	present atomic.Pointer[present]
	figures map[string]bool // the names of the series of figures
	extra   labels.Labels   // Options.Labels

	mu       sync.Mutex // guards what follows: one page is written at a time
	closed   bool
	feed     *exposition.Feed
	leftOver []labels.Labels // figures of the last run that have not ended, until the first page
	late     string          // why samples of the last page were not taken for their time
	trouble  string          // what was logged last, and is not over
}

// Open opens the history of a folder, or makes it. What is damaged is set aside with a message. The error is ErrInUse where
// another process has the folder.
func Open(ctx context.Context, o Options) (_ *History, err error) {
	if o.FreeBytes == nil {
		o.FreeBytes = freeBytes
	}
	if err := os.MkdirAll(o.Path, 0o750); err != nil {
		return nil, fmt.Errorf("history: %w; choose another place for history.path, or let the agent write there", err)
	}
	lock, err := Lock(o.Path, o.Now())
	if err != nil {
		return nil, err
	}
	h := &History{options: o, metrics: newMetrics(), lock: lock, figures: exposition.FigureNames(),
		extra: labels.New(slices.Clone(o.Labels)...)}
	h.feed = exposition.NewFeed(o.Interval, h.extra)
	if h.live, err = h.openLive(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := h.leaveFuture(ctx); err != nil {
		err = wrapLive(filepath.Join(o.Path, liveFolder), err)
		if h.live != nil {
			err = errors.Join(err, h.live.Close())
		}
		return nil, errors.Join(err, lock.Close())
	}
	h.metrics.watch(h)
	h.engine = newEngine(o, h.metrics)
	if err := h.endRun(ctx, h.options.Interval); err != nil {
		h.fail(fmt.Errorf("the series of the last run could not be ended: %w", err))
	}
	return h, nil
}

// SetPast adds the past store to the view, once that is open.
func (h *History) SetPast(p Past) { h.past.Store(&p) }

// Problem says what keeps history from being written; empty while all is well.
func (h *History) Problem() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trouble
}

// Trouble is something that is wrong with history.
type Trouble struct {
	Kind string
	Why  string
}

// The kinds of trouble.
const (
	NotWritten = "not_written" // nothing can be written now
	Late       = "late"        // the clock was set back, and what is newer than the clock keeps samples out
	Damaged    = "damaged"     // a part was set aside when history was opened
)

// Troubles lists what is wrong with history, for those who look after the agent.
func (h *History) Troubles() (list []Trouble) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble != "" {
		list = append(list, Trouble{NotWritten, h.trouble})
	}
	if h.late != "" {
		list = append(list, Trouble{Late, h.late})
	}
	for _, why := range h.aside {
		list = append(list, Trouble{Damaged, why})
	}
	return list
}

// Close ends what the agent says of itself, as the end of a scrape target does, and closes the store. Rule managers have to be stopped before.
func (h *History) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	err := h.endRun(context.Background(), 0)
	if err != nil {
		err = fmt.Errorf("history: its series could not be ended: %w", err)
	}
	return errors.Join(err, h.live.Close(), h.lock.Close())
}

// fail notes why something could not be written: in the log once until it is over, or turns into something else.
func (h *History) fail(err error) {
	h.metrics.failures.Inc()
	h.metrics.up.Set(0)
	if why := err.Error(); why != h.trouble {
		h.trouble = why
		h.options.Log.Error("history is not being written, the agent goes on without it", "err", why)
	}
}

// succeed notes that writing works (again).
func (h *History) succeed() {
	h.metrics.up.Set(1)
	if h.trouble != "" {
		h.trouble = ""
		h.options.Log.Info("history is being written again")
	}
}
