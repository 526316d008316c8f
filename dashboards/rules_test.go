package dashboards

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"kpiagent/internal/exposition"
	"kpiagent/internal/testserver"
)

func TestPromtoolChecksTheRules(t *testing.T) {
	for name, overrides := range map[string]Settings{
		"standard": nil,
		"changed":  {"selector": `job=~"egov|kpi"`, "interval": "30s", "rowsRejectedWindow": "2d"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rules.yml")
			if err := os.WriteFile(path, []byte(render(t, overrides)), 0o600); err != nil {
				t.Fatal(err)
			}
			promtool(t, "check", "rules", "--lint=all", "--lint-fatal", path)
		})
	}
}

// When each alert fires, when it does not yet, and when it ends stands in testdata.
func TestPromtoolTestsTheRules(t *testing.T) {
	t.Parallel()
	tests, err := filepath.Glob("testdata/*.test.yml")
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests in testdata: %v", err)
	}
	tested := ""
	for _, path := range tests {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tested += string(text)
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", path)
		})
	}
	for _, r := range rules(t) {
		if !strings.Contains(tested, `alertname="`+r.Alert+`"`) {
			t.Errorf("testdata has no test of %s", r.Alert)
		}
	}
}

func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), testserver.Promtool(t), arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

// rule is a rule of the file as Prometheus reads it.
type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (list []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Interval string `yaml:"interval"`
			Rules    []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal([]byte(render(t, nil)), &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Interval != "1m" {
			t.Errorf("the interval of a group is %q", g.Interval)
		}
		list = append(list, g.Rules...)
	}
	return list
}

// A metric that the agent does not have would make an alert that never fires.
func TestRulesOnlyNameMetricsThatExist(t *testing.T) {
	known := map[string]bool{"up": true}
	for _, f := range append(exposition.FigureFamilies(), exposition.AgentFamilies()...) {
		known[f.Name] = true
	}
	name := regexp.MustCompile(`([a-z_]+)\{`)
	for _, r := range rules(t) {
		found := name.FindAllStringSubmatch(r.Expr, -1)
		if len(found) == 0 {
			t.Errorf("%s: %s names no metric", r.Alert, r.Expr)
		}
		for _, match := range found {
			if !known[match[1]] {
				t.Errorf("%s: there is no metric %s", r.Alert, match[1])
			}
		}
	}
}

func TestEveryAlertSaysHowBadItIsAndWhatToDo(t *testing.T) {
	severities := []string{"critical", "warning", "info"}
	texts := []string{"description_en", "description_vi", "summary_en", "summary_vi"}
	action := regexp.MustCompile(`{{.*?}}`)
	for _, r := range rules(t) {
		if r.For == "" || !slices.Contains(severities, r.Labels["severity"]) {
			t.Errorf("%s: for is %q, severity %q", r.Alert, r.For, r.Labels["severity"])
		}
		if diff := cmp.Diff(texts, slices.Sorted(maps.Keys(r.Annotations))); diff != "" {
			t.Errorf("%s: %s", r.Alert, diff)
		}
		if !strings.Contains(r.Annotations["description_en"], "What to do: ") || !strings.Contains(r.Annotations["description_vi"], "Cần làm: ") {
			t.Errorf("%s does not say what to do", r.Alert)
		}
		for _, kind := range []string{"summary", "description"} {
			vi, en := action.FindAllString(r.Annotations[kind+"_vi"], -1), action.FindAllString(r.Annotations[kind+"_en"], -1)
			slices.Sort(vi)
			slices.Sort(en)
			if diff := cmp.Diff(vi, en); diff != "" {
				t.Errorf("%s: the two languages of %s do not fill in the same: %s", r.Alert, kind, diff)
			}
		}
	}
}

// What a person gets to read, to be read by a person.
func TestTextsOfTheAlerts(t *testing.T) {
	labels := map[string]string{"instance": "10.0.0.5:9750", "unit": "xnk", "source": "motcua", "reason": "bad_date", "store": "kho", "year": "2027"}
	var out strings.Builder
	for _, r := range rules(t) {
		fmt.Fprintf(&out, "# %s (%s)\n", r.Alert, r.Labels["severity"])
		for _, name := range slices.Sorted(maps.Keys(r.Annotations)) {
			fmt.Fprintf(&out, "%s: %s\n", name, expand(t, r.Annotations[name], labels, 12))
		}
		switch r.Alert {
		case "KpiagentDown":
			fmt.Fprintf(&out, "without a target: %s\n", expand(t, r.Annotations["description_vi"], nil, 1))
		case "KpiagentSourceSilent":
			fmt.Fprintf(&out, "never answered: %s\n", expand(t, r.Annotations["description_vi"], labels, 1.8e9))
		}
		out.WriteString("\n")
	}
	sameAsFile(t, filepath.Join("testdata", "texts.golden"), out.String())
}

// expand fills a text in as Prometheus does; a duration is always the same one.
func expand(t *testing.T, text string, labels map[string]string, value float64) string {
	t.Helper()
	functions := template.FuncMap{"humanizeDuration": func(float64) string { return "1d 6h 0m 0s" }}
	parsed, err := template.New("").Funcs(functions).Parse("{{ $labels := .Labels }}{{ $value := .Value }}" + text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var out strings.Builder
	if err := parsed.Execute(&out, struct {
		Labels map[string]string
		Value  float64
	}{labels, value}); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out.String()
}
