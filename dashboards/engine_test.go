package dashboards

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"kpiagent/config"
	"kpiagent/internal/model"
)

// Where Grafana evaluates the alerts, the rule file of Prometheus has none of them, or each would come twice; what boards and
// alerts need recorded stays.
func TestTheRuleFileWhereGrafanaEvaluatesTheAlerts(t *testing.T) {
	c, err := config.Load(context.Background(), config.Options{File: "testdata/targets/kpiagent.yml"})
	if err != nil {
		t.Fatal(err)
	}
	c.Alerts.Engine, c.Boards.Languages = config.EngineGrafana, []string{"vi"}
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Files(m, "/srv/boards")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Path != "prometheus/kpiagent-rules.yml" {
			continue
		}
		if text := string(f.Content); strings.Contains(text, "alert:") || !strings.Contains(text, "record: unit:egov_data_stale:max") {
			t.Errorf("the rule file is\n%s", text)
		}
		sameAsFile(t, filepath.Join("testdata", "recording-rules.golden"), string(f.Content))
		return
	}
	t.Error("there is no rule file")
}
