package agent

import (
	"errors"
	"kpiagent/internal/sourcelog"
	"sync"
	"time"
)

// Sources gives the state of every configured source in the order of the configuration. It waits for no read.
func (a *Agent) Sources() []sourcelog.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]sourcelog.Status, 0, len(a.readers))
	for _, r := range a.readers {
		s := r.condition.seen()
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

// condition is what a source's reads have shown so far: what sourcelog.Status and the metrics tell of it.
type condition struct {
	mu      sync.Mutex
	state   sourcelog.Status // only what reads decide
	refused refusal
	failed  int  // turns in a row
	asked   bool // the system itself has asked for the rest
}

func (c *condition) seen() sourcelog.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Refused = c.refused != ""
	return s
}

// restore takes over what the ledger knows from the time before the agent's start. runs has the last run, where there was
// one.
func (c *condition) restore(lastSuccess time.Time, held int64, runs []sourcelog.Run) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.LastSuccess, c.state.Held = lastSuccess, held
	if len(runs) > 0 {
		c.state.LastRun, c.state.Up = runs[0].Started, runs[0].OK // until the next read says otherwise
	}
}

func (c *condition) begun(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Running, c.state.LastRun = true, at
}

// ended notes what became of a read. One that is tried again says nothing yet.
func (c *condition) ended(at time.Time, summary sourcelog.Summary, err error, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Running = false
	if errors.Is(err, errReplaced) || again {
		return
	}
	c.state.Up = err == nil
	if err == nil {
		c.state.LastSuccess, c.state.Held = at, summary.Held
	}
}

// inherit takes over what another one, whose reads have ended, has shown of the same source.
func (c *condition) inherit(old *condition) {
	seen := old.seen()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Up, c.state.LastSuccess, c.state.LastRun, c.state.Held = seen.Up, seen.LastSuccess, seen.LastRun, seen.Held
}

// refuse notes which secret the system has refused; "" for none.
func (c *condition) refuse(mark refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = mark
}

func (c *condition) refusal() refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}
