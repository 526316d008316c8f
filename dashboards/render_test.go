package dashboards

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

var update = flag.Bool("update", false, "write the made files anew")

// readyMade is the rule file for those who only want to load it.
var readyMade = filepath.Join("..", "deploy", "prometheus", "kpiagent-rules.yml")

const readyMadeHead = `# Alert rules on kpiagent itself and on its sources, for Prometheus 2.42 or newer.
# Made from dashboards/mixin.libsonnet; change it there, then run: go test ./dashboards -update
`

// render gives the group of alerts on the agent itself.
func render(t *testing.T, settings Settings) string {
	t.Helper()
	vm, err := newVM()
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := checkSettings(vm, settings)
	if err != nil {
		t.Fatal(err)
	}
	made, err := renderRules(changes)
	if err != nil {
		t.Fatal(err)
	}
	all := made.Alerts
	return ruleFile(t, all[slices.IndexFunc(all, func(g Group) bool { return g.Name == "kpiagent" }):][:1])
}

func ruleFile(t testing.TB, groups []Group) string {
	t.Helper()
	text, err := RuleFile(groups)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReadyMadeRuleFileIsUpToDate(t *testing.T) {
	sameAsFile(t, readyMade, readyMadeHead+render(t, nil))
}

// The built-in catalogue as the mixin has it, for those who use the mixin without a configuration: every KPI has alerts,
// which say something where a target is set.
func TestTheCatalogueOfTheMixinIsUpToDate(t *testing.T) {
	builtin, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	every := func(string) []group { return []group{{Severity: "warning", Units: []string{}, Except: []string{}}} }
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(signals(i18n.Builtin().Named(builtin), []string{"single_window_groups"}, every)); err != nil {
		t.Fatal(err)
	}
	sameAsFile(t, "catalogue.json", file.String())
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
	rules := render(t, Settings{"selector": `job="egov",site="hn"`, "downFor": "10m", "calendarLeadDays": 45})
	if strings.Contains(rules, `job="kpiagent"`) {
		t.Error("the standard selector is still somewhere")
	}
	for _, part := range []string{
		`up{job="egov",site="hn"} == 0 or absent(up{job="egov",site="hn"})`, `for: 10m`, "hơn 10m.", "45 * 86400",
	} {
		if !strings.Contains(rules, part) {
			t.Errorf("%s is missing", part)
		}
	}
}

func TestWrongOverridesAreAllNamed(t *testing.T) {
	_, err := Render(Settings{
		"downfor": "5m", "interval": "a minute", "selector": 1, "calendarLeadDays": -1, "sourceSilentFor": nil, "units": "bo",
	})
	want := strings.Join([]string{
		"mixin: setting calendarLeadDays: expected a number that is not negative, such as 30, got -1",
		`mixin: there is no setting "downfor"; allowed are booksOutOfBalanceKeepFiringFor, calendarLeadDays, calendarYearUnknownFor, columns, ` +
			"configNotReloadedFor, dataSource, downFor, downKeepFiringFor, dropHeldBackKeepFiringFor, engine, grafanaURL, headline, interval, kpis, languages, managedHold, measures, minVolume, outOfReachPace, " +
			"overdueFor, overdueGrowth, overdueGrowthRate, overdueKeepFiringFor, pagesURL, prefix, receiver, riskMargin, rowsRejectedWindow, selector, " +
			"seriesOverBudgetFor, severity, sourceFailingFor, sourceFailingKeepFiringFor, sourceSilentFor, storeBehindFor, storeBehindKeepFiringFor, storeBehindSeconds, targetFor, targetKeepFiringFor, targetPeriod, texts, " +
			"timeZone, unitSilentFor, unitSilentKeepFiringFor, units",
		`mixin: setting interval: expected a duration such as 1m, got "a minute"`,
		`mixin: setting selector: expected a text such as "job=\"kpiagent\"", got 1`,
		`mixin: setting sourceSilentFor: expected a text such as "1h", got <nil>`,
		`mixin: setting units: expected a list, got bo`,
	}, "\n")
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	if _, err := Render(Settings{"selector": func() {}}); err == nil {
		t.Error("a function passes as a setting")
	}
}

// A monitoring configuration of its own adds the mixin up with others, as it would with any: with nothing but a Jsonnet
// interpreter and the folder, as a vendored copy, without a configuration of kpiagent and so without knowing the units.
func TestFromOutsideItIsAPlainMixin(t *testing.T) {
	vendor := t.TempDir()
	if err := os.CopyFS(filepath.Join(vendor, "kpiagent", "dashboards"), files); err != nil {
		t.Fatal(err)
	}
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{vendor}})
	text, err := vm.EvaluateAnonymousSnippet("outside.jsonnet", `
		local mixin = (import 'kpiagent/dashboards/mixin.libsonnet')
		  + { _config+:: { selector: 'job="egov"', languages: ['en'], targetFor: '12h' } }
		  + { prometheusAlerts+:: { groups+: [{ name: 'other', rules: [] }] } };
		{ boards: mixin.grafanaDashboards, groups: mixin.prometheusRules.groups + mixin.prometheusAlerts.groups }`)
	if err != nil {
		t.Fatal(err)
	}
	var outside struct {
		Boards map[string]json.RawMessage
		Groups []Group
	}
	if err := json.Unmarshal([]byte(text), &outside); err != nil {
		t.Fatal(err)
	}
	// It is what kpiagent itself renders, which other tests look at.
	inside, err := Render(Settings{"selector": `job="egov"`, "languages": []string{"en"}, "targetFor": "12h"})
	if err != nil {
		t.Fatal(err)
	}
	boards := map[string]json.RawMessage{}
	for _, b := range inside.Boards {
		boards[b.File] = b.JSON
	}
	if diff := cmp.Diff(canonical(t, boards), canonical(t, outside.Boards)); diff != "" {
		t.Error(diff)
	}
	groups := slices.Concat(inside.Rules, inside.Alerts, []Group{{Name: "other", value: json.RawMessage(`{"name":"other","rules":[]}`)}})
	if diff := cmp.Diff(ruleFile(t, groups), ruleFile(t, outside.Groups)); diff != "" {
		t.Error(diff)
	}
}

// canonical writes JSON in one form, whatever the spaces were.
func canonical(t *testing.T, value any) string {
	t.Helper()
	var plain any
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err == nil {
		text, err = json.MarshalIndent(plain, "", " ")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
