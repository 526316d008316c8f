package dashboards

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// A unit is stale on the boards exactly where the agent says that its data are.
func TestFreshnessGoesByTheSameSourcesAsTheAgents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kpiagent.yml")
	text := `
units:
  - {id: bo}
  - {id: tong_cuc, parent: bo}
  - {id: cuc, parent: tong_cuc}
  - {id: vu, parent: bo}
  - {id: trong, parent: bo}
sources:
  - &source
    {unit: cuc, id: mot_cua, kind: file, file: {path: a.csv}, mapping: {id: {column: a}, procedure: {column: b}, channel: {constant: online}, received: {column: c}}}
  - {<<: *source, unit: vu, id: mot_cua}
  - {<<: *source, unit: bo, id: rieng}
  - {<<: *source, unit: tong_cuc, id: chung, mapping: {unit: {column: d}, id: {column: a}, procedure: {column: b}, channel: {constant: online}, received: {column: c}}}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, u := range units(m) {
		for _, silent := range c.Sources {
			last := map[string]time.Time{}
			for _, s := range c.Sources {
				if s.Unit != silent.Unit || s.ID != silent.ID {
					last[model.SourceName(s)] = now
				}
			}
			_, fresh := m.Freshness(u.ID, last, now)
			counts := slices.Contains(u.Within, silent.Unit) || slices.Contains(u.Shared, system{silent.Unit, silent.ID})
			if u.ID != "trong" && fresh == counts {
				t.Errorf("unit %s, while %s is silent: the agent says fresh %v, the boards look at it: %v", u.ID, model.SourceName(silent), fresh, counts)
			}
		}
	}
}

func TestTargetsAreGroupedByTheLabelsOfTheirAlerts(t *testing.T) {
	labels := func(t kpi.Target) group {
		return group{Severity: t.Severity, Receiver: t.Receiver, Units: []string{}, Except: []string{}}
	}
	tests := []struct {
		name    string
		targets []kpi.Target
		want    []group
	}{
		{"none", []kpi.Target{{KPI: "other", Year: 2026}}, []group{}},
		{"every unit", []kpi.Target{{KPI: "k", Year: 2026, Severity: "info"}}, []group{{"info", "", []string{}, []string{}}}},
		{"one unit", []kpi.Target{{KPI: "k", Unit: "a", Year: 2026, Severity: "info"}}, []group{{"info", "", []string{"a"}, []string{}}}},
		{"a unit with labels of its own", []kpi.Target{{KPI: "k", Unit: "a", Severity: "critical"}, {KPI: "k", Severity: "info"}},
			[]group{{"info", "", []string{}, []string{"a"}}, {"critical", "", []string{"a"}, []string{}}}},
		{"a unit with everybody's labels", []kpi.Target{{KPI: "k", Severity: "info"}, {KPI: "k", Unit: "a", Severity: "info"}, {KPI: "k", Unit: "b", Severity: "critical"}},
			[]group{{"info", "", []string{}, []string{"b"}}, {"critical", "", []string{"b"}, []string{}}}},
		{"units with the same labels", []kpi.Target{{KPI: "k", Unit: "a", Receiver: "x"}, {KPI: "k", Unit: "b", Receiver: "y"}, {KPI: "k", Unit: "c", Receiver: "x"}},
			[]group{{"", "x", []string{"a", "c"}, []string{}}, {"", "y", []string{"b"}, []string{}}}},
		{"the latest year counts", []kpi.Target{{KPI: "k", Year: 2027, Severity: "critical"}, {KPI: "k", Year: 2026, Severity: "info"}},
			[]group{{"critical", "", []string{}, []string{}}}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, groups("k", test.targets, labels)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// What a KPI counts decides which board goes into it, unless it says so itself.
func TestTopicsOfKPIs(t *testing.T) {
	builtin, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range signals(builtin.With([]kpi.Definition{
		{ID: "trained", Kind: kpi.KindCount, Numerator: []kpi.Term{{Count: kpi.CountObservation, Measure: "trained"}}},
		{ID: "on_time_share", Topic: kpi.TopicPlan},
	}), nil, func(string) []group { return nil }) {
		got[s.ID] = s.Topic
	}
	for id, want := range map[string]string{
		"online_filing_share": "dossiers", "handling_time_mean": "dossiers", "service_level_share": "levels", "satisfaction_share": "satisfaction",
		"feedback_on_time_share": "satisfaction", "certificates_exchanged": "single_window", "trained": "plan", "on_time_share": "plan",
	} {
		if got[id] != want {
			t.Errorf("%s is about %s, want %s", id, got[id], want)
		}
	}
}
