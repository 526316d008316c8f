package remotewrite

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Sample is one sample of the past.
type Sample struct {
	Labels labels.Labels
	Time   int64 // milliseconds since 1970
	Value  float64
}

// Sent counts what became of the samples of a Send.
type Sent struct {
	Samples  int64 // that the store has taken
	Rejected int64 // that it will never take
	Why      error // of one that was rejected, with what to do; nil where none was
}

const (
	// mostTries is how many times a request of Send is tried.
	mostTries = 8
	// hopeless is how many samples in a row a store may refuse before Send ends: each takes a request or two to find out.
	hopeless = 5000
)

// Try asks a store once whether it would take samples of the agent, without sending any. The error says what to do.
func Try(ctx context.Context, store config.RemoteStore, env outbound.Env) error {
	c := newClient(store, env)
	defer c.close()
	if a := c.probe(ctx); a.err != nil {
		return fmt.Errorf("%w; %s", a.err, advice(a, store.Auth != nil))
	}
	return nil
}

// Send sends samples of the past to a store, once, and without the log: whoever calls repeats it where it fails. The samples of
// a series should come one after the other, the oldest first. It ends with an error where the store does not answer after some
// tries, where it does not let the agent in, and where the samples end with one; what was sent until then is counted.
// Samples that the store will never take are no error, unless there are thousands in a row: Sent.Why says what to do.
func Send(ctx context.Context, store config.RemoteStore, env outbound.Env, samples iter.Seq2[Sample, error]) (Sent, error) {
	state := new(stats)
	all := newShards(store, env, state, slog.New(slog.DiscardHandler))
	all.tries = mostTries
	defer all.client.close()
	count := func() Sent {
		sent := Sent{Samples: state.sent.Load(), Rejected: state.rejected.Load()}
		if sent.Rejected > 0 {
			sent.Why = fmt.Errorf("%w; %s", all.unwanted, why(all.unwanted.Error()))
		}
		return sent
	}
	most := store.SamplesPerRequest * store.Connections
	load := make([]sample, 0, most)
	var good, bad int64 // samples that were taken, and that were refused until then
	flush := func() error {
		if len(load) > 0 && !all.send(ctx, load) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("store %s takes no samples: %w; %s", store.Name, all.failed.err, advice(all.failed, store.Auth != nil))
		}
		if sent := state.sent.Load(); sent > good {
			good, bad = sent, state.rejected.Load()
		}
		if n := state.rejected.Load() - bad; n >= hopeless {
			return fmt.Errorf("store %s took none of the last %d samples, up to %s; what follows was not sent", store.Name, n,
				time.UnixMilli(load[len(load)-1].time).UTC().Format(time.DateTime+" MST"))
		}
		load = load[:0]
		return nil
	}
	for s, err := range samples {
		if err != nil {
			return count(), err
		}
		load = append(load, sample{series: s.Labels.Hash(), labels: s.Labels, time: s.Time, value: s.Value})
		if len(load) == most {
			if err := flush(); err != nil {
				return count(), err
			}
		}
	}
	err := flush()
	return count(), err
}
