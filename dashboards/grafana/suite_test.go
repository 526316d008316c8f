package grafana_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/dashboards/grafana"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// office is one Grafana under test, and the person who works with it beside the agent.
type office struct {
	testing.TB
	address  *url.URL
	standIn  *standIn // nil where it is a real Grafana
	password string
}

// onEvery runs a test against stand-ins for each version, and against a real Grafana where KPIAGENT_TEST_GRAFANA_URL names one
// with an administrator: http://admin:admin@127.0.0.1:3000. What is made there is removed again.
func onEvery(t *testing.T, test func(o *office)) {
	t.Helper()
	for _, version := range []string{"9.3", "10.4", "11.6", "12.1"} {
		t.Run(version, func(t *testing.T) {
			g, address := newStandIn(t, version)
			test(newOffice(t, address, g))
		})
	}
	t.Run("real", func(t *testing.T) {
		address := os.Getenv("KPIAGENT_TEST_GRAFANA_URL")
		if address == "" {
			t.Skip("NOT TESTED against a real Grafana: set KPIAGENT_TEST_GRAFANA_URL")
		}
		o := newOffice(t, address, nil)
		t.Logf("Grafana says: %v", o.must("GET", "/api/health", nil))
		test(o)
	})
}

func newOffice(t testing.TB, address string, g *standIn) *office {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		t.Fatalf("the address of Grafana has to be one with user and password")
	}
	o := &office{TB: t, standIn: g}
	o.password, _ = parsed.User.Password()
	o.address = parsed
	return o
}

// version is the major version of Grafana.
func (o *office) version() (major int) {
	o.Helper()
	text, _ := o.must("GET", "/api/health", nil)["version"].(string)
	if _, err := fmt.Sscanf(text, "%d.", &major); err != nil {
		o.Fatalf("version %q: %v", text, err)
	}
	return major
}

// do does something as a person would, past the agent.
func (o *office) do(method, path string, body any, header ...string) (int, []byte) {
	o.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			o.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(o.Context()), method, strings.TrimRight(o.address.String(), "/")+path, &content)
	if err != nil {
		o.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, name := range header {
		request.Header.Set(name, "true")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		o.Fatal(err)
	}
	return response.StatusCode, text
}

// list asks for a list.
func (o *office) list(path string) (all []map[string]any) {
	o.Helper()
	status, text := o.do("GET", path, nil)
	if err := json.Unmarshal(text, &all); err != nil || status != http.StatusOK {
		o.Fatalf("GET %s: %d %s", path, status, text)
	}
	return all
}

// ask asks for one thing.
func (o *office) ask(method, path string, body any) (int, map[string]any) {
	o.Helper()
	status, text := o.do(method, path, body)
	var said map[string]any
	_ = json.Unmarshal(text, &said) // not all that is done has an answer
	return status, said
}

func (o *office) must(method, path string, body any) map[string]any {
	o.Helper()
	status, said := o.ask(method, path, body)
	if status/100 != 2 {
		o.Fatalf("%s %s: %d %v", method, path, status, said)
	}
	return said
}

// mustFree is must without a provenance, as pages of Grafana write.
func (o *office) mustFree(method, path string, body any) {
	o.Helper()
	if status, text := o.do(method, path, body, "X-Disable-Provenance"); status/100 != 2 {
		o.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

func (o *office) is(status int, path string) {
	o.Helper()
	if got, said := o.ask("GET", path, nil); got != status {
		o.Errorf("GET %s: %d %v, want %d", path, got, said, status)
	}
}

// asked returns what was asked of the stand-in since the last call; nothing of a real Grafana.
func (o *office) asked() []string {
	if o.standIn == nil {
		return nil
	}
	return o.standIn.asked()
}

// agent is one agent with a state of its own.
type agent struct {
	*office
	prefix, dir string
	languages   string
	boards      string // further keys of the block boards
	grafana     string // further keys of the block grafana
	receivers   string // the entries of alerts.receivers
	folder      string
	unit        string
	secret      string // of everybody but Grafana
	more        string // further blocks
}

// newAgent returns an agent whose things are removed when the test ends.
func newAgent(o *office) *agent {
	o.Helper()
	a := &agent{office: o, prefix: "kpitest", dir: o.TempDir(), unit: "Bộ", secret: "first", languages: "vi"}
	if o.standIn == nil {
		random := make([]byte, 4)
		_, _ = rand.Read(random)
		a.prefix = "t" + hex.EncodeToString(random)
	}
	a.folder = "kpiagent test " + a.prefix
	o.Cleanup(func() {
		if o.standIn != nil {
			return
		}
		for _, path := range []string{"/api/folders/" + a.prefix + "?forceDeleteRules=true", "/api/datasources/uid/" + a.prefix + "-prometheus"} {
			status, said := o.ask("DELETE", path, nil)
			o.Logf("cleaning up: DELETE %s: %d %v", path, status, said["message"])
			if status/100 != 2 && status != http.StatusNotFound {
				o.Errorf("%s is left behind", path)
			}
		}
	})
	return a
}

func (a *agent) config() *config.Config {
	a.Helper()
	plain := *a.address
	user := plain.User.Username()
	plain.User = nil
	quoted := func(text string) string { q, _ := json.Marshal(text); return string(q) }
	more := a.more
	if a.receivers != "" {
		if !strings.Contains(more, "alerts: {") {
			more += "\nalerts: {}"
		}
		more = strings.Replace(more, "alerts: {", "alerts: {receivers: ["+a.receivers+"], ", 1)
	}
	text := fmt.Sprintf(`
units:
  - {id: bo, name: {vi: %s, en: %[1]s}}
ledger: {path: state/kpiagent.db}
boards:
  prefix: %s
  folder: %s
  languages: [%s]
%s
grafana:
  url: %s
  account: %s
  secret_env: PASSWORD
%s
%s
`, quoted(a.unit), a.prefix, quoted(a.folder), a.languages, a.boards, quoted(plain.String()), quoted(user), a.grafana, more)
	file := filepath.Join(a.dir, "kpiagent.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		a.Fatal(err)
	}
	c, err := config.Load(a.Context(), config.Options{File: file})
	if err != nil {
		a.Fatalf("%v\n%s", err, text)
	}
	return c
}

func (a *agent) around() outbound.Env {
	return outbound.Env{Now: time.Now, ReadFile: os.ReadFile,
		LookupEnv: func(name string) (string, bool) {
			if name == "OTHER" {
				return a.secret, true
			}
			return a.password, name == "PASSWORD"
		}}
}

func modelOf(t testing.TB, c *config.Config) *model.Model {
	t.Helper()
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (a *agent) site() *grafana.Site {
	a.Helper()
	s, err := grafana.NewSite(modelOf(a, a.config()), rendered.render)
	if err != nil {
		a.Fatal(err)
	}
	return s
}

// renderings remembers what was rendered: that takes longer than all else.
type renderings struct {
	sync.Mutex
	done  map[string]*dashboards.Rendered
	whole bool // with all KPIs
}

var rendered = &renderings{done: map[string]*dashboards.Rendered{}}

func (r *renderings) render(settings dashboards.Settings) (*dashboards.Rendered, error) {
	r.Lock()
	defer r.Unlock()
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	made := r.done[string(text)]
	if made == nil {
		if !r.whole {
			if err := few(settings, text); err != nil {
				return nil, err
			}
		}
		if made, err = dashboards.Render(settings); err == nil && !r.whole {
			err = small(made.Boards)
		}
		r.done[string(text)] = made
	}
	return made, err
}

// small leaves a few panels on each board.
func small(boards []dashboards.Board) error {
	const panels = 6
	for i, b := range boards {
		var content map[string]any
		if err := json.Unmarshal(b.JSON, &content); err != nil {
			return err
		}
		if list, _ := content["panels"].([]any); len(list) > panels {
			content["panels"] = list[:panels]
		}
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		boards[i].JSON = text
	}
	return nil
}

// few leaves out most KPIs that have no target: what boards show is no subject of these tests, and small ones are quick.
func few(settings dashboards.Settings, text []byte) error {
	var all struct{ KPIs []map[string]any }
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	settings["kpis"] = slices.DeleteFunc(all.KPIs, func(k map[string]any) bool {
		return k["targeted"] != true && k["id"] != "online_filing_share" && k["id"] != "overdue_open"
	})
	return nil
}

func (a *agent) plan() *grafana.Report {
	a.Helper()
	r, err := a.site().Plan(a.Context(), a.around())
	return a.well("plan", r, err)
}

func (a *agent) apply() *grafana.Report {
	a.Helper()
	r, err := a.site().Apply(a.Context(), a.around())
	return a.well("apply", r, err)
}

func (a *agent) prune() *grafana.Report {
	a.Helper()
	r, err := a.site().Prune(a.Context(), a.around())
	return a.well("prune", r, err)
}

// well wants nothing to have failed.
func (a *agent) well(what string, r *grafana.Report, err error) *grafana.Report {
	a.Helper()
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		a.Fatalf("%s: %v", what, err)
	}
	return r
}

// only wants a report with exactly so many steps of an action, and all others in step.
func (a *agent) only(r *grafana.Report, action grafana.Action, n int) {
	a.Helper()
	if r.Count(action) != n || r.Count(action, grafana.InStep) != len(r.Steps) {
		var told bytes.Buffer
		r.Print(&told)
		a.Fatalf("want %d × %s and all else in step, got:\n%s", n, action, &told)
	}
}

func (a *agent) board(name string) string { return a.prefix + "-" + name }

// edit changes the title of a board, as a person does in Grafana.
func (a *agent) edit(uid, title string) {
	a.Helper()
	got := a.must("GET", "/api/dashboards/uid/"+uid, nil)
	content := got["dashboard"].(map[string]any)
	content["title"] = title
	delete(content, "id")
	a.must("POST", "/api/dashboards/db", map[string]any{"dashboard": content, "folderUid": got["meta"].(map[string]any)["folderUid"], "message": "by hand"})
}

func (a *agent) titleOf(uid string) string {
	a.Helper()
	title, _ := a.must("GET", "/api/dashboards/uid/"+uid, nil)["dashboard"].(map[string]any)["title"].(string)
	return title
}
