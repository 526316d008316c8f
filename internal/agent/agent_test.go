package agent

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/dashboards/grafana"
	"kpiagent/internal/alerting"
	"kpiagent/internal/exposition"
	"kpiagent/internal/history"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
)

// Two units with a report each.
const twoReports = `
units:
  - {id: bo, name: {vi: Bộ, en: Ministry}}
  - {id: hoachat, parent: bo, name: {vi: Cục Hoá chất, en: Chemicals Agency}}
  - {id: dienluc, parent: bo, name: {vi: Cục Điện lực, en: Electricity Authority}}
procedures:
  - {unit: bo, code: "1.001", name: Cấp giấy phép}
targets:
  - {kpi: online_filing_share, year: 2026, value: 0.8}
sources:
  - unit: hoachat
    id: baocao
    kind: file
    schedule: "@every 1s"
    jitter: 0s
    file: {path: hoachat.csv}
    mapping: &mapping
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {column: kenh, values: [{from: tt, to: online}, {from: tr, to: counter}]}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
      due: {column: hen, layouts: [yyyy-MM-dd]}
      finished: {column: xong, layouts: [yyyy-MM-dd]}
      outcome: {constant: settled}
  - unit: dienluc
    id: baocao
    kind: file
    schedule: "@every 1s"
    jitter: 0s
    file: {path: dienluc.csv}
    mapping: *mapping
`

const header = "ma,thutuc,kenh,nhan,hen,xong\n"

const (
	hoachat = header + "H1,1.001,tt,2026-03-02,2026-03-09,2026-03-05\nH2,1.001,tr,2026-03-03,2026-03-10,\nH3,1.001,tt,2026-02-10,2026-03-12,\n"
	dienluc = header + "D1,1.001,tt,2026-03-02,2026-03-09,2026-03-16\n"
)

func TestReportsBecomeFigures(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)

	// Before anything was read: every source has its series, no unit has a figure.
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                             0,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`: 0,
		`egov_kpi_status{kpi="online_filing_share",unit="bo",period="month"}`:        0,
		`egov_ledger_imbalance{unit="bo"}`:                                           0,
	})
	collect(t, a, CollectOptions{})
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                                             1,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`:                 float64(s.now.Unix()),
		`egov_dossiers_received{unit="bo",procedure="1.001",channel="online",period="month"}`:        2,
		`egov_dossiers_received{unit="bo",procedure="1.001",channel="counter",period="month"}`:       1,
		`egov_dossiers_carried_over{unit="bo",procedure="1.001",period="month"}`:                     1,
		`egov_dossiers_finished{unit="dienluc",procedure="1.001",timeliness="late",period="month"}`:  1,
		`egov_dossiers_finished{unit="hoachat",procedure="1.001",timeliness="early",period="month"}`: 1,
		`egov_dossiers_open{unit="hoachat",procedure="1.001",state="overdue"}`:                       2,
		`egov_kpi_numerator{kpi="online_filing_share",unit="bo",period="month"}`:                     2,
		`egov_kpi_denominator{kpi="online_filing_share",unit="bo",period="month"}`:                   3,
		`egov_kpi_status{kpi="online_filing_share",unit="bo",period="month"}`:                        1,
		`egov_kpi_status{kpi="online_filing_share",unit="dienluc",period="month"}`:                   3,
		`egov_ledger_imbalance{unit="bo"}`:                                                           0,
	})
}

// recording notes what it is told of.
type recording struct {
	received []float64 // of the agency, page by page
	changed  []bool
	own      bool
}

func (r *recording) Record(_ time.Time, figures, own *exposition.Samples, changed bool) {
	received := 0.0
	for series, v := range figures.All() {
		if series.Labels(labels.EmptyLabels()).String() == `{__name__="egov_dossiers_received", channel="online", period="month", procedure="1.001", unit="hoachat"}` {
			received = v
		}
	}
	for series := range own.All() {
		r.own = r.own || series.Labels(labels.EmptyLabels()).String() == `{__name__="egov_source_up", source="baocao", unit="hoachat"}`
	}
	r.received, r.changed = append(r.received, received), append(r.changed, changed)
}

func TestPagesAreRecorded(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	var r recording
	around := s.surroundings()
	around.Recorders = []Recorder{&r}
	a, err := New(t.Context(), s.model(twoReports), around)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	collect(t, a, CollectOptions{})
	for range 2 { // the figures have changed, and then nothing has
		if err := a.publisher.renew(false); err != nil {
			t.Fatal(err)
		}
	}
	want := recording{received: []float64{0, 1, 1, 1}, changed: []bool{true, true, true, false}, own: true}
	if diff := cmp.Diff(want, r, cmp.AllowUnexported(recording{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A broken source is visible, its figures stay, the others go on; when it is mended nothing is lost or doubled.
func TestTroubleOfOneSource(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	before := tally(t, a, "bo", "month")

	if err := os.Remove(filepath.Join(s.folder, "hoachat.csv")); err != nil {
		t.Fatal(err)
	}
	s.write("dienluc.csv", dienluc+"D2,1.001,tt,2026-03-19,2026-03-26,\n")
	s.now = s.now.Add(time.Hour)
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Err == nil || !strings.Contains(results[0].Err.Error(), "put the report there") {
		t.Errorf("the error of the missing report is %v", results[0].Err)
	}
	if results[1].Err != nil {
		t.Errorf("the other source failed too: %v", results[1].Err)
	}
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="baocao",unit="hoachat"}`:                             0,
		`egov_source_up{source="baocao",unit="dienluc"}`:                             1,
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`: float64(s.now.Add(-time.Hour).Unix()),
		`egov_source_last_success_timestamp_seconds{source="baocao",unit="dienluc"}`: float64(s.now.Unix()),
	})
	broken := tally(t, a, "bo", "month")
	if broken.Total != before.Total+1 {
		t.Errorf("with one source broken the total is %d, want %d", broken.Total, before.Total+1)
	}

	s.write("hoachat.csv", hoachat)
	collect(t, a, CollectOptions{Full: true})
	if mended := tally(t, a, "bo", "month"); mended != broken {
		t.Errorf("mended: %+v, want %+v", mended, broken)
	}
}

// A report that suddenly has next to nothing is held back until somebody says that it is right.
func TestDropIsHeldBack(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	before := tally(t, a, "hoachat", "month")

	s.write("hoachat.csv", header+"H1,1.001,tt,2026-03-02,2026-03-09,2026-03-05\n")
	if got := collect(t, a, CollectOptions{})["hoachat/baocao"]; got.Held != 2 || got.Removed != 0 {
		t.Fatalf("held %d, removed %d, want 2 and 0", got.Held, got.Removed)
	}
	wantSeries(t, a, map[string]float64{`egov_source_held_rows{source="baocao",unit="hoachat"}`: 2})
	if got := tally(t, a, "hoachat", "month"); got != before {
		t.Errorf("held back, yet the figures moved: %+v", got)
	}
	if got := collect(t, a, CollectOptions{Sources: []string{"hoachat/baocao"}, Full: true, AcceptDrop: true})["hoachat/baocao"]; got.Removed != 2 {
		t.Errorf("accepted: %d removed, want 2", got.Removed)
	}
	if got := tally(t, a, "hoachat", "month"); got.Total != 1 {
		t.Errorf("accepted: total %d, want 1", got.Total)
	}
}

// Rows of procedures that become known later are read again without being asked for.
func TestUnknownProcedureHealsItself(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat+"H4,2.002,tt,2026-03-04,,\n")
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports + `
  - unit: bo
    id: thutuc
    kind: file
    record: procedure
    file: {path: "thutuc*.csv"}
    mapping:
      code: {column: ma}
      name: {column: ten}
`)
	s.write("thutuc.csv", "ma,ten\n1.001,Cấp giấy phép\n")
	first := collect(t, a, CollectOptions{})["hoachat/baocao"]
	if first.ByReason[kpi.UnknownProcedure] != 1 {
		t.Fatalf("rejected %v, want one unknown procedure", first.ByReason)
	}
	s.write("thutuc.csv", "ma,ten\n1.001,Cấp giấy phép\n2.002,Gia hạn giấy phép\n")
	second := collect(t, a, CollectOptions{})["hoachat/baocao"] // the report itself has not changed
	if second.Added != 1 || second.Rejected != 0 {
		t.Errorf("after the procedure became known: %s", second.Summary)
	}
	findings, err := a.Ledger.Findings(t.Context(), "hoachat/baocao", 10)
	if err != nil || len(findings) != 0 {
		t.Errorf("findings left: %v, %v", findings, err)
	}
}

// breaking emits rows, and fails once in the middle of them, when the rows so far were taken into the ledger.
type breaking struct {
	failed bool
	taken  chan int64 // how many rows were taken so far
}

func (b *breaking) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	if err := sink.Columns("", []string{"ma", "thutuc", "kenh", "nhan", "hen", "xong"}); err != nil {
		return collectors.Result{}, err
	}
	text := func(t string) collectors.Value { return collectors.Value{Kind: collectors.Text, Text: t} }
	for i, id := range []string{"H1", "H2"} {
		row := []collectors.Value{text(id), text("1.001"), text("tt"), text("2026-03-02"), text(""), text("")}
		if err := sink.Row(collectors.Position{Number: int64(i + 1)}, row); err != nil {
			return collectors.Result{}, err
		}
		sink.Reached(id)
	}
	if !b.failed {
		b.failed = true
		for rows := int64(0); rows < 2; {
			select {
			case rows = <-b.taken:
			case <-ctx.Done():
				return collectors.Result{}, ctx.Err()
			}
		}
		return collectors.Result{}, errors.New("the line is cut")
	}
	return collectors.Result{State: "H2"}, nil
}
func (*breaking) Close() error { return nil }

// A first import that is broken off and goes on where it stopped counts once it is through, although the second read
// brings nothing new.
func TestResumedFirstImportShows(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	source := &breaking{taken: make(chan int64, 10)}
	a.readers[0].source, a.readers[0].progress = source, func(rows int64) { source.taken <- rows }
	ctx, stop := context.WithCancel(t.Context())
	var publishing sync.WaitGroup
	publishing.Go(func() { a.publisher.run(ctx) })
	defer publishing.Wait()
	defer stop()
	const received = `egov_dossiers_received{unit="hoachat",procedure="1.001",channel="online",period="month"}`
	if _, err := a.readers[0].read(ctx, options{}); err == nil {
		t.Fatal("the first read should have failed")
	}
	if err := a.publisher.publish(); err != nil {
		t.Fatal(err)
	}
	if v, ok := value(scrape(a), received); ok {
		t.Errorf("half an import shows: %v", v)
	}
	if summary, err := a.readers[0].read(ctx, options{}); err != nil || summary.Added != 0 {
		t.Fatalf("the second read: %s, %v", summary, err)
	}
	for range 100 {
		if v, ok := value(scrape(a), received); ok && v == 2 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the import is through, but its figures do not show")
}

func TestFreshness(t *testing.T) {
	s := newSite(t)
	m := s.model(twoReports + `
  - unit: bo
    id: chung
    kind: file
    stale_after: 1h
    file: {path: chung.csv}
    mapping:
      unit: {column: donvi}
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {constant: online}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
`)
	old, recent := s.now.Add(-2*time.Hour), s.now.Add(-time.Minute)
	for _, test := range []struct {
		name  string
		last  map[string]time.Time
		unit  string
		asOf  time.Time
		fresh bool
	}{
		{"all read", map[string]time.Time{"bo/chung": recent, "hoachat/baocao": old, "dienluc/baocao": recent}, "bo", old, true},
		{"one never answered", map[string]time.Time{"bo/chung": recent, "hoachat/baocao": recent}, "bo", time.Time{}, false},
		{"its own and the common one", map[string]time.Time{"bo/chung": recent, "hoachat/baocao": old}, "hoachat", old, true},
		{"the common one is stale", map[string]time.Time{"bo/chung": old, "hoachat/baocao": recent}, "hoachat", old, false},
	} {
		if asOf, fresh := m.Freshness(test.unit, test.last, s.now); !asOf.Equal(test.asOf) || fresh != test.fresh {
			t.Errorf("%s: as of %s, fresh %t; want %s, %t", test.name, asOf, fresh, test.asOf, test.fresh)
		}
	}
}

// panicking is a source with a defect.
type panicking struct{}

func (panicking) Read(context.Context, collectors.Request, collectors.Sink) (collectors.Result, error) {
	panic("index out of range")
}
func (panicking) Close() error { return nil }

func TestPanicIsContained(t *testing.T) {
	s := newSite(t)
	var log bytes.Buffer
	s.log = &log
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	a.readers[0].source = panicking{}
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Err == nil || results[1].Err != nil {
		t.Fatalf("errors %v and %v, want one for the first source only", results[0].Err, results[1].Err)
	}
	wantSeries(t, a, map[string]float64{
		`egov_source_panics_total{source="baocao",unit="hoachat"}`: 1,
		`egov_source_up{source="baocao",unit="hoachat"}`:           0,
		`egov_source_up{source="baocao",unit="dienluc"}`:           1,
	})
	if !strings.Contains(log.String(), "index out of range") || !strings.Contains(log.String(), "agent_test.go") {
		t.Errorf("the log lacks the panic or its stack:\n%s", log.String())
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRunReadsOnScheduleAndStops(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()

	await := func(what, series string, want float64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if got, ok := value(scrape(a), series); ok && got == want {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("%s: %s is %v, want %v; the log:\n%s", what, series, got, want, log)
			}
		}
	}
	received := `egov_dossiers_received{unit="dienluc",procedure="1.001",channel="online",period="month"}`
	await("read at the start", received, 1)
	s.write("dienluc.csv", dienluc+"D2,1.001,tt,2026-03-19,2026-03-26,\n")
	await("read on schedule", received, 2)
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Run does not end")
	}
}

// looksAfterAGrafana gives an agent the metrics of a Grafana that it cannot reach.
func looksAfterAGrafana(t *testing.T, a *Agent) {
	c := *a.Model().Config
	c.Grafana.URL, c.Grafana.Every = "http://127.0.0.1:1", time.Hour
	stopped, stop := context.WithCancel(t.Context())
	stop()
	m, err := model.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	(&grafana.Keeper{Model: func() *model.Model { return m }, Around: func() outbound.Env { return outbound.Env{Now: time.Now} },
		Metrics: grafana.NewMetrics(a.Metrics.Registry), Log: slog.New(slog.DiscardHandler)}).Run(stopped)
}

// What the agent says of itself is declared where the reference of metrics is made from.
func TestMetricsAreDeclared(t *testing.T) {
	declared := map[string]bool{}
	for _, f := range exposition.AgentFamilies() {
		declared[f.Name] = true
	}
	s := newSite(t)
	s.write("hoachat.csv", hoachat+"H9,9.999,tt,2026-03-02,,\n")
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	a.audit(t.Context())
	looksAfterAGrafana(t, a)
	keepsAHistory(t, a)
	sendsToAStore(t, a)
	tellsOfAlerts(t, a)
	families, err := a.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range families {
		there[f.GetName()] = true
		if strings.HasPrefix(f.GetName(), "egov_") && (!declared[f.GetName()] || f.GetHelp() == "") {
			t.Errorf("%s is not declared in internal/exposition, or has no help", f.GetName())
		}
	}
	for name := range declared {
		if !there[name] {
			t.Errorf("%s is declared, but the agent does not have it", name)
		}
	}
}

// tellsOfAlerts shows the metrics of an engine of alerts that has one receiver.
func tellsOfAlerts(t *testing.T, a *Agent) {
	t.Helper()
	engine, err := alerting.Open(alerting.Options{Folder: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, alerting.Settings{
		Rules: []byte("groups: []"), Receiver: "kpiagent", Receivers: []alerting.Receiver{{Name: "kpiagent", Webhook: &alerting.Webhook{URL: "http://127.0.0.1:1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	engine.Metrics.Register(a.Metrics.Registry)
	a.Metrics.Registry.MustRegister(alerting.Up(engine.Trouble))
}

// keepsAHistory opens a history beside the agent.
func keepsAHistory(t *testing.T, a *Agent) {
	t.Helper()
	days, err := daily.Open(daily.Options{Folder: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := days.Close(); err != nil {
			t.Error(err)
		}
	})
	daily.NewKeeper(days, daily.Source{}, a.Metrics.Registry, slog.New(slog.DiscardHandler))
	h, err := history.Open(t.Context(), history.Options{Path: t.TempDir(), Interval: time.Minute, Detail: 24 * time.Hour, Lookback: time.Hour, Location: time.UTC,
		Limits: history.Limits{Samples: 1000, Series: 1000, Timeout: time.Second, AtOnce: 1}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Register(a.Metrics.Registry)
}

// sendsToAStore has the agent send to a store that is not there.
func sendsToAStore(t *testing.T, a *Agent) {
	t.Helper()
	around := outbound.Env{Now: time.Now}
	sender := remotewrite.New(around, slog.New(slog.DiscardHandler))
	store := config.RemoteStore{Name: "main", URL: "http://127.0.0.1:1", SamplesPerRequest: 1000, Connections: 1, RetryWait: time.Hour, LongestWait: time.Hour}
	if err := sender.Apply(config.RemoteWrite{Interval: time.Minute, Path: t.TempDir(), MaxMegabytes: 1, Stores: []config.RemoteStore{store}}, around); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sender.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Metrics.Registry.MustRegister(sender)
}

// Whatever decides what becomes of a row makes the next read a full one; what decides when it is read does not.
func TestFingerprint(t *testing.T) {
	s := newSite(t)
	m := s.model(twoReports)
	source := m.Config.Sources[0]
	fingerprint := func(change func(*config.Source)) string {
		t.Helper()
		changed := source
		change(&changed)
		text, err := m.Fingerprint(changed)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := fingerprint(func(*config.Source) {})
	for what, change := range map[string]func(*config.Source){
		"schedule": func(c *config.Source) { c.Schedule = "@daily" },
		"timeout":  func(c *config.Source) { c.Timeout = time.Hour },
		"clock":    func(c *config.Source) { c.SupplementClock = "pause" },
	} {
		if fingerprint(change) != same {
			t.Errorf("another %s asks for a full read", what)
		}
	}
	for what, change := range map[string]func(*config.Source){
		"file":    func(c *config.Source) { c.File = &config.File{Path: "other.csv"} },
		"query":   func(c *config.Source) { c.SQL = &config.SQL{Query: "select 1"} },
		"address": func(c *config.Source) { c.REST = &config.REST{URL: "https://example.vn/ho-so"} },
		"mapping": func(c *config.Source) { c.Mapping.ID = &config.Field{Column: "so"} },
	} {
		if fingerprint(change) == same {
			t.Errorf("another %s does not ask for a full read", what)
		}
	}
}
