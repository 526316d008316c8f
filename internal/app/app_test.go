package app_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/app"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

const ministry = `
web: {listen: "127.0.0.1:0"}
units: [{id: bo, name: {vi: Bộ Công Thương, en: Ministry}}]
procedures: [{unit: bo, code: "1.001", name: Cấp giấy phép}]
sources:
  - unit: bo
    id: baocao
    kind: file
    jitter: 0s
    file: {path: baocao.csv}
    mapping:
      id: {column: ma}
      procedure: {constant: "1.001"}
      channel: {constant: online}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
`

const (
	withHistory = "history: {enabled: true}\n"
	withAlerts  = "alerts: {engine: builtin, receivers: [{name: kpiagent, mail: [lan@example.vn]}], " +
		"mail: {host: 127.0.0.1, port: 9, tls: none, from: a@example.vn}}\n"
)

// The whole agent, with all that runs beside it, in one process: it reads, serves, follows its configuration, and stops.
func TestAgentFromStartToStop(t *testing.T) {
	for name, more := range map[string]string{"plain": "", "with history": withHistory, "with history and alerts": withHistory + withAlerts} {
		t.Run(name, func(t *testing.T) {
			s := start(t, ministry+more)
			s.await("/metrics", `egov_dossiers_received{unit="bo",procedure="1.001",channel="online",period="rolling_30d"} 2`)
			if page := s.get("/"); !strings.Contains(page, "Bộ Công Thương") {
				t.Errorf("the first page is\n%s", page)
			}
			if answers := s.status("/api/v1/labels") == http.StatusOK; answers != (more != "") {
				t.Errorf("history answers: %v", answers)
			}

			s.write("kpiagent.yml", strings.ReplaceAll(ministry+more, "Bộ Công Thương", "Bộ Xây dựng"))
			if err := s.app.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			if page := s.get("/"); !strings.Contains(page, "Bộ Xây dựng") {
				t.Errorf("after the reload the first page is\n%s", page)
			}
			s.stop()
			if _, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://")); err == nil {
				t.Error("it still listens")
			}
		})
	}
}

// An address that another process has keeps the agent from reading any source, and ends it.
func TestNothingIsReadWithoutAnAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := newSite(t, strings.ReplaceAll(ministry, "127.0.0.1:0", taken.Addr().String()))
	s.mustOpen(nil)
	if err := s.app.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "serving: cannot listen") {
		t.Errorf("it ends with %v", err)
	}
	select {
	case <-s.app.Agent.FirstRead():
		t.Error("a source was read")
	default:
	}
	if err := s.app.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever could not be opened, what was opened before it is closed, and another attempt succeeds.
func TestFailedStartReleasesEverything(t *testing.T) {
	s := site{t: t, folder: t.TempDir()}
	s.write("kpiagent.yml", ministry+withHistory+withAlerts)
	s.write("kpiagent.db.alerts", "not a folder")
	if _, err := s.open(nil); err == nil || !strings.Contains(err.Error(), "kpiagent.db.alerts") {
		t.Fatalf("it says %v", err)
	}
	if err := os.Remove(filepath.Join(s.folder, "kpiagent.db.alerts")); err != nil {
		t.Fatal(err)
	}
	a, err := s.open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// site is a folder with a configuration and a report.
type site struct {
	t      *testing.T
	folder string
	app    *app.App
	base   string
	stop   func()
}

func newSite(t *testing.T, configuration string) *site {
	t.Helper()
	s := &site{t: t, folder: t.TempDir()}
	s.write("baocao.csv", "ma,nhan\nH1,"+time.Now().Format(time.DateOnly)+"\nH2,"+time.Now().Format(time.DateOnly)+"\n")
	s.write("kpiagent.yml", configuration)
	return s
}

// start runs an agent until it has read its source.
func start(t *testing.T, configuration string) *site {
	t.Helper()
	s := newSite(t, configuration)
	addresses := make(chan net.Addr, 1)
	s.mustOpen(func(at net.Addr) { addresses <- at })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.app.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.app.Close(); err != nil {
			t.Error(err)
		}
	}
	select {
	case at := <-addresses:
		s.base = "http://" + at.String()
		<-s.app.Agent.FirstRead()
	case err := <-ended:
		t.Fatal(err)
	}
	return s
}

func (s *site) mustOpen(ready func(net.Addr)) {
	s.t.Helper()
	a, err := s.open(ready)
	if err != nil {
		s.t.Fatal(err)
	}
	s.app = a
}

func (s *site) open(ready func(net.Addr)) (*app.App, error) {
	file := filepath.Join(s.folder, "kpiagent.yml")
	load := func(ctx context.Context) (*model.Model, error) {
		c, err := config.Load(ctx, config.Options{File: file})
		if err != nil {
			return nil, err
		}
		return model.New(c)
	}
	m, err := load(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return app.New(s.t.Context(), m, app.Options{File: file, Load: load, Ready: ready, Version: "test",
		Env: outbound.Env{Now: time.Now, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, Log: slog.New(slog.DiscardHandler)})
}

func (s *site) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) ask(path string) (int, string) {
	s.t.Helper()
	answer, err := http.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// await waits until a page has a text; figures come a moment after the source was read.
func (s *site) await(path, text string) {
	s.t.Helper()
	deadline := time.After(time.Minute)
	for !strings.Contains(s.get(path), text) {
		select {
		case <-deadline:
			s.t.Fatalf("%s never has %s", path, text)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *site) get(path string) string {
	_, text := s.ask(path)
	return text
}

func (s *site) status(path string) int {
	status, _ := s.ask(path)
	return status
}
