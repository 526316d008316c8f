package grafana_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/dashboards/grafana"
	running "kpiagent/internal/agent"
	"kpiagent/internal/demo"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// What Grafana tells people is what Prometheus would tell them, to the letter: for every alert on every unit, in both
// languages, and for exactly the same units. Prometheus is a real one that scrapes the sample ministry; Grafana's side is done
// as Grafana does it, with the rules as they were sent and the same Prometheus.
func TestTextsOfBothEngines(t *testing.T) {
	c, page := troubledMinistry(t)
	atOnce := func(s dashboards.Settings) (*dashboards.Rendered, error) {
		for _, name := range []string{"targetFor", "overdueFor", "unitSilentFor", "downFor", "sourceFailingFor", "sourceSilentFor", "seriesOverBudgetFor",
			"configNotReloadedFor", "calendarYearUnknownFor", "downKeepFiringFor"} {
			s[name] = "0s"
		}
		s["languages"] = []string{}
		return dashboards.Render(s)
	}
	made, err := atOnce(dashboards.FromModel(modelOf(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	p := scraped(t, made, page)
	var all []*standIn
	for _, version := range []string{"9.3", "12.1"} {
		g, address := newStandIn(t, version)
		o := newOffice(t, address, g)
		here := *c
		here.Ledger.Path = filepath.Join(t.TempDir(), "ledger.db")
		here.Grafana = config.Grafana{URL: "http://" + o.address.Host, Account: "admin", SecretEnv: "PASSWORD", Timeout: time.Minute}
		site, err := grafana.NewSite(modelOf(t, &here), atOnce)
		if err != nil {
			t.Fatal(err)
		}
		a := newAgent(o)
		report, err := site.Apply(t.Context(), a.around())
		a.well("apply", report, err)
		all = append(all, g)
	}
	compareTexts(t, p, all)
	for _, g := range all {
		checkStates(t, p, g)
	}
}

// checkStates wants a target that was missed to stay so until it is reached by its margin, where Grafana can do that.
func checkStates(t *testing.T, p *prometheusServer, g *standIn) {
	t.Helper()
	within := 0
	for _, rule := range g.rules {
		if title := rule["title"].(string); !strings.HasPrefix(title, "EgovTargetMissed") {
			continue
		}
		data := rule["data"].([]any)
		last := data[len(data)-1].(map[string]any)["model"].(map[string]any)
		if holds := last["type"] == "threshold"; holds != (g.major > 9) {
			t.Errorf("%v: the condition is %v", rule["title"], last)
		}
		status := map[string]float64{}
		for _, s := range p.ask(`max by (unit) (egov_kpi_status{period="year", kpi="` + rule["labels"].(map[string]any)["kpi"].(string) + `"})`) {
			status[s.labels["unit"]] = s.value
		}
		for _, one := range data {
			if q := one.(map[string]any); q["refId"] == "state_query" {
				for _, s := range p.ask(q["model"].(map[string]any)["expr"].(string)) {
					want := map[float64]float64{1: 2, 2: 1}[status[s.labels["unit"]]]
					if s.value != want {
						t.Errorf("%v: unit %s of status %v is in state %v, want %v", rule["title"], s.labels["unit"], status[s.labels["unit"]], s.value, want)
					}
					if want == 1 {
						within++
					}
				}
			}
		}
	}
	if within == 0 {
		t.Error("no unit is within the margin of its target")
	}
}

// compareTexts waits until all engines say the same: Prometheus scrapes and evaluates at moments of its own.
func compareTexts(t *testing.T, p *prometheusServer, all []*standIn) {
	t.Helper()
	var problems []string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		want := p.alerts()
		if problems = notSeen(want); len(problems) > 0 {
			continue
		}
		for _, g := range all {
			got := map[string]map[string]string{}
			for _, uid := range slices.Sorted(maps.Keys(g.rules)) {
				problems = append(problems, p.evaluate(g.rules[uid], got)...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				problems = append(problems, fmt.Sprintf("%d.%d: %s", g.major, g.minor, diff))
			}
		}
		if len(problems) > 0 {
			continue
		}
		for labels, texts := range want {
			for _, text := range texts {
				if strings.Contains(text, "–") || strings.Contains(text, "no value") {
					t.Errorf("%s: the text has holes: %s", labels, text)
				}
			}
		}
		t.Logf("%d alerts have the same texts", len(want))
		return
	}
	t.Errorf("the engines differ: %s", strings.Join(problems, "\n"))
}

// notSeen names the kinds of alerts that there are none of.
func notSeen(alerts map[string]map[string]string) (missing []string) {
	seen := map[string]bool{}
	for labels := range alerts {
		name, _, _ := strings.Cut(strings.TrimPrefix(labels, "alertname="), " ")
		seen[name] = true
	}
	for _, name := range []string{"EgovTargetMissed", "EgovTargetAtRisk", "EgovTargetOutOfReach", "EgovOverdueGrowing", "EgovUnitSilent", "KpiagentSourceFailing",
		"KpiagentSourceSilent", "KpiagentRowsRejected", "KpiagentDropHeldBack", "KpiagentBooksOutOfBalance", "KpiagentConfigNotReloaded"} {
		if !seen[name] {
			missing = append(missing, name+" was not seen")
		}
	}
	return missing
}

// troubledMinistry is the sample ministry with a page on which everything goes wrong that there is an alert for.
func troubledMinistry(t *testing.T) (*config.Config, http.Handler) {
	t.Helper()
	ministry, err := demo.Build(t.Context(), t.TempDir(), 2026, time.Now(), demo.Size{Days: 120, Share: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ministry.Close() })
	c, err := config.Load(t.Context(), config.Options{File: ministry.Config})
	if err != nil {
		t.Fatal(err)
	}
	// Names that mean something to templates, to PromQL or to Grafana.
	c.KPIs = append(c.KPIs, kpi.Definition{ID: "odd", Name: kpi.Text{"vi": `Chỉ số "${__all}" $value 📊 {{ .x }}`, "en": `"$labels" {{ $value }} ⟨unit⟩ %s`},
		Kind: kpi.KindCount, Direction: kpi.DirectionUp, NoData: kpi.NoDataNone, Numerator: []kpi.Term{{Count: "received"}}})
	c.Targets = append(c.Targets, kpi.Target{KPI: "odd", Year: time.Now().Year(), Value: 1e6})
	a, err := running.New(t.Context(), modelOf(t, c), running.Options{Env: outbound.Env{Now: time.Now, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Collect(t.Context(), running.CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.Page.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	c.Alerts.Engine, c.Alerts.MinVolume = config.EngineGrafana, 1
	text := trouble(w.Body.String(), time.Now())
	return c, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(text))
	})
}
