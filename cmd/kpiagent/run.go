package main

import (
	"context"
	"errors"
	"kpiagent/internal/app"
	"kpiagent/internal/model"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/prometheus/common/version"
	"github.com/spf13/cobra"
)

func (p *process) runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the agent",
		Long: `run reads the sources on their schedules and serves the figures until it is stopped with
SIGTERM or Ctrl-C; reads that are under way then have agent.stop_timeout to end.
A changed configuration file is loaded at once (agent.watch_config), and on SIGHUP or
POST /-/reload. The old configuration stays in force where the new one has mistakes.`,
		Example: "  kpiagent run --config kpiagent.yml\n" +
			"  kpiagent run --config kpiagent.yml --web.config.file web.yml --log.format json",
	}
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.serve(ctx, s, func(addr net.Addr) {
			s.log.Info("ready", "address", addr.String(), "version", version.Version)
		})
	})
}

// serve runs the agent and its endpoints until ctx ends or one of them fails; ready is told where it serves.
func (p *process) serve(ctx context.Context, s *session, ready func(net.Addr)) error {
	defer p.boundHeap()()
	hangup := make(chan os.Signal, 1) // signals that come while a reload is under way are one
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	a, err := app.New(ctx, s.model, app.Options{
		File:        s.file,
		Load:        func(ctx context.Context) (*model.Model, error) { return p.model(ctx, s.file, s.flags) },
		Env:         p.env(s),
		Log:         s.log,
		SetLogLevel: s.level.Set,
		Hangup:      hangup,
		Ready:       ready,
		Version:     version.Version,
		Mixin:       p.mixin,
	})
	if err != nil {
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}
