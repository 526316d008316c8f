package alerting_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"

	"kpiagent/internal/alerting"
	"kpiagent/internal/evaluation"
)

// ruleOf is a file with the alert Late: a unit has late dossiers. hold is its for. An alert is believed for four intervals: with
// shorter ones it ends by itself on a machine that has other things to do.
func ruleOf(hold string) []byte {
	return fmt.Appendf(nil, `
groups:
  - name: units
    interval: 500ms
    rules:
      - alert: Late
        expr: late > 0
        for: %s
        labels: {severity: warning}
        annotations:
          summary_vi: '{{ $labels.unit }}: {{ $value }} hồ sơ quá hạn'
          summary_en: '{{ $labels.unit }}: {{ $value }} dossiers are late'
          description_vi: 'Đơn vị {{ $labels.unit }} có {{ $value }} hồ sơ quá hạn, tuần trước là {{ with printf "late{unit=%%q}" $labels.unit | query }}{{ . | first | value }}{{ end }}. Cần làm: xử lý hồ sơ cũ nhất trước.'
          description_en: 'Unit {{ $labels.unit }} has {{ $value }} late dossiers. What to do: deal with the oldest first.'
`, hold)
}

// site is a history with an engine on it, as an agent has them.
type site struct {
	t       *testing.T
	db      *tsdb.DB
	query   rules.QueryFunc
	options alerting.Options
	stop    func()
	engine  *alerting.Engine
}

func newSite(t *testing.T) *site {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := tsdb.Open(t.TempDir(), log, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	queries := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute})
	s := &site{t: t, db: db, query: rules.EngineQueryFunc(queries, db), options: alerting.Options{
		Folder: t.TempDir(), Append: db, Select: db, Log: log,
	}}
	t.Cleanup(func() {
		s.end()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// late says how many late dossiers a unit has now.
func (s *site) late(unit string, number float64) {
	s.t.Helper()
	a := s.db.Appender(context.Background())
	if _, err := a.Append(0, labels.FromStrings("__name__", "late", "unit", unit), time.Now().UnixMilli(), number); err != nil {
		s.t.Fatal(err)
	}
	if err := a.Commit(); err != nil {
		s.t.Fatal(err)
	}
}

// begin starts an engine on the state that the one before left.
func (s *site) begin(settings alerting.Settings) {
	s.t.Helper()
	s.options.Rules = evaluation.New(evaluation.Options{Query: s.query, Append: s.db, Select: s.db, Log: s.options.Log,
		Resend: 2 * time.Second})
	engine, err := alerting.Open(s.options, settings)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.options.Rules.Run(ctx) }()
	go func() { ended <- engine.Run(ctx) }()
	s.engine = engine
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			s.t.Error(err)
		}
	})
}

// end stops the engine, if one runs.
func (s *site) end() {
	if s.stop != nil {
		s.stop()
	}
}

// told is a message as a webhook gets it.
type told struct {
	Version     string            `json:"version"`
	Status      string            `json:"status"`
	Receiver    string            `json:"receiver"`
	GroupLabels map[string]string `json:"groupLabels"`
	Alerts      []struct {
		Status       string            `json:"status"`
		Labels       map[string]string `json:"labels"`
		Annotations  map[string]string `json:"annotations"`
		StartsAt     time.Time         `json:"startsAt"`
		EndsAt       time.Time         `json:"endsAt"`
		GeneratorURL string            `json:"generatorURL"`
	} `json:"alerts"`
}

// short is a message in one line: "firing a b, resolved c", by unit.
func (m told) short() string {
	by := map[string][]string{}
	for _, a := range m.Alerts {
		by[a.Status] = append(by[a.Status], a.Labels["unit"])
	}
	var parts []string
	for _, status := range []string{"firing", "resolved"} {
		if len(by[status]) > 0 {
			slices.Sort(by[status])
			parts = append(parts, status+" "+strings.Join(by[status], " "))
		}
	}
	return strings.Join(parts, ", ")
}

// inbox is a webhook that keeps what comes.
type inbox struct {
	url      string
	requests chan *http.Request
	messages chan told
	// status is what it answers; it may be changed.
	mutex  sync.Mutex
	status int
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	i := &inbox{messages: make(chan told, 1000), requests: make(chan *http.Request, 1000), status: http.StatusOK}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

func (i *inbox) answer(status int) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.status = status
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mutex.Lock()
	status := i.status
	i.mutex.Unlock()
	var m told
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		status = http.StatusBadRequest
	}
	i.requests <- r
	if status/100 == 2 {
		i.messages <- m
	}
	w.WriteHeader(status)
}

// next waits for a message.
func (i *inbox) next(t *testing.T) told {
	t.Helper()
	select {
	case m := <-i.messages:
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no message came")
		return told{}
	}
}

// expect waits for a message that says just that.
func (i *inbox) expect(t *testing.T, want string) told {
	t.Helper()
	m := i.next(t)
	if got := m.short(); got != want {
		t.Fatalf("the message says %q, want %q", got, want)
	}
	return m
}

// silent wants no message for a while.
func (i *inbox) silent(t *testing.T, while time.Duration) {
	t.Helper()
	select {
	case m := <-i.messages:
		t.Fatalf("there is a message: %s", m.short())
	case <-time.After(while):
	}
}

// settings has times for people who are in a hurry, and one receiver that is a webhook.
func settings(url string) alerting.Settings {
	return alerting.Settings{
		Rules: ruleOf("0s"), Pages: "https://kpi.example.vn", Location: time.FixedZone("+07", 7*3600),
		GroupBy: []string{"alertname"}, GroupWait: 300 * time.Millisecond, GroupInterval: time.Second, RepeatInterval: time.Hour, Resolved: true,
		Receiver:  "kpiagent",
		Receivers: []alerting.Receiver{{Name: "kpiagent", Webhook: &alerting.Webhook{URL: url, Timeout: 5 * time.Second}}},
	}
}
