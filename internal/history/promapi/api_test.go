package promapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"

	"kpiagent/internal/history/promapi"
)

// handler serves an API over some series, the last sample of each at 10:00 of the first day.
func handler(t *testing.T) http.Handler {
	t.Helper()
	store := promqltest.LoadedStorage(t, "load 1h\n  a{x=\"1\"} 0+1x10\n  a{x=\"2\"} 0+2x10\n  b 7x10\n")
	language := parser.NewParser(parser.Options{})
	api := &promapi.API{
		Engine: promql.NewEngine(promql.EngineOpts{MaxSamples: 500, Timeout: time.Minute, Parser: language}), Parser: language,
		Queryable: storage.Queryable(store),
		Metadata:  map[string]promapi.Metadata{"a": {Type: "gauge", Help: "What a is."}},
		Now:       func() time.Time { return time.Unix(36_000, 0) },
	}
	mux := http.NewServeMux()
	for _, p := range api.Paths() {
		mux.Handle("/api/v1"+p.Pattern, p.Handler)
	}
	return mux
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name, path, form string
		status           int
		want             string // what the answer has in it
	}{
		{"now", "query", "query=a", 200, `"value":[36000,"10"]`},
		{"a moment as text", "query", "query=b&time=1970-01-01T01:00:00Z", 200, `"value":[3600,"7"]`},
		{"cut to a limit", "query", "query=a&limit=1", 200, `"warnings":["results truncated due to limit"]`},
		{"a remark of the engine", "query", "query=rate(a[2h])", 200, `"infos":["PromQL info: metric might not be a counter`},
		{"steps", "query_range", "query=b&start=0&end=7200&step=1h", 200, `"values":[[0,"7"],[3600,"7"],[7200,"7"]]`},
		{"labels", "labels", "", 200, `"data":["__name__","x"]`},
		{"labels of two selectors", "labels", "match[]=a&match[]=b", 200, `"data":["__name__","x"]`},
		{"values", "label/x/values", "", 200, `"data":["1","2"]`},
		{"values of an escaped name", "label/U____name__/values", "", 200, `"data":[`},
		{"no values", "label/y/values", "", 200, `"data":[]`},
		{"values cut to a limit", "label/x/values", "limit=1", 200, `"data":["1"],"warnings":["results truncated due to limit"]`},
		{"series", "series", "match[]=b", 200, `"data":[{"__name__":"b"}]`},
		{"series cut to a limit", "series", "match[]=a&limit=1", 200, `"data":[{"__name__":"a","x":"1"}],"warnings":`},
		{"the same series selected twice", "series", "match[]=b&match[]=b", 200, `"data":[{"__name__":"b"}]`},
		{"meaning", "metadata", "metric=a", 200, `"data":{"a":[{"type":"gauge","help":"What a is.","unit":""}]}`},
		{"no meaning", "metadata", "metric=b", 200, `"data":{}`},
		{"rules", "rules", "type=alert", 200, `"data":{"groups":[]}`},

		{"no query", "query", "", 400, `invalid parameter \"query\"`},
		{"broken query", "query", "query=sum(", 400, `"errorType":"bad_data"`},
		{"broken time", "query", "query=a&time=yesterday", 400, `invalid parameter \"time\": cannot parse \"yesterday\"`},
		{"time beyond all", "query", "query=a&time=1e300", 400, `invalid parameter \"time\"`},
		{"no number", "query", "query=a&time=NaN", 400, `invalid parameter \"time\"`},
		{"broken limit", "query", "query=a&limit=-1", 400, `invalid parameter \"limit\"`},
		{"broken timeout", "query", "query=a&timeout=soon", 400, `invalid parameter \"timeout\"`},
		{"a time that is too short", "query", "query=a&timeout=0.000000001", 503, `"errorType":"timeout"`},
		{"too many samples", "query_range", "query=a&start=0&end=36000&step=10", 422, `"errorType":"execution"`},
		{"too many points", "query_range", "query=a&start=0&end=36000&step=1", 400, `11,000 points`},
		{"the end before the start", "query_range", "query=a&start=2&end=1&step=1", 400, `invalid parameter \"end\"`},
		{"no step", "query_range", "query=a&start=1&end=2", 400, `invalid parameter \"step\"`},
		{"no steps", "query_range", "query=a&start=1&end=2&step=0", 400, `invalid parameter \"step\"`},
		{"a selector of everything", "series", "match[]={x=~\".*\"}", 400, `at least one non-empty matcher`},
		{"no selector", "series", "", 400, `no match[] parameter`},
		{"broken selector", "labels", "match[]={", 400, `invalid parameter \"match[]\"`},
		{"a kind of rule", "rules", "type=other", 400, `invalid parameter \"type\"`},
	}
	server := handler(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form, err := url.ParseQuery(test.form)
			if err != nil {
				t.Fatal(err)
			}
			request := httptest.NewRequest(http.MethodGet, "/api/v1/"+test.path+"?"+form.Encode(), nil)
			if err := request.ParseForm(); err != nil {
				t.Fatal(err)
			}
			answer := httptest.NewRecorder()
			server.ServeHTTP(answer, request)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("%d %s\nwant %d %s", answer.Code, answer.Body, test.status, test.want)
			}
		})
	}
}
