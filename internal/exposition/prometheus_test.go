package exposition_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/internal/exposition"
	"kpiagent/internal/testserver"
)

// A real Prometheus takes the page in both formats, compressed, with every series.
func TestPrometheusReadsThePage(t *testing.T) {
	page := new(exposition.Page)
	registry, _ := agentRegistry()
	builder := newBuilder(t, page, registry)
	builder.Compute(largeMinistry(t, 10, 20, 5000).input())
	if err := builder.Publish(); err != nil {
		t.Fatal(err)
	}

	var seen sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/text" {
			r.Header.Set("Accept", "text/plain;version=0.0.4")
		}
		page.ServeHTTP(w, r)
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		seen.Store(kind+" "+w.Header().Get("Content-Encoding"), true)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	prometheus := testserver.Prometheus(t, fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
  - {job_name: openmetrics, metrics_path: /, static_configs: [{targets: ["%s"]}]}
  - {job_name: text, metrics_path: /text, static_configs: [{targets: ["%s"]}]}
`, address, address))

	want := fmt.Sprint(builder.Samples().Len() + 2) // and those of the registry
	for _, job := range []string{"openmetrics", "text"} {
		awaitValue(t, prometheus, `up{job="`+job+`"}`, "1")
		awaitValue(t, prometheus, `scrape_samples_scraped{job="`+job+`"}`, want)
		awaitValue(t, prometheus, `count({job="`+job+`",__name__=~"egov_.+"})`, want)
		awaitValue(t, prometheus, `count(egov_handling_time_workdays_bucket{job="`+job+`",le="1.0",unit="bct"})`, "20")
	}
	for _, kind := range []string{"application/openmetrics-text gzip", "text/plain gzip"} {
		if _, served := seen.Load(kind); !served {
			t.Errorf("Prometheus never asked for %s", kind)
		}
	}
}

// awaitValue waits until a query has one result with that value.
func awaitValue(t *testing.T, prometheus, query, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if got = ask(t, prometheus, query); got == want {
			return
		}
	}
	t.Fatalf("%s is %q, want %q", query, got, want)
}

func ask(t *testing.T, prometheus, query string) string {
	t.Helper()
	response, err := http.Get(prometheus + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v", body.Bytes(), err)
	}
	if len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}
