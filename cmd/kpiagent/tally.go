package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"kpiagent/internal/agent"
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
		Example: "  kpiagent tally --config kpiagent.yml --period 2026-03\n  kpiagent tally --config kpiagent.yml --unit xnk --by procedure --period 2026-Q1 --format csv",
	}
	q := questionFlags(c, "The unit. Default: the root.")
	by := c.Flags().String("by", "unit", "One line per unit, field or procedure.")
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		return p.ask(ctx, s, q, func(l *ledger.Ledger, a asked) (t *table, err error) {
			unit := *q.unit
			if unit == "" {
				unit = s.setup.Root()
			}
			l.Read(func(b *kpi.Books) {
				var lines []tallied
				if lines, err = tallyLines(s.setup, b, unit, *by, a.period); err == nil {
					t = tallyTable(*by, lines)
				}
			})
			return t, err
		})
	})
}

// tallied is one line of the form.
type tallied struct {
	Unit      string `json:"unit"`
	Procedure string `json:"procedure,omitempty"`
	Field     string `json:"field,omitempty"`
	Name      string `json:"name"`
	Period    string `json:"period"`
	kpi.Tally
}

func tallyLines(setup *agent.Setup, b *kpi.Books, unit, by string, p kpi.Period) ([]tallied, error) {
	switch by {
	case "unit":
		return byUnit(setup, b, unit, p), nil
	case "procedure":
		return byProcedure(b, unit, p), nil
	case "field":
		return byField(setup, b, unit, p), nil
	}
	return nil, &usageError{"tally", fmt.Errorf("--by %q is not known: allowed are unit, field and procedure", by)}
}

// byUnit has a line for the unit and for each unit right below it.
func byUnit(setup *agent.Setup, b *kpi.Books, unit string, p kpi.Period) (lines []tallied) {
	for _, u := range setup.Units {
		if u.ID == unit || u.Parent == unit {
			lines = append(lines, tallied{Unit: u.ID, Name: u.Name.Vi, Period: p.Label, Tally: b.Daybook.Unit(u.ID).Tally(p)})
		}
	}
	return lines
}

func byProcedure(b *kpi.Books, unit string, p kpi.Period) (lines []tallied) {
	for _, code := range b.Daybook.Procedures(unit) {
		entry, _ := b.Register.Describe(unit, code)
		lines = append(lines, tallied{Unit: unit, Procedure: code, Field: entry.Field, Name: entry.Name, Period: p.Label,
			Tally: b.Daybook.Procedure(unit, code).Tally(p)})
	}
	return lines
}

// byField adds up the procedures of each field. A dossier belongs to the field that its own unit's catalogue names.
func byField(setup *agent.Setup, b *kpi.Books, unit string, p kpi.Period) (lines []tallied) {
	fields := map[string]kpi.Tally{}
	for _, u := range setup.Units {
		if !setup.Within(u.ID, unit) {
			continue
		}
		for code, view := range b.Daybook.OwnProcedures(u.ID) {
			entry, _ := b.Register.Describe(u.ID, code)
			fields[entry.Field] = fields[entry.Field].Add(view.Tally(p))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		lines = append(lines, tallied{Unit: unit, Field: field, Name: field, Period: p.Label, Tally: fields[field]})
	}
	return lines
}

func tallyTable(by string, lines []tallied) *table {
	t := &table{records: lines, columns: []string{by}}
	if by != "field" {
		t.columns = append(t.columns, "name")
	}
	labels := len(t.columns)
	t.columns = append(t.columns, "period", "total", "online", "counter", "postal", "carried_over", "finished", "early", "on_time", "late",
		"undated", "exits", "in_progress", "in_time", "overdue", "paused", "open_undated")
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
		for _, n := range []int64{l.Total, l.Online, l.Counter, l.Postal, l.CarriedOver, l.Finished, l.Early, l.OnTime, l.Late, l.Undated, l.Exits,
			l.InProgress, l.InTime, l.Overdue, l.Paused, l.OpenUndated} {
			row = append(row, count(n))
		}
		t.rows = append(t.rows, row)
	}
	return t
}
