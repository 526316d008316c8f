package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// screen is what a running command has written so far.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A running agent follows its configuration by signal, by request and because its file has changed.
func TestRunReloads(t *testing.T) {
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(more string) { c.write("kpiagent.yml", string(content)+more) }
	out, address := new(screen), freeAddress(t)
	p := process{out: out, err: out, now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- p.execute(ctx, []string{"run", "--config", filepath.Join(c.folder, "kpiagent.yml"), "--web.listen-address", address})
	}()
	defer func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d:\n%s", code, out)
		}
	}()
	ask := func(method, path string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err.Error()
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	await := func(what string, holds func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s\n%s", what, out)
			}
		}
	}
	shows := func(text string) func() bool {
		return func() bool { _, page := ask("GET", "/config"); return strings.Contains(page, text) }
	}
	await("the agent is ready", func() bool { code, _ := ask("GET", "/-/ready"); return code == 200 })

	with("\nmetrics: {series_per_unit: 1001}\nagent: {watch_config: false}\n")
	await("the changed file is in force", shows("series_per_unit: 1001"))

	with("\nmetrics: {series_per_unit: 1002}\nagent: {watch_config: false}\n")
	time.Sleep(time.Second) // longer than a watch would wait
	if shows("1002")() {
		t.Error("the file was loaded, although watching is off")
	}
	if code, said := ask("POST", "/-/reload"); code != 200 || !shows("series_per_unit: 1002")() {
		t.Errorf("POST /-/reload: %d %s", code, said)
	}

	with("\nmetrics: {series_per_unit: 1003}\nagent: {watch_config: false}\nlog: {level: warn}\n")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await("the file is in force after SIGHUP", shows("series_per_unit: 1003"))
	ask("POST", "/-/reload") // which waits for the reload before it, and for what that one tells
	told := strings.Count(out.String(), "was reloaded")
	if code, said := ask("POST", "/-/reload"); code != 200 || strings.Count(out.String(), "was reloaded") != told {
		t.Errorf("the level of the log has not changed: %d %s\n%s", code, said, out)
	}

	with("\nmetrics: {series_per_unit: 0}\nunitz: []\n")
	code, said := ask("POST", "/-/reload")
	if code != 500 || !strings.Contains(said, "the old one stays in force") {
		t.Errorf("with mistakes: %d %s", code, said)
	}
	checked := terminal{t: t, folder: c.folder}
	if checked.run("check") != 1 || !strings.HasSuffix(strings.TrimSpace(said), strings.TrimSpace(checked.err.String())) {
		t.Errorf("the check says\n%s\nbut the reload\n%s", &checked.err, said)
	}
	if _, page := ask("GET", "/metrics"); !strings.Contains(page, "egov_config_last_reload_successful 0") {
		t.Error("the metrics do not say that the reload was refused")
	}
}
