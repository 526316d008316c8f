package dashboards

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
)

var update = flag.Bool("update", false, "write the made files anew")

// readyMade is the rule file for those who only want to load it.
var readyMade = filepath.Join("..", "deploy", "prometheus", "kpiagent-rules.yml")

const readyMadeHead = `# Alert rules on kpiagent itself and on its sources, for Prometheus 2.42 or newer.
# Made from dashboards/mixin.libsonnet; change it there, then run: go test ./dashboards -update
`

func render(t *testing.T, overrides map[string]any) string {
	t.Helper()
	rules, err := AlertRules(overrides)
	if err != nil {
		t.Fatal(err)
	}
	return string(rules)
}

func TestTheReadyMadeRuleFileIsUpToDate(t *testing.T) {
	sameAsFile(t, readyMade, readyMadeHead+render(t, nil))
}

// sameAsFile compares with a made file, or writes it anew.
func sameAsFile(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(have)); diff != "" {
		t.Errorf("%s is stale: run go test ./dashboards -update\n%s", path, diff)
	}
}

func TestOverrides(t *testing.T) {
	rules := render(t, map[string]any{"selector": `job="egov",site="hn"`, "downFor": "10m", "calendarLeadDays": 45})
	if strings.Contains(rules, `job=\"kpiagent\"`) {
		t.Error("the standard selector is still somewhere")
	}
	for _, part := range []string{
		`up{job=\"egov\",site=\"hn\"} == 0 or absent(up{job=\"egov\",site=\"hn\"})`, `for: "10m"`, "hơn 10m.", "45 * 86400",
	} {
		if !strings.Contains(rules, part) {
			t.Errorf("%s is missing", part)
		}
	}
}

func TestWrongOverridesAreAllNamed(t *testing.T) {
	_, err := AlertRules(map[string]any{
		"downfor": "5m", "interval": "a minute", "selector": 1, "calendarLeadDays": -1, "sourceSilentFor": nil,
	})
	want := strings.Join([]string{
		"alert rules: setting calendarLeadDays: expected a number that is not negative, such as 30, got -1",
		`alert rules: there is no setting "downfor"; allowed are booksOutOfBalanceKeepFiringFor, calendarLeadDays, calendarYearUnknownFor, ` +
			"configNotReloadedFor, downFor, downKeepFiringFor, dropHeldBackKeepFiringFor, interval, rowsRejectedWindow, selector, seriesOverBudgetFor, " +
			"sourceFailingFor, sourceFailingKeepFiringFor, sourceSilentFor",
		`alert rules: setting interval: expected a duration such as 1m, got "a minute"`,
		`alert rules: setting selector: expected a text such as "job=\"kpiagent\"", got 1`,
		`alert rules: setting sourceSilentFor: expected a text such as "1h", got <nil>`,
	}, "\n")
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	if _, err := AlertRules(map[string]any{"selector": func() {}}); err == nil {
		t.Error("a function passes as a setting")
	}
}

// A monitoring configuration of its own adds the mixin up with others, as it would with any.
func TestFromOutsideItIsAPlainMixin(t *testing.T) {
	const program = `
		(import 'mixin.libsonnet')
		+ { _config+:: { selector: 'job="egov"' } }
		+ { prometheusAlerts+:: { groups+: [{ name: 'other', rules: [] }] } }`
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{"."}})
	vm.StringOutput = true
	text, err := vm.EvaluateAnonymousSnippet("outside", "local m = ("+program+`);
		std.join(' ', [g.name for g in m.prometheusAlerts.groups]) + ' ' + m.prometheusAlerts.groups[0].rules[0].expr`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("kpiagent other up{job=\"egov\"} == 0 or absent(up{job=\"egov\"})\n", text); diff != "" {
		t.Error(diff)
	}
}
