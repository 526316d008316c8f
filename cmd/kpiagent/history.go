package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/internal/agent"
	"kpiagent/internal/app"
	"kpiagent/internal/durable"
	"kpiagent/internal/exposition"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

func (p *process) historyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "history",
		Short:   "Write the past of the figures into history, or for another store",
		Example: "  kpiagent history backfill --config kpiagent.yml",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.backfillCommand())
	return c
}

// backfill is what was asked for.
type backfill struct {
	days   app.Days
	part   exposition.Part
	target string // of the OpenMetrics text
	store  string // of remote_write; with neither it is the agent's own history
}

func (p *process) backfillCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "backfill",
		Short: "Write the figures of past days, as of the end of each",
		Long: `backfill computes the figures of each closed day from the ledger, as of the end of that day
and with all corrections, and writes what is missing or no longer right into the agent's
own history. The agent does this by itself while it runs; it must not be running on the
same history. With --openmetrics the days are written as text instead, which promtool and
other stores can import, and with --remote they are sent to a store of remote_write; the
agent may be running then.`,
		Example: "  kpiagent history backfill --config kpiagent.yml\n" +
			"  kpiagent history backfill --config kpiagent.yml --from 2025-01-01 --openmetrics past.txt\n" +
			"  promtool tsdb create-blocks-from openmetrics --max-block-duration=744h past.txt /var/lib/prometheus\n" +
			"  kpiagent history backfill --config kpiagent.yml --remote mimir",
	}
	from := c.Flags().String("from", "", "The first day, as yyyy-MM-dd. Default: the first that the ledger knows.")
	to := c.Flags().String("to", "", "The last day, as yyyy-MM-dd. Default: yesterday.")
	target := c.Flags().String("openmetrics", "", "Write OpenMetrics text to this file instead; - is the standard output.")
	store := c.Flags().String("remote", "", "Send them to this store of remote_write instead.")
	procedures := c.Flags().Bool("procedures", true,
		"With --openmetrics and --remote: also the figures of each procedure, which are most of all.")
	return p.withConfig(c, func(ctx context.Context, s *session) (err error) {
		b := backfill{target: *target, store: *store, part: exposition.Whole}
		if b.target != "" && b.store != "" {
			return &usageError{commandName(c), errors.New("--openmetrics and --remote exclude each other")}
		}
		if !*procedures {
			b.part = exposition.OfUnits
		}
		if b.days, err = span(*from, *to); err != nil {
			return &usageError{commandName(c), err}
		}
		s.quiet()
		l, err := agent.OpenLedger(ctx, s.model, true, s.log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		source := app.Past(l, p.now, func(do func(*model.Model, *kpi.Books)) {
			l.Read(func(books *kpi.Books) { do(s.model, books.On(s.model.Today(p.now()))) })
		})
		if b.target != "" {
			return p.export(ctx, b, source)
		}
		if b.store != "" {
			return p.sendPast(ctx, s, b, source)
		}
		return p.fillHistory(ctx, s, b, source)
	})
}

// span reads two days, both included; 0 is no bound.
func span(from, to string) (d app.Days, err error) {
	if from != "" {
		if d.From, err = kpi.ParseDay(from); err != nil {
			return d, fmt.Errorf("--from: %w", err)
		}
	}
	if to != "" {
		if d.To, err = kpi.ParseDay(to); err != nil {
			return d, fmt.Errorf("--to: %w", err)
		}
	}
	if d.To != 0 && d.From > d.To {
		return d, fmt.Errorf("--from %s is after --to %s", from, to)
	}
	return d, nil
}

// fillHistory brings the agent's own history up to date.
func (p *process) fillHistory(ctx context.Context, s *session, b backfill, source daily.Source) error {
	began := p.now()
	done, err := app.FillHistory(ctx, s.model.Config.History, p.now, s.log, source, b.days, p.dayProgress())
	p.clearProgress()
	if err != nil {
		return err
	}
	switch {
	case done.Last == 0:
		fmt.Fprintln(p.out, "nothing to do: the ledger has no closed days yet")
	case done.Days == 0:
		fmt.Fprintf(p.out, "nothing to do: %s to %s are there as the ledger has them\n", done.First, done.Last)
	default:
		fmt.Fprintf(p.out, "%d values written in %s; %s to %s take %.1f MB\n", done.Samples,
			p.now().Sub(began).Round(100*time.Millisecond),
			done.First, done.Last, float64(done.Bytes)/1e6)
	}
	return nil
}

// sendPast sends closed days to a store of the configuration.
func (p *process) sendPast(ctx context.Context, s *session, b backfill, source daily.Source) error {
	c := s.model.Config.RemoteWrite
	store, known := c.Store(b.store)
	if !known {
		return fmt.Errorf("--remote %s: remote_write.stores has no store of that name", b.store)
	}
	days, sent, err := app.SendPast(ctx, c, store, p.env(s), source, b.part, b.days)
	fmt.Fprintf(p.out, "%d days, %d values taken by %s\n", days, sent.Samples, store.Name)
	return err
}

// export writes the days as text. A file is there once it is whole.
func (p *process) export(ctx context.Context, b backfill, source daily.Source) error {
	if b.target == "-" {
		_, err := daily.OpenMetrics(ctx, p.out, source, b.part, b.days.From, b.days.To, nil)
		return err
	}
	var done daily.Progress
	err := durable.WriteFrom(b.target, 0o640, func(w io.Writer) (err error) {
		done, err = daily.OpenMetrics(ctx, w, source, b.part, b.days.From, b.days.To, p.dayProgress())
		return err
	})
	p.clearProgress()
	if err != nil {
		return fmt.Errorf("--openmetrics: %w", err)
	}
	fmt.Fprintf(p.out, "%d days, %d values: %s\n", done.Days, done.Samples, b.target)
	return nil
}

// dayProgress tells how far the days are, on a terminal only.
func (p *process) dayProgress() func(daily.Progress) {
	if !p.terminal() {
		return nil
	}
	const width = 30
	last := time.Time{}
	return func(d daily.Progress) {
		if now := p.now(); now.Sub(last) >= 100*time.Millisecond {
			last = now
			full := width * d.Days / max(d.AllDays, 1)
			fmt.Fprintf(p.err, "\r\x1b[K%s  [%-*.*s] %d of %d days", d.Last, width, full, "==============================",
				d.Days, d.AllDays)
		}
	}
}
