package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kpiagent/internal/web"
)

// options are those of an agent that is ready.
func options() web.Options {
	return web.Options{
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "egov_build_info 1\n") }),
		Ready:   func() error { return nil },
		Config:  func() ([]byte, error) { return []byte("time_zone: Asia/Ho_Chi_Minh\ndsn: <secret>\n"), nil },
		Reload:  func(context.Context) error { return nil },
		Pages:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "the page "+r.URL.Path) }),
	}
}

func TestPaths(t *testing.T) {
	waiting := options()
	waiting.Ready = func() error { return errors.New("the ledger is being opened") }
	broken := options()
	broken.Config = func() ([]byte, error) { return nil, errors.New("no configuration yet") }
	keeping := options()
	keeping.History = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "asked "+r.Method+" "+r.URL.Path) })
	tests := []struct {
		name, method, path string
		options            web.Options
		want               int
		says               string
	}{
		{"metrics", "GET", "/metrics", options(), 200, "egov_build_info 1"},
		{"healthy", "GET", "/-/healthy", options(), 200, "healthy"},
		{"healthy though not ready", "GET", "/-/healthy", waiting, 200, "healthy"},
		{"ready", "GET", "/-/ready", options(), 200, "ready"},
		{"not ready", "GET", "/-/ready", waiting, 503, "not ready: the ledger is being opened"},
		{"configuration", "GET", "/config", options(), 200, "dsn: <secret>"},
		{"no configuration", "GET", "/config", broken, 500, "no configuration yet"},
		{"first page", "GET", "/", options(), 200, "the page /"},
		{"any other page", "GET", "/units/xnk", options(), 200, "the page /units/xnk"},
		{"below metrics", "GET", "/metrics/", options(), 200, "the page /metrics/"},
		{"post", "POST", "/metrics", options(), 405, ""},
		{"delete", "DELETE", "/", options(), 405, ""},
		{"query", "GET", "/api/v1/query", keeping, 200, "asked GET /api/v1/query"},
		{"posted query", "POST", "/api/v1/query_range", keeping, 200, "asked POST /api/v1/query_range"},
		{"no history", "GET", "/api/v1/query", options(), 200, "the page /api/v1/query"},
		{"post nowhere", "POST", "/nowhere", options(), 405, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			web.NewHandler(test.options).ServeHTTP(recorder, httptest.NewRequest(test.method, test.path, nil))
			if recorder.Code != test.want || !strings.Contains(recorder.Body.String(), test.says) {
				t.Errorf("%s %s: %d, want %d with %q:\n%s", test.method, test.path, recorder.Code, test.want, test.says, recorder.Body)
			}
			for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cache-Control"} {
				if recorder.Header().Get(name) == "" {
					t.Errorf("the header %s is missing", name)
				}
			}
			if test.want == 405 && recorder.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("allowed are %q", recorder.Header().Get("Allow"))
			}
		})
	}
}
