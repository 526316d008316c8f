package history_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/history"
)

// What Grafana's Prometheus data source asks, the way it asks it.
func TestGrafanaIsAnswered(t *testing.T) {
	s := newSite(t).open()
	s.record(0, true, map[string]float64{value: 0.5})
	s.record(time.Minute, true, map[string]float64{value: 0.75})
	span := url.Values{"start": {fmt.Sprint(noon.Unix())}, "end": {fmt.Sprint(noon.Add(time.Minute).Unix())}}
	with := func(pairs ...string) url.Values {
		form := url.Values{}
		for k, v := range span {
			form[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		return form
	}
	tests := []struct {
		name, method, path string
		form               url.Values
		want               string // what the data have in them
	}{
		{"health check", "POST", "/query", url.Values{"query": {"1+1"}, "time": {"4"}}, `[4,"2"]`},
		{"instant query", "GET", "/query", url.Values{"query": {value}, "time": {fmt.Sprint(noon.Unix())}}, `"0.5"`},
		{"posted range query", "POST", "/query_range", with("query", value, "step", "60"), `"values":[[1772452800,"0.5"],[1772452860,"0.75"]]`},
		{"range query", "GET", "/query_range", with("query", value, "step", "60"), `"0.75"`},
		{"labels", "POST", "/labels", with("match[]", "egov_kpi_value"), `"kpi"`},
		{"labels by GET", "GET", "/labels", with("match[]", "egov_kpi_value"), `"period"`},
		{"names", "GET", "/label/__name__/values", with(), `"egov_source_up"`},
		{"values of a label", "GET", "/label/unit/values", with("match[]", "egov_kpi_value"), `["xnk"]`},
		{"series", "POST", "/series", with("match[]", `{job="kpiagent"}`), `"egov_kpi_value"`},
		{"what metrics mean", "GET", "/metadata", nil, `"egov_kpi_value":[{"type":"gauge"`},
		{"what one metric means", "GET", "/metadata", url.Values{"metric": {"egov_handling_time_workdays"}}, `"histogram"`},
		{"exemplars", "POST", "/query_exemplars", with("query", value), `[]`},
		{"rules", "GET", "/rules", nil, `"groups":[]`},
		{"alerts", "GET", "/alerts", nil, `"alerts":[]`},
		{"version", "GET", "/status/buildinfo", nil, `"version":"3.`},
		{"formatting", "POST", "/format_query", url.Values{"query": {"sum(up)by(job)"}}, `sum by (job) (up)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, a := s.ask(test.method, test.path, test.form)
			if status != http.StatusOK || a.Status != "success" || !strings.Contains(string(a.Data), test.want) {
				t.Errorf("%d %s %s\n%s\nwant %s", status, a.Status, a.Error, a.Data, test.want)
			}
		})
	}
}

// Nothing can be written, deleted or administered, and nothing is told of the machine.
func TestOnlyReadingIsOffered(t *testing.T) {
	s := newSite(t).open()
	for _, request := range []string{
		"POST /write", "POST /read", "POST /otlp/v1/metrics", "POST /admin/tsdb/delete_series", "PUT /admin/tsdb/snapshot", "POST /admin/tsdb/clean_tombstones",
		"GET /status/config", "GET /status/flags", "GET /status/runtimeinfo", "GET /status/tsdb", "GET /status/walreplay", "GET /targets", "GET /features", "GET /nowhere",
	} {
		method, path, _ := strings.Cut(request, " ")
		if status, a := s.ask(method, path, nil); status != http.StatusNotFound || a.Status != "error" || a.Error == "" {
			t.Errorf("%s: %d %+v", request, status, a)
		}
	}
}

// A query that would touch too much gets an error, and the next one its answer.
func TestQueriesAreBounded(t *testing.T) {
	s := newSite(t).open(func(o *history.Options) {
		o.Limits = history.Limits{Samples: 5000, Series: 10, Timeout: time.Second, AtOnce: 1}
	})
	figures := map[string]float64{}
	for i := range 60 {
		figures[strings.Replace(value, "xnk", fmt.Sprintf("unit_%d", i), 1)] = float64(i)
	}
	s.record(0, true, figures)
	span := url.Values{"start": {fmt.Sprint(noon.Unix())}, "end": {fmt.Sprint(noon.Add(3 * time.Hour).Unix())}, "step": {"60"}, "query": {"egov_kpi_value"}}
	if status, a := s.ask("POST", "/query_range", span); status != http.StatusUnprocessableEntity || !strings.Contains(a.Error, "too many samples") {
		t.Errorf("too many samples: %d %+v", status, a)
	}
	span.Set("step", "0.1")
	if status, a := s.ask("POST", "/query_range", span); status != http.StatusBadRequest || !strings.Contains(a.Error, "11,000 points") {
		t.Errorf("too many points: %d %+v", status, a)
	}
	long := url.Values{"query": {"up" + strings.Repeat(" ", 1<<20)}}
	if status, a := s.ask("POST", "/query", long); status != http.StatusBadRequest || a.Error == "" {
		t.Errorf("too long: %d %+v", status, a)
	}
	// The memory of all steps of a subquery would be taken at once.
	for _, query := range []string{"count_over_time(up[1d:1ms])", "max_over_time(sum_over_time(up[1m:1s])[1d:1m])", "sum(rate(up[400d:]))",
		"max_over_time(max_over_time(up[200y:1d])[200y:100y])"} {
		if status, a := s.ask("POST", "/query", url.Values{"query": {query}}); status != http.StatusBadRequest || !strings.Contains(a.Error, "steps") {
			t.Errorf("%s: %d %+v", query, status, a)
		}
	}
	// The time and the memory of the parser grow with the square of the depth.
	for _, query := range []string{strings.Repeat("sum(", 5000) + "up" + strings.Repeat(")", 5000), strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101), strings.Repeat("-", 30000) + "up",
		strings.Repeat("- ", 101) + "up", `up{job=")"} # )` + "\n+" + strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101), strings.Repeat("up+", 20000) + "up"} {
		for _, path := range []string{"/query", "/format_query"} {
			if status, a := s.ask("POST", path, url.Values{"query": {query}}); status != http.StatusBadRequest || !strings.Contains(a.Error, "are possible") {
				t.Errorf("%s %.20s: %d %+v", path, query, status, a)
			}
		}
	}
	if status, a := s.ask("POST", "/labels", url.Values{"match[]": slices.Repeat([]string{"up"}, 33)}); status != http.StatusBadRequest || !strings.Contains(a.Error, "33 selectors") {
		t.Errorf("too many selectors: %d %+v", status, a)
	}
	for _, query := range []string{`up{job=~"\\("} or ` + strings.Repeat("(", 90) + "up" + strings.Repeat(")", 90), "vector(1)" + strings.Repeat(" - 1 + 1", 90), `up{job=~"` + strings.Repeat("(a)", 200) + `|.*"}`} {
		if got := s.values(0, query); len(got) != 1 {
			t.Errorf("%.30s: %v", query, got)
		}
	}
	if got := s.values(0, "count_over_time(up[1h:1m])"); len(got) != 1 {
		t.Errorf("a subquery of an hour: %v", got)
	}
	status, a := s.ask("GET", "/series", url.Values{"match[]": {"egov_kpi_value"}, "start": {fmt.Sprint(noon.Unix())}, "end": {fmt.Sprint(noon.Unix() + 60)}})
	var listed []map[string]string
	if err := json.Unmarshal(a.Data, &listed); err != nil || status != http.StatusOK || len(listed) != 10 {
		t.Errorf("series: %d, %d listed, %v", status, len(listed), err)
	}
	if got := s.values(0, "count(egov_kpi_value)"); !slices.Equal([]string{got["{}"]}, []string{"60"}) {
		t.Errorf("after all of that: %v", got)
	}
}
