package daily

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
)

// Keeper keeps the past of a running agent in step with its ledger and configuration, in the background.
type Keeper struct {
	store   *Store
	source  Source
	log     *slog.Logger
	pause   time.Duration // between two looks
	again   time.Duration // after the first failure
	failed  prometheus.Counter
	written prometheus.Counter

	mu      sync.Mutex // guards what follows
	trouble string     // what was logged last, and is not over
	lagging time.Time  // since when closed days are known to have changed that are not written anew; zero where none are
}

const (
	// usualPause is how often the keeper looks whether there is anything to write.
	usualPause = 15 * time.Second
	// share is how many times as long as a writing took the keeper pauses at least: changes that come all the time must
	// not take the processor from the reading of sources. What takes up to ten seconds to write is there within a minute.
	share = 4
	// longestPause bounds how long it waits, also after trouble.
	longestPause = 10 * time.Minute
	// tellEvery is how often a long writing says how far it is.
	tellEvery = 10 * time.Second
)

// NewKeeper makes a keeper, whose metrics are registered.
func NewKeeper(store *Store, source Source, r prometheus.Registerer, log *slog.Logger) *Keeper {
	k := &Keeper{store: store, source: source, log: log, pause: usualPause, again: time.Minute,
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "egov_history_past_failures_total",
			Help: exposition.Help("egov_history_past_failures_total")}),
		written: prometheus.NewCounter(prometheus.CounterOpts{Name: "egov_history_past_written_days_total",
			Help: exposition.Help("egov_history_past_written_days_total")})}
	gauge := func(name string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: exposition.Help(name)}, value))
	}
	gauge("egov_history_past_through_timestamp_seconds", func() float64 { return float64(store.Through()) / 1000 })
	gauge("egov_history_past_behind_months", func() float64 { return float64(store.Behind()) })
	gauge("egov_history_past_lag_seconds", func() float64 { return k.Lag(time.Now()).Seconds() })
	gauge("egov_history_past_bytes", func() float64 { return float64(store.Size()) })
	r.MustRegister(k.failed, k.written)
	return k
}

// Run writes what is behind until ctx ends: at first all that is missing, later what was corrected, and at midnight the day
// that has closed.
func (k *Keeper) Run(ctx context.Context) {
	wait := time.Duration(0)
	for {
		if !k.rest(ctx, wait) {
			return
		}
		began := time.Now()
		done, err := k.store.Write(ctx, k.source, 0, 0, k.tell(began))
		k.written.Add(float64(done.Days))
		switch took := time.Since(began); {
		case ctx.Err() != nil:
			return
		case err != nil:
			k.fail(err)
			wait = min(max(2*wait, k.again), longestPause)
		default:
			k.succeed(done, took)
			wait = k.pauseAfter(took)
		}
	}
}

// pauseAfter says how long the keeper pauses after a writing.
func (k *Keeper) pauseAfter(took time.Duration) time.Duration {
	return min(max(k.pause, share*took), longestPause)
}

// rest waits, and looks meanwhile whether closed days have changed. It returns false where ctx ends.
func (k *Keeper) rest(ctx context.Context, wait time.Duration) bool {
	for end := time.Now().Add(wait); ; k.look(ctx) {
		left := time.Until(end)
		if left <= 0 {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(left, k.pause)):
		}
	}
}

// look notes since when closed days have changed. Where the ledger cannot tell, the next writing says why.
func (k *Keeper) look(ctx context.Context) {
	serial, last := k.store.written()
	touched, err := k.source.Touched(ctx, serial)
	if err != nil || touched.From == 0 || touched.From > last {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lagging.IsZero() {
		k.lagging = time.Now()
	}
}

// Lag returns for how long closed days are known to have changed that are not written anew; 0 where none are.
func (k *Keeper) Lag(now time.Time) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lagging.IsZero() {
		return 0
	}
	return now.Sub(k.lagging)
}

// tell returns what reports now and then how far a writing is.
func (k *Keeper) tell(began time.Time) func(Progress) {
	last := began
	return func(p Progress) {
		if time.Since(last) >= tellEvery {
			last = time.Now()
			k.log.Info("history: past days are being written", "days", p.Days, "of", p.AllDays, "at", p.Last)
		}
	}
}

// Problem says what keeps closed days from being written; empty while all is well.
func (k *Keeper) Problem() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trouble
}

// fail logs trouble once until it is over or turns into something else.
func (k *Keeper) fail(err error) {
	k.failed.Inc()
	k.mu.Lock()
	defer k.mu.Unlock()
	if why := err.Error(); why != k.trouble {
		k.trouble = why
		k.log.Error("history: past days could not be written; what is there stays, and it is tried again", "err", why)
	}
}

func (k *Keeper) succeed(done Progress, took time.Duration) {
	k.mu.Lock()
	k.lagging = time.Time{}
	k.mu.Unlock()
	if k.Problem() != "" {
		k.mu.Lock()
		k.trouble = ""
		k.mu.Unlock()
		k.log.Info("history: past days are being written again")
	}
	if done.Days == 0 {
		return
	}
	level := slog.LevelDebug // corrections come all day
	if took > tellEvery {
		level = slog.LevelInfo
	}
	k.log.Log(context.Background(), level, "history: past days were written", "days", done.Days, "samples", done.Samples,
		"took", took.Round(time.Millisecond))
}
