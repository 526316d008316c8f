package agent

import (
	"errors"
	"sync"
	"time"

	"kpiagent/internal/ledger"
)

// SourceState says how a configured source is doing right now. Times are zero where there is none.
type SourceState struct {
	Unit, ID     string
	Name         string        // "unit/source", as the ledger has it
	Kind, Record string        // as configured: sql, file, …; dossier, procedure, observation
	Schedule     string        // as configured
	StaleAfter   time.Duration // figures older than that count as stale
	Running      bool          // it is being read; false while it waits for its turn
	Up           bool          // the last read went well
	LastSuccess  time.Time     // the end of the last read that went well, also of one before the agent's start
	LastRun      time.Time     // the beginning of the last read, also of a failed one
	NextRun      time.Time     // when it is read next by its schedules, jitter not counted; zero while the agent is not running
	Refused      bool          // the system has refused the user or the password: not read on schedule until the secret or the configuration changes
	RestingUntil time.Time     // it has failed too often in a row: not read before then; zero or past where it is not resting
	Held         int64         // records missing from the last complete read that were held back instead of removed
}

// Sources gives the state of every configured source in the order of the configuration. It waits for no read.
func (a *Agent) Sources() []SourceState {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]SourceState, 0, len(a.readers))
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

// condition is what a source's reads have shown so far: what SourceState and the metrics tell of it.
type condition struct {
	mu      sync.Mutex
	state   SourceState // only what reads decide
	refused refusal
	failed  int  // turns in a row
	asked   bool // the system itself has asked for the rest
}

func (c *condition) seen() SourceState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Refused = c.refused != ""
	return s
}

// restore takes over what the ledger knows from the time before the agent's start. runs has the last run, where there was
// one.
func (c *condition) restore(lastSuccess time.Time, held int64, runs []ledger.RunEntry) {
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
func (c *condition) ended(at time.Time, summary ledger.Summary, err error, again bool) {
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
