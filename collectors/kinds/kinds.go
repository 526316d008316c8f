// Package kinds is the table of the kinds of systems that can be read, and makes the collector of a configured source.
//
// A new kind is a package of its own beside this one, a line in the table here, and a field of config.Source whose type is a
// config.Block. How a kind reads lives in its package; nothing here connects to anything.
package kinds

import (
	"fmt"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/file"
	"kpiagent/collectors/html"
	"kpiagent/collectors/openmetrics"
	"kpiagent/collectors/rest"
	"kpiagent/collectors/sql"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// Env is what a source takes from its process and from the rest of the configuration.
type Env struct {
	outbound.Env
	Location *time.Location // wall times and days of rows are of it
	CutOff   kpi.CutOff     // where the months begin that a date or title names
	Levels   []string       // the measures that are levels; the others add up
}

// kind makes the collector of a source, whose block of this kind is there.
type kind struct {
	new    func(source config.Source, env Env) (collectors.Source, error)
	levels bool // it needs Env.Levels
}

// kinds has each kind under the name that config.Source.Kind has for it.
var kinds = map[string]kind{
	"sql": {new: func(s config.Source, env Env) (collectors.Source, error) {
		return sql.New(*s.SQL, env.Env, env.Location)
	}},
	"file": {new: func(s config.Source, env Env) (collectors.Source, error) {
		return file.New(*s.File, file.Options{Env: env.Env, CutOff: env.CutOff, RowsAreUnits: s.RowsAreUnits()})
	}},
	"rest": {new: func(s config.Source, env Env) (collectors.Source, error) {
		return rest.New(*s.REST, s.Columns(), s.Mapping.Key(), env.Env, env.Location)
	}},
	"html": {new: func(s config.Source, env Env) (collectors.Source, error) {
		return html.New(*s.HTML, env.Env, env.Location)
	}},
	"openmetrics": {levels: true, new: func(s config.Source, env Env) (collectors.Source, error) {
		return openmetrics.New(*s.OpenMetrics, s.Mapping.Unit, env.Levels, env.Env, env.Location)
	}},
}

// New makes the collector of a configured source; nothing is connected. The error names the source and the key that is wrong.
func New(source config.Source, env Env) (collectors.Source, error) {
	k, known := kinds[source.Kind]
	if !known {
		return nil, fmt.Errorf("source %s/%s: kind %q is not known", source.Unit, source.ID, source.Kind)
	}
	made, err := k.new(source, env)
	if err != nil {
		return nil, fmt.Errorf("source %s/%s: %w", source.Unit, source.ID, err)
	}
	return made, nil
}

// Basis is all that New makes the collector of a source from, but for the process and the network's rules. Two that are deeply
// equal make collectors that read alike.
func Basis(source config.Source, env Env) any {
	basis := struct {
		Source config.Source
		Zone   string
		CutOff kpi.CutOff
		Levels []string
	}{Source: source, Zone: env.Location.String()}
	if source.ByCutOff() {
		basis.CutOff = env.CutOff
	}
	if kinds[source.Kind].levels {
		basis.Levels = env.Levels
	}
	return basis
}
