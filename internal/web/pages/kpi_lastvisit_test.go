package pages_test

import (
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/agent"
	"kpiagent/internal/web/pages"
)

// visitor is a person with a browser, whose clock the test moves.
type visitor struct {
	*site
	client *http.Client
	server *httptest.Server
	now    time.Time
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{site: newSite(t, ""), now: now}
	p, err := pages.New(pages.Options{Agent: v.agent, Ledger: v.agent.Ledger, Version: "1.0", Now: func() time.Time { return v.now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v.server = httptest.NewServer(p)
	t.Cleanup(v.server.Close)
	v.client = &http.Client{Jar: jar}
	return v
}

var sinceBox = regexp.MustCompile(`(?s)<div class="since">(.*?)</div>`)

// sees returns a page.
func (v *visitor) sees(path string) string {
	v.t.Helper()
	response, err := v.client.Get(v.server.URL + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return string(body)
}

// looks looks at a figure's page, and gives what it says has changed; "" where it says nothing.
func (v *visitor) looks(path string) string {
	v.t.Helper()
	box := sinceBox.FindStringSubmatch(v.sees(path))
	if box == nil {
		return ""
	}
	text := regexp.MustCompile(`<[^>]+>`).ReplaceAllString(box[1], " ")
	return strings.Join(strings.Fields(html.UnescapeString(text)), " ")
}

func (v *visitor) receives(dossiers string) {
	v.t.Helper()
	v.write("hoachat.csv", dossiers)
	if _, err := v.agent.Collect(v.t.Context(), agent.CollectOptions{Sources: []string{"hoachat/baocao"}, Full: true}); err != nil {
		v.t.Fatal(err)
	}
}

// A visitor sees what has changed since the last look, also after loading the page again, and nobody else does.
func TestWhatHasChangedSinceTheLastLook(t *testing.T) {
	v := newVisitor(t)
	const path = "/kpis/online_filing_share?unit=hoachat&lang=en"
	all := dossiers("HC", []string{"HC-01"}, day(2025, 1, 1), day(2026, 3, 19), 4, 0)
	if said := v.looks(path); said != "" {
		t.Errorf("the first look is compared: %s", said)
	}
	v.now = v.now.Add(2 * time.Hour)
	if said := v.looks(path); said != "Since you last looked (20 Mar 2026, 15:00, March 2026) no change" {
		t.Errorf("nothing has changed: %s", said)
	}
	v.receives(all + "HC-x1,HC-01,quay,2026-03-19,2026-03-26,,\nHC-x2,HC-01,quay,2026-03-19,2026-03-26,,\nHC-x3,HC-01,web,2026-03-19,2026-03-26,,\n")
	v.now = v.now.Add(2 * time.Hour)
	want := "Since you last looked (20 Mar 2026, 17:00, March 2026) −1.7 percentage points (from 66.1% to 64.4%) dossiers received: +3 dossiers received (online): +1"
	for range 2 { // the same look
		if said := v.looks(path); said != want {
			t.Errorf("%s\nwant %s", said, want)
		}
		v.now = v.now.Add(10 * time.Minute)
	}
	if said := v.looks("/kpis/online_filing_share?unit=dienluc&lang=en"); said != "" {
		t.Errorf("a figure that was not looked at is compared: %s", said)
	}
	v.now = v.now.Add(2 * time.Hour)
	if said := v.looks(path + "&period=2026-02"); !strings.Contains(said, "March 2026) no change") {
		t.Errorf("another period is compared with the one looked at: %s", said)
	}
	v.client.Jar = nil
	if said := v.looks(path); said != "" {
		t.Errorf("without cookies changes are told: %s", said)
	}
}

// The cookie says no more than the figure and when it was looked at, goes to that figure's page only, and no script reads it.
func TestTheCookieOfALook(t *testing.T) {
	s := newSite(t, "")
	answer := s.get("/kpis/on_time_share?unit=dienluc")
	cookies := answer.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	c := cookies[0]
	if c.Name != "seen_dienluc" || c.Path != "/kpis/on_time_share" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.MaxAge != 180*24*3600 {
		t.Errorf("%+v", c)
	}
	if want := "~1773993600_2026-03_calendar_26_40_0.65_true"; c.Value != want {
		t.Errorf("%q, want %q", c.Value, want)
	}
	for name, change := range map[string]func(*http.Request){
		"another page":      func(r *http.Request) { r.URL.Path = "/board" },
		"from another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a period that is not understood": func(r *http.Request) {
			r.URL.RawQuery = "period=yesterday"
		},
	} {
		request := httptest.NewRequest("GET", "/kpis/on_time_share", nil)
		change(request)
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, request)
		if got := recorder.Header().Get("Set-Cookie"); got != "" {
			t.Errorf("%s: the browser is told to keep %s", name, got)
		}
	}
	secure := httptest.NewRequest("GET", "https://kpi.example/kpis/on_time_share", nil)
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, secure)
	if got := recorder.Header().Get("Set-Cookie"); !strings.Contains(got, "; Secure") {
		t.Errorf("over TLS the cookie is not bound to TLS: %s", got)
	}
}

// A browser keeps the latest looks of one KPI only, so that its requests stay small; what is no look goes first.
func TestOldLooksEnd(t *testing.T) {
	s := newSite(t, "")
	request := httptest.NewRequest("GET", "/kpis/on_time_share?unit=dienluc", nil)
	request.AddCookie(&http.Cookie{Name: "seen_odd", Value: "x"})
	request.AddCookie(&http.Cookie{Name: "other", Value: "x"})
	for i := range 20 {
		request.AddCookie(&http.Cookie{Name: fmt.Sprint("seen_", i), Value: fmt.Sprintf("~%d_2026-03_calendar_26_40_0.65_true", 1773900000-i)})
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	ended, kept := []string{}, []string{}
	for _, c := range recorder.Result().Cookies() {
		if c.MaxAge < 0 {
			ended = append(ended, c.Name+" "+c.Path)
		} else {
			kept = append(kept, c.Name)
		}
	}
	if want := []string{"seen_19 /kpis/on_time_share", "seen_odd /kpis/on_time_share"}; !slices.Equal(ended, want) {
		t.Errorf("%v have ended, want %v", ended, want)
	}
	if want := []string{"seen_dienluc"}; !slices.Equal(kept, want) {
		t.Errorf("%v are kept, want %v", kept, want)
	}
}

// A browser may send anything as a cookie.
func FuzzCookieOfALook(f *testing.F) {
	f.Add("~1773993600_2026-03_calendar_26_40_0.65_true")
	f.Add("1773993600_2026-02_calendar_26_40_0.65_true~1773993700_2026-03_nd09_1_2_0.5_false")
	f.Add("1_2026-01-01..2026-03-02_calendar_1e9_-4_NaN_true~")
	f.Add("~_______~")
	s := newSite(f, "")
	f.Fuzz(func(t *testing.T, value string) {
		request := httptest.NewRequest("GET", "/kpis/on_time_share?unit=dienluc&lang=en", nil)
		request.Header.Set("Cookie", "seen_dienluc="+value)
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK || strings.Contains(recorder.Body.String(), "NaN") {
			t.Errorf("%q: %d", url.QueryEscape(value), recorder.Code)
		}
	})
}
