package agent

import (
	"context"
	"log/slog"

	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
)

// OpenLedger opens the ledger of a configuration; one that is opened read-only may belong to a running agent.
func OpenLedger(ctx context.Context, m *model.Model, readOnly bool, log *slog.Logger) (*ledger.Ledger, error) {
	o := ledgerOptions(m)
	o.ReadOnly, o.Log = readOnly, log
	return ledger.Open(ctx, o)
}

// ledgerOptions is what the ledger has to know of the configuration.
func ledgerOptions(m *model.Model) ledger.Options {
	c := m.Config.Ledger
	return ledger.Options{Path: c.Path, Units: m.Tree.Units(), Rules: m.Rules, Levels: m.Levels, Running: m.Running, CutOff: m.CutOff, Declared: m.Declared,
		KeptRejects: c.KeptRejects, KeptRuns: c.KeptRuns, Location: m.Location}
}
