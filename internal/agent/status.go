package agent

import (
	"errors"
	"kpiagent/internal/sourcelog"
	"sync"
	"time"
)

// Sources returns the status of every configured source in the order of the configuration. It waits for no read.
func (a *Agent) Sources() []sourcelog.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]sourcelog.Status, 0, len(a.readers))
	for _, r := range a.readers {
		s := r.status.snapshot()
		s.Unit, s.ID, s.Name, s.Kind, s.Record = r.config.Unit, r.config.ID, r.name, r.config.Kind, r.config.Record
		s.Schedule, s.StaleAfter = r.config.Schedule, r.config.StaleAfter
		for _, job := range r.jobs {
			if next, err := job.NextRun(); err == nil && !next.IsZero() && (s.NextRun.IsZero() || next.Before(s.NextRun)) {
				s.NextRun = next
			}
		}
		list = append(list, s)
	}
	return list
}

// sourceStatus is what a source's reads have shown so far: what sourcelog.Status and the metrics tell of it.
type sourceStatus struct {
	mu      sync.Mutex
	state   sourcelog.Status // only what reads decide
	refused refusal
	failed  int  // turns in a row
	asked   bool // the system itself has asked for the rest
}

func (s *sourceStatus) snapshot() sourcelog.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.state
	now.Refused = s.refused != ""
	return now
}

// restore takes over what the ledger knows from the time before the agent's start. runs has the last run, where there was
// one.
func (s *sourceStatus) restore(lastSuccess time.Time, held int64, runs []sourcelog.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.LastSuccess, s.state.Held = lastSuccess, held
	if len(runs) > 0 {
		s.state.LastRun, s.state.Up = runs[0].Started, runs[0].OK // until the next read says otherwise
	}
}

func (s *sourceStatus) begun(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Running, s.state.LastRun = true, at
}

// ended notes what became of a read. One that is tried again says nothing yet.
func (s *sourceStatus) ended(at time.Time, summary sourcelog.Summary, err error, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Running = false
	if errors.Is(err, errReplaced) || again {
		return
	}
	s.state.Up = err == nil
	if err == nil {
		s.state.LastSuccess, s.state.Held = at, summary.Held
	}
}

// inherit takes over what another one, whose reads have ended, has shown of the same source.
func (s *sourceStatus) inherit(old *sourceStatus) {
	seen := old.snapshot()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Up, s.state.LastSuccess, s.state.LastRun, s.state.Held = seen.Up, seen.LastSuccess, seen.LastRun, seen.Held
}

// refuse notes which secret the system has refused; "" for none.
func (s *sourceStatus) refuse(mark refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = mark
}

func (s *sourceStatus) refusal() refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}
