// Command kpiagent reads the systems of an administration's units, keeps one exact ledger of dossiers, and serves the
// figures as Prometheus metrics. Here are the subcommands: flags, and what people see in the terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // local days need time zones, also on a machine without them

	"github.com/prometheus/common/version"

	"kpiagent/internal/agent"
	"kpiagent/internal/alerting"
	"kpiagent/internal/outbound"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if version.Version == "" { // built without the Makefile's flags
		version.Version = "dev"
	}
	p := process{path: os.Args[0], out: os.Stdout, err: os.Stderr, environ: os.Environ(), now: time.Now}
	code := p.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// process is what the commands take from the process they run in.
type process struct {
	path     string // by which it was called
	out, err io.Writer
	environ  []string
	now      func() time.Time
	// mixin returns the settings of the alert rules that the agent evaluates itself; nil takes those of the configuration.
	mixin alerting.Mixin
}

// errTold is an error that a command has already told about: only the exit code is left.
var errTold = errors.New("failed")

// execute runs a command line and returns the exit code: 0, 1 when something failed, 2 when it was not understood.
func (p *process) execute(ctx context.Context, args []string) int {
	root := p.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errTold):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintf(p.err, "kpiagent: %v\nSee: %s --help\n", err, strings.TrimSpace("kpiagent "+usage.command))
		return 2
	}
	fmt.Fprintf(p.err, "kpiagent: %v\n", err)
	return 1
}

// env is the process, with the rules of the network of the configuration.
func (p *process) env(s *session) outbound.Env {
	return outbound.Env{Now: p.now, LookupEnv: p.lookupEnv, ReadFile: os.ReadFile, Network: s.network}
}

func (p *process) agentOptions(s *session) agent.Options {
	return agent.Options{Env: p.env(s), Log: s.log}
}

// lookupEnv is os.LookupEnv on the process's environment.
func (p *process) lookupEnv(name string) (string, bool) {
	for i := len(p.environ) - 1; i >= 0; i-- {
		if key, value, found := strings.Cut(p.environ[i], "="); found && key == name {
			return value, true
		}
	}
	return "", false
}
