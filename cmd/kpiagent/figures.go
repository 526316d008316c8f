package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/internal/agent"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
)

// question is what kpi, tally and dossiers have in common: a unit, a period, a day that counts as today, a format.
type question struct {
	command                  string
	unit, period, at, format *string
}

func questionFlags(c *cobra.Command, unitMeaning string) question {
	return question{
		command: c.Use,
		unit:    c.Flags().String("unit", "", unitMeaning),
		period: c.Flags().String("period", "month",
			"day, month, quarter, half, year or rolling_30d to date; or 2026-03, 2026-Q1, 2026-H1, 2026, 2026-03-02,"+
				" 2026-03-02..2026-03-31."),
		at: c.Flags().String("at", "",
			"The day that counts as today, as yyyy-MM-dd; figures are as of its end. Default: today."),
		format: formatFlag(c),
	}
}

// asked is a question in the terms of the heart.
type asked struct {
	today  kpi.Day
	period kpi.Period
}

// ask opens the ledger for reading and lets answer work on it.
func (p *process) ask(ctx context.Context, s *session, q question,
	answer func(l *ledger.Ledger, a asked) (*table, error)) (err error) {
	a, err := q.understand(s, s.model.Today(p.now()))
	if err != nil {
		return &usageError{q.command, err}
	}
	s.quiet()
	l, err := agent.OpenLedger(ctx, s.model, true, s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	t, err := answer(l, a)
	if err != nil {
		return err
	}
	return t.print(p.out, *q.format)
}

// understand reads the flags; its errors are about what was typed.
func (q question) understand(s *session, today kpi.Day) (a asked, err error) {
	a.today = today
	if *q.at != "" {
		if a.today, err = kpi.ParseDay(*q.at); err != nil {
			return a, fmt.Errorf("--at: %w", err)
		}
	}
	if a.period, err = kpi.ParsePeriod(*q.period, a.today, s.model.CutOff); err != nil {
		return a, fmt.Errorf("--period: %w", err)
	}
	if a.period.From > a.today {
		return a, fmt.Errorf("--period: %s begins after %s, the day that counts as today", a.period.Label, a.today)
	}
	a.period = a.period.ToDate(a.today)
	if *q.unit != "" {
		if _, err := s.model.Unit(*q.unit); err != nil {
			return a, fmt.Errorf("--unit: %w", err)
		}
	}
	return a, checkFormat(*q.format)
}

func (p *process) kpiCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "kpi",
		Short: "Print the figures of the KPIs, with their targets",
		Long: `kpi prints each figure with its numerator and denominator, and how it stands against
its target. It reads the ledger, also beside a running agent.`,
		Example: "  kpiagent kpi --config kpiagent.yml --period 2026-Q1\n" +
			"  kpiagent kpi --config kpiagent.yml --kpi on_time_share --unit xnk --period year --format json",
	}
	q := questionFlags(c, "Only this unit. Default: all units.")
	ids := c.Flags().StringSlice("kpi", nil, "Only these KPIs. Default: all.")
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		definitions, err := pick(s.model.Catalogue, *ids)
		if err != nil {
			return &usageError{q.command, err}
		}
		return p.ask(ctx, s, q, func(l *ledger.Ledger, a asked) (t *table, err error) {
			last, err := l.LastSuccess(ctx)
			if err != nil {
				return nil, err
			}
			l.Read(func(b *kpi.Books) {
				b = b.On(s.model.Today(p.now())) // not on a.today: procedures are known as they stand now
				figures := []judged{}
				for _, u := range s.model.Tree.Units() {
					if *q.unit != "" && u.ID != *q.unit {
						continue
					}
					asOf, fresh := s.model.Freshness(u.ID, last, p.now())
					for _, d := range definitions {
						if d.Applies(a.period) {
							figures = append(figures, judge(s.model, b, d, u.ID, a).dated(asOf.In(s.model.Location), fresh))
						}
					}
				}
				t = figureTable(figures)
			})
			return t, nil
		})
	})
}

// pick finds KPIs by their ids; none named means all.
func pick(catalogue kpi.Catalogue, ids []string) ([]kpi.Definition, error) {
	if len(ids) == 0 {
		return catalogue, nil
	}
	var found []kpi.Definition
	for _, id := range ids {
		d, known := catalogue.Find(id)
		if !known {
			var all []string
			for _, d := range catalogue {
				all = append(all, d.ID)
			}
			return nil, fmt.Errorf("--kpi: there is no KPI %q: there are %v", id, all)
		}
		found = append(found, d)
	}
	return found, nil
}

// judged is a figure with its target, as JSON has it; what is not there is null.
type judged struct {
	KPI         string   `json:"kpi"`
	Unit        string   `json:"unit"`
	Period      string   `json:"period"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Value       *float64 `json:"value"`
	Numerator   float64  `json:"numerator"`
	Denominator float64  `json:"denominator"`
	Target      *float64 `json:"target"`
	Status      string   `json:"status,omitempty"`
	// Pending says of a target that is missed that the count still adds up, as Assessment.Pending does.
	Pending bool `json:"pending,omitempty"`
	// DataAsOf is when the unit's sources were last read, the oldest of them; empty where one never answered.
	DataAsOf string `json:"data_as_of"`
	Fresh    bool   `json:"fresh"`
	// Books is the number of the ledger's books that the figure was made of.
	Books int64 `json:"books"`
}

// dated adds as of when the data are.
func (j judged) dated(asOf time.Time, fresh bool) judged {
	if j.Fresh = fresh; !asOf.IsZero() {
		j.DataAsOf = asOf.Format("2006-01-02 15:04")
	}
	return j
}

func judge(m *model.Model, b *kpi.Books, d kpi.Definition, unit string, a asked) judged {
	f := b.Figure(d, unit, a.period)
	j := judged{KPI: d.ID, Unit: unit, Period: a.period.Label, From: a.period.From.String(), To: a.period.To.String(),
		Numerator: f.Numerator, Denominator: f.Denominator, Books: b.Serial}
	if f.OK {
		j.Value = &f.Value
	}
	against := b.Assess(d, f, m.Goals(a.today))
	if against.Judged {
		j.Target, j.Pending = &against.Target.Value, against.Pending
	}
	if status, ok := against.Standing(); ok {
		j.Status = status.String()
	}
	return j
}

func figureTable(figures []judged) *table {
	t := &table{columns: []string{"kpi", "unit", "period", "value", "numerator", "denominator", "target", "status",
		"data_as_of", "age", "books"},
		numeric: []bool{false, false, false, true, true, true, true, false, false, false, true}, records: figures}
	optional := func(v *float64, none string) string {
		if v == nil {
			return none
		}
		return number(*v)
	}
	t.shorten = map[int]bool{3: true, 4: true, 6: true}
	for _, f := range figures {
		t.rows = append(t.rows, []string{f.KPI, f.Unit, f.Period, optional(f.Value, "–"), number(f.Numerator),
			number(f.Denominator),
			optional(f.Target, ""), f.Status, f.DataAsOf, map[bool]string{true: "fresh", false: "stale"}[f.Fresh], count(f.Books)})
	}
	return t
}
