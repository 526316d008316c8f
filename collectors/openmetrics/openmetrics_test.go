package openmetrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

var vietnam = time.FixedZone("ICT", 7*3600)

// notes is a sink that writes everything down.
type notes struct{ lines []string }

func (n *notes) Columns(_ string, names []string) error { return nil }
func (n *notes) Row(_ collectors.Position, values []collectors.Value) error {
	cells := make([]string, len(values))
	for i := range values {
		cells[i] = values[i].String()
	}
	n.lines = append(n.lines, strings.Join(cells, " "))
	return nil
}
func (n *notes) Malformed(_ int64, _ string, err error) error {
	n.lines = append(n.lines, "! "+err.Error())
	return nil
}
func (n *notes) Warn(reason kpi.Reason, detail string) {
	n.lines = append(n.lines, fmt.Sprintf("? %s: %s", reason, detail))
}
func (n *notes) Reached(string) {}

// reader reads one page again and again, as the configuration has it.
type reader struct {
	config config.OpenMetrics
	unit   *config.Field
	levels []string
	now    time.Time
	state  string
	waited []time.Duration
}

func readerOf(address string, metrics ...config.Metric) *reader {
	return &reader{now: time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam), config: config.OpenMetrics{URL: address, Metrics: metrics, MaxSeries: 5,
		HTTP: config.HTTP{MaxBytes: 1 << 20, MaxRedirects: 3, RequestTimeout: 5 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}}
}

// try reads once, and remembers nothing where that fails.
func (r *reader) try(t testing.TB, request collectors.Request) ([]string, collectors.Result, error) {
	t.Helper()
	source, err := New(r.config, r.unit, r.levels, outbound.Env{Now: time.Now, LookupEnv: func(string) (string, bool) { return "hunter2", true },
		Wait: func(_ context.Context, pause time.Duration) error { r.waited = append(r.waited, pause); return nil }}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	request.Now, request.State = r.now, r.state
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	n := &notes{}
	result, err := collectors.Read(ctx, source, request, n)
	return n.lines, result, err
}

// read reads once, as the agent does.
func (r *reader) read(t testing.TB) string {
	t.Helper()
	lines, result, err := r.try(t, collectors.Request{})
	if err != nil || !result.Complete || !result.Present || !strings.HasPrefix(result.State, kpi.Kept) {
		t.Fatal(result, err)
	}
	r.state = result.State
	return strings.Join(lines, ", ")
}

func serve(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func servePage(t testing.TB, kind string, page *string) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		fmt.Fprint(w, *page)
	})
}

var unitLabel = &config.Field{Column: "unit"}

const plain, open = "text/plain; version=0.0.4; charset=utf-8", "application/openmetrics-text; version=1.0.0; charset=utf-8"

const gateway = `# HELP co_sent_total Certificates sent.
# TYPE co_sent_total counter
co_sent_total{form="D",partner="TH"} 40
co_sent_total{form="D",partner="VN"} 2
co_sent_total{form="E",partner="CN"} 7
# TYPE queue gauge
queue{unit="xnk"} 12.5
queue{unit="hoa_chat"} 3 1773081000000
untyped_things 5
`

func TestReadings(t *testing.T) {
	formD := []config.Label{{Name: "form", Value: "D"}}
	for _, test := range []struct {
		name, kind, page string
		metrics          []config.Metric
		unit             *config.Field
		levels           []string
		want             string // of one reading
	}{
		{"a gauge", plain, gateway, []config.Metric{{Metric: "queue", Measure: "q", Sum: true}}, nil, []string{"q"}, "q 2026-03-10 15.5"},
		{"a label is a column", plain, gateway, []config.Metric{{Metric: "queue", Measure: "q"}}, unitLabel, nil, "q 2026-03-10 3 hoa_chat, q 2026-03-10 12.5 xnk"},
		{"of a name without a type", plain, gateway, []config.Metric{{Metric: "untyped_things", Measure: "u"}}, nil, nil, "u 2026-03-10 5"},
		{"a counter as a level", plain, gateway, []config.Metric{{Metric: "co_sent_total", Measure: "c", Labels: formD, Sum: true}}, nil, []string{"c"}, "c 2026-03-10 42"},
		{"a counter as it is", plain, gateway, []config.Metric{{Metric: "co_sent_total", Measure: "c", Labels: formD, Sum: true, Take: "value"}}, nil, nil, "c 2026-03-10 42"},
		{"a counter's first reading", plain, gateway, []config.Metric{{Metric: "co_sent_total", Measure: "c", Labels: formD, Sum: true}}, nil, nil, "c 2026-03-10 0"},
		{"several values of a label", plain, gateway, []config.Metric{{Metric: "co_sent_total", Measure: "c", Labels: []config.Label{{Name: "form", Match: "D|E"}, {Name: "gone"}}, Sum: true}},
			nil, []string{"c"}, "c 2026-03-10 49"},
		{"what may be missing", plain, gateway, []config.Metric{{Metric: "gone", Measure: "g", Optional: true}, {Metric: "untyped_things", Measure: "u"}}, nil, nil, "u 2026-03-10 5"},
		{"OpenMetrics", open, "# TYPE co_sent counter\nco_sent_total{form=\"D\"} 4 1773081000\nco_sent_created{form=\"D\"} 1773081000\n# TYPE q gauge\nq 1 1773000000\n# EOF\n",
			[]config.Metric{{Metric: "co_sent_total", Measure: "c"}, {Metric: "q", Measure: "q"}}, nil, nil, "c 2026-03-10 0, q 2026-03-09 1"},
		{"no content type", "", "a 1\n", []config.Metric{{Metric: "a", Measure: "m"}}, nil, nil, "m 2026-03-10 1"},
		{"a histogram counts", plain, "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum 9\nh_count 3\n", []config.Metric{{Metric: "h_count", Measure: "m"}}, nil, nil, "m 2026-03-10 0"},
		{"the newer form of names", plain, "# TYPE \"hồ sơ.nhận\" gauge\n{\"hồ sơ.nhận\",unit=\"a\"} 3\n", []config.Metric{{Metric: "hồ sơ.nhận", Measure: "m"}}, nil, nil, "m 2026-03-10 3"},
		{"no number", plain, "a NaN\nb +Inf\nc 1\n", []config.Metric{{Metric: "a", Measure: "a"}, {Metric: "b", Measure: "b"}, {Metric: "c", Measure: "c"}}, nil, nil,
			`! bad_value: metric a: {__name__="a"} is NaN: the exporter has no value for it, ! bad_value: metric b: {__name__="b"} is infinite, c 2026-03-10 1`},
		{"of tomorrow", plain, "a 1 1893456000000\n", []config.Metric{{Metric: "a", Measure: "a"}}, nil, nil,
			"! bad_date: metric a: is of 2030-01-01 07:00:00, which is yet to come; a clock is wrong"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readerOf(servePage(t, test.kind, &test.page), test.metrics...)
			r.unit, r.levels = test.unit, test.levels
			if got := r.read(t); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A counter's days: what grew between two readings belongs to the day in their middle, and each day's sum is whole.
func TestWhatACounterGrewBy(t *testing.T) {
	page := ""
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c", Sum: true})
	for _, step := range []struct{ at, page, want string }{
		{"10 09:00", `co_total{p="a"} 100`, "c 2026-03-10 0"},
		{"10 12:00", `co_total{p="a"} 107`, "c 2026-03-10 7"},
		{"10 12:00", `co_total{p="a"} 107`, "c 2026-03-10 7"},
		{"10 23:50", "co_total{p=\"a\"} 110\nco_total{p=\"b\"} 4", "c 2026-03-10 14"}, // b came up since
		{"11 00:00", "co_total{p=\"a\"} 112\nco_total{p=\"b\"} 4", "c 2026-03-10 16"},
		{"11 00:10", "co_total{p=\"a\"} 115\nco_total{p=\"b\"} 4", "c 2026-03-10 16, c 2026-03-11 3"},
		{"11 08:00", "co_total{p=\"a\"} 2\nco_total{p=\"b\"} 5", `c 2026-03-11 6, ? counter_reset: {__name__="co_total", p="a"} stood at 115 and stands at 2: what was counted between the last reading and the new beginning is not known`},
		{"11 09:00", "co_total{p=\"a\"} 3", "c 2026-03-11 7"}, // b is gone after a restart
		{"11 10:00", "co_total{p=\"a\"} 3\nco_total{p=\"b\"} 6", "c 2026-03-11 8"},
		{"14 10:00", "co_total{p=\"a\"} 13\nco_total{p=\"b\"} 6", "c 2026-03-11 8, c 2026-03-12 10"}, // nobody read for three days
		{"14 09:00", "co_total{p=\"a\"} 14\nco_total{p=\"b\"} 6", "c 2026-03-12 8, c 2026-03-14 1"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2026-03-"+step.at, vietnam)
		if err != nil {
			t.Fatal(err)
		}
		r.now, page = now, "# TYPE co_total counter\n"+step.page+"\n"
		got := r.read(t)
		if step.at == "14 09:00" { // a clock that was set back
			if !strings.HasSuffix(got, "2026-03-14 1") {
				t.Errorf("%s: got %s", step.at, got)
			}
			continue
		}
		if got != step.want {
			t.Errorf("%s: got  %s\nwant %s", step.at, got, step.want)
		}
	}
}

// What a counter had counted before its first reading is not new because that reading could not be taken.
func TestAFirstReadingThatIsNoNumber(t *testing.T) {
	page := ""
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c", Sum: true})
	for _, step := range []struct{ a, want string }{
		{"NaN", `! bad_value: metric co_total: {__name__="co_total", p="a"} is NaN: the exporter has no value for it`},
		{"50000", "c 2026-03-10 2"},
		{"50003", "c 2026-03-10 7"},
	} {
		page = fmt.Sprintf("# TYPE co_total counter\nco_total{p=\"a\"} %s\nco_total{p=\"b\"} %d\n", step.a, 70000+2*len(r.waited))
		if got := r.read(t); got != step.want {
			t.Errorf("%s: got  %s\nwant %s", step.a, got, step.want)
		}
		r.waited = append(r.waited, 0)
	}
}

// The counters of another exporter have not grown from where those of the former one stood.
func TestAnotherAddress(t *testing.T) {
	page := "# TYPE co_total counter\nco_total 10\n"
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c"})
	r.read(t)
	page = strings.ReplaceAll(page, "10", "14")
	r.read(t)
	other := "# TYPE co_total counter\nco_total 90000\n"
	r.config.URL = servePage(t, plain, &other)
	if got := r.read(t); got != "c 2026-03-10 4" {
		t.Error(got)
	}
	other = strings.ReplaceAll(other, "90000", "90003")
	if got := r.read(t); got != "c 2026-03-10 7" {
		t.Error(got)
	}
}

// A reading that is broken off before it is stored changes nothing: the next one gives the day's sum whole, and the day before
// once more.
func TestAReadingThatIsBrokenOff(t *testing.T) {
	page := "# TYPE co_total counter\nco_total 10\n"
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c"})
	r.now = time.Date(2026, 3, 10, 23, 50, 0, 0, vietnam)
	r.read(t)
	page, r.now = "# TYPE co_total counter\nco_total 13\n", r.now.Add(10*time.Minute)
	if lines, _, err := r.try(t, collectors.Request{}); err != nil || lines[0] != "c 2026-03-10 3" { // and the agent is killed
		t.Fatal(lines, err)
	}
	page, r.now = "# TYPE co_total counter\nco_total 15\n", r.now.Add(time.Hour)
	if got := r.read(t); got != "c 2026-03-10 0, c 2026-03-11 5" {
		t.Errorf("got %s", got)
	}
}

// Broken off within a gap of days, a reading may have booked what counts on a later day now: the days between become 0.
func TestAReadingThatIsBrokenOffWithinALongGap(t *testing.T) {
	for _, test := range []struct {
		name, first string
		gap         int // days until the next reading that is stored
		want        string
		rows        int
	}{
		{"a few days", "co_total 10", 5, "c 2026-03-10 0, c 2026-03-11 0, c 2026-03-12 0, c 2026-03-13 15", 4},
		{"a counter that came up since", "", 5, "c 2026-03-11 0, c 2026-03-12 0, c 2026-03-13 25", 3},
		{"a year", "co_total 10", 365, "c 2026-03-10 0, c 2026-03-11 0", 33},
	} {
		t.Run(test.name, func(t *testing.T) {
			page := "# TYPE co_total counter\n" + test.first + "\nother 1\n"
			r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_total", Measure: "c", Optional: true})
			r.now = time.Date(2026, 3, 10, 23, 50, 0, 0, vietnam)
			r.read(t)
			begin := r.now
			page, r.now = "# TYPE co_total counter\nco_total 21\n", begin.AddDate(0, 0, 2)
			if lines, _, err := r.try(t, collectors.Request{}); err != nil || !strings.HasPrefix(lines[len(lines)-1], "c 2026-03-11 ") { // and the agent is killed
				t.Fatal(lines, err)
			}
			page, r.now = "# TYPE co_total counter\nco_total 25\n", begin.AddDate(0, 0, test.gap)
			got := r.read(t)
			if rows := strings.Count(got, ",") + 1; !strings.HasPrefix(got, test.want) || rows != test.rows {
				t.Errorf("got %d rows: %s", rows, got)
			}
		})
	}
}

// Another choice of series begins again: what they counted before was never watched.
func TestAChangedConfigurationBeginsAnew(t *testing.T) {
	page := gateway
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_sent_total", Measure: "c", Sum: true, Labels: []config.Label{{Name: "form", Value: "D"}}})
	r.read(t)
	r.config.Metrics[0].Labels[0] = config.Label{Name: "form", Match: "D|E"}
	if got := r.read(t); got != "c 2026-03-10 0" {
		t.Errorf("got %s", got)
	}
	page = strings.Replace(gateway, "} 7", "} 9", 1)
	if got := r.read(t); got != "c 2026-03-10 2" {
		t.Errorf("got %s", got)
	}
}

// A series may be part of several measures: each counts it for itself.
func TestASeriesInTwoMeasures(t *testing.T) {
	page := gateway
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "co_sent_total", Measure: "all", Sum: true},
		config.Metric{Metric: "co_sent_total", Measure: "d", Sum: true, Labels: []config.Label{{Name: "form", Value: "D"}}})
	r.config.MaxSeries = 10
	r.read(t)
	page = strings.Replace(strings.Replace(gateway, "} 40", "} 41", 1), "} 7", "} 9", 1)
	if got := r.read(t); got != "all 2026-03-10 3, d 2026-03-10 1" {
		t.Errorf("got %s", got)
	}
}

// What the real library of exporters shows is read as it was counted, in both forms.
func TestARealExporter(t *testing.T) {
	registry := prometheus.NewRegistry()
	sent := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "co_sent_total"}, []string{"form", "unit"})
	groups := prometheus.NewGauge(prometheus.GaugeOpts{Name: "single_window_groups"})
	registry.MustRegister(sent, groups)
	for _, openMetrics := range []bool{false, true} {
		address := serve(t, promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: openMetrics, EnableOpenMetricsTextCreatedSamples: true}).ServeHTTP)
		r := readerOf(address, config.Metric{Metric: "co_sent_total", Measure: "c", Labels: []config.Label{{Name: "form", Value: "D"}}, Optional: true}, config.Metric{Metric: "single_window_groups", Measure: "g"})
		r.unit = unitLabel
		sent.Reset()
		groups.Set(16)
		r.read(t)
		sent.WithLabelValues("D", "xnk").Add(3)
		sent.WithLabelValues("E", "xnk").Add(5)
		r.now = r.now.Add(time.Minute)
		if got, want := r.read(t), "c 2026-03-10 3 xnk, g 2026-03-10 16 "; got != want {
			t.Errorf("got %q", got)
		}
		sent.WithLabelValues("D", "xnk").Add(2)
		r.now = r.now.Add(time.Minute)
		if got, want := r.read(t), "c 2026-03-10 5 xnk, g 2026-03-10 16 "; got != want {
			t.Errorf("OpenMetrics %v: got %q, want %q", openMetrics, got, want)
		}
	}
}

func TestOnlyTheFirstRows(t *testing.T) {
	page := gateway
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "queue", Measure: "q"})
	r.unit = unitLabel
	r.state = "x"
	lines, result, err := r.try(t, collectors.Request{Full: true, Limit: 1})
	if diff := cmp.Diff([]string{"q 2026-03-10 3 hoa_chat"}, lines); diff != "" || err != nil || result != (collectors.Result{State: "x"}) {
		t.Error(diff, result, err)
	}
}

// What the sink says ends the read, and is passed on as it is.
func TestTheSinkHasTheLastWord(t *testing.T) {
	page := gateway
	r := readerOf(servePage(t, plain, &page), config.Metric{Metric: "untyped_things", Measure: "q"})
	source, err := New(r.config, nil, nil, outbound.Env{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no room")
	if _, err := collectors.Read(t.Context(), source, collectors.Request{Now: r.now}, &refusing{err: full}); err != full {
		t.Errorf("got %v", err)
	}
}

type refusing struct {
	notes
	err error
}

func (r *refusing) Row(collectors.Position, []collectors.Value) error { return r.err }
