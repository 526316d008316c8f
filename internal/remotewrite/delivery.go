package remotewrite

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

const (
	// refusedPause is how long a store that does not let the agent in is left alone: a wrong password that is tried again and
	// again can lock an account. Other credentials, and a reload, are tried at once.
	refusedPause = 10 * time.Minute
	// glance is how often the agent looks whether the credentials have changed meanwhile.
	glance = 2 * time.Second
	// longestAsked is how long a store can have the agent wait for it.
	longestAsked = 15 * time.Minute
	// provenFor is for how long an address counts as that of a store after it took something.
	provenFor = 10 * time.Second
	// tellPause is how often samples that a store does not take are told of.
	tellPause = time.Minute
)

// delivery hands samples to one store, until it has them or will never take them.
type delivery struct {
	store       config.RemoteStore
	connections []*connection
	link        *link
	now         func() time.Time
	state       *storeState
	log         *slog.Logger
	patience    int // how many times a request is tried; 0: until it succeeds

	mu       sync.Mutex
	wake     chan struct{} // closed to end the pauses of all connections
	proven   time.Time     // when the address was last found to be that of a store
	told     bool          // that the store does not take anything
	rejected int64         // samples that were not told of yet
	toldAt   time.Time
	unwanted error  // of the last samples that were given up
	failed   answer // the last that let nothing in
}

// connection is what one of the goroutines that send at the same time has for itself.
type connection struct {
	encoder  *encoder
	suspects *suspects
	part     []sample // what it takes, in the same memory each time
}

func newDelivery(store config.RemoteStore, around outbound.Env, state *storeState, log *slog.Logger) *delivery {
	d := &delivery{store: store, link: newLink(store, around), now: around.Now, state: state, log: log, wake: make(chan struct{})}
	for range store.Connections {
		d.connections = append(d.connections, &connection{encoder: newEncoder(store.Protobuf), suspects: newSuspects(suspectsKept / store.Connections)})
	}
	return d
}

// retry ends the pauses that are under way, of all connections.
func (d *delivery) retry() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.wake)
	d.wake = make(chan struct{})
}

// woken is closed by the next retry.
func (d *delivery) woken() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wake
}

// bring hands over all samples; false where ctx has ended, or patience has, before the store had them. Samples of one series
// arrive in their order.
func (d *delivery) bring(ctx context.Context, samples []sample) bool {
	for _, c := range d.connections {
		c.part = c.part[:0]
	}
	for _, s := range samples {
		c := d.connections[s.series%uint64(len(d.connections))]
		c.part = append(c.part, s)
	}
	all := make([]bool, len(d.connections))
	var working sync.WaitGroup
	for i, c := range d.connections {
		working.Go(func() { all[i] = d.part(ctx, c) })
	}
	working.Wait()
	for _, done := range all {
		if !done {
			return false
		}
	}
	return true
}

// part sends the part of one connection, one request after the other. Series that the store has refused before go by
// themselves, behind the others, so that those need no search.
func (d *delivery) part(ctx context.Context, c *connection) bool {
	for samples := c.part; len(samples) > 0; {
		n := min(len(samples), d.store.SamplesPerRequest)
		others, known := c.suspects.split(samples[:n], d.now())
		if len(others) > 0 && !d.search(ctx, c, others) || !d.retrial(ctx, c, known) {
			return false
		}
		samples = samples[n:]
	}
	return true
}

// send sends one request until the store has answered it for good: it is taken, or wrong, or tooMany, and what is to become of
// the samples is then up to the caller. answered is false where ctx or patience has ended before.
func (d *delivery) send(ctx context.Context, e *encoder, samples []sample) (a answer, v verdict, answered bool) {
	for try := 0; ; try++ {
		woken := d.woken() // before the request, so that what is mended during it is not missed
		body, err := e.encode(samples)
		if err != nil {
			d.reject(len(samples), samples[0].labels.String(), err)
			return a, taken, true
		}
		d.state.requests.Add(1)
		a = d.link.post(ctx, body, try)
		if ctx.Err() != nil {
			return a, later, false
		}
		v = judge(a)
		if v == wrong && a.counts { // which ones it does not say
			took := max(0, min(a.took, len(samples)))
			d.succeed(took)
			d.reject(len(samples)-took, "", a.err)
			return a, taken, true
		}
		if v == wrong {
			if a, v = d.prove(ctx, a); ctx.Err() != nil {
				return a, later, false
			}
		}
		switch v {
		case taken:
			d.succeed(len(samples))
			return a, v, true
		case wrong, tooMany:
			return a, v, true
		}
		d.state.retries.Add(1)
		d.fail(a, v == refused)
		if d.patience > 0 && (try+1 >= d.patience || v == refused) {
			return a, v, false
		}
		if !d.pause(ctx, woken, a, v == refused, try) {
			return a, v, false
		}
	}
}

// prove asks whether an address that calls samples wrong is that of a store at all: VictoriaMetrics answers 400 at an address
// that it does not know, as another store would to samples that it does not take. It gives the answer that counts, and what it
// means for the samples.
func (d *delivery) prove(ctx context.Context, a answer) (answer, verdict) {
	d.mu.Lock()
	since := d.now().Sub(d.proven)
	d.mu.Unlock() // a reload, and with it the agent's page, must not wait for the store's answer
	if since >= 0 && since < provenFor {
		return a, wrong
	}
	asked := d.link.ask(ctx)
	switch judge(asked) {
	case taken:
		d.mu.Lock()
		defer d.mu.Unlock()
		d.proven = d.now()
		return a, wrong
	case later: // it went away meanwhile
		return asked, later
	}
	return a, refused
}

// pause waits before the next try, until woken at most.
func (d *delivery) pause(ctx context.Context, woken <-chan struct{}, a answer, refused bool, try int) bool {
	wait := outbound.Spread(outbound.Backoff(d.store.RetryWait, d.store.LongestWait, try))
	if refused {
		wait = max(wait, refusedPause)
	}
	wait = max(wait, min(a.after, longestAsked))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-woken:
			return true
		case <-look.C:
			if refused && d.link.changed() { // the first that looks learns of it, for all
				d.retry()
				return true
			}
		}
	}
}

// succeed notes that the store took samples.
func (d *delivery) succeed(samples int) {
	d.state.sent.Add(int64(samples))
	d.state.lastSuccess.Store(d.now().UnixMilli())
	d.state.up.Store(true)
	d.state.refused.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.proven = d.now()
	if d.told {
		d.told = false
		d.log.Info("the store takes samples again")
	}
}

// fail notes that it took none.
func (d *delivery) fail(a answer, refused bool) {
	d.state.up.Store(false)
	d.state.refused.Store(refused)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = a
	if refused {
		d.proven = time.Time{}
	}
	if !d.told {
		d.told = true
		d.log.Error("the store takes no samples; they are kept and sent later", "err", a.err, "do", advice(a, d.store.Auth != nil))
	}
}

// reject gives samples up that the store will never take; example is one of their series, "" where only the store knows.
func (d *delivery) reject(samples int, example string, err error) {
	d.state.rejected.Add(int64(samples))
	d.state.lastSuccess.Store(d.now().UnixMilli())
	d.state.up.Store(true)
	d.state.refused.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rejected += int64(samples)
	d.unwanted = err
	d.tellRejected(example)
}

// tellRejected logs how many samples were given up since it last did, once in a while. d.mu is held.
func (d *delivery) tellRejected(example string) {
	now := d.now()
	if now.Sub(d.toldAt) < tellPause && !now.Before(d.toldAt) {
		return
	}
	told := []any{"samples", d.rejected, "err", d.unwanted, "do", why(d.unwanted.Error())}
	if example != "" {
		told = append(told, "of", example)
	}
	d.log.Error("the store does not take some samples, and they are given up", told...)
	d.rejected, d.toldAt = 0, now
}
