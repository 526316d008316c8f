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
		Version: "1.0 <dev>",
	}
}

func handler(t *testing.T, o web.Options) http.Handler {
	t.Helper()
	h, err := web.NewHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPaths(t *testing.T) {
	waiting := options()
	waiting.Ready = func() error { return errors.New("the ledger is being opened") }
	broken := options()
	broken.Config = func() ([]byte, error) { return nil, errors.New("no configuration yet") }
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
		{"landing page", "GET", "/", options(), 200, "Số liệu chuyển đổi số"},
		{"landing page in English", "GET", "/", options(), 200, "Digital-transformation figures"},
		{"version without markup", "GET", "/", options(), 200, "1.0 &lt;dev&gt;"},
		{"unknown path", "GET", "/metrics/", options(), 404, "There is no such page"},
		{"unknown path below", "GET", "/-/quit", options(), 404, "There is no such page"},
		{"post", "POST", "/metrics", options(), 405, ""},
		{"delete", "DELETE", "/", options(), 405, ""},
		{"post nowhere", "POST", "/nowhere", options(), 405, ""},
		{"path tricks", "GET", "/%2e%2e/etc/passwd", options(), 404, "There is no such page"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			handler(t, test.options).ServeHTTP(recorder, httptest.NewRequest(test.method, test.path, nil))
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

func TestEveryLinkOfTheLandingPageLeadsSomewhere(t *testing.T) {
	h := handler(t, options())
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
	links := 0
	for part := range strings.SplitSeq(recorder.Body.String(), `href="`) {
		path, _, found := strings.Cut(part, `"`)
		if !found || !strings.HasPrefix(path, "/") {
			continue
		}
		links++
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != http.StatusOK {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
	if links != 4 {
		t.Errorf("%d links, want 4", links)
	}
}
