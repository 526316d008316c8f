package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kpiagent/config"
	"kpiagent/internal/alerting"
)

// alertsTestCommand tries, without a running agent, whether alerts would arrive.
func (p *process) alertsTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test",
		Short: "Send a trial message to those who are told of alerts",
		Long: `test sends one message that says it is a trial over each way of alerts.receivers, and tells for
each whether it was taken; Alertmanagers are only asked whether they are there. It takes what
it needs from the configuration: the agent need not run.`,
		Example: "  kpiagent alerts test --config kpiagent.yml --receiver lanh_dao",
	}
	receiver := c.Flags().String("receiver", "", "Only this one of alerts.receivers.")
	format := formatFlag(c)
	return p.withConfig(c, func(ctx context.Context, s *session) error {
		if err := checkFormat(*format); err != nil {
			return &usageError{commandName(c), err}
		}
		if engine := s.model.Config.Alerts.Engine; engine != config.EngineBuiltin {
			return fmt.Errorf("alerts.engine is %s: alerts are sent by whoever evaluates them, and can be tried there", engine)
		}
		s.quiet()
		settings, err := alerting.FromModel(s.model, p.env(s), p.mixin)
		if err != nil {
			return err
		}
		list, err := alerting.Try(ctx, alerting.Options{Dial: s.network.Dial, Log: s.log}, settings, *receiver)
		if err != nil {
			return err
		}
		shown, failed := table{columns: []string{"RECEIVER", "WAY", "TO", "RESULT"}, records: list}, false
		for _, a := range list {
			failed = failed || a.Error != ""
			shown.rows = append(shown.rows, []string{a.Receiver, a.Way, a.To, cmp.Or(a.Error, "taken")})
		}
		if err := shown.print(p.out, *format); err != nil {
			return err
		}
		if failed {
			return errTold
		}
		return nil
	})
}
