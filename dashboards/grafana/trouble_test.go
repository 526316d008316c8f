package grafana_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"kpiagent/dashboards/grafana"
)

func number(value any) string {
	n, _ := value.(float64)
	return strconv.FormatInt(int64(n), 10)
}

// Read-only things are never written to.
func TestReadOnly(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(g *standIn, a *agent)
		says string
	}{
		{"board from a file", func(g *standIn, a *agent) { g.boards[a.board("overview-vi")].provisioned = true }, "it comes from a file"},
		{"board in the new format", func(g *standIn, a *agent) { g.boards[a.board("overview-vi")].v2 = true }, "the new format of Grafana"},
		{"data source from a file", func(g *standIn, a *agent) { g.sources[a.prefix+"-prometheus"]["readOnly"] = true }, "provisioning file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g, address := newStandIn(t, "12.1")
			a := newAgent(newOffice(t, address, g))
			a.grafana = "  overwrite: true"
			a.apply()
			test.make(g, a)
			a.boards, a.unit = "  prometheus_url: http://elsewhere:9090", "Khác"
			found := false
			for _, s := range a.apply().Steps {
				found = found || s.Action == grafana.Keep && strings.Contains(s.Why, test.says)
			}
			if !found {
				t.Errorf("nothing is kept because %s", test.says)
			}
		})
	}
}

// An Editor, to whom Grafana refuses a folder that is not there, makes it.
func TestAnEditorMakesTheFolder(t *testing.T) {
	for _, version := range []string{"11.6", "12.1"} {
		g, address := newStandIn(t, version)
		g.editor = true
		a := newAgent(newOffice(t, address, g))
		a.boards = "  data_source: somebodys"
		a.only(a.plan(), grafana.Create, all-1)
		a.only(a.apply(), grafana.Create, all-1)
		a.only(a.apply(), grafana.InStep, all-1)
	}
}

// What stands in the way is said with what to do, and without the secret.
func TestWhatIsSaidOfTrouble(t *testing.T) {
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>"))
	}))
	defer html.Close()
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://grafana.example.vn/login", http.StatusFound)
	}))
	defer moved.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	address := func(s *httptest.Server) string {
		return strings.Replace(s.URL, "http://", "http://admin:"+standInPassword+"@", 1)
	}
	for _, test := range []struct {
		name, address string
		make          func(g *standIn)
		says          []string
	}{
		{"not Grafana", address(html), nil, []string{"answered with text/html", "is grafana.url the address of Grafana"}},
		{"a redirect", address(moved), nil, []string{"it leads to https://grafana.example.vn/login", "into grafana.url"}},
		{"nobody there", address(gone), nil, []string{"connection refused", "is Grafana running"}},
		{"no API", address(empty), nil, []string{"404", "with its sub-path"}},
		{"too old", "9.2", nil, []string{"version 9.2 is too old", "9.3 or newer", "kpiagent boards render"}},
		{"wrong token", "10.4", func(g *standIn) { g.password = "another" }, []string{"401", "invalid API key", "make a new token", "grafana.secret_env"}},
		{"no right to boards", "10.4", func(g *standIn) { g.withheld = "dashboards:create" }, []string{"403", "lacks the right dashboards:create"}},
		{"no right to folders", "9.3", func(g *standIn) { g.withheld = "folders:create" }, []string{"lacks the right folders:create"}},
		{"no right to data sources", "11.6", func(g *standIn) { g.withheld = "datasources:create" }, []string{"lacks the right datasources:create"}},
		{"no right to alert rules", "9.3", func(g *standIn) { g.withheld = "alert.provisioning:write" }, []string{"cannot write the alert rule", "lacks the right alert.provisioning:write"}},
		{"no right to contact points", "11.6", func(g *standIn) {
			g.disturb = func(_, path string) int {
				if strings.HasPrefix(path, "/api/v1/provisioning/contact-points") {
					return 403
				}
				return 0
			}
		}, []string{"cannot read the contact points", "lacks the right alert.provisioning:read"}},
		{"a quota", "12.1", func(g *standIn) {
			g.disturb = func(method, path string) int {
				if method == "POST" && path == "/api/v1/provisioning/alert-rules" {
					return 403
				}
				return 0
			}
		}, []string{"cannot write the alert rule", "403"}},
		{"a title that a board of somebody has", "9.3", func(g *standIn) {
			g.folders["kpitest"] = map[string]any{"uid": "kpitest", "title": "Chung", "version": 1.0}
			g.boards["theirs"] = &storedBoard{folder: "kpitest", version: 1, content: map[string]any{"uid": "theirs", "title": "Màn hình lớn"}}
		}, []string{`cannot write the board "Màn hình lớn" (kpitest-wall-vi)`, "somebody else's board in its folder has that title: rename that one"}},
		{"a right that is not named", "11.6", func(g *standIn) {
			g.disturb = func(_, path string) int {
				if strings.HasPrefix(path, "/api/folders") {
					return 403
				}
				return 0
			}
		}, []string{"lacks the right folders:create"}},
		{"a defect of Grafana", "11.6", func(g *standIn) {
			g.disturb = func(method, _ string) int {
				if method == "POST" {
					return 500
				}
				return 0
			}
		}, []string{"500", "look at Grafana's own log"}},
		{"a title that is taken", "9.3", func(g *standIn) {
			g.folders["other"] = map[string]any{"uid": "other", "title": "Chung", "version": 1.0}
		}, []string{"a folder with the same name", "choose another boards.folder"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var g *standIn
			if !strings.HasPrefix(test.address, "http") {
				g, test.address = newStandIn(t, test.address)
			}
			o := newOffice(t, test.address, g)
			a := newAgent(o)
			o.standIn, a.folder = &standIn{}, "Chung" // nothing to clean up
			a.more, a.receivers = evaluates, twoReceivers
			if test.make != nil {
				test.make(g)
			}
			around := a.around()
			around.Wait = func(context.Context, time.Duration) error { return nil }
			r, err := a.site().Apply(t.Context(), around)
			if r != nil {
				err = errors.Join(err, r.Err())
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\ndoes not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), standInPassword) {
				t.Errorf("the secret is in it: %v", err)
			}
		})
	}
}

// Grafana that restarts is asked again; a POST is not repeated.
func TestPassingTrouble(t *testing.T) {
	g, address := newStandIn(t, "10.4")
	a := newAgent(newOffice(t, address, g))
	failures := map[string]int{}
	g.disturb = func(method, path string) int {
		if method == "GET" && failures[path] < 2 {
			failures[path]++
			return 503
		}
		return 0
	}
	var pauses []time.Duration
	around := a.around()
	around.Wait = func(_ context.Context, pause time.Duration) error { pauses = append(pauses, pause); return nil }
	r, err := a.site().Apply(t.Context(), around)
	a.only(a.well("apply", r, err), grafana.Create, all)
	if len(pauses) < 2 || pauses[0] != 500*time.Millisecond || pauses[1] != time.Second {
		t.Errorf("paused %v", pauses)
	}
	posts := 0
	g.disturb = func(method, _ string) int {
		if method == "PUT" || method == "POST" {
			posts++
			return 502
		}
		return 0
	}
	a.unit = "Khác"
	r, err = a.site().Apply(t.Context(), around)
	if err != nil || r.Err() == nil || posts != r.Count(grafana.Change)+len(failed(r)) {
		t.Errorf("%v: %d writes for %d boards", err, posts, len(failed(r)))
	}
}

func failed(r *grafana.Report) (list []grafana.Step) {
	for _, s := range r.Steps {
		if s.Err != nil {
			list = append(list, s)
		}
	}
	return list
}

// Somebody who saves in the very moment wins: his change is seen, told of and kept.
func TestSomebodyIsQuicker(t *testing.T) {
	g, address := newStandIn(t, "11.6")
	a := newAgent(newOffice(t, address, g))
	a.apply()
	uid := a.board("overview-vi")
	once := false
	g.disturb = func(method, path string) int {
		if method == "POST" && path == "/api/dashboards/db" && !once {
			once = true
			b := g.boards[uid]
			b.version++
			b.content["title"] = "Nhanh tay"
		}
		return 0
	}
	a.boards, a.unit = "", "Khác"
	r := a.apply()
	if r.Count(grafana.Keep) != 1 || g.boards[uid].content["title"] != "Nhanh tay" {
		t.Errorf("kept %d, the title is %v", r.Count(grafana.Keep), g.boards[uid].content["title"])
	}
}

// Two processes do not put things into Grafana at the same time.
func TestOneAtATime(t *testing.T) {
	g, address := newStandIn(t, "10.4")
	a := newAgent(newOffice(t, address, g))
	site := a.site()
	tried := false
	g.disturb = func(string, string) int {
		if !tried {
			tried = true
			if _, err := site.Apply(t.Context(), a.around()); !errors.Is(err, grafana.ErrInUse) {
				t.Errorf("a second one: %v", err)
			}
		}
		return 0
	}
	a.apply()
	if !tried {
		t.Error("not tried")
	}
}

// A board that somebody has turned inside out is told of in a few lines.
func TestHugeDifference(t *testing.T) {
	g, address := newStandIn(t, "11.6")
	a := newAgent(newOffice(t, address, g))
	a.apply()
	content := g.boards[a.board("overview-vi")].content
	for _, panel := range content["panels"].([]any) {
		panel.(map[string]any)["title"] = strings.Repeat("x", 1<<12)
		panel.(map[string]any)["gridPos"] = "nowhere"
	}
	g.boards[a.board("overview-vi")].version++
	r := a.plan()
	a.only(r, grafana.Keep, 1)
	var told strings.Builder
	r.Print(&told)
	if lines := strings.Count(told.String(), "\n"); lines > 12 || told.Len() > 4000 || !strings.Contains(told.String(), "more") {
		t.Errorf("%d lines, %d bytes are told:\n%.2000s", lines, told.Len(), told.String())
	}
}
