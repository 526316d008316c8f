package agent

import (
	"context"
	"errors"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

const (
	// longestWait is how long a turn waits for the next try. A system that wants to be left alone for longer gets a rest.
	longestWait = 5 * time.Minute
	// firstRest is the rest after source.rest_after failed turns; each further failure doubles it.
	firstRest = 5 * time.Minute
	// longestAsked bounds the rest that a system can ask for.
	longestAsked = 24 * time.Hour
)

// storageError is an error of the ledger: it says nothing of the source that was being read.
type storageError struct{ error }

func (e *storageError) Unwrap() error { return e.error }

// storing marks an error of the ledger.
func storing(err error) error {
	if err == nil {
		return nil
	}
	return &storageError{err}
}

// nextTry says whether a read that has failed is to be tried again within its turn, and after which wait; done counts the
// retries so far.
func nextTry(s config.Source, err error, done int) (wait time.Duration, again bool) {
	asked, passing := collectors.Again(err)
	if !passing || done >= s.Retries || asked > longestWait {
		return 0, false
	}
	return max(asked, outbound.Spread(outbound.Backoff(s.RetryWait, longestWait, done))), true
}

// settle notes how a turn ended. It gives the number of failed turns in a row, and how long the source rests now; 0 where it
// does not.
func (c *condition) settle(now time.Time, s config.Source, err error) (failed int, rest time.Duration) {
	if errors.Is(err, errReplaced) || errors.Is(err, context.Canceled) || errors.As(err, new(*storageError)) {
		return 0, 0 // it says nothing of the source
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = false
	if errors.Is(err, collectors.ErrAuth) && c.refused != "" {
		return 0, 0 // it is not asked anyhow, and shall be at once when the secret changes
	}
	if err == nil {
		c.failed, c.state.RestingUntil = 0, time.Time{}
		return 0, 0
	}
	c.failed++
	if s.RestAfter > 0 && c.failed >= s.RestAfter {
		rest = outbound.Backoff(firstRest, s.LongestRest, c.failed-s.RestAfter)
	}
	if asked, _ := collectors.Again(err); asked > longestWait {
		c.asked, rest = true, max(rest, min(asked, longestAsked))
	}
	c.state.RestingUntil = time.Time{}
	if rest > 0 {
		c.state.RestingUntil = now.Add(rest)
	}
	return c.failed, rest
}

// rests says whether a turn is to be left out. The complete read of the night asks all the same, unless the system itself has
// asked for the rest: a night left out would be a day without deletions.
func (c *condition) rests(now time.Time, full bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Before(c.state.RestingUntil) && (!full || c.asked)
}
