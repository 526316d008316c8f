package agent

import (
	"log/slog"
	"slices"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/kinds"
	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// Options are what the agent takes from the process it runs in.
type Options struct {
	// Env.Network are the rules of the configuration that the agent begins with; nil: they are made of it.
	outbound.Env
	Log       *slog.Logger
	Recorders []Recorder // may be empty
}

func (o Options) networkOf(m *model.Model) *outbound.Rules {
	if o.Network == nil {
		return outbound.New(m.Config.Network, nil)
	}
	return o.Network
}

// Recorder keeps samples for later, or sends them on.
type Recorder interface {
	// Record takes the figures and the agent's own samples of a moment; the former are the same pointer as at the last call
	// where they are not computed again. changed says that something has happened to the figures or a source since then. The
	// metrics page waits.
	Record(at time.Time, figures, own *exposition.Samples, changed bool)
}

// NewSource makes the collector of a configured source.
func NewSource(m *model.Model, source config.Source, around Options) (collectors.Source, error) {
	return kinds.New(source, kindsEnv(m, around.Env))
}

// decides is all of the configuration that NewSource makes a collector from, in a form that can be compared: where it is the
// same after a reload, the reader can stay. How its rows are mapped is not in it: see mappingVersion.
func decides(m *model.Model, source config.Source) any {
	return [2]any{m.Config.Network, kinds.Basis(source, kindsEnv(m, outbound.Env{}))}
}

// kindsEnv is what a source takes from its process and from the configuration.
func kindsEnv(m *model.Model, process outbound.Env) kinds.Env {
	return kinds.Env{Env: process, Location: m.Location, CutOff: m.CutOff, Levels: slices.Concat(m.Levels, m.Running)}
}

// NewMapping compiles the mapping of a source; register returns the procedures known at the time of a row.
func NewMapping(m *model.Model, source config.Source, register func() *kpi.Register) (*collectors.Mapping, error) {
	checks := collectors.Checks{
		CutOff:    m.CutOff,
		Units:     m.Tree.IDs(),
		Procedure: func(unit, code string) bool { return register().Known(unit, code) },
		Measure:   m.IsMeasure,
	}
	return collectors.NewMapping(source, checks, m.Location)
}
