package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

func (p *process) dossiersCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dossiers",
		Short: "List the dossiers behind a figure",
		Long: `dossiers lists what is behind a number: the dossiers in a column of the form or in a
state (--state), or those of a KPI's numerator or denominator (--kpi). They are found
by the very formula that made the number, so there are as many as it says.`,
		Example: "  kpiagent dossiers --config kpiagent.yml --unit xnk --state overdue --period month\n" +
			"  kpiagent dossiers --config kpiagent.yml --unit xnk --kpi on_time_share --part denominator --period " +
			"2026-03 --format csv",
	}
	q := questionFlags(c, "The unit, with all units below it. Required.")
	procedure := c.Flags().String("procedure", "", "Only this procedure.")
	state := c.Flags().String("state", "",
		"received, online, counter, postal, carried_over, finished, early, on_time, late, undated, exits,\n"+
			"open, in_time, overdue, paused or open_undated. Default, without --kpi: received.")
	id := c.Flags().String("kpi", "", "The KPI whose figure is to be explained.")
	part := c.Flags().String("part", "numerator", "With --kpi: numerator or denominator.")
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		if *q.unit == "" {
			return &usageError{"dossiers", fmt.Errorf("say whose dossiers: --unit, one of %v", s.model.Tree.IDs())}
		}
		return p.ask(ctx, s, q, func(l *ledger.Ledger, a asked) (*table, error) {
			selection, err := selectDossiers(s.model.Catalogue, *state, *id, *part, a.period)
			if err != nil {
				return nil, &usageError{q.command, err}
			}
			found := []listed{}
			err = l.Dossiers(ctx, func(source string, d *kpi.Dossier) error {
				if (*procedure == "" || d.Procedure == *procedure) && s.model.Tree.Within(d.Unit, *q.unit) &&
					selection.Includes(s.model.Rules[source], d) {
					found = append(found, newListed(source, d))
				}
				return nil
			})
			l.Read(func(b *kpi.Books) {
				for i := range found {
					found[i].Books = b.Serial
				}
			})
			slices.SortFunc(found, func(x, y listed) int {
				return cmp.Or(cmp.Compare(x.Received, y.Received), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Source, y.Source))
			})
			return dossierTable(found), err
		})
	})
}

func selectDossiers(catalogue kpi.Catalogue, state, id, part string, p kpi.Period) (kpi.Selection, error) {
	if id == "" {
		s, err := kpi.SelectState(cmp.Or(state, "received"), p)
		if err != nil {
			return s, fmt.Errorf("--state: %w", err)
		}
		return s, nil
	}
	if state != "" {
		return kpi.Selection{}, fmt.Errorf("--state and --kpi exclude each other: each says which number is to be explained")
	}
	if part != "numerator" && part != "denominator" {
		return kpi.Selection{}, fmt.Errorf("--part %q is not known: allowed are numerator and denominator", part)
	}
	found, err := pick(catalogue, []string{id})
	if err != nil {
		return kpi.Selection{}, err
	}
	return kpi.SelectKPI(found[0], part == "denominator", p)
}

// listed is a dossier as it is listed; no date is an empty text.
type listed struct {
	ID        string `json:"id"`
	Unit      string `json:"unit"`
	Source    string `json:"source"`
	Procedure string `json:"procedure"`
	Channel   string `json:"channel"`
	Received  string `json:"received"`
	Due       string `json:"due"`
	Finished  string `json:"finished"`
	Outcome   string `json:"outcome"`
	Books     int64  `json:"books"` // the number of the ledger's books at that moment
}

func newListed(source string, d *kpi.Dossier) listed {
	return listed{ID: d.ID, Unit: d.Unit, Source: source, Procedure: d.Procedure, Channel: d.Channel.String(),
		Received: moment(d.Received),
		Due:      moment(d.Due), Finished: moment(d.Finished), Outcome: d.Outcome.String()}
}

func dossierTable(list []listed) *table {
	t := &table{columns: []string{"id", "unit", "source", "procedure", "channel", "received", "due", "finished", "outcome"},
		records: list}
	for _, d := range list {
		t.rows = append(t.rows, []string{d.ID, d.Unit, d.Source, d.Procedure, d.Channel, d.Received, d.Due, d.Finished,
			d.Outcome})
	}
	return t
}

// moment prints a date; one without a time of day is a day.
func moment(s kpi.Stamp) string {
	if s.SecondOfDay() == 0 {
		return s.Day().String()
	}
	return s.String()
}
