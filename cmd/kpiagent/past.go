package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/spf13/cobra"

	"kpiagent/internal/agent"
	"kpiagent/internal/durable"
	"kpiagent/internal/exposition"
	"kpiagent/internal/history"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
)

var _ history.Past = (*daily.Store)(nil)

// pastOptions are those of the closed days of history.
func (p *process) pastOptions(s *session) daily.Options {
	c := s.model.Config.History
	return daily.Options{Folder: history.PastPath(c.Path), Days: c.Days, ProcedureDays: c.ProcedureDays, MaxBytes: history.PastShare(c.MaxMegabytes << 20), Now: p.now, Log: s.log}
}

// pastSource is where the past of an agent's figures comes from: read lets the caller see the books and their configuration.
func (p *process) pastSource(l *ledger.Ledger, read func(do func(*model.Model, *kpi.Books))) daily.Source {
	return daily.Source{Touched: l.Touched, Read: func(do func(daily.Moment)) {
		read(func(m *model.Model, b *kpi.Books) {
			do(daily.Moment{Input: exposition.InputOf(m, b, m.Today(p.now())), Zone: m.Location,
				Labels: labels.New(historyLabels(m.Config.History)...), Basis: m.Counting()})
		})
	}}
}

// longestWait is how long the first closed days wait for sources that do not answer.
const longestWait = time.Minute

// keepPast writes the closed days of the agent's history, once the sources were read for the first time, until ctx ends.
func (p *process) keepPast(ctx context.Context, past *archive, a *agent.Agent) {
	if past == nil {
		return
	}
	keeper := daily.NewKeeper(past.days, p.pastSource(a.Ledger, a.Read), a.Metrics.Registry, past.log)
	past.keeper.Store(keeper)
	select {
	case <-ctx.Done():
		return
	case <-a.FirstRead():
	case <-time.After(longestWait):
	}
	keeper.Run(ctx)
}

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
	from, to kpi.Day
	part     exposition.Part
	target   string // of the OpenMetrics text
	store    string // of remote_write; with neither it is the agent's own history
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
	procedures := c.Flags().Bool("procedures", true, "With --openmetrics and --remote: also the figures of each procedure, which are most of all.")
	return p.withConfig(c, func(ctx context.Context, s *session) (err error) {
		b := backfill{target: *target, store: *store, part: exposition.Whole}
		if b.target != "" && b.store != "" {
			return &usageError{commandName(c), errors.New("--openmetrics and --remote exclude each other")}
		}
		if !*procedures {
			b.part = exposition.OfUnits
		}
		if b.from, b.to, err = span(*from, *to); err != nil {
			return &usageError{commandName(c), err}
		}
		s.quiet()
		l, err := agent.OpenLedger(ctx, s.model, true, s.log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		source := p.pastSource(l, func(do func(*model.Model, *kpi.Books)) { l.Read(func(books *kpi.Books) { do(s.model, books) }) })
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
func span(from, to string) (first, last kpi.Day, err error) {
	if from != "" {
		if first, err = kpi.ParseDay(from); err != nil {
			return 0, 0, fmt.Errorf("--from: %w", err)
		}
	}
	if to != "" {
		if last, err = kpi.ParseDay(to); err != nil {
			return 0, 0, fmt.Errorf("--to: %w", err)
		}
	}
	if last != 0 && first > last {
		return 0, 0, fmt.Errorf("--from %s is after --to %s", from, to)
	}
	return first, last, nil
}

// fillHistory brings the agent's own history up to date.
func (p *process) fillHistory(ctx context.Context, s *session, b backfill, source daily.Source) (err error) {
	path := s.model.Config.History.Path
	if err := os.MkdirAll(path, 0o750); err != nil {
		return fmt.Errorf("history: %w; choose another place for history.path, or let kpiagent write there", err)
	}
	lock, err := history.Lock(path, p.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	o := p.pastOptions(s)
	o.Workers = 2
	store, err := daily.Open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	began := p.now()
	done, err := store.Write(ctx, source, b.from, b.to, p.dayProgress())
	p.clearProgress()
	if err != nil {
		return err
	}
	first, last := store.Extent()
	switch {
	case last == 0:
		fmt.Fprintln(p.out, "nothing to do: the ledger has no closed days yet")
	case done.Days == 0:
		fmt.Fprintf(p.out, "nothing to do: %s to %s are there as the ledger has them\n", first, last)
	default:
		fmt.Fprintf(p.out, "%d values written in %s; %s to %s take %.1f MB\n", done.Samples, p.now().Sub(began).Round(100*time.Millisecond),
			first, last, float64(store.Size())/1e6)
	}
	return nil
}

// export writes the days as text. A file is there once it is whole.
func (p *process) export(ctx context.Context, b backfill, source daily.Source) error {
	if b.target == "-" {
		_, err := daily.OpenMetrics(ctx, p.out, source, b.part, b.from, b.to, nil)
		return err
	}
	var done daily.Progress
	err := durable.WriteFrom(b.target, 0o640, func(w io.Writer) (err error) {
		done, err = daily.OpenMetrics(ctx, w, source, b.part, b.from, b.to, p.dayProgress())
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
			fmt.Fprintf(p.err, "\r\x1b[K%s  [%-*.*s] %d of %d days", d.Last, width, full, "==============================", d.Days, d.AllDays)
		}
	}
}
