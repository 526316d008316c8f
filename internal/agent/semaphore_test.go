package agent

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Who comes first goes in first; who gives up leaves no hole; more room lets more in, less room sends nobody out.
func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSemaphore(1)
		if err := s.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		impatient, giveUp := context.WithTimeout(t.Context(), 10*time.Second)
		defer giveUp()
		enter := func(ctx context.Context, who int) {
			if err := s.acquire(ctx); err == nil {
				order = append(order, who)
			}
		}
		for who := range 5 {
			ctx := t.Context()
			if who == 2 {
				ctx = impatient
			}
			go enter(ctx, who)
			time.Sleep(time.Second) // each waits before the next one comes
		}
		wantOrder := func(want ...int) {
			t.Helper()
			synctest.Wait()
			if len(order) != len(want) {
				t.Fatalf("inside were %v, want %v", order, want)
			}
			for i := range want {
				if order[i] != want[i] {
					t.Fatalf("inside were %v, want %v", order, want)
				}
			}
		}
		wantOrder()
		s.release()
		wantOrder(0)
		time.Sleep(10 * time.Second) // number 2 has given up
		s.release()
		wantOrder(0, 1)
		s.release()
		wantOrder(0, 1, 3)
		s.resize(2)
		wantOrder(0, 1, 3, 4)
		s.resize(1)
		ended, end := context.WithCancel(t.Context())
		end()
		if err := s.acquire(ended); err == nil {
			t.Error("somebody went in although he had given up before")
		}
		s.release() // of two who are inside, the room is for one
		go enter(t.Context(), 5)
		wantOrder(0, 1, 3, 4)
		s.release()
		wantOrder(0, 1, 3, 4, 5)
	})
}

// However they come, go and give up, and however the room changes, never are too many inside and nobody is forgotten.
func TestSemaphoreInARush(t *testing.T) {
	s := newSemaphore(4)
	var inside gauge
	var crowd sync.WaitGroup
	for i := range 200 {
		crowd.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*time.Millisecond)
			defer cancel()
			if i%20 >= 10 {
				ctx = t.Context()
			}
			if s.acquire(ctx) != nil {
				return
			}
			inside.enter()
			time.Sleep(time.Millisecond)
			inside.leave()
			s.release()
		})
		if i%50 == 0 {
			s.resize(2 + i%3)
		}
	}
	crowd.Wait()
	if most := inside.most.Load(); most > 4 {
		t.Errorf("%d were inside", most)
	}
	if s.inside != 0 || len(s.waiting) != 0 {
		t.Errorf("%d are left inside, %d are waiting", s.inside, len(s.waiting))
	}
}
