package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kpiagent/internal/web"
)

// Whoever may ask for a reload, what comes of it, and that a page of another site cannot have a browser ask.
func TestReload(t *testing.T) {
	const mistakes = "kpiagent.yml:3: units: is missing\nkpiagent.yml:9: sources[0].kind: is wrong"
	for _, test := range []struct {
		name, method string
		header       http.Header
		fails        error
		want, asked  int
		says, allow  string
	}{
		{name: "by a script", method: "POST", want: 200, asked: 1, says: "The configuration was reloaded."},
		{name: "as Prometheus also allows it", method: "PUT", want: 200, asked: 1, says: "reloaded"},
		{name: "with mistakes", method: "POST", fails: errors.New(mistakes), want: 500, asked: 1, says: mistakes},
		{name: "by a link", method: "GET", want: 405, says: "curl -X POST", allow: "POST, PUT"},
		{name: "from a page of our own", method: "POST", header: http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://example.com"}}, want: 200, asked: 1},
		{name: "from another site", method: "POST", header: http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}, want: 403},
		{name: "from another site, in an old browser", method: "POST", header: http.Header{"Origin": {"http://evil.example"}}, want: 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			o := options()
			o.Reload = func(context.Context) error { asked++; return test.fails }
			request := httptest.NewRequest(test.method, "/-/reload", nil)
			for name, values := range test.header {
				request.Header[name] = values
			}
			answer := httptest.NewRecorder()
			web.NewHandler(o).ServeHTTP(answer, request)
			if answer.Code != test.want || asked != test.asked || !strings.Contains(answer.Body.String(), test.says) || answer.Header().Get("Allow") != test.allow {
				t.Errorf("answer %d (allow %q), asked %d times:\n%s", answer.Code, answer.Header().Get("Allow"), asked, answer.Body)
			}
		})
	}
}
