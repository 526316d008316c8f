package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/alerting"
	"kpiagent/internal/outbound"
)

// bell is the engine of alerts of a running agent, where the configuration in force wants one.
type bell struct {
	process *process
	agent   *agent.Agent
	past    *archive
	log     *slog.Logger
	renew   chan struct{} // the configuration has changed

	engine  atomic.Pointer[alerting.Engine] // nil where somebody else evaluates the rules, or nobody can
	trouble atomic.Pointer[error]           // why the configuration in force is not followed; nil where it is

	up    prometheus.Collector // shown while the agent is to tell of alerts; nil otherwise
	stop  func()               // ends the engine that runs; nil where none does
	ended chan error           // what that engine said when it ended by itself
}

// Pauses between attempts to follow the configuration.
const (
	shortestPause = time.Second
	longestPause  = 5 * time.Minute
)

// newBell opens the engine, so that trouble with its state or its rules keeps the agent from starting.
func (p *process) newBell(a *agent.Agent, past *archive, log *slog.Logger) (*bell, error) {
	b := &bell{process: p, agent: a, past: past, log: log, renew: make(chan struct{}, 1)}
	if c := a.Model().Config; b.wanted(c) {
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
	settings, err := b.process.alertSettings(c)
	if err != nil {
		return nil, err
	}
	h := b.past.history
	return alerting.Open(alerting.Options{
		Folder: c.Ledger.Path + ".alerts",
		Query:  rules.EngineQueryFunc(h.Engine(), h.Queryable()), Append: h.Appendable(), Select: h.Queryable(),
		Log: b.log.With("component", "alerts"),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return b.agent.Network().Dial(ctx, network, address) // of the configuration in force
		},
	}, settings)
}

func (p *process) alertSettings(c *config.Config) (alerting.Settings, error) {
	return alerting.FromConfig(c, outbound.Env{LookupEnv: p.lookupEnv, ReadFile: os.ReadFile}, p.mixin)
}

// handler serves the paths of kpiagent alerts.
func (b *bell) handler() http.Handler { return alerting.Handler(b.engine.Load, b.health) }

// health says what is wrong with the alerts; nil where nothing is, and where they are somebody else's.
func (b *bell) health() error {
	if err := b.trouble.Load(); err != nil {
		return *err
	}
	if e := b.engine.Load(); e != nil {
		return e.Trouble()
	}
	return nil
}

// changed has the engine follow another configuration.
func (b *bell) changed() {
	select {
	case b.renew <- struct{}{}:
	default:
	}
}

// run evaluates and tells, as the configuration in force wants it, until ctx ends. What does not work is tried again.
func (b *bell) run(ctx context.Context) {
	defer b.end()
	pause := shortestPause
	for {
		err := b.follow(ctx, b.agent.Model().Config)
		if err == nil {
			began := time.Now()
			b.trouble.Store(nil)
			select {
			case <-ctx.Done():
				return
			case <-b.renew:
				pause = shortestPause
				continue
			case err = <-b.ended:
				b.end()
				if time.Since(began) > longestPause { // it worked, so this is new trouble
					pause = shortestPause
				}
			}
		}
		if ctx.Err() != nil {
			return
		}
		b.trouble.Store(&err)
		b.log.Error("the alerts do not work as the configuration wants it", "again", pause, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-b.renew:
			pause = shortestPause
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		}
	}
}

// follow brings what works into line with a configuration.
func (b *bell) follow(ctx context.Context, c *config.Config) error {
	b.show(b.wanted(c))
	if !b.wanted(c) {
		b.end()
		return nil
	}
	e := b.engine.Load()
	if b.stop != nil {
		settings, err := b.process.alertSettings(c)
		if err == nil {
			err = e.Reload(settings)
		}
		if err != nil {
			return fmt.Errorf("alerts go on as they were before the configuration changed: %w", err)
		}
		return nil
	}
	if e == nil {
		var err error
		if e, err = b.open(c); err != nil {
			return fmt.Errorf("nobody is told of alerts: %w", err)
		}
		b.engine.Store(e)
	}
	b.start(ctx, e)
	return nil
}

// show has the metrics say whether the alerts work, while they are the agent's.
func (b *bell) show(wanted bool) {
	registry := b.agent.Metrics.Registry
	switch {
	case wanted && b.up == nil:
		b.up = alerting.Up(b.health)
		registry.MustRegister(b.up)
	case !wanted && b.up != nil:
		registry.Unregister(b.up)
		b.up = nil
	}
}

// start lets an engine work; end must follow.
func (b *bell) start(ctx context.Context, e *alerting.Engine) {
	registry := b.agent.Metrics.Registry
	e.Metrics.Register(registry)
	b.past.history.SetAlerts(e)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() {
		err := e.Run(ctx)
		switch {
		case ctx.Err() == nil:
			ended <- fmt.Errorf("nobody is told of alerts: %w", errors.Join(err, errors.New("their engine has stopped")))
		case err != nil:
			b.log.Error("the alerts' end", "err", err)
		}
	})
	b.ended = ended
	b.stop = func() {
		cancel()
		running.Wait()
		b.past.history.SetAlerts(nil)
		e.Metrics.Unregister(registry)
	}
}

// end stops the engine, if one works, and waits for it.
func (b *bell) end() {
	b.engine.Store(nil)
	if b.stop != nil {
		b.stop()
		b.stop, b.ended = nil, nil
	}
}
