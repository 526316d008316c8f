package alerting

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"kpiagent/collectors/httpclient"
)

const (
	// refusedPause is how long nothing is tried after a login was refused, by no group of alerts: an account would be locked.
	// It is a little less than alerts.group_interval mostly is: the group's next turn, which is counted from the beginning of
	// this one, would come just before the end otherwise, and the one after it half an hour later.
	refusedPause = 29 * time.Minute
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

// gate is what all messages pass that go to one server with one login, one after the other: a login that was good may be
// refused at any time, and would be by all that are on their way.
type gate struct {
	turn chan struct{} // held by the one who tries; it guards what follows

	until time.Time
	what  outcome // that closed it, and its error
	why   error
}

func newGate() *gate { return &gate{turn: make(chan struct{}, 1)} }

// gates are those of one configuration, by login: messages over the same one share theirs.
type gates map[string]*gate

// of gives the gate of an account at a server. Without an account there is nothing to share: a token, or an address that is a
// secret, is one receiver's, and so is what a server says of it.
func (g gates) of(server, account string) *gate {
	key := account + "@" + server
	if account == "" || g[key] == nil {
		g[key] = newGate()
	}
	return g[key]
}

// pass lets one attempt through, when its time has come. Where a login was refused it does not.
func (g *gate) pass(ctx context.Context, try func() (outcome, error)) (again bool, err error) {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
	defer func() { <-g.turn }()
	if again, err := g.wait(ctx); err != nil {
		return again, err
	}
	what, err := try()
	if err != nil && what.pause > 0 {
		g.until, g.what, g.why = time.Now().Add(min(what.pause, longestPause)), what, err
	}
	return what.again, err
}

func (g *gate) wait(ctx context.Context) (again bool, err error) {
	pause := time.Until(g.until)
	switch {
	case ctx.Err() != nil:
		return true, context.Cause(ctx)
	case pause <= 0:
		return false, nil
	case !g.what.again:
		return false, fmt.Errorf("not tried before %s, or the configuration is loaded again: %w", g.until.Format(time.TimeOnly), g.why)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return true, fmt.Errorf("not tried before %s: %w", g.until.Format(time.TimeOnly), g.why)
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
