package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// load reads the site's configuration file as a reload does.
func (s *site) load(ctx context.Context) (*model.Model, error) {
	c, err := config.Load(ctx, config.Options{File: filepath.Join(s.folder, "kpiagent.yml")})
	if err != nil {
		return nil, err
	}
	return model.New(c)
}

// reload gives a running or a resting agent another configuration.
func (s *site) reload(a *Agent, configuration string) error {
	s.t.Helper()
	s.write("kpiagent.yml", configuration)
	return a.Reload(s.t.Context(), s.load)
}

// runs has an agent run until the test ends, or until stop is called.
func runs(t *testing.T, a *Agent) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// system is a unit's portal that answers when it is let, and tells how often it was asked and hung up on.
type system struct {
	*httptest.Server
	asked, cut atomic.Int64
	answer     atomic.Pointer[chan struct{}] // closed or nil: at once
}

func newSystem(t *testing.T, answer chan struct{}) *system {
	s := new(system)
	s.hold(answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if answer := *s.answer.Load(); answer != nil {
			select {
			case <-answer:
			case <-r.Context().Done():
				s.cut.Add(1)
				return
			}
		}
		fmt.Fprint(w, `[{"ma":"P1","nhan":"2026-03-02"},{"ma":"P2","nhan":"2026-03-03"}]`)
	}))
	t.Cleanup(s.Close)
	return s
}

// hold lets the answers from now on wait for a channel to be closed.
func (s *system) hold(answer chan struct{}) { s.answer.Store(&answer) }

func portal(unit, id, url, more string) string {
	return fmt.Sprintf(`
  - unit: %s
    id: %s
    kind: rest
    schedule: "0 0 1 1 *"
    jitter: 0s
    %s
    rest: {url: %q}
    mapping: {id: {column: ma}, procedure: {constant: "1.001"}, channel: {constant: online}, received: {column: nhan}}
`, unit, id, more, url)
}

const threeUnits = `
units: [{id: bo}, {id: xnk, parent: bo}, {id: hoachat, parent: bo}, {id: dienluc, parent: bo}]
procedures: [{unit: bo, code: "1.001"}]
`

// Only what has changed is restarted: a read of a source that stays goes on, and so does its schedule.
func TestReloadLeavesTheOthersAlone(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	gate := make(chan struct{})
	stays, changes, goes, comes := newSystem(t, gate), newSystem(t, make(chan struct{})), newSystem(t, nil), newSystem(t, nil)
	before := threeUnits + "sources:" + portal("xnk", "o_lai", stays.URL, "") + portal("hoachat", "thay", changes.URL, "") + portal("dienluc", "di", goes.URL, "")
	a := s.agent(before)
	runs(t, a)
	eventually(t, "a read of each source", func() bool {
		return stays.asked.Load() == 1 && changes.asked.Load() == 1 && a.Sources()[2].Up
	})
	wantEventually(t, a, `egov_dossiers_received{unit="dienluc",procedure="1.001",channel="online",period="month"}`, 2)

	changes.hold(nil)
	after := threeUnits + "agent: {concurrency: 7}\nsources:" + portal("dienluc", "den", comes.URL, "") + portal("xnk", "o_lai", stays.URL, "") +
		portal("hoachat", "thay", changes.URL, "stale_after: 2h")
	if err := s.reload(a, after); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a read of the new and of the changed source", func() bool {
		list := a.Sources()
		return list[0].Name == "dienluc/den" && list[0].Up && list[2].Name == "hoachat/thay" && list[2].Up && list[2].StaleAfter == 2*time.Hour
	})
	if stays.asked.Load() != 1 || stays.cut.Load() != 0 || !a.Sources()[1].Running {
		t.Errorf("the source that stays was asked %d times and cut off %d times", stays.asked.Load(), stays.cut.Load())
	}
	close(gate)
	eventually(t, "the end of the read that went on", func() bool { return a.Sources()[1].Up })
	wantEventually(t, a, `egov_dossiers_received{unit="xnk",procedure="1.001",channel="online",period="month"}`, 2)
	wantSeries(t, a, map[string]float64{
		`egov_source_up{source="den",unit="dienluc"}`:                                              1,
		`egov_source_stale_after_seconds{source="thay",unit="hoachat"}`:                            7200,
		`egov_dossiers_received{unit="bo",procedure="1.001",channel="online",period="month"}`:      6,
		`egov_config_last_reload_successful`:                                                       1,
		`egov_dossiers_received{unit="dienluc",procedure="1.001",channel="online",period="month"}`: 2,
	})
	if page := scrape(a); strings.Contains(page, `source="di"`) {
		t.Error("the series of the source that is gone are still there")
	}
	if runs, err := a.Ledger.Runs(t.Context(), "dienluc/di", 1); err != nil || len(runs) != 1 {
		t.Errorf("the run log of the source that is gone: %v, %v", runs, err)
	}
	for _, part := range []string{"started=dienluc/den", "restarted=hoachat/thay", "stopped=dienluc/di"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %s:\n%s", part, log)
		}
	}
}

// A read that a reload breaks off says nothing of its source: it was up and is up.
func TestReloadDuringAReadOfTheChangedSource(t *testing.T) {
	s := newSite(t)
	hangs := newSystem(t, nil)
	a := s.agent(threeUnits + "sources:" + portal("xnk", "cong", hangs.URL, ""))
	collect(t, a, CollectOptions{})
	hangs.hold(make(chan struct{}))
	runs(t, a)
	eventually(t, "a read", func() bool { return hangs.asked.Load() == 2 })
	if err := s.reload(a, threeUnits+"sources:"+portal("xnk", "cong", hangs.URL, "on_start: false")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the old read", func() bool { return hangs.cut.Load() == 1 })
	if state := a.Sources()[0]; !state.Up || state.Running || state.LastSuccess.IsZero() || state.NextRun.IsZero() {
		t.Errorf("after the reload: %+v", state)
	}
	wantSeries(t, a, map[string]float64{`egov_source_up{source="cong",unit="xnk"}`: 1})
	runs, err := a.Ledger.Runs(t.Context(), "xnk/cong", 1)
	if err != nil || len(runs) != 1 || runs[0].OK || !strings.Contains(runs[0].Error, "configuration has changed") {
		t.Errorf("the run log: %+v, %v", runs, err)
	}
}

// With any mistake all stays as it was, and every mistake is told, in the words of the check.
func TestReloadRefused(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	before, figures := a.Model(), tally(t, a, "bo", "month")
	const good, when = "egov_config_last_reload_successful", "egov_config_last_reload_success_timestamp_seconds"
	wantSeries(t, a, map[string]float64{good: 1, when: float64(s.now.Unix())})
	loaded := s.now
	s.now = s.now.Add(time.Minute)
	broken := strings.NewReplacer("kind: file", "kind: files", "channel: {column: kenh,", "channell: {column: kenh,").Replace(twoReports)
	for _, test := range []struct {
		name, configuration string
		says                []string
	}{
		{"mistakes", broken, []string{`kpiagent.yml:13: sources[0].kind: "files"`, "channell"}},
		{"no YAML", "units: [", []string{"kpiagent.yml:1"}},
		{"another ledger", "ledger: {path: other.db}\n" + twoReports, []string{"ledger.path: needs a restart", "other.db", "nothing else of the new configuration was applied"}},
		{"another address, and another unit", strings.Replace(twoReports, "targets:", "web: {listen: \":1\"}\ntargets:", 1) + "\nmeasures: [{id: x, kind: flow}]",
			[]string{`web.listen: needs a restart to change from ":9750" to ":1"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := s.reload(a, test.configuration)
			if !errors.Is(err, ErrRefused) {
				t.Fatalf("the error is %v", err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) || !strings.Contains(strings.ReplaceAll(log.String(), `\"`, `"`), part) {
					t.Errorf("error and log should say %q:\n%v\n%s", part, err, log)
				}
			}
			if _, err2 := s.load(t.Context()); err2 != nil && !strings.HasSuffix(err.Error(), err2.Error()) {
				t.Errorf("the start would say\n%v\nbut the reload says\n%v", err2, err)
			}
			if a.Model() != before || tally(t, a, "bo", "month") != figures {
				t.Error("something of the new configuration is in force")
			}
			wantSeries(t, a, map[string]float64{good: 0, when: float64(loaded.Unix())})
		})
	}
	if err := s.reload(a, twoReports); err != nil {
		t.Fatal(err)
	}
	wantSeries(t, a, map[string]float64{good: 1, when: float64(s.now.Unix())})
	collect(t, a, CollectOptions{})
}

// Whatever is not a source is in force, and on the metrics page, when Reload returns.
func TestReloadOfAllElse(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat+"H4,2.002,tt,2026-03-04,,\n")
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	for _, step := range []struct {
		name, configuration string
		want                map[string]float64
		without             string
	}{
		{"target", strings.Replace(twoReports, "value: 0.8", "value: 0.6", 1), map[string]float64{
			`egov_kpi_status{kpi="online_filing_share",unit="bo",period="month"}`: 3,
		}, ""},
		{"no procedure labels, other periods", "metrics: {procedure_labels: false}\nperiods: {cut_off: nd09}\n" + twoReports, map[string]float64{
			`egov_dossiers_received{unit="bo",procedure="",channel="online",period="month"}`: 0,
		}, `procedure="1.001"`},
		{"unit moved", strings.Replace(twoReports, "{id: dienluc, parent: bo,", "{id: dienluc, parent: hoachat,", 1), map[string]float64{
			`egov_dossiers_received{unit="hoachat",procedure="1.001",channel="online",period="month"}`: 2,
		}, ""},
		{"calendar", "calendar: {days_off: [2026-03-03..2026-03-04]}\n" + twoReports, map[string]float64{
			`egov_handling_time_workdays_sum{unit="hoachat",procedure="1.001"}`: 1,
		}, ""},
		{"KPI of one's own", twoReports + "\nkpis: [{id: online_filing_share, name: {vi: x, en: y}, valid_to: 2020-12-31}]", nil, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := s.reload(a, step.configuration); err != nil {
				t.Fatal(err)
			}
			wantSeries(t, a, step.want)
			if page := scrape(a); step.without != "" && strings.Contains(page, step.without) {
				t.Errorf("the page still has %s", step.without)
			}
			redacted, err := a.Model().Config.Redacted()
			if err != nil || step.name == "target" && !strings.Contains(string(redacted), "0.6") {
				t.Errorf("the configuration that is shown is not the new one: %v", err)
			}
		})
	}
	// A procedure that is declared now: the rejected row is taken at the next read, which nobody has to ask to be complete.
	if err := s.reload(a, strings.Replace(twoReports, "procedures:", "procedures:\n  - {unit: bo, code: \"2.002\"}", 1)); err != nil {
		t.Fatal(err)
	}
	if got := collect(t, a, CollectOptions{})["hoachat/baocao"]; got.Added != 1 || got.Rejected != 0 {
		t.Errorf("after the procedure became known: %s", got.Summary)
	}
}

// Configuration and books always belong together, for whoever reads them in one go.
func TestModelAndBooksAgree(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", hoachat)
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	collect(t, a, CollectOptions{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 30 {
			extra := strings.Repeat("  - {id: them, parent: bo}\n", i%2)
			if err := s.reload(a, strings.Replace(twoReports, "procedures:", extra+"procedures:", 1)); err != nil {
				t.Error(err)
			}
		}
	}()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		time.Sleep(time.Millisecond)
		a.Read(func(m *model.Model, b *kpi.Books) {
			if diff := cmp.Diff(m.Tree.Units(), b.Daybook.Units()); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// A secret in a file that is rotated counts from the next read on; nobody has to reload.
func TestRotatedSecretIsReadAnew(t *testing.T) {
	var token atomic.Value
	token.Store("first")
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token.Load().(string) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `[{"ma":"H1","nhan":"2026-03-02"}]`)
	}))
	defer portal.Close()
	s := newSite(t)
	s.write("token", "first\n")
	text := threeUnits + `
sources:
  - unit: xnk
    id: cong
    kind: rest
    rest: {url: "` + portal.URL + `", auth: {kind: bearer, secret_file: token}}
    mapping: {id: {column: ma}, procedure: {constant: "1.001"}, channel: {constant: online}, received: {column: nhan}}
`
	a := s.agent(text)
	turn := func() { a.readInTurn(t.Context(), t.Context(), a.readers[0], options{}) }
	turn()
	token.Store("second")
	if err := os.WriteFile(filepath.Join(s.folder, "token"), []byte("second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	turn()
	if state := a.Sources()[0]; !state.Up || state.Refused {
		t.Errorf("after the rotation: %+v", state)
	}
	token.Store("third") // the system rotates first: refused, and asked again once the file follows
	turn()
	if state := a.Sources()[0]; state.Up || !state.Refused {
		t.Errorf("with the old token: %+v", state)
	}
	token.Store("second") // mended on the other side: only a reload tells
	turn()
	if state := a.Sources()[0]; !state.Refused {
		t.Errorf("the refused token was shown again: %+v", state)
	}
	if err := s.reload(a, text); err != nil {
		t.Fatal(err)
	}
	turn()
	if state := a.Sources()[0]; !state.Up || state.Refused {
		t.Errorf("after the reload: %+v", state)
	}
}

func wantEventually(t *testing.T, a *Agent, series string, want float64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s of %v", series, want), func() bool {
		v, ok := value(scrape(a), series)
		return ok && v == want
	})
}
