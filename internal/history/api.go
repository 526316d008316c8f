package history

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"kpiagent/internal/exposition"
	"kpiagent/internal/history/promapi"
)

// newAPI makes what answers queries, without the bounds of Handler.
func (h *History) newAPI(rules promapi.RuleSource) *promapi.API {
	meanings := map[string]promapi.Metadata{}
	for _, f := range slices.Concat(exposition.FigureFamilies(), exposition.AgentFamilies()) {
		meanings[f.Name] = promapi.Metadata{Type: f.Type, Help: f.Help}
	}
	return &promapi.API{
		Engine: h.newBoundedEngine(), Queryable: h.Queryable(), Parser: parser.NewParser(parser.Options{}),
		Rules:    rules,
		Metadata: meanings,
		Version:  promapi.Version{Version: libraryVersion(), GoVersion: runtime.Version()},
		Now:      h.options.Now,
	}
}

// libraryVersion is the version of Prometheus that the library belongs to, as its own releases are numbered: Grafana decides
// by it what it may ask.
func libraryVersion() string {
	const path, oldest = "github.com/prometheus/prometheus", "3.0.0"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return oldest
	}
	for _, d := range info.Deps {
		// The module v0.315.0 is release 3.15.0.
		if v, isRelease := strings.CutPrefix(d.Version, "v0.3"); d.Path == path && isRelease && len(v) > 2 {
			return "3." + strings.TrimPrefix(v[:2], "0") + v[2:]
		}
	}
	return oldest
}
