package remotewrite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"kpiagent/config"
)

// courier brings the log to one store, in its order, and notes how far the store has it.
type courier struct {
	store    config.RemoteStore
	journal  *journal
	delivery *delivery
	log      *slog.Logger
	state    *storeState

	saved position // what the store has, as it is noted on disk

	stop  context.CancelFunc
	ended chan struct{}
}

// storeState is what is known of a store, for its metrics. It outlives the courier where only the configuration changes.
type storeState struct {
	up, refused             atomic.Bool
	sent, rejected, dropped atomic.Int64 // samples
	requests, retries       atomic.Int64
	lastSuccess, oldest     atomic.Int64 // milliseconds since 1970; 0 for none
	pending                 func() int64 // samples; nil before the courier has begun
}

// startCourier starts a courier, from where the last one of that name came to; a new one begins with what is written next.
func startCourier(store config.RemoteStore, j *journal, around Surroundings, state *storeState, log *slog.Logger) (*courier, error) {
	log = log.With("store", store.Name)
	c := &courier{store: store, journal: j, log: log, state: state, ended: make(chan struct{})}
	c.delivery = newDelivery(store, around, state, log)
	var err error
	if c.saved, err = c.load(); err != nil {
		return nil, err
	}
	j.hold(store.Name, c.saved, &state.dropped)
	state.pending = func() int64 { return j.pending(store.Name) }
	ctx, stop := context.WithCancel(context.Background()) // it ends with close
	c.stop = stop
	go func() {
		defer close(c.ended)
		c.run(ctx)
	}()
	return c, nil
}

// close ends the courier; what it has not brought stays in the log.
func (c *courier) close() {
	c.stop()
	<-c.ended
	c.delivery.link.close()
}

func positionFile(dir, store string) string { return filepath.Join(dir, store+".json") }

// load reads how far the store has the log.
func (c *courier) load() (position, error) {
	path := positionFile(c.journal.dir, c.store.Name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		at := c.journal.end()
		return at, c.save(at)
	}
	var at position
	if err == nil {
		err = json.Unmarshal(content, &at)
	}
	if err != nil || at.Segment < 0 || at.Records < 0 || at.Samples < 0 {
		// Rather twice than not at all: stores take equal samples as one.
		c.log.Warn("how far the store was brought cannot be read; all that is still there is sent again", "file", path, "err", err)
		return c.journal.begins(), nil
	}
	first := c.journal.begins()
	if current, _ := c.journal.state(); at.Segment > current || at.Segment < first.Segment {
		return first, nil // somebody has emptied the log, or it was too full
	}
	return at, nil
}

// save notes it.
func (c *courier) save(at position) error {
	path := positionFile(c.journal.dir, c.store.Name)
	content, err := json.Marshal(at)
	if err == nil {
		err = os.WriteFile(path+".new", content, 0o640)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("remote_write: noting how far store %s has been brought: %w", c.store.Name, err)
	}
	return nil
}

// run brings what there is and what comes, until ctx ends.
func (c *courier) run(ctx context.Context) {
	r := newReader(c.journal, c.saved, c.log)
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

// acknowledge notes that the store has all that was read. Where it cannot be noted the store gets it twice after a restart, at
// worst. moved says that what follows had to be given up, and that the reader goes on behind it.
func (c *courier) acknowledge(r *reader) (moved bool) {
	at := c.journal.advance(c.store.Name, r.at)
	if moved = at != r.at; moved {
		r.jump(at)
	}
	if at == c.saved {
		return moved
	}
	if err := c.save(at); err != nil {
		c.log.Error("the disk does not take it", "err", err)
		return moved
	}
	c.saved = at
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
