package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kpiagent/collectors"
	"kpiagent/internal/agent"
	"kpiagent/internal/kpi"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/sourcelog"
)

func (p *process) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Report every mistake in a configuration; with --live also try the sources and stores",
		Long: `check reports all mistakes at once, each with file, line, key and what is allowed.
With --live it connects to each source, shows what becomes of its first rows, looks at
200 of them for values that nothing says the meaning of and for what the columns hold,
and asks each store of remote_write whether it would take samples. Nothing is
stored.`,
		Example: "  kpiagent check --config kpiagent.yml\n" +
			"  kpiagent check --config kpiagent.yml --live --source moit/motcua --rows 3",
	}
	live := c.Flags().Bool("live", false, "Connect to each source and show what its first rows become.")
	rows := c.Flags().Int("rows", 5, "With --live: how many rows to show of each source.")
	sources := c.Flags().StringSlice("source", nil, "With --live: only these sources, as unit/source, and no stores.")
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		m := s.model
		fmt.Fprintf(p.out, "The configuration is good. Units: %d, sources: %d, KPIs: %d, targets: %d.\n",
			len(m.Tree.Units()), len(m.Config.Sources), len(m.Catalogue), len(m.Config.Targets))
		for _, warning := range m.Warnings(p.now()) {
			fmt.Fprintf(p.out, "Warning: %s.\n", warning)
		}
		if !*live {
			return nil
		}
		tried, err := agent.Try(ctx, m, *sources, max(*rows, 1), p.agentOptions(s))
		if err != nil {
			return err
		}
		failed := 0
		for _, t := range tried {
			p.showSamples(t)
			if t.Err != nil {
				failed++
			}
		}
		closed := 0
		if len(*sources) == 0 {
			closed = p.tryStores(ctx, s)
		}
		if failed > 0 {
			fmt.Fprintf(p.err, "kpiagent: %d of %d sources failed\n", failed, len(tried))
		}
		if closed > 0 {
			fmt.Fprintf(p.err, "kpiagent: %d of %d stores of remote_write would take no samples\n", closed,
				len(m.Config.RemoteWrite.Stores))
		}
		if failed+closed > 0 {
			return errTold
		}
		return nil
	})
}

// showSamples prints each row of a source as it came and what it becomes.
func (p *process) showSamples(t agent.Tried) {
	fmt.Fprintf(p.out, "\n%s (%s)\n", t.Source, t.Took.Round(time.Millisecond))
	for _, sample := range t.Samples {
		fmt.Fprintf(p.out, "  row %d  %s\n", sample.Row, sample.Raw)
		if sample.Skipped != "" {
			fmt.Fprintf(p.out, "    skipped:  it is no record, or none yet, by %s\n", sample.Skipped)
		}
		for i := range sample.Records {
			fmt.Fprintf(p.out, "    becomes:  %s\n", describe(&sample.Records[i]))
		}
		for i := range sample.Rejects {
			fmt.Fprintf(p.out, "    rejected: %v\n", &sample.Rejects[i].Fault)
		}
		for _, w := range sample.Warnings {
			fmt.Fprintf(p.out, "    warning:  %s: %s\n", w.Reason, w.Detail)
		}
	}
	switch {
	case t.Err != nil:
		fmt.Fprintf(p.out, "  failed: %v\n", t.Err)
	case len(t.Samples) == 0:
		fmt.Fprintln(p.out, "  it answers, but has no rows")
	}
	if t.Rows > int64(len(t.Samples)) {
		fmt.Fprintf(p.out, "  the first %s\n", tried(t))
		p.showRejects(t, t.Samples[len(t.Samples)-1].Row)
	}
	p.showUnmapped(t.Unmapped)
	p.showProfile(t.Profile)
}

// tried says what the rows of a trial would become.
func tried(t agent.Tried) string {
	text := fmt.Sprintf("%d rows: %d would be taken", t.Rows, t.Records)
	if len(t.Rejected) > 0 {
		text += ", rejected " + sourcelog.Reasons(t.Rejected)
	}
	if t.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped (%s)", t.Skipped, sourcelog.Skipped(t.SkippedBy))
	}
	if len(t.Warned) > 0 {
		text += ", warned of " + sourcelog.Reasons(t.Warned)
	}
	return text
}

// showRejects prints the first rejected row of each reason, of those behind a row.
func (p *process) showRejects(t agent.Tried, behind int64) {
	for _, r := range t.Rejects {
		if r.Row > behind {
			fmt.Fprintf(p.out, "  row %d: %v\n    %s\n", r.Row, &r.Fault, r.Raw)
		}
	}
}

// showUnmapped prints all values that nothing says the meaning of.
func (p *process) showUnmapped(list []collectors.Unmapped) {
	for _, u := range list {
		var values []string
		for _, v := range u.Values {
			values = append(values, fmt.Sprintf("%q (%d)", v.Text, v.Rows))
		}
		if u.More > 0 {
			values = append(values, fmt.Sprintf("and %d more", u.More))
		}
		fmt.Fprintf(p.out, "  not known of %s (rows: %d): %s\n", u.Field, u.Rows, strings.Join(values, ", "))
	}
}

// showProfile prints what the columns of a source hold, and what is doubtful about each as a whole.
func (p *process) showProfile(profile *sourcelog.Profile) {
	if profile == nil {
		return
	}
	for _, doubt := range profile.Jumps {
		fmt.Fprintf(p.out, "  doubt: %s\n", doubt)
	}
	for _, header := range profile.Headers {
		fmt.Fprintf(p.out, "  columns, of %d rows\n", header.Rows)
		width := 0
		for i := range header.Columns {
			width = max(width, utf8.RuneCountInString(header.Columns[i].Name))
		}
		for i := range header.Columns {
			column := &header.Columns[i]
			fmt.Fprintf(p.out, "    %s%*s  %s\n", column.Name, width-utf8.RuneCountInString(column.Name), "", column)
			for _, doubt := range slices.Concat(column.Doubts, column.Jumps) {
				fmt.Fprintf(p.out, "      doubt: %s\n", doubt)
			}
		}
	}
}

// describe puts a record in one line.
func describe(r *kpi.Record) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	switch {
	case r.Dossier != nil:
		d := r.Dossier
		add("dossier", d.ID)
		add("unit", d.Unit)
		add("procedure", d.Procedure)
		add("channel", d.Channel.String())
		add("received", moment(d.Received))
		add("due", moment(d.Due))
		add("finished", moment(d.Finished))
		add("outcome", d.Outcome.String())
		for _, pause := range d.Pauses {
			add("paused", moment(pause.From)+".."+moment(pause.To))
		}
		for _, mark := range kpi.Marks() {
			add(strings.ReplaceAll(mark.ID, "_", " "), mark.In(d).String())
		}
	case r.Procedure != nil:
		add("procedure", r.Procedure.Code)
		add("unit", r.Procedure.Unit)
		add("name", fmt.Sprintf("%q", r.Procedure.Name))
		add("field", fmt.Sprintf("%q", r.Procedure.Field))
		if r.Procedure.Level > 0 {
			add("level", fmt.Sprint(r.Procedure.Level))
		}
		add("online", r.Procedure.Online)
	case r.Observation != nil:
		add("observation", r.Observation.Measure)
		add("unit", r.Observation.Unit)
		add("day", r.Observation.Day.String())
		add("value", number(r.Observation.Value))
	}
	return strings.Join(parts, ", ")
}

// tryStores asks each store whether it would take samples, and prints what it says; failed counts those that would not.
func (p *process) tryStores(ctx context.Context, s *session) (failed int) {
	for _, store := range s.model.Config.RemoteWrite.Stores {
		begun := p.now()
		err := remotewrite.Try(ctx, store, p.env(s))
		fmt.Fprintf(p.out, "\nremote_write %s (%s)\n", store.Name, p.now().Sub(begun).Round(time.Millisecond))
		if err != nil {
			failed++
			fmt.Fprintf(p.out, "  failed: %v\n", err)
			continue
		}
		fmt.Fprintln(p.out, "  it takes samples")
	}
	return failed
}
