package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/collectors"
	"kpiagent/internal/agent"
	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

func (p *process) collectCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "collect",
		Short: "Read the sources once, now",
		Long: `collect reads the sources once and ends: with 0 when all were read, with 1 when one
failed. The agent must not be running on the same ledger. With --dry-run nothing is
stored, and the first rejected rows are shown.`,
		Example: "  kpiagent collect --config kpiagent.yml --source xnk/motcua --full\n" +
			"  kpiagent collect --config kpiagent.yml --dry-run",
	}
	sources := c.Flags().StringSlice("source", nil, "Only these sources, as unit/source.")
	full := c.Flags().Bool("full", false, "Read everything, not only what changed, and take out what is gone.")
	acceptDrop := c.Flags().Bool("accept-drop", false, "Take out what is gone even when it is more than half of what is known.")
	dryRun := c.Flags().Bool("dry-run", false, "Store nothing.")
	return p.withConfig(c, func(ctx context.Context, s *session) (err error) {
		s.silence(c) // what the log would say is printed as the result
		if *dryRun {
			return p.dryRun(ctx, s, *sources)
		}
		a, err := agent.New(ctx, s.model, p.agentOptions(s))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		results, err := a.Collect(ctx, agent.CollectOptions{Sources: *sources, Full: *full, AcceptDrop: *acceptDrop,
			Progress: p.progress()})
		p.clearProgress()
		if err != nil {
			return &usageError{"collect", err}
		}
		return p.showCollected(ctx, a, results)
	})
}

func (p *process) showCollected(ctx context.Context, a *agent.Agent, results []agent.Collected) error {
	failed := 0
	for _, r := range results {
		took := r.Took.Round(time.Millisecond)
		if r.Err != nil {
			failed++
			fmt.Fprintf(p.out, "%s  failed after %s, %d rows\n  %v\n", r.Source, took, r.Rows, r.Err)
			var panicked *collectors.PanicError
			if errors.As(r.Err, &panicked) {
				fmt.Fprintln(p.err, panicked.Stack)
			}
			continue
		}
		fmt.Fprintf(p.out, "%s  %s  %s\n", r.Source, took, r.Summary)
		showReasons(p, "rejected", r.ByReason)
		if r.Rejected+r.Warned > 0 {
			if err := p.showFindings(ctx, a, r.Source); err != nil {
				return err
			}
		}
		if r.Held > 0 {
			fmt.Fprintf(p.out, "  %d records are missing from the source and held back, not removed: %s.\n"+
				"  If it shows recent ones only, write reconcile: {deletions: ignore}; if they are really gone, add: "+
				"--source %s --full --accept-drop\n",
				r.Held, r.HeldWhy, r.Source)
		}
	}
	if failed > 0 {
		fmt.Fprintf(p.err, "kpiagent: %d of %d sources failed\n", failed, len(results))
		return errTold
	}
	return nil
}

// showFindings prints some of the rows that the ledger keeps because they were rejected, or taken with a warning.
func (p *process) showFindings(ctx context.Context, a *agent.Agent, source string) error {
	const some, most = 5, 40 // there are fewer reasons
	findings, err := a.Ledger.Findings(ctx, source, most)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for i, f := range findings {
		if i >= some && said[f.Reason] {
			break
		}
		said[f.Reason] = true
		why := &kpi.Fault{Reason: kpi.Reason(f.Reason), Field: f.Field, Detail: f.Detail}
		switch {
		case f.Taken && f.Row == 0: // a doubt about a column, which it names
			fmt.Fprintf(p.out, "  warning: %v\n", why)
		case f.Taken:
			fmt.Fprintf(p.out, "  row %d, %s: warning: %v\n", f.Row, f.Record, why)
		default:
			fmt.Fprintf(p.out, "  row %d: %v\n    %s\n", f.Row, why, f.Raw)
		}
	}
	return nil
}

func showReasons(p *process, word string, reasons map[kpi.Reason]int64) {
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(p.out, "  %s: %d %s\n", word, reasons[reason], reason)
	}
}

func (p *process) dryRun(ctx context.Context, s *session, sources []string) error {
	tried, err := agent.Try(ctx, s.model, sources, 0, p.agentOptions(s))
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range tried {
		fmt.Fprintf(p.out, "%s  %s  %d rows: %d would be taken\n", t.Source, t.Took.Round(time.Millisecond), t.Rows, t.Records)
		if t.Skipped > 0 {
			fmt.Fprintf(p.out, "  would be skipped: %d, which are no records, or none yet (%s)\n", t.Skipped,
				sourcelog.Skipped(t.SkippedBy))
		}
		showReasons(p, "would be rejected", t.Rejected)
		showReasons(p, "with a warning", t.Warned)
		p.showRejects(t, -1)
		p.showUnmapped(t.Unmapped)
		p.showProfile(t.Profile)
		if t.Err != nil {
			failed++
			fmt.Fprintf(p.out, "  failed: %v\n", t.Err)
		}
	}
	if failed > 0 {
		return errTold
	}
	return nil
}

// progress tells how far a read is, on a terminal only.
func (p *process) progress() func(source string, rows int64) {
	if !p.terminal() {
		return nil
	}
	return func(source string, rows int64) { fmt.Fprintf(p.err, "\r\x1b[K%s: %d rows …", source, rows) }
}

func (p *process) clearProgress() {
	if p.terminal() {
		fmt.Fprint(p.err, "\r\x1b[K")
	}
}
