package grafana_test

import (
	"strings"
	"testing"

	"kpiagent/dashboards/grafana"
)

// Alert rules that Grafana evaluates are put in once, changed where they changed, and pruned when Prometheus takes over.
func TestRules(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.more = "alerts: {engine: grafana}\ntargets:\n  - {kpi: on_time_share, year: 2026, value: 0.95}"
		const groups = 3
		a.only(a.apply(), grafana.Create, all+groups)
		o.asked()
		a.only(a.apply(), grafana.InStep, all+groups)
		onlyReads(t, o.asked())

		// Two years of targets have the same rules; another KPI with a target has more, and boards that say so.
		a.more += "\n  - {kpi: online_filing_share, year: 2026, value: 0.5, severity: critical}"
		if changed := a.apply(); changed.Count(grafana.Change) < 1 {
			t.Error("nothing was changed for another target")
		}
		a.only(a.apply(), grafana.InStep, all+groups)

		a.more = strings.Replace(a.more, "engine: grafana", "engine: prometheus", 1)
		a.only(a.prune(), grafana.Delete, groups)
		a.only(a.apply(), grafana.InStep, all)
	})
}
