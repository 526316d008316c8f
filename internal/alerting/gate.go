package alerting

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kpiagent/collectors/httpclient"
)

const (
	// refusedPause is how long nothing is tried after a login was refused, by no group of alerts: an account would be locked.
	refusedPause = 30 * time.Minute
	// longestPause is how long a server may ask to be left alone; more is a mistake of its.
	longestPause = time.Hour
)

// outcome is what came of an attempt, beside its error.
type outcome struct {
	// again says whether the same message may do better in this turn of its group; otherwise the next turn tries.
	again bool
	// pause is for how long the server is to be left alone, by all who would send over the same gate.
	pause time.Duration
}

// gate is what all messages pass that go to one server with one login.
type gate struct {
	first chan struct{} // held by the one who tries while nobody knows whether the login is good

	mutex sync.Mutex
	good  bool // something was taken
	until time.Time
	what  outcome // that closed it, and its error
	why   error
}

func newGate() *gate { return &gate{first: make(chan struct{}, 1)} }

// pass lets one attempt through, when its time has come. Where a login was refused it does not.
func (g *gate) pass(ctx context.Context, try func() (outcome, error)) (again bool, err error) {
	select {
	case g.first <- struct{}{}:
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
	free := sync.OnceFunc(func() { <-g.first })
	defer free()
	if again, err := g.wait(ctx); err != nil {
		return again, err
	}
	if g.isGood() {
		free()
	}
	what, err := try()
	g.note(what, err)
	return what.again, err
}

func (g *gate) isGood() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.good
}

func (g *gate) wait(ctx context.Context) (again bool, err error) {
	g.mutex.Lock()
	pause, what, why, until := time.Until(g.until), g.what, g.why, g.until
	g.mutex.Unlock()
	switch {
	case pause <= 0:
		return false, nil
	case !what.again:
		return false, fmt.Errorf("not tried before %s, or the configuration is loaded again: %w", until.Format(time.TimeOnly), why)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return true, fmt.Errorf("not tried before %s: %w", until.Format(time.TimeOnly), why)
	}
}

func (g *gate) note(what outcome, err error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err == nil {
		g.good = true
		return
	}
	if what.pause > 0 {
		g.until, g.what, g.why = time.Now().Add(min(what.pause, longestPause)), what, err
		g.good = g.good && what.again
	}
}

// answered says what an answer over HTTP means that did not take a message.
func answered(status int, header http.Header) outcome {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return outcome{pause: refusedPause}
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		pause, _ := httpclient.RetryAfter(header, time.Now())
		return outcome{again: true, pause: pause}
	}
	return outcome{}
}
