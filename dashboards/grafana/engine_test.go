package grafana_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"kpiagent/dashboards"
	"kpiagent/internal/testserver"
)

// trouble makes everything go wrong on a page that there is an alert for, on a part of the units each.
func trouble(page string, now time.Time) string {
	var out strings.Builder
	lines := 0
	for line := range strings.Lines(page) {
		series, value, found := strings.Cut(strings.TrimSpace(line), "} ")
		if !found || strings.HasPrefix(line, "#") {
			out.WriteString(strings.Replace(line, "egov_config_last_reload_successful 1", "egov_config_last_reload_successful 0", 1))
			continue
		}
		lines++
		name, _, _ := strings.Cut(series, "{")
		switch {
		case name == "egov_kpi_required":
			value = []string{"0.995", "1.5", "3"}[lines%3]
		case name == "egov_kpi_value" && strings.Contains(series, `"overdue_open"`) && strings.Contains(series, `"day"`):
			n, _ := strconv.ParseFloat(value, 64)
			value = fmt.Sprint(n + 100)
			// A week ago there were fewer.
			fmt.Fprintf(&out, "%s} %v %d\n", series, n/2, now.Add(-7*24*time.Hour-time.Hour).UnixMilli())
		case name == "egov_source_up":
			value = strconv.Itoa(lines % 2)
		case name == "egov_source_last_success_timestamp_seconds":
			value = []string{"0", "1.7e9", value}[lines%3]
		case name == "egov_source_held_rows" || name == "egov_source_rejected_rows_total" || name == "egov_ledger_imbalance" || name == "egov_series_over_budget":
			value = strconv.Itoa(lines % 2 * 1234567)
		}
		fmt.Fprintf(&out, "%s} %s\n", series, value)
	}
	return out.String()
}

// prometheusServer scrapes one page, with the rules of the mixin.
type prometheusServer struct {
	t       *testing.T
	url     string
	results map[string][]sample // of queries, since the last look at the alerts
}

type sample struct {
	labels map[string]string
	value  float64
}

func scraped(t *testing.T, made *dashboards.Rendered, page http.Handler) *prometheusServer {
	t.Helper()
	server := httptest.NewServer(page)
	t.Cleanup(server.Close)
	rules, err := dashboards.RuleFile(slices.Concat(made.Rules, made.Alerts))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(rules), "interval: 1m", "interval: 2s")), 0o644); err != nil {
		t.Fatal(err)
	}
	return &prometheusServer{t: t, url: testserver.Prometheus(t, fmt.Sprintf(`
global: {scrape_interval: 2s}
storage: {tsdb: {out_of_order_time_window: 10d}}
rule_files: [%q]
scrape_configs: [{job_name: kpiagent, metrics_path: /, static_configs: [{targets: [%q]}]}]
`, file, strings.TrimPrefix(server.URL, "http://")))}
}

func (p *prometheusServer) get(path string, parameters url.Values, into any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, strings.NewReader(parameters.Encode()))
	if path == "/api/v1/rules" {
		request, err = http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Status != "success" {
		p.t.Fatalf("%s %v: %v %s", path, parameters, err, answer.Error)
	}
}

// seconds of a duration: the two engines do not look at the same second.
var seconds = regexp.MustCompile(`\b\d+s\b`)

func note(alerts map[string]map[string]string, labels, texts map[string]string) {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, name+"="+labels[name])
	}
	for name, text := range texts {
		texts[name] = seconds.ReplaceAllString(text, "…s")
	}
	alerts[strings.Join(list, " ")] = texts
}

// alerts are those of Prometheus: their texts, by labels.
func (p *prometheusServer) alerts() map[string]map[string]string {
	p.t.Helper()
	var answer struct {
		Groups []struct {
			Rules []struct {
				Alerts []struct{ Labels, Annotations map[string]string }
			}
		}
	}
	p.get("/api/v1/rules", nil, &answer)
	p.results = map[string][]sample{}
	made := map[string]map[string]string{}
	for _, g := range answer.Groups {
		for _, r := range g.Rules {
			for _, a := range r.Alerts {
				note(made, a.Labels, a.Annotations)
			}
		}
	}
	return made
}

func (p *prometheusServer) ask(query string) (list []sample) {
	p.t.Helper()
	if known, asked := p.results[query]; asked {
		return known
	}
	defer func() { p.results[query] = list }()
	var answer struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	p.get("/api/v1/query", url.Values{"query": {query}}, &answer)
	for _, r := range answer.Result {
		value, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			p.t.Fatal(err)
		}
		list = append(list, sample{r.Metric, value})
	}
	return list
}

// What Grafana's texts see.
type (
	grafanaValue struct {
		Labels map[string]string
		Value  float64
	}
	grafanaData struct {
		Labels map[string]string
		Values map[string]grafanaValue
		Value  string
	}
)

// evaluate does with a rule what Grafana does, and notes the alerts that come of it.
func (p *prometheusServer) evaluate(rule map[string]any, alerts map[string]map[string]string) (problems []string) {
	p.t.Helper()
	results := map[string][]sample{}
	for _, one := range rule["data"].([]any) {
		q := one.(map[string]any)
		name, m := q["refId"].(string), q["model"].(map[string]any)
		of, _ := m["expression"].(string)
		switch {
		case q["datasourceUid"] != "__expr__":
			results[name] = p.ask(m["expr"].(string))
		case m["type"] == "reduce":
			results[name] = results[of] // of one moment there is one value already
		case m["type"] == "threshold":
			above := m["conditions"].([]any)[0].(map[string]any)["evaluator"].(map[string]any)["params"].([]any)[0].(float64)
			results[name] = holding(results[of], func(v float64) bool { return v > above })
		case of == "$state > 1.5":
			results[name] = holding(results["state"], func(v float64) bool { return v > 1.5 })
		case strings.HasPrefix(of, "is_number($value)"):
			results[name] = holding(results["value"], func(float64) bool { return true })
		default:
			problems = append(problems, fmt.Sprintf("%v: nobody knows the expression %q", rule["title"], of))
		}
	}
	fires := results[rule["condition"].(string)]
	alertname, _, _ := strings.Cut(rule["title"].(string), " ")
	for name, list := range results {
		if len(list) == 0 && len(fires) > 0 { // then all of the rule would count as without data
			problems = append(problems, fmt.Sprintf("%v: the query %s has no result", rule["title"], name))
		}
	}
	for _, f := range fires {
		if f.value == 0 {
			continue
		}
		data := grafanaData{Labels: map[string]string{"alertname": alertname}, Values: map[string]grafanaValue{}}
		maps.Copy(data.Labels, f.labels)
		for name, value := range rule["labels"].(map[string]any) {
			data.Labels[name] = value.(string)
		}
		delete(data.Labels, "kpiagent") // what routes them
		for name, list := range results {
			matching := 0
			for _, s := range list {
				if contains(f.labels, s.labels) || contains(s.labels, f.labels) {
					matching++
					data.Values[name] = grafanaValue{s.labels, s.value}
				}
			}
			if matching > 1 {
				problems = append(problems, fmt.Sprintf("%v %v: %s may be one of %d values", rule["title"], f.labels, name, matching))
			}
		}
		texts := map[string]string{}
		for name, text := range rule["annotations"].(map[string]any) {
			filled, err := expandAsGrafana(p.t.Context(), text.(string), data)
			if err != nil {
				problems = append(problems, fmt.Sprintf("%v: %s: %v", rule["title"], name, err))
			}
			texts[name] = filled
		}
		note(alerts, data.Labels, texts)
	}
	return problems
}

func holding(list []sample, holds func(float64) bool) (made []sample) {
	for _, s := range list {
		value := 0.0
		if holds(s.value) {
			value = 1
		}
		made = append(made, sample{s.labels, value})
	}
	return made
}

func contains(all, some map[string]string) bool {
	for name, value := range some {
		if all[name] != value {
			return false
		}
	}
	return true
}

// expandAsGrafana fills a text in: with the functions of Prometheus, of which query finds nothing.
func expandAsGrafana(ctx context.Context, text string, data grafanaData) (string, error) {
	nothing := func(context.Context, string, time.Time) (promql.Vector, error) { return nil, nil }
	text = "{{- $labels := .Labels -}}{{- $values := .Values -}}{{- $value := .Value -}}" + text
	return template.NewTemplateExpander(ctx, text, "__alert_test", data, model.Now(), nothing, &url.URL{Host: "grafana"}, []string{"missingkey=invalid"}).Expand()
}
