package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/common/version"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kpiagent/config"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// usageError is a command line that was not understood.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func (p *process) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "kpiagent",
		Short: "Exact figures on administrative procedures, from the units' own systems",
		Long: `kpiagent reads the systems of an administration's units, keeps one exact ledger of
dossiers, and serves the figures as Prometheus metrics.`,
		Example:       "  kpiagent demo\n  kpiagent check --config kpiagent.yml --live\n  kpiagent run --config kpiagent.yml",
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Args = noArguments
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{commandName(c), err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.runCommand(), p.checkCommand(), p.collectCommand(), p.kpiCommand(), p.tallyCommand(), p.dossiersCommand(),
		p.boardsCommand(), p.alertsCommand(), p.historyCommand(), p.demoCommand(), p.versionCommand())
	for _, c := range root.Commands() {
		c.Args = noArguments
		for _, inner := range c.Commands() {
			inner.Args = noArguments
		}
	}
	return root
}

func commandName(c *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), "kpiagent"))
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		if c.HasSubCommands() {
			return &usageError{commandName(c), fmt.Errorf("there is no command %q",
				strings.TrimSpace(commandName(c)+" "+args[0]))}
		}
		return &usageError{commandName(c), fmt.Errorf("%q is not understood: everything is said with flags", args[0])}
	}
	return nil
}

// session is a command with its configuration loaded.
type session struct {
	model   *model.Model
	network *outbound.Rules
	log     *slog.Logger
	level   *promslog.Level
	// file and flags are what it was loaded from, and will be again.
	file  string
	flags map[string]string
}

// withConfig adds the flags of the configuration to a command, which gets its session when it runs.
func (p *process) withConfig(c *cobra.Command, run func(ctx context.Context, s *session) error) *cobra.Command {
	file := c.Flags().String("config", "", "The configuration file.")
	config.AddFlags(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *file == "" {
			return &usageError{commandName(c), fmt.Errorf("say which configuration: --config kpiagent.yml")}
		}
		s, err := p.load(c.Context(), *file, config.Flags(c.Flags()))
		if err != nil {
			return err
		}
		return run(c.Context(), s)
	}
	return c
}

// load reads the configuration; its mistakes are printed one a line, as compilers do.
func (p *process) load(ctx context.Context, file string, flags map[string]string) (*session, error) {
	m, err := p.model(ctx, file, flags)
	var wrong *config.Mistakes
	if errors.As(err, &wrong) {
		fmt.Fprintln(p.err, err)
		return nil, errTold
	}
	if err != nil {
		return nil, err
	}
	c := m.Config
	level, format := promslog.NewLevel(), promslog.NewFormat()
	if err := level.Set(c.Log.Level); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	if err := format.Set(c.Log.Format); err != nil {
		return nil, fmt.Errorf("log.format: %w", err)
	}
	return &session{model: m, network: outbound.New(c.Network, nil), file: file, flags: flags, level: level,
		log: promslog.New(&promslog.Config{Level: level, Format: format, Writer: p.err})}, nil
}

// model reads a configuration; the error is a *config.Mistakes where it has any.
func (p *process) model(ctx context.Context, file string, flags map[string]string) (*model.Model, error) {
	c, err := config.Load(ctx, config.Options{File: file, Environ: p.environ, Flags: flags})
	if err != nil {
		return nil, err
	}
	m, err := model.New(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

// quiet silences what is not a warning, for commands whose output is for people.
func (s *session) quiet() {
	if s.level.Level() < slog.LevelWarn {
		s.level.Set("warn") // one of its own levels: it cannot be refused
	}
}

// silence turns the log off, unless a level was asked for on the command line.
func (s *session) silence(c *cobra.Command) {
	if !c.Flags().Changed("log.level") {
		s.log = slog.New(slog.DiscardHandler)
	}
}

// terminal reports whether people look at standard error right now.
func (p *process) terminal() bool {
	f, is := p.err.(*os.File)
	return is && term.IsTerminal(int(f.Fd()))
}
