package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kpiagent/dashboards"
	"kpiagent/internal/durable"
)

func (p *process) boardsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "boards",
		Short:   "Make the Grafana boards and the alert rules",
		Example: "  kpiagent boards render --config kpiagent.yml --out boards",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.boardsRenderCommand(), p.boardsPlanCommand(), p.boardsApplyCommand(), p.boardsPruneCommand())
	return c
}

func (p *process) boardsRenderCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "render",
		Short: "Write boards and rules as files for Grafana, Prometheus and Alertmanager",
		Long: `render writes the boards of the configuration's units, KPIs and targets, in each of its
languages, with what Grafana needs to take them from files, the rule file for Prometheus
that they and the alerts need, and an example for Alertmanager. The same configuration
always makes the same files.`,
		Example: "  kpiagent boards render --config kpiagent.yml --out boards",
	}
	out := c.Flags().String("out", "", "The folder to write to; it is made where it is not there. Required.")
	path := c.Flags().String("board-path", "/var/lib/grafana/dashboards/kpiagent",
		"Where Grafana finds the boards, on its own machine.")
	return p.withConfig(c, func(_ context.Context, s *session) error {
		if *out == "" {
			return &usageError{commandName(c), errors.New("say where to: --out boards")}
		}
		files, err := dashboards.Files(s.model, *path)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := replaceFile(filepath.Join(*out, filepath.FromSlash(f.Path)), f.Content); err != nil {
				return fmt.Errorf("boards: %w", err)
			}
			fmt.Fprintln(p.out, filepath.Join(*out, filepath.FromSlash(f.Path)))
		}
		return nil
	})
}

// replaceFile writes a file whole, so that Grafana, which watches the folder, never reads half of one.
func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.Write(path, content, 0o644)
}
