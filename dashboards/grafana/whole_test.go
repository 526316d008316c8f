package grafana_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/dashboards/grafana"
)

// complete remembers what was rendered with all KPIs.
var complete = &renderings{done: map[string]*dashboards.Rendered{}, whole: true}

// whole is everything that the sample ministry has, as kpiagent demo --grafana puts it into a Grafana.
func (a *agent) whole() *grafana.Site {
	a.Helper()
	c, err := config.Load(a.Context(), config.Options{File: "../../config/examples/ministry.yml"})
	if err != nil {
		a.Fatal(err)
	}
	address := *a.address
	user := address.User.Username()
	address.User = nil
	c.Ledger.Path = filepath.Join(a.dir, "state", "kpiagent.db")
	c.Boards.Prefix, c.Boards.Folder = a.prefix, a.folder
	c.Alerts.Engine = config.EngineGrafana
	c.Grafana = config.Grafana{URL: address.String(), Account: user, SecretEnv: "PASSWORD", Timeout: 2 * time.Minute}
	site, err := grafana.NewSite(modelOf(a, c), complete.render)
	if err != nil {
		a.Fatal(err)
	}
	return site
}

// What the demo puts into an empty Grafana is there at once, and a plan then has nothing to say.
func TestDemo(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		site := a.whole()
		r, err := site.Apply(a.Context(), a.around())
		a.well("apply", r, err)
		made := r.Count(grafana.Create)
		if made != len(r.Steps) || made < 40 {
			t.Errorf("made %d of %d things", made, len(r.Steps))
		}
		o.asked()
		r, err = site.Plan(a.Context(), a.around())
		a.only(a.well("plan", r, err), grafana.InStep, made)
		onlyReads(t, o.asked())
		for _, language := range []string{"vi", "en"} {
			if title := a.titleOf(a.board("overview-" + language)); title == "" {
				t.Errorf("the overview in %s has no title", language)
			}
		}
	})
}

// Looking at everything that the sample ministry has, over loopback, is to take less than 2 s.
func BenchmarkReconcileWithoutChanges(b *testing.B) {
	g, address := newStandIn(b, "11.6")
	a := newAgent(newOffice(b, address, g))
	site := a.whole()
	r, err := site.Apply(b.Context(), a.around())
	a.well("apply", r, err)
	g.asked()
	for b.Loop() {
		r, err := site.Apply(b.Context(), a.around())
		a.only(a.well("apply", r, err), grafana.InStep, len(r.Steps))
	}
	asked := g.asked()
	onlyReads(b, asked)
	b.ReportMetric(float64(len(asked))/float64(b.N), "requests/op")
	b.ReportMetric(float64(len(r.Steps)), "things")
}

// KPIs whose ids differ only after the forty characters that an id in Grafana may have, get rules of their own.
func TestLongIDs(t *testing.T) {
	g, address := newStandIn(t, "9.3")
	a := newAgent(newOffice(t, address, g))
	long := "ty_le_ho_so_" + strings.Repeat("rat_dai_", 3)
	a.more = `alerts: {engine: grafana, receiver: ` + long + `a}
measures:
  - {id: m, kind: flow, name: {vi: Đo, en: Measured}}
kpis:
  - {id: ` + long + `a, name: {vi: Một, en: One}, kind: count, direction: up, no_data: none, numerator: [{count: observation, measure: m}]}
  - {id: ` + long + `b, name: {vi: Hai, en: Two}, kind: count, direction: up, no_data: none, numerator: [{count: observation, measure: m}]}
targets:
  - {kpi: ` + long + `a, year: 2026, value: 5}
  - {kpi: ` + long + `b, year: 2026, value: 5}`
	a.receivers = "{name: " + long + "a, mail: [a@example.vn]}, {name: " + long + "b, mail: [b@example.vn]}"
	r := a.apply()
	rules, points := 0, 0
	for _, s := range r.Steps {
		if len(s.ID) > 40 && s.Kind != grafana.KindViewers {
			t.Errorf("%s has an id of %d characters", s.ID, len(s.ID))
		}
		switch {
		case s.Kind == grafana.KindRule && strings.Contains(s.Title, long):
			rules++
		case s.Kind == grafana.KindContactPoint:
			points++
		}
	}
	if rules != 2*2 || points != 2 {
		t.Errorf("%d rules and %d contact points", rules, points)
	}
	a.only(a.apply(), grafana.InStep, len(r.Steps))
}
