package alerting_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"kpiagent/internal/alerting"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.begin(settings("http://127.0.0.1:9"))
	server := httptest.NewServer(alerting.Handler(func() *alerting.Engine { return s.engine }, func() error { return nil }))
	defer server.Close()
	const asks = `{"labels": {"unit": "xnk"}, "for": "2d", "author": "Lan", "comment": "bảo trì"}`
	ask := func(method, path, body string, header ...string) (status int, content string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}

	for name, test := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		want               string
	}{
		"from another site":   {"POST", "/-/silences", asks, []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross-origin"},
		"from another origin": {"POST", "/-/silences", asks, []string{"Origin", "https://evil.example"}, 403, "cross-origin"},
		"ended from there":    {"DELETE", "/-/silences/x", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross-origin"},
		"not JSON":            {"POST", "/-/silences", "unit=xnk", nil, 400, "not JSON"},
		"an unknown key":      {"POST", "/-/silences", `{"unit": "xnk"}`, nil, 400, "unknown field"},
		"a strange duration":  {"POST", "/-/silences", strings.Replace(asks, "2d", "two days", 1), nil, 400, "2h or 2d"},
		"of everything":       {"POST", "/-/silences", strings.Replace(asks, `"unit": "xnk"`, "", 1), nil, 400, "needs a label"},
		"of a book":           {"POST", "/-/silences", `{"comment": "` + strings.Repeat("x", 100_000), nil, 400, "too large"},
		"an unknown one":      {"DELETE", "/-/silences/unknown", "", nil, 404, "no such silence"},
		"by GET":              {"GET", "/-/silences", "", nil, 405, ""},
	} {
		if status, text := ask(test.method, test.path, test.body, test.header...); status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}

	status, text := ask("POST", "/-/silences", asks)
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(text), &made); status != http.StatusCreated || err != nil || made.ID == "" {
		t.Fatalf("%d %s: %v", status, text, err)
	}
	var list alerting.List
	status, text = ask("GET", "/-/alerts", "")
	if err := json.Unmarshal([]byte(text), &list); status != http.StatusOK || err != nil {
		t.Fatalf("%d %s: %v", status, text, err)
	}
	if len(list.Silences) != 1 || list.Silences[0].ID != made.ID || list.Silences[0].Author != "Lan" || list.Silences[0].Labels["unit"] != "xnk" {
		t.Errorf("the silences are %+v", list.Silences)
	}
	if status, text := ask("DELETE", "/-/silences/"+made.ID, ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, text)
	}
}

// A silence that is in force but not saved has an id all the same, by which it can be ended, and says what is wrong.
func TestASilenceThatIsNotSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.begin(settings("http://127.0.0.1:9"))
	if err := os.RemoveAll(s.options.Folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.options.Folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	alerting.Handler(func() *alerting.Engine { return s.engine }, func() error { return nil }).ServeHTTP(w,
		httptest.NewRequest("POST", "/-/silences", strings.NewReader(`{"labels": {"unit": "xnk"}, "for": "2d", "author": "Lan", "comment": "bảo trì"}`)))
	var made alerting.SilenceAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated || !strings.Contains(made.Warning, s.options.Folder) {
		t.Errorf("%d %s: %v", w.Code, w.Body, err)
	}
	list, err := s.engine.List(t.Context())
	if err != nil || len(list.Silences) != 1 || list.Silences[0].ID != made.ID {
		t.Errorf("in force are %+v, %v", list.Silences, err)
	}
	if err := os.Remove(s.options.Folder); err != nil {
		t.Fatal(err)
	}
}

func TestHandlerWithoutAnEngine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trouble error
		status  int
		want    string
	}{
		"somebody else's alerts": {nil, http.StatusNotFound, "alerts.engine is not builtin"},
		"nobody is told":         {errors.New("the folder cannot be made"), http.StatusServiceUnavailable, "the folder cannot be made"},
	} {
		w := httptest.NewRecorder()
		alerting.Handler(func() *alerting.Engine { return nil }, func() error { return test.trouble }).ServeHTTP(w, httptest.NewRequest("GET", "/-/alerts", nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
