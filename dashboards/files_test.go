package dashboards_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/testserver"
)

func files(t *testing.T, c *config.Config) map[string]string {
	t.Helper()
	list, err := dashboards.SiteFiles(c, "/srv/boards")
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]string{}
	for _, f := range list {
		byPath[f.Path] = string(f.Content)
	}
	return byPath
}

// Grafana fills in environment variables in these files, so that a $ is written twice.
func TestProvisioningFiles(t *testing.T) {
	c := ministry(2, 18)
	c.Boards.Folder = "Chỉ số $ của Bộ"
	made := files(t, c)
	want := map[string]string{
		"grafana/provisioning/dashboards/kpiagent.yml": `# The boards of kpiagent. Grafana looks for changed files every ten seconds.
apiVersion: 1
providers:
  - name: kpiagent
    folder: Chỉ số $$ của Bộ
    folderUid: kpiagent
    type: file
    allowUiUpdates: false
    options:
      path: /srv/boards
`,
		"grafana/provisioning/datasources/kpiagent.yml": `# The Prometheus that scrapes kpiagent.
apiVersion: 1
datasources:
  - name: kpiagent
    uid: kpiagent-prometheus
    type: prometheus
    access: proxy
    url: http://localhost:9090
    jsonData:
      httpMethod: POST
      timeInterval: 30s
`,
	}
	for path, content := range want {
		if diff := cmp.Diff(content, made[path]); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// A data source that Grafana has already is used, and none is made.
func TestADataSourceThatIsThereIsUsed(t *testing.T) {
	c := ministry(2, 18)
	c.Boards.DataSource = "P1809F7CD0C75ACF3"
	made := files(t, c)
	if _, there := made["grafana/provisioning/datasources/kpiagent.yml"]; there {
		t.Error("a data source is made")
	}
	settings := dashboards.FromModel(modelOf(t, c))
	if settings["dataSource"] != c.Boards.DataSource {
		t.Errorf("the boards read %v", settings["dataSource"])
	}
}

// The example is taken by Alertmanager as it is, and has a place for each receiver that a target names.
func TestTheAlertmanagerExampleIsSound(t *testing.T) {
	c := ministry(2, 18)
	c.Targets[0].Receiver, c.Targets[1].Receiver, c.Targets[2].Receiver = "lanh_dao", "kpiagent", "cntt"
	text := files(t, c)["alertmanager/alertmanager.example.yml"]
	for _, part := range []string{"receiver: kpiagent", `['receiver="lanh_dao"']`, "- name: cntt", "summary_vi"} {
		if !bytes.Contains([]byte(text), []byte(part)) {
			t.Errorf("%s is missing", part)
		}
	}
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), testserver.Amtool(t), "check-config", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

// The address that the demo shows leads to a board that is made.
func TestTheBoardOfLeadersIsMade(t *testing.T) {
	c := ministry(2, 1)
	c.Boards.Prefix, c.Boards.Languages, c.Boards.GrafanaURL = "bo", []string{"en"}, "http://127.0.0.1:3000/"
	uid, found := strings.CutPrefix(dashboards.LeadersBoard(c), "http://127.0.0.1:3000/d/")
	if !found || !slices.ContainsFunc(render(t, c).Boards, func(b dashboards.Board) bool { return b.UID == uid }) {
		t.Errorf("there is no board at %s", dashboards.LeadersBoard(c))
	}
}
