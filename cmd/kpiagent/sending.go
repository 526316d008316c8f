package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/agent"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
)

// newSender makes what sends the series to the stores of the configuration. What they were still to get is read here, before
// the agent begins.
func (p *process) newSender(s *session) (*remotewrite.Sender, error) {
	sender := remotewrite.New(p.besideStores(s.network), s.log)
	if err := sender.Apply(s.model.Config.RemoteWrite, p.besideStores(s.network)); err != nil {
		return nil, errors.Join(err, sender.Close())
	}
	return sender, nil
}

// resend has the sender follow the configuration in force.
func (p *process) resend(sender *remotewrite.Sender, a *agent.Agent, log *slog.Logger) {
	if err := sender.Apply(a.Model().Config.RemoteWrite, p.besideStores(a.Network())); err != nil {
		log.Error("not all of remote_write is in force", "err", err)
	}
}

func (p *process) besideStores(n *outbound.Rules) outbound.Env {
	return outbound.Env{Now: p.now, LookupEnv: p.lookupEnv, ReadFile: os.ReadFile, Network: n}
}

// tryStores asks each store whether it would take samples, and prints what it says; failed counts those that would not.
func (p *process) tryStores(ctx context.Context, s *session) (failed int) {
	for _, store := range s.model.Config.RemoteWrite.Stores {
		begun := p.now()
		err := remotewrite.Try(ctx, store, p.besideStores(s.network))
		fmt.Fprintf(p.out, "\nremote_write %s (%s)\n", store.Name, p.now().Sub(begun).Round(time.Millisecond))
		if err != nil {
			failed++
			fmt.Fprintf(p.out, "  failed: %v\n", err)
			continue
		}
		fmt.Fprintln(p.out, "  it takes samples")
	}
	return failed
}

// sendPast sends closed days to a store of the configuration, with the labels that the agent's present series have there.
func (p *process) sendPast(ctx context.Context, s *session, b backfill, source daily.Source) error {
	c := s.model.Config.RemoteWrite
	store, known := c.Store(b.store)
	if !known {
		return fmt.Errorf("--remote %s: remote_write.stores has no store of that name", b.store)
	}
	read := source.Read
	source.Read = func(do func(daily.Moment)) {
		read(func(m daily.Moment) {
			m.Labels = labels.FromStrings("job", c.Job, "instance", c.Instance)
			do(m)
		})
	}
	days := 0
	sent, err := remotewrite.Send(ctx, store, p.besideStores(s.network), pastSamples(ctx, source, b, func() { days++ }))
	fmt.Fprintf(p.out, "%d days, %d values taken by %s\n", days, sent.Samples, store.Name)
	if sent.Rejected > 0 {
		err = errors.Join(err, fmt.Errorf("%s does not take %d values: %w", store.Name, sent.Rejected, sent.Why))
	}
	return err
}

// pastSamples gives the samples of closed days, the oldest first; begun is told of each day.
func pastSamples(ctx context.Context, source daily.Source, b backfill, begun func()) iter.Seq2[remotewrite.Sample, error] {
	return func(yield func(remotewrite.Sample, error) bool) {
		for day, err := range daily.Days(ctx, source, b.part, b.from, b.to) {
			if err != nil {
				yield(remotewrite.Sample{}, err)
				return
			}
			begun()
			for l, v := range day.Samples {
				if !yield(remotewrite.Sample{Labels: l, Time: day.At, Value: v}, nil) {
					return
				}
			}
		}
	}
}
