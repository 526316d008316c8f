package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// terminal runs commands in a folder with the sample report and its configuration.
type terminal struct {
	t        *testing.T
	folder   string
	out, err bytes.Buffer
}

func newTerminal(t *testing.T) *terminal {
	c := &terminal{t: t, folder: t.TempDir()}
	for _, name := range []string{"hoachat.csv", "kpiagent.yml"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		c.write(name, string(content))
	}
	return c
}

func (c *terminal) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.folder, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run types a command line; the configuration is added.
func (c *terminal) run(line string, more ...string) (code int) {
	c.out.Reset()
	c.err.Reset()
	p := process{out: &c.out, err: &c.err, now: func() time.Time { return time.Date(2026, 3, 20, 3, 0, 0, 0, time.UTC) }}
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	return p.execute(ctx, append(append(strings.Fields(line), "--config", filepath.Join(c.folder, "kpiagent.yml")), more...))
}

// times and folders differ from run to run.
var took = regexp.MustCompile(`\b\d+(\.\d+)?(ms|µs|s)\b`)

func (c *terminal) golden(name string) {
	c.t.Helper()
	got := strings.ReplaceAll(took.ReplaceAllString(c.out.String()+c.err.String(), "TIME"), c.folder+"/", "")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// What a person sees, command by command, from the first check to the dossiers behind a figure.
func TestSession(t *testing.T) {
	c := newTerminal(t)
	for _, step := range []struct {
		golden, line string
		code         int
	}{
		{"check.txt", "check", 0},
		{"check-live.txt", "check --live --rows 3", 0},
		{"dry-run.txt", "collect --dry-run", 0},
		{"kpi-too-early.txt", "kpi", 1},
		{"collect.txt", "collect", 0},
		{"collect-again.txt", "collect", 0},
		{"tally.txt", "tally", 0},
		{"tally-february.csv.txt", "tally --unit hoachat --by procedure --period 2026-02 --format csv", 0},
		{"tally-field.txt", "tally --by field --period 2026-Q1", 0},
		{"kpi.txt", "kpi --unit hoachat --kpi online_filing_share,on_time_share,overdue_open,satisfaction_share", 0},
		{"kpi.json.txt", "kpi --unit moit --kpi on_time_share --format json", 0},
		{"kpi-at.txt", "kpi --unit moit --kpi overdue_open --at 2026-03-11 --period day", 0},
		{"dossiers-overdue.txt", "dossiers --unit moit --state overdue", 0},
		{"dossiers-kpi.csv.txt", "dossiers --unit hoachat --kpi on_time_share --part denominator --format csv", 0},
	} {
		if code := c.run(step.line); code != step.code {
			t.Fatalf("%s: exit code %d, want %d\n%s%s", step.line, code, step.code, &c.out, &c.err)
		}
		c.golden(step.golden)
	}
}

// Every number of the form is the number of the dossiers that are listed behind it.
func TestDossiersExplainTheForm(t *testing.T) {
	c := newTerminal(t)
	if code := c.run("collect"); code != 0 {
		t.Fatal(c.err.String())
	}
	for _, period := range []string{"month", "2026-02", "2026-03-16", "year"} {
		if code := c.run("tally --unit hoachat --format json --period " + period); code != 0 {
			t.Fatal(c.err.String())
		}
		var form []map[string]any
		if err := json.Unmarshal(c.out.Bytes(), &form); err != nil {
			t.Fatal(err)
		}
		for _, column := range []string{"online", "counter", "postal", "carried_over", "finished", "early", "on_time", "late", "undated", "exits",
			"in_time", "overdue", "paused", "open_undated"} {
			if code := c.run("dossiers --unit hoachat --format json --period " + period + " --state " + column); code != 0 {
				t.Fatal(c.err.String())
			}
			var list []map[string]any
			if err := json.Unmarshal(c.out.Bytes(), &list); err != nil {
				t.Fatal(err)
			}
			if want := form[0][column].(float64); float64(len(list)) != want {
				t.Errorf("%s of %s is %v, behind it are %d dossiers", column, period, want, len(list))
			}
		}
	}
}

func TestWhatIsNotUnderstood(t *testing.T) {
	c := newTerminal(t)
	if code := c.run("collect"); code != 0 {
		t.Fatal(c.err.String())
	}
	for _, test := range []struct {
		line string
		more []string
		code int
		says string
	}{
		{"kpi --period 2026-13", nil, 2, `--period: `},
		{"kpi --period 2027", nil, 2, `--period: 2027 begins after 2026-03-20`},
		{"kpi --kpi online", nil, 2, `there is no KPI "online": there are [online_filing_share`},
		{"kpi --unit bct", nil, 2, `--unit: there is no unit "bct": the configuration has [moit hoachat]`},
		{"kpi --at yesterday", nil, 2, `--at: "yesterday" is not a date: write it as yyyy-MM-dd`},
		{"tally --by month", nil, 2, `--by: the form cannot be divided by "month": allowed are unit, field, procedure`},
		{"tally --format xml", nil, 2, `--format "xml" is not known: allowed are table, json and csv`},
		{"dossiers", nil, 2, `say whose dossiers: --unit, one of [moit hoachat]`},
		{"dossiers --unit moit --state closed", nil, 2, `there is no state "closed": allowed are received, online`},
		{"dossiers --unit moit --kpi service_level_share", nil, 2, `KPI service_level_share is made of procedures, not of dossiers`},
		{"collect --source hoachat/nothing", nil, 2, `there are [hoachat/baocao]`},
		{"collect now", nil, 2, `"now" is not understood`},
		{"collect --fulll", nil, 2, `unknown flag: --fulll`},
		{"kpi --log.level loud", nil, 1, `--log.level`},
	} {
		code := c.run(test.line, test.more...)
		if said := c.err.String(); code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%s: exit code %d, says %q; want %d and %q", test.line, code, said, test.code, test.says)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	c := newTerminal(t)
	p := process{out: &c.out, err: &c.err, now: time.Now}
	for line, says := range map[string]string{"colect": `there is no command "colect"`, "boards rendr": `there is no command "boards rendr"`} {
		c.err.Reset()
		if code := p.execute(t.Context(), strings.Fields(line)); code != 2 || !strings.Contains(c.err.String(), says) {
			t.Errorf("exit code %d, says %q", code, c.err.String())
		}
	}
}

// A dossier belongs to the field that its own unit's catalogue names, also at the ministry.
func TestTallyByFieldOfTwoUnits(t *testing.T) {
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join("testdata", "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	two := strings.Replace(string(content), "procedures:\n", `  - {id: congnghiep, parent: moit, name: {vi: Cục Công nghiệp, en: Industry Agency}}
procedures:
  - {unit: congnghiep, code: "1.001", name: Cấp giấy phép, field: Công nghiệp}
`, 1)
	source := two[strings.Index(two, "  - unit: hoachat\n    id: baocao"):]
	c.write("kpiagent.yml", two+strings.Replace(source, "unit: hoachat", "unit: congnghiep", 1))
	c.run("collect")
	if code := c.run("tally --by field --format csv"); code != 0 {
		t.Fatal(c.err.String())
	}
	for _, line := range []string{"Công nghiệp,2026-03,3,1,1,1,0,", "Hoá chất,2026-03,6,3,1,1,1,"} {
		if !strings.Contains(c.out.String(), line) {
			t.Errorf("there is no line that begins %s in\n%s", line, &c.out)
		}
	}
}

// A source that fails makes the exit code 1, and the others are read all the same.
func TestCollectFailsWithItsSource(t *testing.T) {
	c := newTerminal(t)
	if err := os.Remove(filepath.Join(c.folder, "hoachat.csv")); err != nil {
		t.Fatal(err)
	}
	if code := c.run("collect"); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	c.golden("collect-failed.txt")
}

func TestCommandsShowAnExample(t *testing.T) {
	root := (&process{out: &bytes.Buffer{}, err: &bytes.Buffer{}}).rootCommand()
	for _, command := range root.Commands() {
		if command.IsAvailableCommand() && (command.Example == "" || command.Short == "") {
			t.Errorf("%s has no example or no short text", command.Name())
		}
	}
}

func TestVersion(t *testing.T) {
	c := newTerminal(t)
	p := process{out: &c.out, err: &c.err, now: time.Now}
	if code := p.execute(t.Context(), []string{"version"}); code != 0 || !strings.HasPrefix(c.out.String(), "kpiagent, version") {
		t.Errorf("exit code %d, says %q", code, c.out.String())
	}
}
