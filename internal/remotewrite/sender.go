package remotewrite

import (
	"errors"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/outbound"
)

// upkeep is how often the log is synced to disk, and what every store has is dropped from it.
const upkeep = 5 * time.Second

// Sender writes the agent's series into the log, and has an endpoint for each store. Its methods may be called at any time, by
// any goroutine.
type Sender struct {
	env outbound.Env
	log *slog.Logger

	described map[string]*prometheus.Desc

	mu        sync.Mutex
	config    config.RemoteWrite
	feed      *exposition.Feed
	wal       *wal // nil without stores
	endpoints map[string]*endpoint
	stats     map[string]*stats // also of endpoints that are started again
	failed    bool              // the last page could not be written
	failures  float64
	stop      chan struct{} // ends the upkeep
	upkeep    sync.WaitGroup
}

// New makes a sender without stores; Apply brings them. Close ends it.
func New(env outbound.Env, log *slog.Logger) *Sender {
	return &Sender{env: env, log: log.With("component", "remote_write"), endpoints: map[string]*endpoint{}, stats: map[string]*stats{}, described: descriptions()}
}

// Apply takes the configuration over. Stores whose own configuration is the same keep what they are doing; one with another
// configuration and the same name goes on where it was; one that is gone is forgotten. The error is about the log, which the
// agent then does without.
func (s *Sender) Apply(c config.RemoteWrite, env outbound.Env) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.config
	s.config, s.env = c, env
	if len(c.Stores) == 0 {
		return s.end(true)
	}
	if s.wal == nil {
		return s.begin()
	}
	if c.Interval != before.Interval || c.Job != before.Job || c.Instance != before.Instance {
		s.newFeed()
	}
	s.wal.bound(c.MaxMegabytes << 20)
	return s.exchange()
}

// begin opens the log, and starts what goes with it.
func (s *Sender) begin() error {
	w, err := openWAL(s.config.Path, s.log)
	if err != nil {
		return err
	}
	s.wal = w
	s.newFeed()
	w.bound(s.config.MaxMegabytes << 20)
	err = s.exchange()
	s.keep(w) // not before each store has said from where on it needs the log
	return err
}

// keep syncs and trims the log, again and again until it is closed.
func (s *Sender) keep(w *wal) {
	s.tidy(w)
	stop := make(chan struct{})
	s.stop = stop
	s.upkeep.Go(func() {
		ticker := time.NewTicker(upkeep)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				s.tidy(w)
			}
		}
	})
}

func (s *Sender) newFeed() {
	s.feed = exposition.NewFeed(s.config.Interval, labels.FromStrings("job", s.config.Job, "instance", s.config.Instance))
	_ = s.wal.Rollback() // the new feed knows no refs; it cannot fail
}

// exchange ends the endpoints of stores that are gone or have changed, and starts those that are missing.
func (s *Sender) exchange() error {
	wanted := map[string]config.RemoteStore{}
	for _, store := range s.config.Stores {
		wanted[store.Name] = store
	}
	var errs []error
	for name, e := range s.endpoints {
		store, stays := wanted[name]
		if stays && reflect.DeepEqual(store, e.store) {
			e.shards.client.follow(s.env)
			e.shards.retry()
			continue
		}
		e.close()
		delete(s.endpoints, name)
		if !stays {
			delete(s.stats, name)
			errs = append(errs, s.wal.forget(name))
		}
	}
	for name, store := range wanted {
		if s.endpoints[name] != nil {
			continue
		}
		if s.stats[name] == nil {
			s.stats[name] = new(stats)
		}
		s.endpoints[name] = startEndpoint(store, s.wal, s.env, s.stats[name], s.log)
		s.log.Info("series are sent to a store", "store", name, "pending", s.wal.pending(name))
	}
	return errors.Join(errs...)
}

// Record takes the samples of a moment; it is an agent.Recorder. Trouble ends in the log and the metrics.
func (s *Sender) Record(at time.Time, figures, own *exposition.Samples, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.config.Stores) == 0 || s.wal != nil && !s.feed.Due(at, changed) {
		return
	}
	var err error
	if s.wal == nil { // it could not be opened
		err = s.begin()
	}
	if s.wal != nil {
		err = errors.Join(err, s.feed.Append(at, figures.All(), own.All(), s.wal))
	}
	if err != nil {
		s.failures++
		if !s.failed {
			s.log.Error("the series of this moment cannot be kept and are not sent; it is tried again with the next", "err", err)
		}
	} else if s.failed {
		s.log.Info("series can be kept again")
	}
	s.failed = err != nil
}

// tidy syncs the log, and drops from it what is not needed or has no room.
func (s *Sender) tidy(w *wal) {
	if err := w.sync(); err != nil {
		s.log.Error("what is to be sent may not survive a power cut", "err", err)
	}
	full, err := w.trim()
	if err != nil {
		s.log.Error("the log of what is to be sent grows", "err", err)
	}
	if full {
		s.log.Error("the log of what is to be sent is full: its oldest part was given up before every store had it", "do", "see why a store takes no samples, or raise remote_write.max_megabytes")
	}
}

// end ends all endpoints and the log. forget also deletes what was still to be sent: nothing else will.
func (s *Sender) end(forget bool) error {
	var errs []error
	for name, e := range s.endpoints {
		e.close()
		delete(s.endpoints, name)
		if forget {
			delete(s.stats, name)
			errs = append(errs, e.wal.forget(name))
		}
	}
	if s.wal == nil {
		return nil
	}
	close(s.stop)
	s.upkeep.Wait()
	w := s.wal
	s.wal = nil
	errs = append(errs, w.sync(), w.close())
	if forget {
		errs = append(errs, os.RemoveAll(w.folder()))
	}
	return errors.Join(errs...)
}

// Close ends everything; what is still to be sent stays on disk, and is sent after the next start.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(false)
}
