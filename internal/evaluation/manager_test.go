package evaluation_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/internal/evaluation"
	"kpiagent/internal/history/promapi"
)

const (
	recording = `groups: [{name: sums, interval: 100ms, rules: [{record: 'unit:late:double', expr: 2 * vector(21)}]}]`
	alerting  = `groups: [{name: late, interval: 100ms, rules: [{alert: Late, expr: 'vector(1) > 0', labels: {unit: xnk}}]}]`
	broken    = `groups: [{name: sums, rules: [{record: x, expr: 'sum('}]}]`
)

// site is a running manager on a storage of its own.
type site struct {
	t *testing.T
	*evaluation.Manager
	query rules.QueryFunc
	stop  func()

	mutex    sync.Mutex
	notified int
}

func newSite(t *testing.T) *site {
	t.Helper()
	store := promqltest.LoadedStorage(t, "")
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1000, Timeout: time.Minute, LookbackDelta: time.Minute})
	s := &site{t: t, query: rules.EngineQueryFunc(engine, store)}
	s.Manager = evaluation.New(evaluation.Options{Query: s.query, Append: store, Select: store, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	s.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(s.stop)
	return s
}

// alerts are the alert rules, told to the site.
func (s *site) alerts() *evaluation.Alerts {
	return &evaluation.Alerts{Rules: []byte(alerting),
		Notify: func(_ context.Context, _ string, list ...*rules.Alert) {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			s.notified += len(list)
		},
		Evaluated: func(_ context.Context, g *rules.Group, _ time.Time) {
			if g.Name() != "late" {
				s.t.Errorf("the group %s has no alerts", g.Name())
			}
		},
	}
}

// await waits until a query has an answer, or none.
func (s *site) await(query string, answered bool) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		found, err := s.query(s.t.Context(), query, time.Now())
		if err != nil {
			s.t.Fatal(err)
		}
		if len(found) > 0 == answered {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: %v", query, found)
		}
	}
}

func TestRulesOfBothKindsAreEvaluated(t *testing.T) {
	s := newSite(t)
	if err := s.SetRecording([]byte(recording)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAlerts(s.alerts()); err != nil {
		t.Fatal(err)
	}
	s.await("unit:late:double == 42", true)
	s.await(`ALERTS{alertname="Late", alertstate="firing"}`, true)
	s.mutex.Lock()
	if s.notified == 0 {
		t.Error("nobody was notified")
	}
	s.mutex.Unlock()
	if names := s.AlertGroups(); len(names) != 1 || names[0] != "late" {
		t.Errorf("the groups of alerts are %v", names)
	}

	// Alerts go, and the rest stays.
	if err := s.SetAlerts(nil); err != nil {
		t.Fatal(err)
	}
	if len(s.AlertGroups()) != 0 || len(s.RuleGroups()) != 1 {
		t.Errorf("%d groups are left, of them of alerts %v", len(s.RuleGroups()), s.AlertGroups())
	}
	s.await("ALERTS", false)
	s.await("unit:late:double", true)
}

func TestBrokenRulesLeaveThoseBefore(t *testing.T) {
	s := newSite(t)
	if err := s.SetRecording([]byte(recording)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAlerts(s.alerts()); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRecording([]byte(broken)); err == nil || !strings.Contains(err.Error(), "unclosed left parenthesis") {
		t.Errorf("broken recording rules: %v", err)
	}
	worse := s.alerts()
	worse.Rules = []byte(broken)
	if err := s.SetAlerts(worse); err == nil {
		t.Error("broken alert rules were taken")
	}
	if len(s.RuleGroups()) != 2 || len(s.AlertGroups()) != 1 {
		t.Errorf("the groups are %v, of alerts %v", s.RuleGroups(), s.AlertGroups())
	}
	s.await("unit:late:double == 42", true)
}

// The API lists both kinds, and the alerts.
func TestRulesAreListed(t *testing.T) {
	s := newSite(t)
	if err := s.SetRecording([]byte(recording)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAlerts(s.alerts()); err != nil {
		t.Fatal(err)
	}
	s.await(`ALERTS{alertstate="firing"}`, true)
	mux := http.NewServeMux()
	for _, p := range (&promapi.API{Rules: s.Manager, Parser: parser.NewParser(parser.Options{})}).Paths() {
		mux.Handle(p.Pattern, p.Handler)
	}
	tests := []struct{ path, has, lacks string }{
		{"/rules", `"name":"unit:late:double","query":"2 * vector(21)"`, `"lastError"`},
		{"/rules", `"name":"Late","query":"vector(1) \u003e 0"`, `"groupNextToken"`},
		{"/rules", `"type":"alerting","state":"firing"`, `"state":"inactive"`},
		{"/rules?type=record", `"type":"recording"`, `"type":"alerting"`},
		{"/rules?type=alert", `"alerts":[{"labels":{"alertname":"Late","unit":"xnk"}`, `"type":"recording"`},
		{"/rules?type=alert&exclude_alerts=true", `"alerts":null`, `"activeAt"`},
		{"/rules?rule_group[]=sums", `"sums"`, `"Late"`},
		{"/rules?rule_name[]=Late", `"Late"`, `"sums"`},
		{"/rules?file[]=elsewhere", `"groups":[]`, `"Late"`},
		{"/alerts", `"state":"firing","activeAt":"`, `"keepFiringSince"`},
	}
	for _, test := range tests {
		request := httptest.NewRequest(http.MethodGet, test.path, nil)
		if err := request.ParseForm(); err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		text := answer.Body.String()
		if answer.Code != http.StatusOK || !strings.Contains(text, test.has) || strings.Contains(text, test.lacks) {
			t.Errorf("%s: %d %s\nwant %s and no %s", test.path, answer.Code, text, test.has, test.lacks)
		}
	}
}
