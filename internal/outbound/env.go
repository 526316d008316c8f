package outbound

import (
	"context"
	"time"
)

// Env is what code that talks to other machines takes from the process it runs in.
type Env struct {
	// Now is the clock, time.Now outside of tests.
	Now func() time.Time
	// LookupEnv and ReadFile find secrets: os.LookupEnv and os.ReadFile outside of tests.
	LookupEnv func(name string) (value string, set bool)
	ReadFile  func(path string) ([]byte, error)
	// Network are the rules of where the agent may connect to; nil allows everything.
	Network *Rules
	// Wait pauses between two tries; nil sleeps.
	Wait func(ctx context.Context, pause time.Duration) error
}

// Rules returns the rules of the network, those that allow everything where there are none.
func (e Env) Rules() *Rules {
	if e.Network == nil {
		return Open()
	}
	return e.Network
}

// Pause waits between two tries; it ends early, with the error of ctx, where ctx does.
func (e Env) Pause(ctx context.Context, pause time.Duration) error {
	if e.Wait != nil {
		return e.Wait(ctx, pause)
	}
	return Sleep(ctx, pause)
}

// Sleep waits; it ends early, with the error of ctx, where ctx does.
func Sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
