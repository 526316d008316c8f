package agent

import (
	"context"
	"slices"
	"sync"
)

// semaphore lets a number of turns run at a time, first come, first served. The number can change while some run.
type semaphore struct {
	mu      sync.Mutex
	limit   int
	inside  int
	waiting []chan struct{} // closed to let one in
}

func newSemaphore(limit int) *semaphore { return &semaphore{limit: limit} }

// enter waits for a place until ctx ends; leave must follow where there is no error.
func (s *semaphore) enter(ctx context.Context) error {
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

func (s *semaphore) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside--
	s.admit()
}

// resize changes how many may be inside; those that are stay.
func (s *semaphore) resize(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	s.admit()
}

// admit lets in as many as there is room for; the mutex is held.
func (s *semaphore) admit() {
	for s.inside < s.limit && len(s.waiting) > 0 {
		s.inside++
		close(s.waiting[0])
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
}
