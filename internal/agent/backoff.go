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

// nextTry reports whether a read that has failed is to be tried again within its turn, and after which wait; done counts the
// retries so far.
func nextTry(s config.Source, err error, done int) (wait time.Duration, again bool) {
	asked, passing := collectors.Again(err)
	if !passing || done >= s.Retries || asked > longestWait {
		return 0, false
	}
	return max(asked, outbound.Spread(outbound.Backoff(s.RetryWait, longestWait, done))), true
}

// settle notes how a turn ended. It returns the number of failed turns in a row, and how long the source rests now; 0 where
// it does not.
func (s *sourceStatus) settle(now time.Time, c config.Source, err error) (failed int, rest time.Duration) {
	if errors.Is(err, errReplaced) || errors.Is(err, context.Canceled) || errors.As(err, new(*storageError)) {
		return 0, 0 // it says nothing of the source
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = false
	if errors.Is(err, collectors.ErrAuth) && s.refused != "" {
		return 0, 0 // it is not asked anyhow, and shall be at once when the secret changes
	}
	if err == nil {
		s.failed, s.state.RestingUntil = 0, time.Time{}
		return 0, 0
	}
	s.failed++
	if c.RestAfter > 0 && s.failed >= c.RestAfter {
		rest = outbound.Backoff(firstRest, c.LongestRest, s.failed-c.RestAfter)
	}
	if asked, _ := collectors.Again(err); asked > longestWait {
		s.asked, rest = true, max(rest, min(asked, longestAsked))
	}
	s.state.RestingUntil = time.Time{}
	if rest > 0 {
		s.state.RestingUntil = now.Add(rest)
	}
	return s.failed, rest
}

// rests reports whether a turn is to be skipped. The complete read asks all the same, unless the system itself has asked for
// the rest: without it, records that were deleted in the system would stay in the figures for another day.
func (s *sourceStatus) rests(now time.Time, full bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.state.RestingUntil) && (!full || s.asked)
}
