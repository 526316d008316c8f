package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/prometheus/prometheus/rules"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/alerting"
)

// bell is the engine of alerts of a running agent, where the configuration in force wants one.
type bell struct {
	process *process
	agent   *agent.Agent
	past    *archive
	log     *slog.Logger
	renew   chan struct{} // the configuration has changed

	engine atomic.Pointer[alerting.Engine] // nil where somebody else evaluates the rules
	stop   func()                          // ends the engine that runs; nil where none does
}

// newBell opens the engine, so that trouble with its state or its rules keeps the agent from starting.
func (p *process) newBell(a *agent.Agent, past *archive, log *slog.Logger) (*bell, error) {
	b := &bell{process: p, agent: a, past: past, log: log, renew: make(chan struct{}, 1)}
	if c := a.Setup().Config; b.wanted(c) {
		e, err := b.open(c)
		if err != nil {
			return nil, err
		}
		b.engine.Store(e)
	}
	return b, nil
}

func (b *bell) wanted(c *config.Config) bool {
	return c.Alerts.Engine == config.EngineBuiltin && b.past != nil
}

func (b *bell) open(c *config.Config) (*alerting.Engine, error) {
	settings, err := b.settings(c)
	if err != nil {
		return nil, err
	}
	h := b.past.history
	return alerting.Open(alerting.Options{
		Folder: c.Ledger.Path + ".alerts",
		Query:  rules.EngineQueryFunc(h.Engine(), h.Queryable()), Append: h.Appendable(), Select: h.Queryable(),
		Log: b.log.With("component", "alerts"),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return b.agent.Setup().Network.Dial(ctx, network, address) // of the configuration in force
		},
	}, settings)
}

func (b *bell) settings(c *config.Config) (alerting.Settings, error) {
	return alerting.FromConfig(c, alerting.Surroundings{LookupEnv: b.process.lookupEnv, ReadFile: os.ReadFile, Mixin: b.process.mixin})
}

// handler serves the paths of kpiagent alerts.
func (b *bell) handler() http.Handler { return alerting.Handler(b.engine.Load) }

// changed has the engine follow another configuration.
func (b *bell) changed() {
	select {
	case b.renew <- struct{}{}:
	default:
	}
}

// run evaluates and tells, as the configuration in force wants it, until ctx ends.
func (b *bell) run(ctx context.Context) {
	if e := b.engine.Load(); e != nil {
		b.start(ctx, e)
	}
	for {
		select {
		case <-ctx.Done():
			b.end()
			return
		case <-b.renew:
			if err := b.follow(ctx, b.agent.Setup().Config); err != nil {
				b.log.Error("the alerts go on as they were before the configuration changed", "err", err)
			}
		}
	}
}

func (b *bell) follow(ctx context.Context, c *config.Config) error {
	e := b.engine.Load()
	if !b.wanted(c) {
		b.end()
		return nil
	}
	if e != nil {
		settings, err := b.settings(c)
		if err != nil {
			return err
		}
		return e.Reload(settings)
	}
	e, err := b.open(c)
	if err != nil {
		return fmt.Errorf("nobody is told of alerts: %w", err)
	}
	b.engine.Store(e)
	b.start(ctx, e)
	return nil
}

// start lets an engine work; end must follow.
func (b *bell) start(ctx context.Context, e *alerting.Engine) {
	registry := b.agent.Metrics.Registry
	e.Metrics.Register(registry)
	b.past.history.SetAlerts(e)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := e.Run(ctx); err != nil {
			b.log.Error("the alerts", "err", err)
		}
	}()
	b.stop = func() {
		cancel()
		<-ended
		b.past.history.SetAlerts(nil)
		e.Metrics.Unregister(registry)
	}
}

// end stops the engine, if one works, and waits for it.
func (b *bell) end() {
	b.engine.Store(nil)
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}
