package remotewrite

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// endpoint brings the log to one store, in its order, and notes on disk how far the store has it: the mark.
type endpoint struct {
	store  config.RemoteStore
	wal    *wal
	shards *shards
	logger *slog.Logger
	stats  *stats

	mu     sync.Mutex
	marked position // what the store has, as it is noted on disk
	noted  bool     // it is
	failed bool     // it could not be, and that was logged

	stop    context.CancelFunc
	working sync.WaitGroup
}

// startEndpoint goes on from where the last endpoint of that name came to; a new one begins with what is written next.
func startEndpoint(store config.RemoteStore, w *wal, env outbound.Env, s *stats, logger *slog.Logger) *endpoint {
	logger = logger.With("store", store.Name)
	e := &endpoint{store: store, wal: w, logger: logger, stats: s, shards: newShards(store, env, s, logger)}
	at := e.load()
	w.hold(store.Name, at, &s.dropped)
	e.mark()
	s.pending = func() int64 { return w.pending(store.Name) }
	ctx, stop := context.WithCancel(context.Background()) // it ends with close
	e.stop = stop
	e.working.Go(func() { e.run(ctx, at) })
	e.working.Go(func() { e.keepMarked(ctx) })
	return e
}

// close ends the endpoint; what it has not brought stays in the log.
func (e *endpoint) close() {
	e.stop()
	e.working.Wait()
	e.shards.client.close()
}

func markFile(dir, store string) string { return filepath.Join(dir, store+".json") }

// load reads how far the store has the log.
func (e *endpoint) load() position {
	path := markFile(e.wal.dir, e.store.Name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e.wal.end()
	}
	var at position
	if err == nil {
		err = json.Unmarshal(content, &at)
	}
	first := e.wal.begins()
	if err != nil || at.Segment < 0 || at.Records < 0 || at.Samples < 0 {
		// Rather twice than not at all: stores take equal samples as one.
		e.logger.Warn("how far the store was brought cannot be read; all that is still there is sent again", "file", path, "err", err)
		return first
	}
	current, _ := e.wal.state()
	if at == (position{Segment: current + 1}) { // the end, as it was noted; nothing was written since
		return e.wal.end()
	}
	if at.Segment > current || at.Segment < first.Segment {
		return first // the log was emptied, or was too full
	}
	return at
}

// mark notes on disk how far the store has the log. Where that cannot be done the store is brought on all the same: after a
// restart it gets some twice, at worst, or where nothing was noted yet, not what it was still to get.
func (e *endpoint) mark() {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := e.wal.reached(e.store.Name)
	if e.noted && at == e.marked {
		return
	}
	path := markFile(e.wal.dir, e.store.Name)
	content, err := json.Marshal(at)
	if err == nil {
		err = os.WriteFile(path+".new", content, 0o640)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	e.stats.unmarked.Store(err != nil)
	if err != nil {
		if !e.failed {
			e.logger.Error("how far the store has been brought cannot be noted; it is sent to all the same, and this is tried again", "err", err,
				"do", "let the agent write into remote_write.path, and see whether the disk has room")
		}
		e.failed = true
		return
	}
	if e.failed {
		e.logger.Info("how far the store has been brought can be noted again")
	}
	e.marked, e.noted, e.failed = at, true, false
}

// keepMarked notes again what could not be noted, until ctx ends: the store may be away meanwhile, and move nothing.
func (e *endpoint) keepMarked(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.mark()
		}
	}
}

// run brings what there is and what comes, until ctx ends.
func (e *endpoint) run(ctx context.Context, from position) {
	r := newReader(e.wal, from, e.logger)
	defer r.close()
	var load []sample
	most := e.store.SamplesPerRequest * e.store.Connections
	for ctx.Err() == nil {
		_, more := e.wal.state() // before the read, so that nothing is missed
		came := got
		load = load[:0]
		for came == got && len(load) < most {
			load, came = r.next(load)
		}
		if len(load) > 0 {
			e.stats.oldest.Store(load[0].time)
			if !e.shards.send(ctx, load) {
				return
			}
		}
		clear(load)
		at := e.wal.advance(e.store.Name, r.at)
		e.mark()
		switch {
		case at != r.at: // what follows had to be given up
			r.jump(at)
		case came == ended:
			r.jump(position{Segment: e.wal.after(r.at.Segment)})
		case came == idle:
			e.stats.oldest.Store(0)
			select {
			case <-ctx.Done():
			case <-more:
			}
		}
	}
}
