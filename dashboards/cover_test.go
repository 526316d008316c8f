package dashboards

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// ruleTest is one test of promtool, as far as it says when which alert fires.
type ruleTest struct {
	Name        string `yaml:"name"`
	Expressions []struct {
		Expr    string                    `yaml:"expr"`
		At      string                    `yaml:"eval_time"`
		Samples []struct{ Labels string } `yaml:"exp_samples"`
	} `yaml:"promql_expr_test"`
}

// What the tests of an alert show of it.
const (
	fires    = "fires"
	notYet   = "does not fire before"
	resolves = "resolves"
	survives = "survives stale sources, or the agent's absence"
)

// Each alert that somebody relies on has tests of when it fires, when not yet, that it ends, and that it goes on while the
// figures that it is about are old.
func TestEveryAlertIsTestedFourWays(t *testing.T) {
	shown := map[string]map[string]bool{}
	for _, pattern := range []string{"testdata/*.test.yml", "testdata/targets/*.test.yml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		for _, path := range paths {
			for _, test := range ruleTests(t, path) {
				test.show(t, shown)
			}
		}
	}
	for _, alert := range []string{
		"EgovTargetMissed", "EgovTargetAtRisk", "EgovTargetOutOfReach", "EgovOverdueGrowing", "EgovUnitSilent",
		"KpiagentSourceFailing", "KpiagentRowsRejected", "KpiagentBooksOutOfBalance", "KpiagentDown", "KpiagentStoreBehind",
	} {
		for _, way := range []string{fires, notYet, resolves, survives} {
			if !shown[alert][way] {
				t.Errorf("no test shows that %s %s", alert, way)
			}
		}
	}
}

func ruleTests(t *testing.T, path string) []ruleTest {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tests []ruleTest `yaml:"tests"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file.Tests
}

var alertOf = regexp.MustCompile(`alertname="(\w+)", alertstate="firing"`)

// show notes what a test shows of the alerts that fire in it.
func (r ruleTest) show(t *testing.T, shown map[string]map[string]bool) {
	t.Helper()
	first, last := map[string]time.Duration{}, map[string]time.Duration{}
	at := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		return d
	}
	note := func(alert, way string) {
		if shown[alert] == nil {
			shown[alert] = map[string]bool{}
		}
		shown[alert][way] = true
	}
	for _, e := range r.Expressions {
		for _, sample := range e.Samples {
			m := alertOf.FindStringSubmatch(sample.Labels)
			if m == nil {
				continue
			}
			note(m[1], fires)
			if strings.Contains(r.Name, "stale") {
				note(m[1], survives)
			}
			when := at(e.At)
			if known, seen := first[m[1]]; !seen || when < known {
				first[m[1]] = when
			}
			last[m[1]] = max(last[m[1]], when)
		}
	}
	for _, e := range r.Expressions {
		m := alertOf.FindStringSubmatch(e.Expr)
		if m == nil || len(e.Samples) > 0 {
			continue
		}
		if when, seen := first[m[1]]; seen && at(e.At) < when {
			note(m[1], notYet)
		}
		if when, seen := last[m[1]]; seen && at(e.At) > when {
			note(m[1], resolves)
		}
	}
}
