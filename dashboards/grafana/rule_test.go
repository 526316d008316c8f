package grafana_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/dashboards/grafana"
)

const (
	// rules is how many alert rules the configuration of the tests has with one target: on the agent, on units, on the target.
	rules     = 10 + 2 + 3
	oneTarget = "targets:\n  - {kpi: on_time_share, year: 2026, value: 0.95}"
	evaluates = "alerts: {engine: grafana}\n" + oneTarget
)

// Alert rules that Grafana evaluates are put in once, changed where they changed, and pruned when Prometheus takes over.
func TestRules(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.more = evaluates
		a.only(a.plan(), grafana.Create, all+rules)
		a.only(a.apply(), grafana.Create, all+rules)
		o.asked()
		a.only(a.apply(), grafana.InStep, all+rules)
		a.only(a.plan(), grafana.InStep, all+rules)
		onlyReads(t, o.asked())

		// Another volume concerns the rules on targets only.
		a.more = strings.Replace(a.more, "engine: grafana", "engine: grafana, min_volume: 50", 1)
		a.only(a.apply(), grafana.Change, 3)
		a.only(a.apply(), grafana.InStep, all+rules)

		a.more = oneTarget
		a.only(a.plan(), grafana.Surplus, rules)
		a.only(a.prune(), grafana.Delete, rules)
		a.only(a.apply(), grafana.InStep, all)
	})
}

// A rule that a person paused or changed is told of and kept; its neighbours go on, and nothing of what Grafana has goes
// lost with the change.
func TestPersonsRules(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.more = evaluates
		a.apply()
		uids := o.rulesOf(a.prefix)
		if len(uids) != 3 {
			t.Fatalf("the group of the targets has the rules %v", uids)
		}
		o.editRule(uids[0], func(r map[string]any) { r["annotations"].(map[string]any)["summary_vi"] = "Của tôi" })
		kept := 1
		if o.version() >= 10 { // older ones cannot pause a rule over the API
			o.editRule(uids[1], func(r map[string]any) { r["isPaused"] = true })
			kept = 2
		}
		a.more = strings.Replace(a.more, "engine: grafana", "engine: grafana, min_volume: 50", 1)
		r := a.apply()
		if r.Count(grafana.Keep) != kept || r.Count(grafana.Change) != 3-kept {
			t.Errorf("kept %d and changed %d", r.Count(grafana.Keep), r.Count(grafana.Change))
		}
		for _, s := range r.Steps {
			if s.Action == grafana.Keep && (s.Kind != grafana.KindRule || !strings.Contains(s.Why, "somebody changed it") || !slices.Contains(uids, s.ID)) {
				t.Errorf("told %+v", s)
			}
		}
		a.only(a.apply(), grafana.Keep, kept)
		if text := o.readRule(uids[0])["annotations"].(map[string]any)["summary_vi"]; text != "Của tôi" {
			t.Errorf("the text is %q now", text)
		}
		if kept == 2 && o.readRule(uids[1])["isPaused"] != true {
			t.Error("the rule is not paused any more")
		}

		// What somebody deleted comes back, and overwrite undoes the rest.
		o.must("DELETE", "/api/v1/provisioning/alert-rules/"+uids[2], nil)
		a.grafana = "  overwrite: true"
		r = a.apply()
		if r.Count(grafana.Create) != 1 || r.Count(grafana.Change) != kept {
			t.Errorf("made %d and changed %d", r.Count(grafana.Create), r.Count(grafana.Change))
		}
		a.only(a.apply(), grafana.InStep, all+rules)
	})
}

// rulesOf returns the uids of an agent's rules on targets, in order.
func (o *office) rulesOf(prefix string) (uids []string) {
	o.Helper()
	group := o.must("GET", "/api/v1/provisioning/folder/"+prefix+"/rule-groups/"+prefix+"_targets", nil)
	for _, one := range group["rules"].([]any) {
		uid, _ := one.(map[string]any)["uid"].(string)
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return uids
}

func (o *office) readRule(uid string) map[string]any {
	o.Helper()
	return o.must("GET", "/api/v1/provisioning/alert-rules/"+uid, nil)
}

// editRule changes a rule, as a person may.
func (o *office) editRule(uid string, edit func(map[string]any)) {
	o.Helper()
	r := o.readRule(uid)
	edit(r)
	for _, own := range []string{"id", "updated", "provenance"} {
		delete(r, own)
	}
	// What is changed on the page of the rule has no provenance.
	o.mustFree("PUT", "/api/v1/provisioning/alert-rules/"+uid, r)
}

// A rule that another tool wrote over the API, which Grafana notes, goes on being changed and deleted.
func TestRulesOfAnotherProvenance(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.more = evaluates
		a.apply()
		uid := a.rulesOf(a.prefix)[0]
		r := o.readRule(uid)
		for _, own := range []string{"id", "updated", "provenance"} {
			delete(r, own)
		}
		o.must("PUT", "/api/v1/provisioning/alert-rules/"+uid, r) // as Terraform does
		if made := o.readRule(uid)["provenance"]; made != "api" {
			t.Fatalf("Grafana notes %v", made)
		}
		a.more = strings.Replace(a.more, "engine: grafana", "engine: grafana, min_volume: 50", 1)
		a.only(a.apply(), grafana.Change, 3)
		a.only(a.apply(), grafana.InStep, all+rules)
		a.more = oneTarget
		a.only(a.prune(), grafana.Delete, rules)
	})
}

// What a rule is in the oldest Grafana and in a new one stands in testdata.
func TestRuleAsItIsSent(t *testing.T) {
	for _, version := range []string{"9.3", "12.1"} {
		t.Run(version, func(t *testing.T) {
			g, address := newStandIn(t, version)
			a := newAgent(newOffice(t, address, g))
			a.more = evaluates
			a.apply()
			for _, uid := range a.rulesOf(a.prefix) {
				rule := a.readRule(uid)
				if title, _ := rule["title"].(string); !strings.HasPrefix(title, "EgovTargetMissed") {
					continue
				}
				for _, own := range []string{"id", "updated", "orgID"} {
					delete(rule, own)
				}
				sameAsFile(t, filepath.Join("testdata", "missed-"+version+".json"), rule)
			}
		})
	}
}

var update = flag.Bool("update", false, "write the files in testdata anew")

func sameAsFile(t *testing.T, path string, value any) {
	t.Helper()
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(have)); diff != "" {
		t.Errorf("%s is stale: run go test ./dashboards/grafana -update\n%s", path, diff)
	}
}

// A Grafana whose groups are usually evaluated more rarely gets the interval of the mixin; what a person sets later stays.
func TestIntervalOfTheRules(t *testing.T) {
	g, address := newStandIn(t, "9.3")
	a := newAgent(newOffice(t, address, g))
	a.more = evaluates
	g.usualPace = 300
	a.only(a.apply(), grafana.Create, all+rules)
	at := a.prefix + "/" + a.prefix + "_targets"
	if g.paces[at] != 60 {
		t.Errorf("the rules are evaluated every %v s", g.paces[at])
	}
	g.paces[at] = 120
	a.only(a.apply(), grafana.InStep, all+rules)
	if g.paces[at] != 120 {
		t.Errorf("the rules are evaluated every %v s, though somebody wanted another interval", g.paces[at])
	}
}

// A rule of somebody else under one of our uids stays, with overwrite too.
func TestForeignRule(t *testing.T) {
	g, address := newStandIn(t, "10.4")
	a := newAgent(newOffice(t, address, g))
	a.more, a.grafana = evaluates, "  overwrite: true"
	a.apply()
	uid := a.rulesOf(a.prefix)[0]
	delete(g.rules[uid]["labels"].(map[string]any), "kpiagent")
	r := a.apply()
	a.only(r, grafana.Keep, 1)
	g.rules[uid]["provenance"] = "file"
	r = a.apply()
	a.only(r, grafana.Keep, 1)
	if why := r.Steps[slices.IndexFunc(r.Steps, func(s grafana.Step) bool { return s.Action == grafana.Keep })].Why; !strings.Contains(why, "provisioning file") {
		t.Errorf("it is kept because %s", why)
	}
	a.more = oneTarget
	if r := a.prune(); r.Count(grafana.Delete) != rules-1 || r.Count(grafana.Keep) != 1 {
		t.Errorf("deleted %d", r.Count(grafana.Delete))
	}
}
