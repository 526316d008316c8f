package dashboards_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/version"
	"golang.org/x/sync/errgroup"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/agent"
	"kpiagent/internal/demo"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/testserver"
)

// sampleSite is the sample ministry with an agent that has read all of it.
type sampleSite struct {
	config *config.Config
	agent  *agent.Agent
}

func newSampleMinistry(t *testing.T) *sampleSite {
	t.Helper()
	version.Version = "test" // as a build sets it: an empty label would be none
	ministry, err := demo.Build(t.Context(), t.TempDir(), 2026, time.Now(), demo.Size{Days: 450, Share: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ministry.Close() })
	c, err := config.Load(t.Context(), config.Options{File: ministry.Config})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.New(t.Context(), m, agent.Options{Env: outbound.Env{Now: time.Now, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Collect(t.Context(), agent.CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	return &sampleSite{c, a}
}

// prometheus is a server that scrapes one page, with the rules of the mixin.
type prometheus struct {
	t   *testing.T
	url string
}

// startPrometheus also tells an Alertmanager, where one is given by its address. every is how often it scrapes.
func startPrometheus(t *testing.T, made *dashboards.Rendered, every string, page http.Handler, alertmanagers ...string) *prometheus {
	t.Helper()
	server := httptest.NewServer(page)
	t.Cleanup(server.Close)
	var hosts []string
	for _, url := range alertmanagers {
		hosts = append(hosts, strconv.Quote(strings.TrimPrefix(url, "http://")))
	}
	return &prometheus{t, testserver.Prometheus(t, fmt.Sprintf(`
global: {scrape_interval: %s, scrape_timeout: %s}
rule_files: [%q]
alerting: {alertmanagers: [{static_configs: [{targets: [%s]}]}]}
scrape_configs: [{job_name: kpiagent, metrics_path: /, static_configs: [{targets: [%q]}]}]
`, every, every, filepath.Join(writeRules(t, made), "rules.yml"), strings.Join(hosts, ", "), strings.TrimPrefix(server.URL, "http://")))}
}

// in gives the server to a test within the one that started it.
func (p *prometheus) in(t *testing.T) *prometheus { return &prometheus{t, p.url} }

// hurried gives the mixin of a configuration with rules for people who cannot wait; every is how often they are evaluated.
func hurried(t *testing.T, c *config.Config, every string) *dashboards.Rendered {
	t.Helper()
	settings := dashboards.FromModel(modelOf(t, c))
	settings["interval"] = every
	for _, name := range []string{"sourceFailingFor", "sourceFailingKeepFiringFor", "targetFor"} {
		settings[name] = "1s"
	}
	made, err := dashboards.Render(settings)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// answer is what came of one query.
type answer struct {
	series []series
	err    error
}

// askAll runs queries, several at a time.
func (p *prometheus) askAll(queries []query) map[query]answer {
	answers := make([]answer, len(queries))
	var asking errgroup.Group
	asking.SetLimit(4)
	for i, q := range queries {
		asking.Go(func() error {
			answers[i].series, answers[i].err = p.ask(q.expr, q.overTime)
			return nil
		})
	}
	_ = asking.Wait() // each answer has its own error
	byQuery := map[query]answer{}
	for i, q := range queries {
		byQuery[q] = answers[i]
	}
	return byQuery
}

// query is what a panel asks, with its variables filled in.
type query struct {
	expr     string
	overTime bool
}

// queriesOf lists what boards ask, each thing once, with the panels in closed rows.
func queriesOf(list []board, fill *strings.Replacer) (queries []query) {
	for _, b := range list {
		for _, p := range b.all(true) {
			for _, q := range p.Targets {
				queries = append(queries, query{fill.Replace(q.Expr), q.Range})
			}
		}
	}
	slices.SortFunc(queries, func(a, b query) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.Compact(queries)
}

// series is one series of an answer with its last value.
type series struct {
	labels map[string]string
	value  float64
}

// ask runs a query at this moment, or over the last minute.
func (p *prometheus) ask(query string, overTime bool) ([]series, error) {
	now := time.Now()
	parameters := url.Values{"query": {query}, "time": {fmt.Sprint(now.Unix())}}
	path := "/api/v1/query"
	if overTime {
		parameters = url.Values{"query": {query}, "start": {fmt.Sprint(now.Add(-time.Minute).Unix())}, "end": {fmt.Sprint(now.Unix())}, "step": {"5"}}
		path = "/api/v1/query_range"
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, strings.NewReader(parameters.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s", answer.Error)
	}
	var list []series
	for _, r := range answer.Data.Result {
		value := r.Value
		if overTime {
			value = r.Values[len(r.Values)-1]
		}
		number, err := strconv.ParseFloat(fmt.Sprint(value[1]), 64)
		if err != nil {
			return nil, err
		}
		list = append(list, series{r.Metric, number})
	}
	return list, nil
}

// rules waits until every rule was evaluated, and returns the texts of their errors by name; they are empty where all is well.
func (p *prometheus) rules() (errors map[string]string) {
	p.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		errors = p.rulesNow()
		if !slices.Contains(slices.Collect(maps.Values(errors)), notEvaluated) {
			break
		}
	}
	return errors
}

// notEvaluated is what is said of a rule that nobody has evaluated yet.
const notEvaluated = "health is unknown"

func (p *prometheus) rulesNow() (errors map[string]string) {
	p.t.Helper()
	response, err := http.Get(p.url + "/api/v1/rules")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Query, Health, LastError string }
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	errors = map[string]string{}
	for _, g := range answer.Data.Groups {
		for i, r := range g.Rules {
			name := fmt.Sprintf("%s %d", r.Name, i)
			if errors[name] = r.LastError; r.Health != "ok" && r.LastError == "" {
				errors[name] = "health is " + r.Health
			}
		}
	}
	return errors
}

// await waits until a query has a result.
func (p *prometheus) await(query string) []series {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if found, err := p.ask(query, false); err == nil && len(found) > 0 {
			return found
		}
	}
	p.t.Fatalf("%s has no result after a minute", query)
	return nil
}
