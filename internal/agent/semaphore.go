package agent

import (
	"context"
	"slices"
	"sync"
)

// semaphore lets so many in at a time, in the order in which they came. Unlike those of libraries it can be resized while some
// are inside, which a reload of agent.concurrency needs.
type semaphore struct {
	mu      sync.Mutex
	limit   int
	inside  int
	waiting []chan struct{} // closed to let one in
}

func newSemaphore(limit int) *semaphore { return &semaphore{limit: limit} }

// acquire waits for a place until ctx ends; release must follow where there is no error.
func (s *semaphore) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.inside < s.limit && len(s.waiting) == 0 {
		s.inside++
		s.mu.Unlock()
		return nil
	}
	admitted := make(chan struct{})
	s.waiting = append(s.waiting, admitted)
	s.mu.Unlock()
	select {
	case <-admitted:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, admitted); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	} else { // it was let in at the same moment
		s.inside--
		s.admit()
	}
	return ctx.Err()
}

func (s *semaphore) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside--
	s.admit()
}

// resize changes how many may be inside; those that are inside stay.
func (s *semaphore) resize(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	s.admit()
}

// admit lets in whom there is room for; the lock is held.
func (s *semaphore) admit() {
	for s.inside < s.limit && len(s.waiting) > 0 {
		s.inside++
		close(s.waiting[0])
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
}
