package exposition_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/testserver"
)

var update = flag.Bool("update", false, "write the golden files and docs/metrics.md anew")

// tiny is a ministry of two units: one handles certificates of origin, the other has never reported anything.
func tiny(t testing.TB) *ministry {
	m := newMinistry(t, []kpi.Unit{
		{ID: "bct", Name: kpi.Text{"vi": "Bộ Công Thương", "en": "Ministry of Industry and Trade"}},
		{ID: "xnk", Parent: "bct", Name: kpi.Text{"vi": `Cục "Xuất nhập khẩu"`}},
		{ID: "hc", Parent: "bct"},
	}, []kpi.Procedure{
		{Unit: "xnk", Code: "1.000001", Name: "Cấp C/O mẫu D", Field: "Xuất nhập khẩu", Level: 4, Online: "full"},
		{Unit: "xnk", Code: "1.000002", Name: "Cấp C/O mẫu E", Field: "Xuất nhập khẩu", Level: 3, Online: "partial"},
		{Unit: "xnk", Code: "1.000003", Name: "Thủ tục đã bãi bỏ", Field: "Hoá chất", To: kpi.Date(2025, time.December, 31)},
	})
	m.take(
		kpi.Dossier{ID: "1", Unit: "xnk", Procedure: "1.000001", Channel: kpi.Online, Received: at(5, 8), Due: at(1, 0), Finished: at(4, 8), Outcome: kpi.Settled},
		kpi.Dossier{ID: "2", Unit: "xnk", Procedure: "1.000001", Channel: kpi.Online, Received: at(40, 8), Due: at(30, 0), Finished: at(20, 17), Outcome: kpi.Settled},
		kpi.Dossier{ID: "3", Unit: "xnk", Procedure: "1.000001", Channel: kpi.Counter, Received: at(9, 8), Due: at(2, 0)},
		kpi.Dossier{ID: "4", Unit: "xnk", Procedure: "1.000001", Channel: kpi.Postal, Received: at(3, 8), Finished: at(0, 9), Outcome: kpi.Withdrawn},
		kpi.Dossier{ID: "5", Unit: "xnk", Procedure: "1.000002", Channel: kpi.Online, Received: at(0, 8), Due: at(-5, 0)},
	)
	m.observe("xnk", "co_form_d_sent", today-1, 120)
	m.observe("xnk", "co_form_d_received", today-1, 0)
	m.observe("xnk", "co_form_d_sent", today-45, 80.5)
	m.observe("xnk", "co_form_d_received", today-45, 0)
	m.observe("xnk", "co_form_d_sent", today-89, 0)
	m.observe("bct", "single_window_groups", today-100, 14)
	return m
}

func TestThePageOfATinyMinistry(t *testing.T) {
	in := tiny(t).input()
	in.Catalogue = some(t, in.Catalogue)
	in.Targets = []kpi.Target{
		{KPI: "online_filing_share", Year: 2026, Value: 0.5, Margin: 0.05},
		{KPI: "on_time_share", Unit: "xnk", Year: 2026, Value: 0.95},
		{KPI: "single_window_groups", Unit: "bct", Year: 2026, Value: 16},
		{KPI: "certificates_exchanged", Unit: "xnk", Year: 2026, Value: 1000},
	}
	golden(t, "tiny.prom", text(t, publish(t, in)))
}

func TestThePageOfAnEmptyLedger(t *testing.T) {
	m := newMinistry(t, []kpi.Unit{{ID: "bct", Name: kpi.Text{"en": "Ministry of Industry and Trade"}}}, nil)
	in := m.input()
	in.Catalogue = some(t, in.Catalogue)
	golden(t, "empty.prom", text(t, publish(t, in)))
}

// some keeps one KPI of each sort, so that a golden page can be read.
func some(t *testing.T, all kpi.Catalogue) (few kpi.Catalogue) {
	for _, id := range []string{"online_filing_share", "on_time_share", "handling_time_p50", "overdue_open", "service_full_share", "single_window_groups", "certificates_exchanged"} {
		def, known := all.Find(id)
		if !known {
			t.Fatalf("there is no KPI %s", id)
		}
		few = append(few, def)
	}
	return few
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale: look at the difference, then run go test ./internal/exposition -update\n%s", path, diff)
	}
}

// agentRegistry has metrics as the agent registers them.
func agentRegistry() (*prometheus.Registry, *prometheus.CounterVec) {
	registry := prometheus.NewRegistry()
	up := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "egov_source_up", Help: "Whether it answers."}, []string{"unit", "source"})
	rows := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "egov_source_rows_total", Help: "Rows read."}, []string{"unit", "source"})
	registry.MustRegister(up, rows)
	up.WithLabelValues("xnk", "mot_cua").Set(1)
	rows.WithLabelValues("xnk", "mot_cua").Add(5)
	return registry, rows
}

func TestFormatsAndEncodings(t *testing.T) {
	page := new(exposition.Page)
	registry, _ := agentRegistry()
	builder := newBuilder(t, page, registry)
	builder.Compute(tiny(t).input())
	if err := builder.Publish(); err != nil {
		t.Fatal(err)
	}
	const prometheus2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
	tests := []struct {
		name, accept, encoding string
		wantType               string
		wantGzip               bool
	}{
		{"a browser", "text/html,application/xhtml+xml,*/*;q=0.8", "gzip, deflate, br", "text/plain; version=0.0.4", true},
		{"curl", "*/*", "", "text/plain; version=0.0.4", false},
		{"no header at all", "", "", "text/plain; version=0.0.4", false},
		{"plain text", "text/plain", "gzip", "text/plain; version=0.0.4", true},
		{"Prometheus", prometheus2, "gzip", "application/openmetrics-text; version=1.0.0", true},
		{"the old OpenMetrics", "application/openmetrics-text;version=0.0.1", "gzip;q=0", "application/openmetrics-text; version=0.0.1", false},
		{"only protobuf", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "*;q=0", "text/plain; version=0.0.4", false},
		{"any encoding", "text/plain;version=0.0.4", "br;q=1.0, *;q=0.1", "text/plain; version=0.0.4", true},
		{"gzip before any", "text/plain;version=0.0.4", "*, gzip;q=0.0", "text/plain; version=0.0.4", false},
		{"a weight that is no number", "text/plain;version=0.0.4", "GZIP;q=often", "text/plain; version=0.0.4", true},
	}
	bodies := map[string]string{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := scrape(t, page, "Accept", test.accept, "Accept-Encoding", test.encoding)
			if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, test.wantType) {
				t.Errorf("the type is %q, want %q", got, test.wantType)
			}
			if got := response.Header.Get("Content-Encoding") == "gzip"; got != test.wantGzip {
				t.Errorf("gzip is %v, want %v", got, test.wantGzip)
			}
			content, err := io.ReadAll(response.Body)
			if err != nil || response.Header.Get("Content-Length") != strconv.Itoa(len(content)) {
				t.Errorf("%d bytes, but Content-Length is %s, %v", len(content), response.Header.Get("Content-Length"), err)
			}
			if test.wantGzip {
				content = oneMember(t, content)
			}
			format, _, _ := strings.Cut(test.wantType, ";")
			if first, seen := bodies[format]; seen && first != string(content) {
				t.Error("the content differs from that of the same format in another encoding")
			}
			bodies[format] = string(content)
			if ends := bytes.HasSuffix(content, []byte("\n# EOF\n")); ends != (format == "application/openmetrics-text") {
				t.Errorf("the page ends with # EOF: %v", ends)
			}
		})
	}
}

// oneMember unpacks gzip as browsers and curl do, which read the first member and no more.
func oneMember(t *testing.T, compressed []byte) []byte {
	t.Helper()
	rest := bytes.NewReader(compressed)
	reader, err := gzip.NewReader(rest)
	if err != nil {
		t.Fatal(err)
	}
	reader.Multistream(false)
	content, err := io.ReadAll(reader) // checks length and checksum
	if err != nil || rest.Len() != 0 {
		t.Fatalf("%v; %d bytes follow the first gzip member", err, rest.Len())
	}
	return content
}

func TestHead(t *testing.T) {
	page := publish(t, tiny(t).input())
	recorder := httptest.NewRecorder()
	page.ServeHTTP(recorder, httptest.NewRequest(http.MethodHead, "/metrics", nil))
	if got := recorder.Header().Get("Content-Length"); got != strconv.Itoa(len(text(t, page))) || recorder.Body.Len() != 0 {
		t.Errorf("Content-Length is %s and %d bytes came", got, recorder.Body.Len())
	}
}

func TestBeforeTheFirstFigures(t *testing.T) {
	response := scrape(t, new(exposition.Page))
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("the answer is %s, %v", response.Status, response.Header)
	}
}

func TestPublishWithoutComputeRefreshesTheAgentsOwnMetrics(t *testing.T) {
	page := new(exposition.Page)
	registry, rows := agentRegistry()
	builder := newBuilder(t, page, registry)
	builder.Compute(tiny(t).input())
	for _, want := range []string{"5", "6"} {
		if err := builder.Publish(); err != nil {
			t.Fatal(err)
		}
		line := `egov_source_rows_total{source="mot_cua",unit="xnk"} ` + want + "\n"
		content := oneMember(t, readAll(t, scrape(t, page, "Accept-Encoding", "gzip")))
		if !bytes.Contains(content, []byte(line)) || !bytes.Contains(content, []byte("egov_kpi_value{")) {
			t.Errorf("%q or the figures are not on the page", line)
		}
		rows.WithLabelValues("xnk", "mot_cua").Inc()
	}
}

func TestAChangeLeavesTheRestAsItWas(t *testing.T) {
	m := largeMinistry(t, 6, 20, 2000)
	page := new(exposition.Page)
	builder := newBuilder(t, page, prometheus.NewRegistry())
	for i := range 5 {
		m.take(kpi.Dossier{ID: "x", Unit: "don_vi_03", Procedure: "1.000007.000.00.00.H01", Channel: kpi.Online, Received: at(i, 9)})
		builder.Compute(m.input())
		if err := builder.Publish(); err != nil {
			t.Fatal(err)
		}
		want := text(t, publish(t, m.input()))
		if diff := cmp.Diff(string(want), string(text(t, page))); diff != "" {
			t.Fatal(diff)
		}
		compressed := oneMember(t, readAll(t, scrape(t, page, "Accept-Encoding", "gzip")))
		if diff := cmp.Diff(string(want), string(compressed)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func readAll(t *testing.T, response *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAMetricRegisteredTwiceIsLeftOutAndReported(t *testing.T) {
	registry, _ := agentRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "egov_kpi_value", Help: "Somebody else's."}))
	page := new(exposition.Page)
	builder := newBuilder(t, page, registry)
	builder.Compute(tiny(t).input())
	if err := builder.Publish(); err == nil || !strings.Contains(err.Error(), "egov_kpi_value") {
		t.Errorf("the error is %v", err)
	}
	content := string(text(t, page))
	if strings.Count(content, "# TYPE egov_kpi_value gauge") != 1 || !strings.Contains(content, "egov_source_up{") {
		t.Error("the page lacks the figures or the agent's own metrics, or has a family twice")
	}
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	m := tiny(t)
	in := m.input()
	in.Targets = []kpi.Target{{KPI: "online_filing_share", Year: 2026, Value: 0.5}}
	check := exec.CommandContext(t.Context(), testserver.Promtool(t), "check", "metrics")
	check.Stdin = bytes.NewReader(text(t, publish(t, in)))
	if output, err := check.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v: %s", err, output)
	}
}
