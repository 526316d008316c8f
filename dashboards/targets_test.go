package dashboards_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/testserver"
)

// writeRules renders rules to rules.yml in a new folder, which it gives: the recording rules and all groups of alerts, or
// only those that are named.
func writeRules(t *testing.T, made *dashboards.Rendered, groups ...string) (folder string) {
	t.Helper()
	alerts := slices.DeleteFunc(slices.Clone(made.Alerts), func(g dashboards.Group) bool { return len(groups) > 0 && !slices.Contains(groups, g.Name) })
	text, err := dashboards.RuleFile(slices.Concat(made.Rules, alerts))
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "rules.yml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), testserver.Promtool(t), arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestPromtoolChecksTheRulesOfEveryMinistry(t *testing.T) {
	for name, made := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promtool(t, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(writeRules(t, made), "rules.yml"))
		})
	}
}

// When each alert on targets and units fires, when it does not yet, when it ends, and what it says, stands in testdata/targets.
func TestPromtoolTestsTheRulesOnTargets(t *testing.T) {
	t.Parallel()
	c, err := config.Load(t.Context(), config.Options{File: "testdata/targets/kpiagent.yml"})
	if err != nil {
		t.Fatal(err)
	}
	made := render(t, c)
	tests, err := filepath.Glob("testdata/targets/*.test.yml")
	if err != nil || len(tests) != 3 {
		t.Fatalf("%v, %v", tests, err)
	}
	for _, path := range tests {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		// Only what a test is about is evaluated: a week at one evaluation in four minutes takes its time.
		group := "kpiagent_targets"
		if name == "units.test.yml" {
			group = "kpiagent_units"
		}
		folder := writeRules(t, made, group)
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(name, ".test.yml"), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", filepath.Join(folder, name))
		})
	}
}

// Where Grafana and the agent's pages are known, every alert on a unit or a source leads there, in the language of its text.
func TestAlertsLeadToBoardsAndPages(t *testing.T) {
	made, err := dashboards.Render(dashboards.Settings{"grafanaURL": "https://grafana.example.vn", "pagesURL": "https://kpi.example.vn"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := dashboards.RuleFile(made.Alerts)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	where := map[string]string{
		"KpiagentSourceFailing": "/sources/{{ $labels.unit }}/{{ $labels.source }}", "KpiagentSourceSilent": "/sources/{{ $labels.unit }}/{{ $labels.source }}",
		"KpiagentRowsRejected": "/sources/{{ $labels.unit }}/{{ $labels.source }}", "KpiagentDropHeldBack": "/sources/{{ $labels.unit }}/{{ $labels.source }}",
		"EgovTargetMissed": "/units/{{ $labels.unit }}", "EgovTargetAtRisk": "/units/{{ $labels.unit }}", "EgovTargetOutOfReach": "/units/{{ $labels.unit }}",
		"EgovOverdueGrowing": "/units/{{ $labels.unit }}", "EgovUnitSilent": "/sources",
	}
	seen := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			path, leads := where[r.Alert]
			if !leads {
				continue
			}
			seen[r.Alert] = true
			for language, page := range map[string]string{"vi": path, "en": path + "?lang=en"} {
				text := r.Annotations["description_"+language]
				if !strings.Contains(text, "https://kpi.example.vn"+page) || !regexp.MustCompile(`https://grafana\.example\.vn/d/kpiagent-(unit|quality)-`+language).MatchString(text) {
					t.Errorf("%s, %s, leads nowhere: %s", r.Alert, language, text)
				}
			}
		}
	}
	if len(seen) != len(where) {
		t.Errorf("only %v were seen", seen)
	}
}
