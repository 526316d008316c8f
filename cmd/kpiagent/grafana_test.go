package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Without a Grafana, or with one that does not answer, each command says what to do.
func TestBoardsWithoutGrafana(t *testing.T) {
	c := newTerminal(t)
	for _, line := range []string{"boards plan", "boards apply", "boards prune"} {
		if code := c.run(line); code != 1 || !strings.Contains(c.err.String(), "add grafana: {url: https://grafana.example.vn, secret_env: GRAFANA_TOKEN}") {
			t.Errorf("%s: exit code %d, says %q", line, code, &c.err)
		}
	}
	file := filepath.Join(c.folder, "kpiagent.yml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c.write("kpiagent.yml", string(text)+"\ngrafana: {url: 'http://127.0.0.1:1', secret_env: TOKEN}\n")
	if code := c.run("boards plan"); code != 1 || !strings.Contains(c.err.String(), "the environment variable TOKEN (grafana.secret_env) is not set") {
		t.Errorf("exit code %d, says %q", code, &c.err)
	}
}

// The demo takes an address with user and password, and never shows it; the boards read the agent at the address that it listens on.
func TestDemoGrafana(t *testing.T) {
	got, err := demoGrafana("http://admin:s3cret@127.0.0.1:3000/grafana", "0.0.0.0:9750")
	slices.Sort(got)
	want := []string{"DEMO_GRAFANA_PASSWORD=s3cret", "KPIAGENT_BOARDS_GRAFANA_URL=http://127.0.0.1:3000/grafana",
		"KPIAGENT_BOARDS_PROMETHEUS_URL=http://127.0.0.1:9750", "KPIAGENT_GRAFANA_ACCOUNT=admin",
		"KPIAGENT_GRAFANA_SECRET_ENV=DEMO_GRAFANA_PASSWORD", "KPIAGENT_GRAFANA_URL=http://127.0.0.1:3000/grafana",
		"KPIAGENT_WEB_EXTERNAL_URL=http://127.0.0.1:9750"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, wrong := range []string{"127.0.0.1:3000", "http://127.0.0.1:3000", "http://admin:s3cret@"} {
		if _, err := demoGrafana(wrong, "127.0.0.1:9750"); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	for _, wrong := range []string{"127.0.0.1:0", "9750"} {
		if _, err := demoGrafana("http://admin:s3cret@127.0.0.1:3000", wrong); err == nil || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// After a failure nobody knows whether there is something to change, so plan does not say that there is nothing.
func TestAPlanAfterAFailureIsNotComplete(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/api/health" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write([]byte(`{"version": "12.1.0", "message": "no"}`))
	}))
	defer broken.Close()
	c := newTerminal(t)
	text, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("kpiagent.yml", string(text)+"\ngrafana: {url: '"+broken.URL+"', secret_file: token}\n")
	c.write("token", "glsa_of_a_test")
	code := c.run("boards plan")
	if out := c.out.String(); code != 1 || strings.Contains(out, "no changes") || !strings.Contains(out, "not complete:") {
		t.Errorf("exit code %d, says %q, %q", code, out, &c.err)
	}
}
