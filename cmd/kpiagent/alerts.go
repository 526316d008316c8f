package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kpiagent/internal/alerting"
	"kpiagent/internal/kpi"
)

// alertsClient asks a running agent, as the flags that all commands on alerts have in common say.
type alertsClient struct {
	alerting.Client
	process             *process
	secretEnv, secretOf string // a variable or a file
}

func (p *process) alertsCommand() *cobra.Command {
	l := &alertsClient{process: p}
	l.Password = l.password
	c := &cobra.Command{
		Use:   "alerts",
		Short: "List and silence the alerts of a running agent",
		Long: `alerts asks an agent that evaluates its rules itself (alerts.engine: builtin): which alerts there
are, and which silences keep people from being told of some of them for a while. Its command test
needs no running agent: it finds out whether messages arrive.`,
		Example: "  kpiagent alerts\n  kpiagent alerts silence --unit cuc_hoa_chat --for 2d --comment \"bảo trì hệ thống\"",
	}
	flags := c.PersistentFlags()
	flags.StringVar(&l.Address, "agent", "http://127.0.0.1:9750", "Where the running agent is.")
	flags.StringVar(&l.Account, "account", "", "The user's name, where the agent asks for one.")
	flags.StringVar(&l.secretEnv, "secret-env", "", "The environment variable that holds the password.")
	flags.StringVar(&l.secretOf, "secret-file", "", "The file that holds the password.")
	flags.StringVar(&l.CAFile, "ca-file", "", "The authorities that may have signed the agent's certificate.")
	list := l.listCommand()
	c.RunE = list.RunE
	c.Flags().AddFlagSet(list.Flags())
	c.AddCommand(list, l.silenceCommand(), l.expireCommand(), p.alertsTestCommand())
	return c
}

func (l *alertsClient) listCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List alerts and silences", Example: "  kpiagent alerts list --format json"}
	format := formatFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkFormat(*format); err != nil {
			return &usageError{commandName(c), err}
		}
		found, err := l.List(c.Context())
		if err != nil {
			return err
		}
		if found.Trouble != "" {
			fmt.Fprintf(l.process.err, "kpiagent: alerts are in trouble: %s\n\n", found.Trouble)
		}
		return l.show(found, *format)
	}
	return c
}

func (l *alertsClient) show(found alerting.List, format string) error {
	const moment = "2006-01-02 15:04"
	alerts := table{columns: []string{"SEVERITY", "ALERT", "UNIT", "SINCE", "ENDED", "SILENCED", "SUMMARY"}, records: found}
	for _, a := range found.Alerts {
		ended := ""
		if a.Until != nil {
			ended = a.Until.Local().Format(moment)
		}
		alerts.rows = append(alerts.rows, []string{a.Labels["severity"], a.Labels["alertname"], a.Labels["unit"],
			a.Since.Local().Format(moment), ended,
			strings.Join(a.SilencedBy, " "), a.Annotations["summary_"+kpi.DefaultLanguage]})
	}
	if err := alerts.print(l.process.out, format); err != nil || format != "table" {
		return err
	}
	silences := table{columns: []string{"SILENCE", "UNTIL", "LABELS", "AUTHOR", "COMMENT"}}
	for _, s := range found.Silences {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
			labels = append(labels, name+"="+s.Labels[name])
		}
		silences.rows = append(silences.rows, []string{s.ID, s.Until.Local().Format(moment), strings.Join(labels, " "),
			s.Author, s.Comment})
	}
	fmt.Fprintln(l.process.out)
	return silences.print(l.process.out, format)
}

func (l *alertsClient) silenceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "silence",
		Short: "Keep people from being told of some alerts for a while",
		Long: `silence keeps people from being told of the alerts that have all of the labels given, from now on
and for as long as --for says; it holds over restarts. Alerts that go on after it are told then.
It prints the silence's id. The exit code is 1 where it is in force but could not be saved: it may
end with a restart then.`,
		Example: "  kpiagent alerts silence --unit cuc_hoa_chat --for 2d --comment \"bảo trì hệ thống\"",
	}
	asked := alerting.SilenceRequest{Labels: map[string]string{}}
	labels := map[string]*string{}
	for _, f := range []struct{ flag, label, help string }{
		{"unit", "unit", "The unit."}, {"kpi", "kpi", "The KPI."}, {"source", "source", "The source, with --unit."},
		{"alert", "alertname", "The alert's name, for example EgovTargetMissed."}, {"receiver", "receiver", "Who would be told."},
	} {
		labels[f.label] = c.Flags().String(f.flag, "", f.help)
	}
	c.Flags().StringVar(&asked.For, "for", "", "For how long: 90m, 2h, 2d. Required.")
	c.Flags().StringVar(&asked.Comment, "comment", "", "Why, for whoever wonders. Required.")
	c.Flags().StringVar(&asked.Author, "author", "", "Who says so; where the agent asks for an account it is that one.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		for label, value := range labels {
			if *value != "" {
				asked.Labels[label] = *value
			}
		}
		switch {
		case len(asked.Labels) == 0:
			return &usageError{commandName(c), errors.New("say which alerts: --unit, --kpi, --source, --alert or --receiver")}
		case asked.For == "" || asked.Comment == "":
			return &usageError{commandName(c), errors.New(`say for how long and why: --for 2d --comment "bảo trì hệ thống"`)}
		case asked.Author == "":
			asked.Author, _ = l.process.lookupEnv("USER")
		}
		made, err := l.Silence(c.Context(), asked)
		if err != nil {
			return err
		}
		fmt.Fprintln(l.process.out, made.ID)
		if made.Alerts == 0 {
			fmt.Fprintln(l.process.err, "kpiagent: it holds for no alert of the moment; alerts list shows what labels they have")
		}
		if made.Warning != "" {
			fmt.Fprintln(l.process.err, "kpiagent: "+made.Warning)
			return errTold
		}
		return nil
	}
	return c
}

func (l *alertsClient) expireCommand() *cobra.Command {
	c := &cobra.Command{Use: "expire", Short: "End a silence",
		Example: "  kpiagent alerts expire --id 4b7c1d6e-0a3e-4c8e-9c0e-0a8f4c6e2d11"}
	id := c.Flags().String("id", "", "The silence's id, as alerts list shows it. Required.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *id == "" || strings.Contains(*id, "/") {
			return &usageError{commandName(c), errors.New("say which silence: --id and what alerts list shows")}
		}
		return l.Expire(c.Context(), *id)
	}
	return c
}

func (l *alertsClient) password() (string, error) {
	switch {
	case l.secretEnv != "":
		if text, there := l.process.lookupEnv(l.secretEnv); there {
			return text, nil
		}
		return "", fmt.Errorf("the environment variable %s (--secret-env) is not set", l.secretEnv)
	case l.secretOf != "":
		content, err := os.ReadFile(l.secretOf)
		if err != nil {
			return "", fmt.Errorf("--secret-file: %w", err)
		}
		return strings.TrimRight(string(content), "\r\n"), nil
	}
	return "", errors.New("--account needs --secret-env or --secret-file")
}
