package agent

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Who comes first goes in first; who gives up leaves no hole; more room lets more in, less room sends nobody out.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newSemaphore(1)
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		impatient, giveUp := context.WithTimeout(t.Context(), 10*time.Second)
		defer giveUp()
		enter := func(ctx context.Context, who int) {
			if err := g.enter(ctx); err == nil {
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
		g.leave()
		wantOrder(0)
		time.Sleep(10 * time.Second) // number 2 has given up
		g.leave()
		wantOrder(0, 1)
		g.leave()
		wantOrder(0, 1, 3)
		g.resize(2)
		wantOrder(0, 1, 3, 4)
		g.resize(1)
		ended, end := context.WithCancel(t.Context())
		end()
		if err := g.enter(ended); err == nil {
			t.Error("somebody went in although he had given up before")
		}
		g.leave() // of two who are inside, the room is for one
		go enter(t.Context(), 5)
		wantOrder(0, 1, 3, 4)
		g.leave()
		wantOrder(0, 1, 3, 4, 5)
	})
}

// However they come, go and give up, and however the room changes, never are too many inside and nobody is forgotten.
func TestGateInARush(t *testing.T) {
	g := newSemaphore(4)
	var inside gauge
	var crowd sync.WaitGroup
	for i := range 200 {
		crowd.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*time.Millisecond)
			defer cancel()
			if i%20 >= 10 {
				ctx = t.Context()
			}
			if g.enter(ctx) != nil {
				return
			}
			inside.enter()
			time.Sleep(time.Millisecond)
			inside.leave()
			g.leave()
		})
		if i%50 == 0 {
			g.resize(2 + i%3)
		}
	}
	crowd.Wait()
	if most := inside.most.Load(); most > 4 {
		t.Errorf("%d were inside", most)
	}
	if g.inside != 0 || len(g.waiting) != 0 {
		t.Errorf("%d are left inside, %d are waiting", g.inside, len(g.waiting))
	}
}
