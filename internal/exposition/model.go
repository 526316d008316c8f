package exposition

import (
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// InputOf is what the figures of a day are computed from.
func InputOf(m *model.Model, b *kpi.Books, today kpi.Day) Input {
	return Input{Books: b, Units: m.Tree.Units(), Catalogue: m.Catalogue, Targets: m.Config.Targets, CutOff: m.CutOff,
		Today: today, ProcedureLabels: m.Config.Metrics.ProcedureLabels, SeriesPerUnit: m.Config.Metrics.SeriesPerUnit}
}
