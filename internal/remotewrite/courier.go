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
	"sync/atomic"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// courier brings the log to one store, in its order, and notes how far the store has it.
type courier struct {
	store    config.RemoteStore
	journal  *journal
	delivery *delivery
	log      *slog.Logger
	state    *storeState

	mu    sync.Mutex
	saved position // what the store has, as it is noted on disk
	noted bool     // it is
	told  bool     // that it cannot be

	stop    context.CancelFunc
	working sync.WaitGroup
}

// storeState is what is known of a store, for its metrics. It outlives the courier where only the configuration changes.
type storeState struct {
	up, refused, unnoted    atomic.Bool
	sent, rejected, dropped atomic.Int64 // samples
	requests, retries       atomic.Int64
	lastSuccess, oldest     atomic.Int64 // milliseconds since 1970; 0 for none
	pending                 func() int64 // samples; nil before the courier has begun
}

// startCourier starts a courier, from where the last one of that name came to; a new one begins with what is written next.
func startCourier(store config.RemoteStore, j *journal, around outbound.Env, state *storeState, log *slog.Logger) *courier {
	log = log.With("store", store.Name)
	c := &courier{store: store, journal: j, log: log, state: state}
	c.delivery = newDelivery(store, around, state, log)
	at := c.load()
	j.hold(store.Name, at, &state.dropped)
	c.note()
	state.pending = func() int64 { return j.pending(store.Name) }
	ctx, stop := context.WithCancel(context.Background()) // it ends with close
	c.stop = stop
	c.working.Go(func() { c.run(ctx, at) })
	c.working.Go(func() { c.keepNoted(ctx) })
	return c
}

// close ends the courier; what it has not brought stays in the log.
func (c *courier) close() {
	c.stop()
	c.working.Wait()
	c.delivery.link.close()
}

func positionFile(dir, store string) string { return filepath.Join(dir, store+".json") }

// load reads how far the store has the log.
func (c *courier) load() position {
	path := positionFile(c.journal.dir, c.store.Name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c.journal.end()
	}
	var at position
	if err == nil {
		err = json.Unmarshal(content, &at)
	}
	if err != nil || at.Segment < 0 || at.Records < 0 || at.Samples < 0 {
		// Rather twice than not at all: stores take equal samples as one.
		c.log.Warn("how far the store was brought cannot be read; all that is still there is sent again", "file", path, "err", err)
		return c.journal.begins()
	}
	first := c.journal.begins()
	current, _ := c.journal.state()
	if at == (position{Segment: current + 1}) { // the end, as it was noted; nothing was written since
		return c.journal.end()
	}
	if at.Segment > current || at.Segment < first.Segment {
		return first // somebody has emptied the log, or it was too full
	}
	return at
}

// note notes on disk how far the store has the log. Where that cannot be done the store is brought on all the same: after a
// restart it gets some twice, at worst, or where nothing was noted yet, not what it was still to get.
func (c *courier) note() {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.journal.reached(c.store.Name)
	if c.noted && at == c.saved {
		return
	}
	path := positionFile(c.journal.dir, c.store.Name)
	content, err := json.Marshal(at)
	if err == nil {
		err = os.WriteFile(path+".new", content, 0o640)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	c.state.unnoted.Store(err != nil)
	if err != nil {
		if !c.told {
			c.log.Error("how far the store has been brought cannot be noted; it is sent to all the same, and this is tried again", "err", err,
				"do", "let the agent write into remote_write.path, and see whether the disk has room")
		}
		c.told = true
		return
	}
	if c.told {
		c.log.Info("how far the store has been brought can be noted again")
	}
	c.saved, c.noted, c.told = at, true, false
}

// keepNoted notes again what could not be noted, until ctx ends: the store may be away meanwhile, and move nothing.
func (c *courier) keepNoted(ctx context.Context) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.note()
		}
	}
}

// run brings what there is and what comes, until ctx ends.
func (c *courier) run(ctx context.Context, from position) {
	r := newReader(c.journal, from, c.log)
	defer r.close()
	var load []sample
	most := c.store.SamplesPerRequest * c.store.Connections
	for ctx.Err() == nil {
		_, more := c.journal.state() // before the read, so that nothing is missed
		came := got
		load = load[:0]
		for came == got && len(load) < most {
			load, came = r.next(load)
		}
		if len(load) > 0 {
			c.state.oldest.Store(load[0].time)
			if !c.delivery.bring(ctx, load) {
				return
			}
		}
		clear(load)
		switch moved := c.acknowledge(r); {
		case moved, came == got:
		case came == ended:
			r.advance()
		case came == idle:
			c.state.oldest.Store(0)
			select {
			case <-ctx.Done():
			case <-more:
			}
		}
	}
}

// acknowledge notes that the store has all that was read. moved says that what follows had to be given up, and that the
// reader goes on behind it.
func (c *courier) acknowledge(r *reader) (moved bool) {
	at := c.journal.advance(c.store.Name, r.at)
	if moved = at != r.at; moved {
		r.jump(at)
	}
	c.note()
	return moved
}

// lag is how long the oldest sample that the store does not have has been waiting.
func (s *storeState) lag(now time.Time) time.Duration {
	oldest := s.oldest.Load()
	if oldest == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMilli(oldest)))
}
