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
	// lookEvery is how often the agent looks whether the credentials have changed meanwhile.
	lookEvery = 2 * time.Second
	// longestAsked is how long a store can have the agent wait for it.
	longestAsked = 15 * time.Minute
	// provenFor is for how long an address counts as that of a store after it took something.
	provenFor = 10 * time.Second
	// logPause is how often samples that a store does not take are logged.
	logPause = time.Minute
)

// shards send samples to one store, so many requests at a time, until it has them or will never take them. All samples of a series
// take the same shard, so that they arrive in their order.
type shards struct {
	store  config.RemoteStore
	list   []*shard
	client *client
	now    func() time.Time
	stats  *stats
	logger *slog.Logger
	tries  int // how many times a request is tried; 0: until it succeeds

	mu       sync.Mutex
	wake     chan struct{} // closed to end the pauses of all shards
	proven   time.Time     // when the address was last found to be that of a store
	told     bool          // that the store does not take anything
	rejected int64         // samples that were not logged yet
	toldAt   time.Time
	unwanted error  // of the last samples that were given up
	failed   answer // the last that let nothing in
}

// shard is what one of the goroutines that send at the same time has for itself.
type shard struct {
	encoder *encoder
	samples []sample
}

func newShards(store config.RemoteStore, env outbound.Env, s *stats, logger *slog.Logger) *shards {
	all := &shards{store: store, client: newClient(store, env), now: env.Now, stats: s, logger: logger, wake: make(chan struct{})}
	for range store.Connections {
		all.list = append(all.list, &shard{encoder: newEncoder(store.Protobuf)})
	}
	return all
}

// retry ends the pauses that are under way, of all shards.
func (s *shards) retry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.wake)
	s.wake = make(chan struct{})
}

// woken is closed by the next retry.
func (s *shards) woken() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// send sends all samples; false where ctx or the tries have ended before the store had them.
func (s *shards) send(ctx context.Context, samples []sample) bool {
	for _, one := range s.list {
		one.samples = one.samples[:0]
	}
	for _, next := range samples {
		one := s.list[next.series%uint64(len(s.list))]
		one.samples = append(one.samples, next)
	}
	done := make([]bool, len(s.list))
	var working sync.WaitGroup
	for i, one := range s.list {
		working.Go(func() {
			done[i] = true
			for rest := one.samples; done[i] && len(rest) > 0; {
				n := min(len(rest), s.store.SamplesPerRequest)
				done[i] = s.halve(ctx, one.encoder, rest[:n])
				rest = rest[n:]
			}
		})
	}
	working.Wait()
	for _, d := range done {
		if !d {
			return false
		}
	}
	return true
}

// halve sends samples in one request, and where the store does not take that, in two with half of them each, and so on, until those
// that it does not take are by themselves. One bad sample among n costs two requests for each halving of n; no good one is given up.
func (s *shards) halve(ctx context.Context, e *encoder, samples []sample) bool {
	a, verdict, answered := s.request(ctx, e, samples)
	switch {
	case !answered:
		return false
	case verdict == taken:
		return true
	case len(samples) == 1:
		s.reject(1, samples[0].labels.String(), a.err)
		return true
	}
	half := len(samples) / 2
	return s.halve(ctx, e, samples[:half]) && s.halve(ctx, e, samples[half:])
}

// request sends one request until the store has answered it for good: it is taken, or wrong, or tooMany, and what is to become of
// the samples is then up to the caller. answered is false where ctx or the tries have ended before.
func (s *shards) request(ctx context.Context, e *encoder, samples []sample) (a answer, v verdict, answered bool) {
	for try := 0; ; try++ {
		woken := s.woken() // before the request, so that what is mended during it is not missed
		body, err := e.encode(samples)
		if err != nil {
			s.reject(len(samples), samples[0].labels.String(), err)
			return a, taken, true
		}
		s.stats.requests.Add(1)
		a = s.client.post(ctx, body, try)
		v = judge(a)
		if v == wrong && a.counts && ctx.Err() == nil { // which ones it does not say
			took := max(0, min(a.took, len(samples)))
			s.succeed(took)
			s.reject(len(samples)-took, "", a.err)
			return a, taken, true
		}
		if v == wrong && ctx.Err() == nil {
			a, v = s.prove(ctx, a)
		}
		switch {
		case ctx.Err() != nil:
			return a, later, false
		case v == taken:
			s.succeed(len(samples))
			return a, v, true
		case v == wrong || v == tooMany:
			return a, v, true
		}
		s.stats.retries.Add(1)
		s.fail(a, v == refused)
		if s.tries > 0 && (try+1 >= s.tries || v == refused) || !s.pause(ctx, woken, a, v == refused, try) {
			return a, v, false
		}
	}
}

// prove asks whether an address that calls samples wrong is that of a store at all: VictoriaMetrics answers 400 at an address
// that it does not know, as another store would to samples that it does not take. It returns the answer that counts, and what it
// means for the samples.
func (s *shards) prove(ctx context.Context, a answer) (answer, verdict) {
	s.mu.Lock()
	since := s.now().Sub(s.proven)
	s.mu.Unlock() // a reload, and with it the agent's page, must not wait for the store's answer
	if since >= 0 && since < provenFor {
		return a, wrong
	}
	asked := s.client.probe(ctx)
	switch judge(asked) {
	case taken:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.proven = s.now()
		return a, wrong
	case later: // it went away meanwhile
		return asked, later
	}
	return a, refused
}

// pause waits before the next try, until woken at most.
func (s *shards) pause(ctx context.Context, woken <-chan struct{}, a answer, refused bool, try int) bool {
	wait := outbound.Spread(outbound.Backoff(s.store.RetryWait, s.store.LongestWait, try))
	if refused {
		wait = max(wait, refusedPause)
	}
	timer := time.NewTimer(max(wait, min(a.after, longestAsked)))
	defer timer.Stop()
	look := time.NewTicker(lookEvery)
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
			if refused && s.client.changed() { // the first that looks learns of it, for all
				s.retry()
				return true
			}
		}
	}
}

// succeed notes that the store took samples.
func (s *shards) succeed(samples int) {
	s.stats.sent.Add(int64(samples))
	s.stats.answered(s.now())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven = s.now()
	if s.told {
		s.told = false
		s.logger.Info("the store takes samples again")
	}
}

// fail notes that it took none.
func (s *shards) fail(a answer, refused bool) {
	s.stats.up.Store(false)
	s.stats.refused.Store(refused)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = a
	if refused {
		s.proven = time.Time{}
	}
	if !s.told {
		s.told = true
		s.logger.Error("the store takes no samples; they are kept and sent later", "err", a.err, "do", advice(a, s.store.Auth != nil))
	}
}

// reject gives samples up that the store will never take, and logs once in a while how many there were; example is one of their
// series, "" where only the store knows.
func (s *shards) reject(samples int, example string, err error) {
	s.stats.rejected.Add(int64(samples))
	s.stats.answered(s.now())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected += int64(samples)
	s.unwanted = err
	now := s.now()
	if now.Sub(s.toldAt) < logPause && !now.Before(s.toldAt) {
		return
	}
	told := []any{"samples", s.rejected, "err", err, "do", why(err.Error())}
	if example != "" {
		told = append(told, "of", example)
	}
	s.logger.Error("the store does not take some samples, and they are given up", told...)
	s.rejected, s.toldAt = 0, now
}
