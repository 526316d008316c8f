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

// Sender writes the agent's series into the log, and has a courier for each store. Its methods may be called at any time, by
// any goroutine.
type Sender struct {
	around outbound.Env
	log    *slog.Logger

	described map[string]*prometheus.Desc

	mu       sync.Mutex
	config   config.RemoteWrite
	feed     *exposition.Feed
	journal  *journal // nil without stores
	couriers map[string]*courier
	states   map[string]*storeState
	failed   bool // the last page could not be written
	failures float64
	stop     chan struct{} // ends the upkeep
	upkeep   sync.WaitGroup
}

// New makes a sender without stores; Apply brings them. Close ends it.
func New(around outbound.Env, log *slog.Logger) *Sender {
	return &Sender{around: around, log: log.With("component", "remote_write"), couriers: map[string]*courier{}, states: map[string]*storeState{}, described: descriptions()}
}

// Apply takes the configuration over. Stores whose own configuration is the same keep what they are doing; one with another
// configuration and the same name goes on where it was; one that is gone is forgotten. The error is about the log, which the
// agent then does without.
func (s *Sender) Apply(c config.RemoteWrite, around outbound.Env) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.config
	s.config, s.around = c, around
	if len(c.Stores) == 0 {
		return s.end(true)
	}
	if s.journal == nil {
		return s.begin()
	}
	if c.Interval != before.Interval || c.Job != before.Job || c.Instance != before.Instance {
		s.newFeed()
	}
	s.journal.bound(c.MaxMegabytes << 20)
	return s.exchange()
}

// begin opens the log, and starts what goes with it.
func (s *Sender) begin() error {
	j, err := openJournal(s.config.Path, s.log)
	if err != nil {
		return err
	}
	s.journal = j
	s.newFeed()
	j.bound(s.config.MaxMegabytes << 20)
	err = s.exchange()
	s.keep(j) // not before each store has said from where on it needs the log
	return err
}

// keep syncs and trims the log, now and again and again, until it is closed.
func (s *Sender) keep(j *journal) {
	s.tidy(j)
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
				s.tidy(j)
			}
		}
	})
}

func (s *Sender) newFeed() {
	s.feed = exposition.NewFeed(s.config.Interval, labels.FromStrings("job", s.config.Job, "instance", s.config.Instance))
	_ = s.journal.Rollback() // it gives up what no feed knows any more, and cannot fail
}

// exchange ends the couriers of stores that are gone or have changed, and starts those that are missing.
func (s *Sender) exchange() error {
	wanted := map[string]config.RemoteStore{}
	for _, store := range s.config.Stores {
		wanted[store.Name] = store
	}
	var errs []error
	for name, c := range s.couriers {
		store, stays := wanted[name]
		if stays && reflect.DeepEqual(store, c.store) {
			c.delivery.link.follow(s.around)
			c.delivery.retry()
			continue
		}
		c.close()
		delete(s.couriers, name)
		if !stays {
			delete(s.states, name)
			errs = append(errs, s.journal.forget(name))
		}
	}
	for name, store := range wanted {
		if s.couriers[name] != nil {
			continue
		}
		if s.states[name] == nil {
			s.states[name] = &storeState{}
		}
		s.couriers[name] = startCourier(store, s.journal, s.around, s.states[name], s.log)
		s.log.Info("series are sent to a store", "store", name, "pending", s.journal.pending(name))
	}
	return errors.Join(errs...)
}

// Record takes the samples of a moment; it is an agent.Recorder. Trouble ends in the log and the metrics.
func (s *Sender) Record(at time.Time, figures, own *exposition.Samples, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.config.Stores) == 0 || s.journal != nil && !s.feed.Due(at, changed) {
		return
	}
	var err error
	if s.journal == nil { // it could not be opened
		err = s.begin()
	}
	if s.journal != nil {
		err = errors.Join(err, s.feed.Append(at, figures.All(), own.All(), s.journal))
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
func (s *Sender) tidy(j *journal) {
	if err := j.sync(); err != nil {
		s.log.Error("what is to be sent may not survive a power cut", "err", err)
	}
	full, err := j.trim()
	if err != nil {
		s.log.Error("the log of what is to be sent grows", "err", err)
	}
	if full {
		s.log.Error("the log of what is to be sent is full: its oldest part was given up before every store had it", "do", "see why a store takes no samples, or raise remote_write.max_megabytes")
	}
}

// end ends all couriers and the log. forget also deletes what was still to be sent: nobody will.
func (s *Sender) end(forget bool) error {
	var errs []error
	for name, c := range s.couriers {
		c.close()
		delete(s.couriers, name)
		if forget {
			delete(s.states, name)
			errs = append(errs, c.journal.forget(name))
		}
	}
	if s.journal == nil {
		return nil
	}
	close(s.stop)
	s.upkeep.Wait()
	j := s.journal
	s.journal = nil
	errs = append(errs, j.sync(), j.close())
	if forget {
		errs = append(errs, os.RemoveAll(j.folder()))
	}
	return errors.Join(errs...)
}

// Close ends everything; what is still to be sent stays on disk, and is sent after the next start.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(false)
}
