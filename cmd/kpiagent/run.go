package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/prometheus/common/version"
	"github.com/spf13/cobra"

	"kpiagent/config"
	"kpiagent/dashboards/grafana"
	"kpiagent/internal/agent"
	"kpiagent/internal/outbound"
	"kpiagent/internal/web"
	"kpiagent/internal/web/pages"
)

func (p *process) runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the agent",
		Long: `run reads the sources on their schedules and serves the figures until it is stopped with
SIGTERM or Ctrl-C; reads that are under way then have agent.stop_timeout to end.
A changed configuration file is loaded at once (agent.watch_config), and on SIGHUP or
POST /-/reload. The old configuration stays in force where the new one has mistakes.`,
		Example: "  kpiagent run --config kpiagent.yml\n  kpiagent run --config kpiagent.yml --web.config.file web.yml --log.format json",
	}
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.serve(ctx, s, func(addr net.Addr) {
			s.log.Info("ready", "address", addr.String(), "version", version.Version)
		})
	})
}

// serve runs the agent and its endpoints until ctx ends or one of them fails.
func (p *process) serve(ctx context.Context, s *session, ready func(net.Addr)) (err error) {
	defer p.boundHeap()()
	renew := newRenewal(p, s) // before the first step that takes long
	defer renew.close()
	past, err := p.openArchive(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.close()) }()
	sender, err := p.newSender(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sender.Close()) }()
	around := p.surroundings(s)
	around.Recorders = append(past.recorders(), sender)
	a, err := agent.New(ctx, s.model, around)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	past.attach(a)
	past.recognize(ctx, a)
	a.Metrics.Registry.MustRegister(sender)
	alerts, err := p.newBell(a, past, s.log)
	if err != nil {
		return err
	}
	forPeople, err := pages.New(pages.Options{Agent: a, Ledger: a.Ledger, Alerts: alerts.health, History: past.troubles, Version: version.Version, Now: p.now, Log: s.log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renew.agent, renew.done = a, func() {
		past.changed()
		alerts.changed()
		p.resend(sender, a, s.log)
	}
	handler := web.NewHandler(web.Options{
		Metrics: a.Page,
		Ready:   func() error { return nil }, // what is served is there before the first request can come
		Config:  func() ([]byte, error) { return a.Model().Config.Redacted() },
		Reload:  func(context.Context) error { return renew.reload(ctx) }, // it ends with the agent, not with the request
		Pages:   forPeople,
		History: past.handler(),
		Alerts:  alerts.handler(),
	})
	var both sync.WaitGroup
	var serving, reading error
	listening := make(chan struct{}) // no source is read before the address is ours
	both.Go(func() {
		defer cancel()
		serving = web.Serve(ctx, s.model.Config.Web.Listen, s.model.Config.Web.ConfigFile, handler, s.log, func(addr net.Addr) {
			ready(addr)
			close(listening)
		})
	})
	both.Go(func() {
		defer cancel()
		select {
		case <-listening:
			reading = a.Run(ctx)
		case <-ctx.Done():
		}
	})
	both.Go(func() { renew.onHangup(ctx) })
	both.Go(func() { renew.onChange(ctx) })
	both.Go(func() { past.run(ctx, a) })
	both.Go(func() { p.keepPast(ctx, past, a) })
	both.Go(func() { alerts.run(ctx) })
	both.Go(func() { p.keepGrafana(ctx, a, s.log) })
	both.Wait()
	if serving != nil {
		serving = fmt.Errorf("serving: %w", serving)
	}
	return errors.Join(serving, reading)
}

// keepGrafana puts the boards into the Grafana of the configuration in force, until ctx ends.
func (p *process) keepGrafana(ctx context.Context, a *agent.Agent, log *slog.Logger) {
	keeper := grafana.Keeper{
		Config:  func() *config.Config { return a.Model().Config },
		Around:  func() outbound.Env { return p.besideGrafana(a.Network()) },
		Metrics: grafana.NewMetrics(a.Metrics.Registry),
		Log:     log,
	}
	keeper.Run(ctx)
}
