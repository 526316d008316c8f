package daily

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/kpi"
)

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

func waitFor(t *testing.T, what string, fits func() bool) {
	t.Helper()
	for range 1200 {
		if fits() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: it never came", what)
}

// What took long is followed by a long pause, so that the reading of sources goes on, but closed days never wait for hours.
func TestPauses(t *testing.T) {
	for _, test := range []struct{ took, want time.Duration }{
		{0, usualPause}, {10 * time.Millisecond, usualPause}, {time.Second, usualPause}, {10 * time.Second, 40 * time.Second},
		{time.Minute, 4 * time.Minute}, {150 * time.Second, longestPause}, {10 * time.Minute, longestPause}, {1000 * time.Hour, longestPause},
	} {
		k := NewKeeper(nil, Source{}, prometheus.NewRegistry(), quiet())
		if got := k.pauseAfter(test.took); got != test.want {
			t.Errorf("after %v it pauses %v, want %v", test.took, got, test.want)
		}
	}
}

// A keeper writes the past, then what was corrected; trouble is told once, and it goes on when that is over.
func TestKeeper(t *testing.T) {
	m := filled(t, 12)
	var full atomic.Bool
	s := open(t, Options{Folder: t.TempDir(), Room: func() error {
		if full.Load() {
			return errors.New("the disk is full")
		}
		return nil
	}})
	log := new(lines)
	registry := prometheus.NewRegistry()
	k := NewKeeper(s, m.source(), registry, textLog(log))
	k.pause, k.again = 10*time.Millisecond, 10*time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { k.Run(ctx) })
	defer running.Wait()
	defer stop()

	written := func(what string) {
		t.Helper()
		want := m.anew()
		waitFor(t, what, func() bool { return s.Behind() == 0 && equal(want, dump(t, s)) })
	}
	written("the past")
	m.correct(start + kpi.Day(3))
	written("a correction")

	full.Store(true)
	m.correct(start + kpi.Day(5))
	waitFor(t, "trouble", func() bool { return log.count("past days could not be written") == 1 })
	time.Sleep(50 * time.Millisecond)
	if n := log.count("past days could not be written"); n != 1 {
		t.Errorf("the same trouble was told %d times", n)
	}
	if why := k.Problem(); !strings.Contains(why, "the disk is full") {
		t.Errorf("the problem is %q", why)
	}
	full.Store(false)
	written("what was left over")
	waitFor(t, "the end of trouble", func() bool { return log.count("being written again") == 1 })
	if why := k.Problem(); why != "" {
		t.Errorf("afterwards the problem is %q", why)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 6 {
		t.Errorf("%d metrics, %v", len(families), err)
	}
}

// While corrections wait for their turn, it is known since when.
func TestLag(t *testing.T) {
	m := filled(t, 12)
	s := open(t, Options{Folder: t.TempDir()})
	k := NewKeeper(s, m.source(), prometheus.NewRegistry(), quiet())
	k.pause = time.Millisecond
	k.look(t.Context())
	if lag := k.Lag(time.Now()); lag != 0 {
		t.Errorf("before the first writing it lags by %v", lag)
	}
	write := func() {
		t.Helper()
		done, err := s.Write(t.Context(), m.source(), 0, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		k.succeed(done, 0)
	}
	write()
	k.look(t.Context())
	if lag := k.Lag(time.Now()); lag != 0 {
		t.Errorf("all is written, and it lags by %v", lag)
	}
	m.correct(start + kpi.Day(3))
	if !k.rest(t.Context(), 20*time.Millisecond) {
		t.Fatal("the pause was broken off")
	}
	noticed := time.Now()
	if lag := k.Lag(noticed.Add(time.Minute)); lag < time.Minute || lag > 2*time.Minute {
		t.Errorf("a minute after the correction was noticed it lags by %v", lag)
	}
	write()
	k.look(t.Context())
	if lag := k.Lag(time.Now()); lag != 0 {
		t.Errorf("the correction is written, and it lags by %v", lag)
	}
}
