package remotewrite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/config"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
	"kpiagent/internal/testserver"
)

// kinds of store that tests write into.
var kinds = []struct {
	name  string
	start func(t testing.TB) *testserver.Store
}{
	{"VictoriaMetrics", func(t testing.TB) *testserver.Store { return testserver.VictoriaMetrics(t) }},
	{"Prometheus", func(t testing.TB) *testserver.Store { return testserver.PrometheusStore(t, "global: {}\n") }},
}

// rig is an agent that does nothing but publish: one page a minute, by a clock of its own.
type rig struct {
	t      *testing.T
	sender *remotewrite.Sender
	config config.RemoteWrite
	env    map[string]string
	log    *journalOfTest
	now    func() time.Time
	at     time.Time
	value  func(series int) float64
	sent   map[string][]point // what was published, by series
}

// point is one sample, written with its second.
type point struct {
	Second int64
	Value  string
}

// journalOfTest is a log that several goroutines write.
type journalOfTest struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *journalOfTest) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *journalOfTest) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// newRig makes one whose clock began two hours ago.
func newRig(t *testing.T, stores ...config.RemoteStore) *rig {
	t.Helper()
	r := &rig{t: t, env: map[string]string{}, log: &journalOfTest{}, now: time.Now, at: time.Now().Add(-2 * time.Hour).Truncate(time.Minute), sent: map[string][]point{},
		config: config.RemoteWrite{Interval: time.Minute, Path: t.TempDir(), MaxMegabytes: 100, Job: "kpiagent", Instance: "bct", Stores: stores}}
	r.value = func(series int) float64 { return float64(r.at.Unix()%1000) + float64(series)/10 }
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Log(r.log)
		}
	})
	return r
}

// store gives the configuration of a store, with short waits.
func store(name, base string) config.RemoteStore {
	return config.RemoteStore{Name: name, URL: base + "/api/v1/write", RequestTimeout: 5 * time.Second, Protobuf: 1, SamplesPerRequest: 10, Connections: 2,
		RetryWait: 5 * time.Millisecond, LongestWait: 50 * time.Millisecond}
}

func (r *rig) around() outbound.Env {
	return outbound.Env{Now: r.now, ReadFile: os.ReadFile,
		LookupEnv: func(name string) (string, bool) { v, ok := r.env[name]; return v, ok }}
}

// start starts the agent, or applies another configuration.
func (r *rig) start() {
	r.t.Helper()
	if err := r.tryStart(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tryStart() error {
	if r.sender == nil {
		r.sender = remotewrite.New(r.around(), slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}
	return r.sender.Apply(r.config, r.around())
}

// stop stops it as the end of the process does.
func (r *rig) stop() {
	if r.sender != nil {
		if err := r.sender.Close(); err != nil {
			r.t.Error(err)
		}
		r.sender = nil
	}
}

// publish publishes a page of each of the next minutes, with so many series.
func (r *rig) publish(minutes, series int) {
	for range minutes {
		r.at = r.at.Add(time.Minute)
		page := map[string]float64{}
		for i := range series {
			page[fmt.Sprintf(`egov_kpi_value{kpi="k%d",unit="Cục \"A\""}`, i)] = r.value(i)
		}
		r.sender.Record(r.at, expositiontest.Samples(page), expositiontest.Samples(map[string]float64{"egov_source_up": 1}), true)
		for i := range series {
			name := fmt.Sprintf(`egov_kpi_value{instance="bct",job="kpiagent",kpi="k%d",unit="Cục \"A\""}`, i)
			r.sent[name] = append(r.sent[name], point{r.at.Unix(), strconv.FormatFloat(r.value(i), 'g', -1, 64)})
		}
		for _, name := range []string{`egov_source_up{instance="bct",job="kpiagent"}`, `up{instance="bct",job="kpiagent"}`} {
			r.sent[name] = append(r.sent[name], point{r.at.Unix(), "1"})
		}
	}
}

// wantAll waits until a store has exactly what was published, each sample once.
func (r *rig) wantAll(base string) {
	r.t.Helper()
	r.want(base, r.sent)
}

func (r *rig) want(base string, want map[string][]point) {
	r.t.Helper()
	var diff string
	r.eventually("the store has what was published", func() bool {
		diff = cmp.Diff(want, stored(r.t, base))
		return diff == ""
	}, func() string { return "-published +stored:\n" + diff })
}

func (r *rig) eventually(what string, is func() bool, why func() string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("it did not come to pass that %s: %s", what, why())
		}
	}
}

// metric gives a metric of the sender; -1 where it is not there.
func (r *rig) metric(name string) float64 {
	r.t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.sender)
	families, err := registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return -1
}

// wantMetric waits until a metric of the only store is as it should be.
func (r *rig) wantMetric(name string, is func(float64) bool) {
	r.t.Helper()
	r.eventually(name+" is as it should be", func() bool { return is(r.metric(name)) }, func() string { return fmt.Sprint("it is ", r.metric(name)) })
}

func equals(want float64) func(float64) bool  { return func(got float64) bool { return got == want } }
func atLeast(want float64) func(float64) bool { return func(got float64) bool { return got >= want } }

// ask queries a store.
func ask(t *testing.T, base, query string) string {
	t.Helper()
	if flushed, err := http.Get(base + "/internal/force_flush"); err == nil { // VictoriaMetrics shows new series some seconds later otherwise
		flushed.Body.Close()
	}
	response, err := http.Get(base + "/api/v1/query?" + url.Values{"query": {query}, "time": {strconv.FormatInt(time.Now().Unix(), 10)}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// stored asks a store for all that it has.
func stored(t *testing.T, base string) map[string][]point {
	t.Helper()
	var got struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(ask(t, base, `{job="kpiagent"}[30h]`)), &got); err != nil {
		t.Fatal(err)
	}
	all := map[string][]point{}
	for _, series := range got.Data.Result {
		var text bytes.Buffer
		for _, name := range slices.Sorted(maps.Keys(series.Metric)) {
			if name != "__name__" {
				fmt.Fprintf(&text, ",%s=%q", name, series.Metric[name])
			}
		}
		name := series.Metric["__name__"] + "{" + string(bytes.TrimPrefix(text.Bytes(), []byte(","))) + "}"
		for _, v := range series.Values {
			all[name] = append(all[name], point{int64(v[0].(float64)), v[1].(string)})
		}
	}
	return all
}
