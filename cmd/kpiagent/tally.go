package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

func (p *process) tallyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "tally",
		Short: "Print the columns of form II.06a",
		Long: `tally prints the columns of form II.06a/VPCP/KSTT for a period. A unit counts with all
units below it. Dossiers without a due date, and those withdrawn or stopped, have
columns of their own: total = finished + exits + in_progress.`,
		Example: "  kpiagent tally --config kpiagent.yml --period 2026-03\n" +
			"  kpiagent tally --config kpiagent.yml --unit xnk --by procedure --period 2026-Q1 --format csv",
	}
	q := questionFlags(c, "The unit. Default: the root.")
	by := c.Flags().String("by", "unit", "One line per unit, field or procedure.")
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.ask(ctx, s, q, func(l *ledger.Ledger, a asked) (t *table, err error) {
			unit := *q.unit
			if unit == "" {
				unit = s.model.Tree.Root()
			}
			l.Read(func(b *kpi.Books) {
				lines, wrong := b.Form(*by, unit, a.period)
				if wrong != nil {
					err = &usageError{q.command, fmt.Errorf("--by: %w", wrong)}
					return
				}
				t = tallyTable(*by, lines)
			})
			return t, err
		})
	})
}

func tallyTable(by string, lines []kpi.FormLine) *table {
	t := &table{records: lines, columns: []string{by}}
	if by != "field" {
		t.columns = append(t.columns, "name")
	}
	labels := len(t.columns)
	t.columns = append(t.columns, "period")
	for _, c := range kpi.TallyColumns() {
		t.columns = append(t.columns, c.Name)
	}
	for i := range t.columns {
		t.numeric = append(t.numeric, i > labels)
	}
	for _, l := range lines {
		row := []string{l.Field}
		switch by {
		case "unit":
			row = []string{l.Unit, l.Name}
		case "procedure":
			row = []string{l.Procedure, l.Name}
		}
		row = append(row, l.Period)
		for _, c := range kpi.TallyColumns() {
			row = append(row, count(c.Of(l.Tally)))
		}
		t.rows = append(t.rows, row)
	}
	return t
}
