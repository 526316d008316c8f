package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"kpiagent/dashboards/grafana"
	"kpiagent/internal/agent"
	"kpiagent/internal/alerting"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/web"
	"kpiagent/internal/web/pages"
)

// Options are what the agent takes from the process it runs in.
type Options struct {
	// File is the configuration file, which is watched; Load reads it again at a reload.
	File string
	Load func(context.Context) (*model.Model, error)
	// Env has the clock, the secrets and, where they are shared with others, the rules of the network.
	Env outbound.Env
	Log *slog.Logger
	// SetLogLevel follows log.level after a reload.
	SetLogLevel func(level string) error
	// Hangup asks for a reload with each signal; it may be nil. Signals that come during a reload are one where it has a buffer
	// for one.
	Hangup <-chan os.Signal
	// Ready is told where the agent serves, before the first source is read.
	Ready   func(net.Addr)
	Version string
	// Mixin makes the settings of the alert rules that the agent evaluates itself; nil takes those of the configuration.
	Mixin alerting.Mixin
}

// component is a part of the running agent. What it has no need of is nil.
type component struct {
	name string
	// run works until ctx ends. An error ends the whole agent; one that only concerns the component it keeps to itself.
	run func(ctx context.Context) error
	// apply follows the configuration that has come into force. It does not wait for what takes long.
	apply func()
	// close releases what the component holds, once nothing runs any more.
	close func() error
}

// App is one agent with all that runs beside it.
type App struct {
	Agent      *agent.Agent
	options    Options
	components []component // as they are made; they are closed the other way round
	reloader   *reloader
	handler    func(running context.Context) http.Handler
	listening  chan struct{} // closed once the address is ours
}

// New opens all that a configuration asks for. Nothing runs yet, and no source is read; Close must follow where there is no
// error.
func New(ctx context.Context, m *model.Model, o Options) (_ *App, err error) {
	if o.Env.Network == nil {
		o.Env.Network = outbound.New(m.Config.Network, nil)
	}
	a := &App{options: o, listening: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	a.reloader = newReloader(a) // it notes changes of the file from now on: what follows takes long
	var recorders []agent.Recorder
	var past *pastKeeper
	if m.Config.History.Enabled {
		if past, err = openHistory(ctx, m, o); err != nil {
			return nil, err
		}
		a.add(component{name: "history", close: past.close})
		recorders = append(recorders, past.history)
	}
	sender := remotewrite.New(o.Env, o.Log)
	a.add(component{name: "remote write", apply: func() { a.applyStores(sender) }, close: sender.Close})
	if err := sender.Apply(m.Config.RemoteWrite, o.Env); err != nil { // what stores were still to get is read here
		return nil, err
	}
	if a.Agent, err = agent.New(ctx, m, agent.Options{Env: o.Env, Log: o.Log, Recorders: append(recorders, sender)}); err != nil {
		return nil, err
	}
	a.add(component{name: "agent", run: a.read, close: a.Agent.Close})
	a.Agent.Metrics.Registry.MustRegister(sender)
	if err := a.addRest(ctx, past); err != nil {
		return nil, err
	}
	return a, nil
}

// addRest adds what goes by the agent. past is nil where there is no history.
func (a *App) addRest(ctx context.Context, past *pastKeeper) error {
	seen := pages.Options{Agent: a.Agent, Ledger: a.Agent.Ledger, Version: a.options.Version, Now: a.options.Env.Now,
		Log: a.options.Log}
	served := web.Options{Metrics: a.Agent.Page,
		Ready:  func() error { return nil }, // what is served is there before the first request can come
		Config: func() ([]byte, error) { return a.Agent.Model().Config.Redacted() },
		Alerts: alerting.Handler(noEngine, noTrouble),
	}
	if past != nil { // without history there is nothing to evaluate alerts on, and a reload cannot change that
		past.attach(ctx, a.Agent)
		alerts, err := newAlertSupervisor(a.Agent, past, a.options)
		if err != nil {
			return err
		}
		a.add(component{name: "rules", run: past.rules.Run})
		a.add(component{name: "recording rules", run: past.follow, apply: past.apply})
		a.add(component{name: "closed days", run: past.fill})
		a.add(component{name: "alerts", run: alerts.run, apply: alerts.apply})
		seen.Alerts, seen.History = alerts.health, past.troubles
		served.Alerts, served.History = alerts.handler(), past.history.Handler(past.rules)
	}
	forPeople, err := pages.New(seen)
	if err != nil {
		return err
	}
	served.Pages = forPeople
	a.handler = func(running context.Context) http.Handler {
		// A reload ends with the agent, and not with the request.
		served.Reload = func(context.Context) error { return a.reloader.reload(running) }
		return web.NewHandler(served)
	}
	a.add(component{name: "boards", run: a.keepBoards})
	a.add(component{name: "reloader", run: a.reloader.run})
	a.add(component{name: "web server", run: a.serve})
	return nil
}

func noEngine() *alerting.Engine { return nil }
func noTrouble() error           { return nil }

func (a *App) add(c component) { a.components = append(a.components, c) }

// Run lets all components run until ctx ends or one of them fails. All of them have ended when it returns.
//
// An errgroup, and not a run group, because some components have nothing to do in between: only a failure ends the others.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	errs := make([]error, len(a.components)) // the group keeps only the first
	for i, c := range a.components {
		if c.run != nil {
			group.Go(func() error {
				errs[i] = c.run(ctx)
				return errs[i]
			})
		}
	}
	_ = group.Wait()
	return errors.Join(errs...)
}

// Reload loads the configuration again. All that runs follows it when it is in force; the agent logs what came of it.
func (a *App) Reload(ctx context.Context) error { return a.reloader.reload(ctx) }

func (a *App) apply() {
	for _, c := range a.components {
		if c.apply != nil {
			c.apply()
		}
	}
}

// Close releases everything, the last component first. Run must have ended.
func (a *App) Close() error {
	var errs []error
	for _, c := range slices.Backward(a.components) {
		if c.close != nil {
			errs = append(errs, c.close())
		}
	}
	a.components = nil
	return errors.Join(errs...)
}

// read reads the sources, once the address is ours: two agents by mistake must not ask the systems twice.
func (a *App) read(ctx context.Context) error {
	select {
	case <-a.listening:
		return a.Agent.Run(ctx)
	case <-ctx.Done():
		return nil
	}
}

func (a *App) serve(ctx context.Context) error {
	c := a.Agent.Model().Config.Web
	err := web.Serve(ctx, c.Listen, c.ConfigFile, a.handler(ctx), a.options.Log, func(addr net.Addr) {
		if a.options.Ready != nil {
			a.options.Ready(addr)
		}
		close(a.listening)
	})
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// keepBoards puts the boards into the Grafana of the configuration in force.
func (a *App) keepBoards(ctx context.Context) error {
	keeper := grafana.Keeper{
		Model:   a.Agent.Model,
		Around:  a.env,
		Metrics: grafana.NewMetrics(a.Agent.Metrics.Registry),
		Log:     a.options.Log,
	}
	keeper.Run(ctx)
	return nil
}

func (a *App) applyStores(sender *remotewrite.Sender) {
	if err := sender.Apply(a.Agent.Model().Config.RemoteWrite, a.env()); err != nil {
		a.options.Log.Error("not all of remote_write is in force", "err", err)
	}
}

// env is the process, with the rules of the network of the configuration in force.
func (a *App) env() outbound.Env {
	env := a.options.Env
	env.Network = a.Agent.Network()
	return env
}
