package main

import (
	"fmt"

	"github.com/prometheus/common/version"
	"github.com/spf13/cobra"
)

func (p *process) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  kpiagent version",
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.out, version.Print("kpiagent"))
			return err
		},
	}
}
