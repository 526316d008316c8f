package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"kpiagent/config/watch"
	"kpiagent/internal/agent"
	"kpiagent/internal/model"
)

// renewal loads the configuration of a running agent again.
type renewal struct {
	process *process
	session *session
	agent   *agent.Agent
	done    func() // another configuration is in force
	watch   *watch.Watch
	hangup  chan os.Signal // those that come while a reload is under way are one
}

// newRenewal notes changes and signals from now on; the agent is still missing. close must follow.
func newRenewal(p *process, s *session) *renewal {
	r := &renewal{process: p, session: s, watch: watch.New(s.file), hangup: make(chan os.Signal, 1)}
	signal.Notify(r.hangup, syscall.SIGHUP)
	return r
}

func (r *renewal) close() { signal.Stop(r.hangup) }

// reload does it once. The agent has logged what came of it.
func (r *renewal) reload(ctx context.Context) error {
	err := r.agent.Reload(ctx, func(ctx context.Context) (*model.Model, error) {
		return r.process.model(ctx, r.session.file, r.session.flags)
	})
	if !errors.Is(err, agent.ErrRefused) {
		r.done()
	}
	if err == nil {
		err = r.session.level.Set(r.agent.Model().Config.Log.Level)
	}
	return err
}

// onHangup does it on SIGHUP, until ctx ends.
func (r *renewal) onHangup(ctx context.Context) {
	for {
		select {
		case <-r.hangup:
			_ = r.reload(ctx) // it was logged
		case <-ctx.Done():
			return
		}
	}
}

// onChange does it when the file has changed, until ctx ends.
func (r *renewal) onChange(ctx context.Context) {
	r.watch.Run(ctx, func() {
		if r.agent.Model().Config.Agent.WatchConfig {
			_ = r.reload(ctx) // it was logged
		}
	}, func(err error) {
		r.session.log.Warn("changes of the configuration file are noticed late", "err", err)
	})
}
