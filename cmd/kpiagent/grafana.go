package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kpiagent/dashboards"
	"kpiagent/dashboards/grafana"
	"kpiagent/internal/outbound"
)

func (p *process) boardsPlanCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change in Grafana",
		Long: `plan compares what the configuration wants with what Grafana has: data source, folder, boards
and who may view them; and where they are configured, contact points, this agent's branch of
the notification policies, and alert rules. It writes nothing.`,
		Example: "  kpiagent boards plan --config kpiagent.yml",
	}
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.onGrafana(ctx, s, (*grafana.Site).Plan, func(r *grafana.Report) {
			if failed := r.Failed(); failed > 0 {
				fmt.Fprintf(p.out, "not complete: %d could not be looked at, so what follows them is not known\n", failed)
			}
			if r.Count(grafana.InStep) == len(r.Steps) && len(r.Steps) > 0 {
				fmt.Fprintf(p.out, "no changes: %d things are as they should be\n", len(r.Steps))
				return
			}
			fmt.Fprintf(p.out, "to create: %d, to change: %d, left alone: %d, as they should be: %d; prune would "+
				"delete: %d\n", r.Count(grafana.Create),
				r.Count(grafana.Change), r.Count(grafana.Keep), r.Count(grafana.InStep), r.Count(grafana.Surplus))
		})
	})
}

func (p *process) boardsApplyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "apply",
		Short: "Put data source, folder, boards and alerts into Grafana",
		Long: `apply puts everything into its place that plan lists, and deletes nothing. What a person
changed in Grafana is told of and kept, unless the configuration says grafana.overwrite.
A running agent does the same by itself (grafana.every).`,
		Example: "  kpiagent boards apply --config kpiagent.yml",
	}
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.onGrafana(ctx, s, (*grafana.Site).Apply, func(r *grafana.Report) {
			fmt.Fprintf(p.out, "created: %d, changed: %d, left alone: %d, as they should be: %d\n", r.Count(grafana.Create),
				r.Count(grafana.Change), r.Count(grafana.Keep), r.Count(grafana.InStep))
		})
	})
}

func (p *process) boardsPruneCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "prune",
		Short: "Delete from Grafana what this agent made and the configuration no longer wants",
		Long: `prune deletes what this agent has put into Grafana and the configuration no longer wants: boards
of a language that was dropped, a data source that is not used any more, alert rules once
Prometheus evaluates them. It deletes nothing that somebody else made, changed or moved, and
never a folder.`,
		Example: "  kpiagent boards prune --config kpiagent.yml",
	}
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.onGrafana(ctx, s, (*grafana.Site).Prune, func(r *grafana.Report) {
			fmt.Fprintf(p.out, "deleted: %d, left alone: %d\n", r.Count(grafana.Delete), r.Count(grafana.Keep))
		})
	})
}

// onGrafana does something with the Grafana of the configuration and tells what came of it.
func (p *process) onGrafana(ctx context.Context, s *session,
	do func(*grafana.Site, context.Context, outbound.Env) (*grafana.Report, error), sum func(*grafana.Report)) error {
	if s.model.Config.Grafana.URL == "" {
		return errors.New("the configuration does not say which Grafana: add grafana: {url: " +
			"https://grafana.example.vn, secret_env: GRAFANA_TOKEN}")
	}
	site, err := grafana.NewSite(s.model, dashboards.Render)
	if err != nil {
		return err
	}
	report, err := do(site, ctx, p.env(s))
	if report == nil {
		return err
	}
	report.Print(p.out)
	sum(report)
	if report.Err() != nil {
		return errTold // each is printed already
	}
	return err
}
