package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"kpiagent/internal/kpi"
)

// write puts a configuration into a folder of its own and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const oneUnit = "units: [{id: bo, name: {vi: Bộ}}]\n"

func TestExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("examples/*.yml")
	if err != nil || len(files) < 6 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		if _, err := Load(context.Background(), Options{File: file}); err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
	}
}

// The minimal example shows what the defaults are, also those inside lists.
func TestDefaults(t *testing.T) {
	got, err := Load(context.Background(), Options{File: "examples/minimal.yml"})
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		TimeZone:   "Asia/Ho_Chi_Minh",
		Timeliness: "days",
		Ledger:     Ledger{Path: "examples/kpiagent.db", KeptRejects: 10000, KeptRuns: 1000},
		Web:        Web{Listen: ":9750"},
		Log:        Log{Level: "info", Format: "logfmt"},
		Agent:      Agent{Concurrency: 4, StopTimeout: 20 * time.Second, WatchConfig: true},
		Network:    Network{RequestsPerSecond: 20, RequestsAtOnce: 4},
		Metrics:    Metrics{ProcedureLabels: true, SeriesPerUnit: 50000},
		Periods:    Periods{CutOff: "calendar"},
		Calendar:   Calendar{Hours: []string{"08:00-12:00", "13:00-17:00"}},
		Units:      []Unit{{ID: "so_xay_dung", Name: kpi.Text{"vi": "Sở Xây dựng", "en": "Department of Construction"}}},
		Procedures: []Procedure{{Unit: "so_xay_dung", Code: "1.000123", Name: "Cấp giấy phép xây dựng", WorkingDays: true}},
		Sources: []Source{{
			Unit: "so_xay_dung", ID: "mot_cua", Kind: "file", Record: "dossier",
			Schedule: "*/15 * * * *", Jitter: 10 * time.Second, Timeout: 10 * time.Minute, Retries: 2, RetryWait: 10 * time.Second,
			RestAfter: 5, LongestRest: 2 * time.Hour, MaxRows: 10_000_000, OnStart: true, StaleAfter: 24 * time.Hour,
			Reconcile:       Reconcile{Schedule: "30 1 * * *", Deletions: "apply"},
			SupplementClock: "as_given",
			File: &File{Path: "examples/ho_so.csv", Format: "csv", Encoding: "auto", Quotes: "csv", Separator: ",", RowWidth: "exact", HeaderRow: 1, HeaderRows: 1, MaxRows: 1 << 20, MaxUnzipped: 512 << 20,
				MaxRow: 1 << 20, ChangeLayout: "rfc3339",
				HTTP: HTTP{MaxBytes: 64 << 20, MaxRedirects: 3, RequestTimeout: time.Minute, Retries: 4, RequestsPerSecond: 10}},
			Mapping: Mapping{
				ID: &Field{Column: "ma_ho_so"}, Procedure: &Field{Column: "ma_tthc"}, Channel: &Field{Column: "kenh"},
				Received: &Field{Column: "ngay_tiep_nhan"}, Due: &Field{Column: "ngay_hen_tra"},
				Finished: &Field{Column: "ngay_ket_thuc"}, Outcome: &Field{Constant: "settled"},
			},
		}},
		Boards: Boards{Prefix: "kpiagent", Folder: "Chỉ số dịch vụ công", Languages: []string{"vi", "en"}, Selector: `job="kpiagent"`,
			PrometheusURL: "http://localhost:9090"},
		RemoteWrite: RemoteWrite{Interval: time.Minute, Path: "examples/kpiagent-remote-write", MaxMegabytes: 2048, Job: "kpiagent", Instance: "kpiagent"},
		Alerts: Alerts{Engine: "prometheus", MinVolume: 20, Severity: "warning", Receiver: "kpiagent", GroupBy: []string{"alertname", "kpi"},
			GroupWait: time.Minute, GroupInterval: 30 * time.Minute, RepeatInterval: 24 * time.Hour, Resolved: true,
			Mail: MailServer{Port: 587, TLS: "starttls", Timeout: 15 * time.Second}},
		History: History{Path: "examples/kpiagent-history", Interval: time.Minute, DetailDays: 100, Days: 3653, ProcedureDays: 400, MaxMegabytes: 2048, Late: 24 * time.Hour,
			Lookback: 26 * time.Hour, MaxSamples: 5_000_000, Timeout: 30 * time.Second, Queries: 4, Job: "kpiagent", Instance: "kpiagent"},
		Grafana: Grafana{Every: 10 * time.Minute, Timeout: 2 * time.Minute},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is written is kept, also where it is the zero value and the default is not.
func TestZeroIsNotAbsent(t *testing.T) {
	c, err := Load(context.Background(), Options{File: write(t, oneUnit+`
metrics: {procedure_labels: false}
log:
sources:
  - unit: bo
    id: a
    kind: file
    on_start: false
    jitter: 0s
    reconcile: {schedule: ""}
    file: {path: /data/a.csv, separator: "\t"}
    mapping:
      id: {column: 001}
      procedure: {column: b}
      channel: {column: c, values: [{from: 01, to: online}, {from: no, to: counter}, {from: 2026-03-02, to: postal}]}
      received: {column: d}
`)})
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[0]
	if c.Metrics.ProcedureLabels || s.OnStart || s.Jitter != 0 || s.Reconcile.Schedule != "" || c.Log.Level != "info" {
		t.Errorf("got %+v, log %+v", s, c.Log)
	}
	want := []ValueMap{{From: "01", To: "online"}, {From: "no", To: "counter"}, {From: "2026-03-02", To: "postal"}}
	if diff := cmp.Diff(want, s.Mapping.Channel.Values); diff != "" || s.Mapping.ID.Column != "001" || s.File.Separator != "\t" || s.File.Path != "/data/a.csv" {
		t.Errorf("texts changed: %s %+v %+v", diff, s.Mapping.ID, s.File)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, oneUnit+"log: {level: warn, format: json}\nweb: {listen: \":1\", config_file: web.yml}\nagent: {concurrency: 2}\ntargets: [{kpi: on_time_share, year: 2025, value: 0.9}]\n")
	environ := []string{
		"KPIAGENT_LOG_LEVEL=error", "KPIAGENT_WEB_LISTEN=:2", "KPIAGENT_AGENT_CONCURRENCY=8", "KPIAGENT_AGENT_STOP_TIMEOUT=",
		"KPIAGENT_TARGETS=[{kpi: online_filing_share, year: 2026, value: 0.8}]", "KPIAGENT_METRICS_PROCEDURE_LABELS=false",
		"KPIAGENT_CALENDAR_DAYS_OFF=[2027-02-05, 2027-02-08..2027-02-11]", "KPIAGENT_TEST_PG=x", "PATH=/bin", "HOME",
	}
	set := pflag.NewFlagSet("kpiagent", pflag.ContinueOnError)
	AddFlags(set)
	if err := set.Parse([]string{"--web.listen-address=:3", "--web.config.file=here.yml"}); err != nil {
		t.Fatal(err)
	}
	c, err := Load(context.Background(), Options{File: file, Environ: environ, Flags: Flags(set)})
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Level, Format, Listen, ConfigFile, Ledger string
		Concurrency                               int
		StopTimeout                               time.Duration
		Labels                                    bool
		Targets                                   []kpi.Target
		DaysOff                                   []string
	}
	want := seen{
		Level: "error", Format: "json", Listen: ":3", ConfigFile: "here.yml", Ledger: filepath.Join(filepath.Dir(file), "kpiagent.db"),
		Concurrency: 8, StopTimeout: 20 * time.Second,
		Targets: []kpi.Target{{KPI: "online_filing_share", Year: 2026, Value: 0.8}},
		DaysOff: []string{"2027-02-05", "2027-02-08..2027-02-11"},
	}
	got := seen{c.Log.Level, c.Log.Format, c.Web.Listen, c.Web.ConfigFile, c.Ledger.Path, c.Agent.Concurrency, c.Agent.StopTimeout,
		c.Metrics.ProcedureLabels, c.Targets, c.Calendar.DaysOff}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Without a file everything can come from the environment.
func TestEnvironmentAlone(t *testing.T) {
	c, err := Load(context.Background(), Options{Environ: []string{"KPIAGENT_UNITS=[{id: bo}]", "KPIAGENT_LEDGER_PATH=x.db"}})
	if err != nil || c.Units[0].ID != "bo" || c.Ledger.Path != "x.db" {
		t.Fatalf("got %+v, %v", c, err)
	}
	_, err = Load(context.Background(), Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "environment: units: is missing;") {
		t.Errorf("got %v", err)
	}
}

func TestEveryVariableIsItsOwn(t *testing.T) {
	seen := map[string]string{}
	for key := range settings {
		if other, twice := seen[Variable(key)]; twice {
			t.Errorf("%s and %s share %s", key, other, Variable(key))
		}
		seen[Variable(key)] = key
	}
}

func TestMistakesOutsideTheFile(t *testing.T) {
	file := write(t, `units: [{id: bo}]
log: {level: loud}
sources:
  - unit: bo
    id: a
    kind: sql
    sql: {driver: postgres, dsn_env: KPIAGENT_MOT_CUA_DSN, query: select 1}
    mapping: {id: {column: a}, procedure: {column: b}, channel: {column: c}, received: {column: d}}
`)
	environ := []string{
		"KPIAGENT_MOT_CUA_DSN=postgres://u:hunter2@h/d", "KPIAGENT_AGENT_CONCURENCY=hunter2", "KPIAGENT_WHATEVER=1",
		"KPIAGENT_AGENT_STOP_TIMEOUT=soon", "KPIAGENT_TARGETS=[{kpi: on_time_share, year: 2026, value: 95}, {kpi: x}]",
		"KPIAGENT_KPIS=[{", "KPIAGENT_MEASURES=trained", "KPIAGENT_CALENDAR_COMPLETE=[1]", "KPIAGENT_LEDGER_PATH=postgres://u:hunter2@h/d",
	}
	flags := map[string]string{"web.listen": "9750", "log.format": "xml", "weblisten": "x"}
	_, err := Load(context.Background(), Options{File: file, Environ: environ, Flags: flags})
	var mistakes *Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("got %v", err)
	}
	golden(t, "testdata/origins.txt", strings.ReplaceAll(err.Error(), filepath.Dir(file)+"/", "")+"\n")
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a message shows a secret")
	}
}

func TestFilesThatAreNone(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct{ path, want string }{
		"missing": {filepath.Join(folder, "nowhere.yml"), ": there is no such file; name yours with --config FILE"},
		"folder":  {folder, ": is a folder; name the configuration file inside it, for example --config " + folder + "/kpiagent.yml"},
		"large":   {write(t, strings.Repeat("#2345678\n", 1_000_000)), ": has more than 8388608 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(context.Background(), Options{File: c.path})
			if err == nil || !strings.HasPrefix(err.Error(), c.path+c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A small file may not grow without end through aliases.
func TestAliasesAreBounded(t *testing.T) {
	many := func(first, alias string) string { return "[" + first + strings.Repeat(", "+alias, 1000) + "]" }
	term := "&t {count: received, channel: " + many("&c online", "*c") + "}"
	lists := "kpis: " + many("&k {id: x, kind: count, direction: up, no_data: none, numerator: "+many(term, "*t")+"}", "*k")
	merges := "log: &m {level: info}\nweb: {<<: " + many("&n {<<: "+many("*m", "*m")+"}", "*n") + "}"
	for name, text := range map[string]string{"lists": lists, "merges": merges} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(context.Background(), Options{File: write(t, oneUnit+text)})
			if err == nil || !strings.Contains(err.Error(), "aliases repeat more than 100000 values") {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(ctx, Options{File: "examples/minimal.yml"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Every default satisfies the checks of its own key.
func TestDefaultsAreAllowed(t *testing.T) {
	for _, s := range append(sections(configType, "", map[reflect.Type]bool{}), section{t: configType}) {
		for _, f := range fieldsOf(s.t) {
			if !f.defaulted {
				continue
			}
			j := newJournal(place{})
			w := newWalker(j, place{})
			if _, ok := w.text(f.fallback, f, f.key); !ok || len(j.list) > 0 {
				t.Errorf("%s.%s: the default %q: %v", s.key, f.key, f.fallback, j.list)
			}
			if _, err := f.defaultValue(); err != nil {
				t.Errorf("%s.%s: %v", s.key, f.key, err)
			}
		}
	}
}
