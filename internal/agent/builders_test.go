package agent

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/testserver"
)

var servers testserver.Pool

func TestMain(m *testing.M) {
	defer servers.Close()
	m.Run()
}

// site is a folder with a configuration and the systems that it names.
type site struct {
	t      *testing.T
	folder string
	env    map[string]string
	now    time.Time
	log    io.Writer
}

func newSite(t *testing.T) *site {
	return &site{t: t, folder: t.TempDir(), env: map[string]string{}, now: time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), log: io.Discard}
}

func (s *site) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// model loads the configuration as the command does.
func (s *site) model(configuration string) *model.Model {
	s.t.Helper()
	s.write("kpiagent.yml", configuration)
	c, err := config.Load(s.t.Context(), config.Options{File: filepath.Join(s.folder, "kpiagent.yml")})
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := model.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *site) surroundings() Options {
	return Options{
		Env: outbound.Env{
			Now:       func() time.Time { return s.now },
			LookupEnv: func(name string) (string, bool) { v, ok := s.env[name]; return v, ok },
			ReadFile:  os.ReadFile,
		},
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
}

func (s *site) agent(configuration string) *Agent {
	s.t.Helper()
	a, err := New(s.t.Context(), s.model(configuration), s.surroundings())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := a.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return a
}

// collect reads the sources and fails the test where one fails.
func collect(t *testing.T, a *Agent, o CollectOptions) map[string]Collected {
	t.Helper()
	results := map[string]Collected{}
	list, err := a.Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Err != nil {
			t.Fatalf("%s: %v", r.Source, r.Err)
		}
		results[r.Source] = r
	}
	return results
}

// tally is form II.06a of a unit for a period.
func tally(t *testing.T, a *Agent, unit, period string) (form kpi.Tally) {
	t.Helper()
	today := a.Model().Today(a.around.Now())
	p, err := kpi.ParsePeriod(period, today, a.Model().CutOff)
	if err != nil {
		t.Fatal(err)
	}
	a.Ledger.Read(func(b *kpi.Books) { form = b.Daybook.Unit(unit).Tally(p.ToDate(today)) })
	return form
}

// scrape gives the metrics page as text.
func scrape(a *Agent) string {
	w := httptest.NewRecorder()
	a.Page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// value finds a series on a page; ok is false where it is not there.
func value(page, series string) (v float64, ok bool) {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(page)
	if m == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v, err == nil
}

func wantSeries(t *testing.T, a *Agent, want map[string]float64) {
	t.Helper()
	page := scrape(a)
	for series, v := range want {
		if got, ok := value(page, series); !ok || got != v {
			t.Errorf("%s is %v (there: %t), want %v", series, got, ok, v)
		}
	}
}

// indent puts a block under a key of the configuration.
func indent(text string) string {
	return "      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
}

// configuration is the site's file as it is now.
func (s *site) configuration() string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, "kpiagent.yml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func slogTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
