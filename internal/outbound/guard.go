package outbound

import (
	"context"
	"fmt"
	"time"
)

// LongestPause is how long a server may ask to be left alone; more is a mistake of its.
const LongestPause = time.Hour

// Outcome is what came of one try to send something, beside its error.
type Outcome struct {
	// Again reports whether the same message may do better soon.
	Again bool
	// Pause is for how long the server is to be left alone, by everything that would pass the same guard.
	Pause time.Duration
}

// LoginGuard lets requests to one server with one login through one after the other, and none for a while after the login was
// refused: a login that was good may be refused at any time, and would be for every request that is on its way. An account
// would be locked.
type LoginGuard struct {
	turn chan struct{} // held by the one that tries; it guards what follows

	until time.Time
	what  Outcome // of the try that asked for the pause, and its error
	why   error
}

// NewLoginGuard returns a guard of a login that nothing is known about.
func NewLoginGuard() *LoginGuard { return &LoginGuard{turn: make(chan struct{}, 1)} }

// LoginGuards are those of one configuration, by login: messages over the same one share theirs.
type LoginGuards map[string]*LoginGuard

// Of returns the guard of an account at a server. Without an account nothing is shared: a token, or an address that is a
// secret, is one receiver's, and so is what a server says of it.
func (g LoginGuards) Of(server, account string) *LoginGuard {
	key := account + "@" + server
	if account == "" || g[key] == nil {
		g[key] = NewLoginGuard()
	}
	return g[key]
}

// Pass runs try when its time has come. Where the login was refused a while ago it does not, and returns that refusal. again
// reports whether another try soon may do better.
func (g *LoginGuard) Pass(ctx context.Context, try func() (Outcome, error)) (again bool, err error) {
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
	if err != nil && what.Pause > 0 {
		g.until, g.what, g.why = time.Now().Add(min(what.Pause, LongestPause)), what, err
	}
	return what.Again, err
}

func (g *LoginGuard) wait(ctx context.Context) (again bool, err error) {
	pause := time.Until(g.until)
	switch {
	case ctx.Err() != nil:
		return true, context.Cause(ctx)
	case pause <= 0:
		return false, nil
	case !g.what.Again:
		return false, fmt.Errorf("not tried before %s, or the configuration is loaded again: %w", g.until.Format(time.TimeOnly),
			g.why)
	}
	if Sleep(ctx, pause) != nil {
		return true, fmt.Errorf("not tried before %s: %w", g.until.Format(time.TimeOnly), g.why)
	}
	return false, nil
}
