package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/alerting"
	"kpiagent/internal/model"
)

// alertSupervisor runs the engine of alerts while the configuration in force wants one, and starts it again when it fails.
type alertSupervisor struct {
	agent   *agent.Agent
	past    *pastKeeper
	options Options
	changed chan struct{} // another configuration is in force

	engine  atomic.Pointer[alerting.Engine] // nil where another program evaluates the rules, or where this one cannot
	trouble atomic.Pointer[error]           // why the configuration in force is not followed; nil where it is

	up    prometheus.Collector // registered while the agent is to send alerts; nil otherwise
	stop  func()               // ends the engine that runs; nil where none does
	ended chan error           // why that engine ended by itself
}

// Pauses between attempts to follow the configuration.
const (
	shortestPause = time.Second
	longestPause  = 5 * time.Minute
)

// newAlertSupervisor opens the engine, so that trouble with its state or its rules keeps the agent from starting.
func newAlertSupervisor(a *agent.Agent, past *pastKeeper, o Options) (*alertSupervisor, error) {
	s := &alertSupervisor{agent: a, past: past, options: o, changed: make(chan struct{}, 1)}
	if m := a.Model(); wantsEngine(m) {
		e, err := s.open(m)
		if err != nil {
			return nil, err
		}
		s.engine.Store(e)
	}
	return s, nil
}

func wantsEngine(m *model.Model) bool { return m.Config.Alerts.Engine == config.EngineBuiltin }

func (s *alertSupervisor) open(m *model.Model) (*alerting.Engine, error) {
	settings, err := s.settings(m)
	if err != nil {
		return nil, err
	}
	return alerting.Open(alerting.Options{
		Folder: m.Config.Ledger.Path + ".alerts",
		Rules:  s.past.rules,
		Append: s.past.history.Appendable(), Select: s.past.history.Queryable(),
		Log: s.options.Log.With("component", "alerts"),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.agent.Network().Dial(ctx, network, address) // of the configuration in force
		},
	}, settings)
}

func (s *alertSupervisor) settings(m *model.Model) (alerting.Settings, error) {
	return alerting.FromModel(m, s.options.Env, s.options.Mixin)
}

// handler serves the paths of kpiagent alerts.
func (s *alertSupervisor) handler() http.Handler { return alerting.Handler(s.engine.Load, s.health) }

// health returns what is wrong with the alerts; nil where nothing is, and where another program evaluates them.
func (s *alertSupervisor) health() error {
	if err := s.trouble.Load(); err != nil {
		return *err
	}
	if e := s.engine.Load(); e != nil {
		return e.Trouble()
	}
	return nil
}

func (s *alertSupervisor) apply() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// run evaluates rules and sends alerts as the configuration in force wants it. What does not work is tried again.
func (s *alertSupervisor) run(ctx context.Context) error {
	defer s.end()
	pause := shortestPause
	for {
		err := s.follow(ctx, s.agent.Model())
		if err == nil {
			began := time.Now()
			s.trouble.Store(nil)
			select {
			case <-ctx.Done():
				return nil
			case <-s.changed:
				pause = shortestPause
				continue
			case err = <-s.ended:
				s.end()
				if time.Since(began) > longestPause { // it worked, so this is new trouble
					pause = shortestPause
				}
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		s.trouble.Store(&err)
		s.options.Log.Error("the alerts do not work as the configuration wants it", "again", pause, "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
			pause = shortestPause
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		}
	}
}

// follow brings what works into line with a configuration.
func (s *alertSupervisor) follow(ctx context.Context, m *model.Model) error {
	s.show(wantsEngine(m))
	if !wantsEngine(m) {
		s.end()
		return nil
	}
	e := s.engine.Load()
	if s.stop != nil {
		settings, err := s.settings(m)
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
		if e, err = s.open(m); err != nil {
			return fmt.Errorf("nobody is told of alerts: %w", err)
		}
		s.engine.Store(e)
	}
	s.start(ctx, e)
	return nil
}

// show has the metric egov_alert_up while the agent is to send alerts.
func (s *alertSupervisor) show(wanted bool) {
	registry := s.agent.Metrics.Registry
	switch {
	case wanted && s.up == nil:
		s.up = alerting.Up(s.health)
		registry.MustRegister(s.up)
	case !wanted && s.up != nil:
		registry.Unregister(s.up)
		s.up = nil
	}
}

// start runs an engine; end must follow.
func (s *alertSupervisor) start(ctx context.Context, e *alerting.Engine) {
	registry := s.agent.Metrics.Registry
	e.Metrics.Register(registry)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() {
		err := e.Run(ctx)
		switch {
		case ctx.Err() == nil:
			ended <- fmt.Errorf("nobody is told of alerts: %w", errors.Join(err, errors.New("their engine has stopped")))
		case err != nil:
			s.options.Log.Error("the alerts' end", "err", err)
		}
	})
	s.ended = ended
	s.stop = func() {
		cancel()
		running.Wait()
		e.Metrics.Unregister(registry)
	}
}

// end stops the engine, if one runs, and waits for it.
func (s *alertSupervisor) end() {
	s.engine.Store(nil)
	if s.stop != nil {
		s.stop()
		s.stop, s.ended = nil, nil
	}
}
