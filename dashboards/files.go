package dashboards

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"

	prometheus "github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"kpiagent/config"
	"kpiagent/internal/i18n"
	"kpiagent/internal/model"
)

// File is a file for Grafana, Prometheus or Alertmanager; its path has slashes and begins in the folder that is written to.
type File struct {
	Path    string
	Content []byte
}

// Where the files lie in the folder that is written to.
const (
	boardFolder      = "grafana/dashboards"
	providerFile     = "grafana/provisioning/dashboards/%s.yml"
	dataSourceFile   = "grafana/provisioning/datasources/%s.yml"
	ruleFileName     = "prometheus/%s-rules.yml"
	alertmanagerFile = "alertmanager/alertmanager.example.yml"
)

// Files renders everything that a configuration asks for, ready for file provisioning. boardPath is where Grafana will find
// the boards, on its own machine. The same configuration makes the same files, byte for byte.
func Files(m *model.Model, boardPath string) ([]File, error) {
	c := m.Config
	made, err := Render(FromModel(m))
	if err != nil {
		return nil, err
	}
	var list []File
	for _, b := range made.Boards {
		list = append(list, File{path.Join(boardFolder, b.File), b.JSON})
	}
	groups := made.Rules
	if c.Alerts.Engine == config.EnginePrometheus { // never two engines, or each alert would come twice
		groups = slices.Concat(groups, made.Alerts)
	}
	rules, err := RuleFile(groups)
	if err != nil {
		return nil, err
	}
	list = append(list, File{fmt.Sprintf(ruleFileName, c.Boards.Prefix), rules})
	others, err := siteFiles(c, boardPath)
	if err != nil {
		return nil, err
	}
	list = append(list, others...)
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// siteFiles are those that the mixin has no part in.
func siteFiles(c *config.Config, boardPath string) (list []File, err error) {
	makers := []func() (File, error){
		func() (File, error) { return provider(c, boardPath) },
		func() (File, error) { return alertmanager(c) },
	}
	if c.Boards.DataSource == "" {
		makers = append(makers, func() (File, error) { return dataSource(c) })
	}
	for _, make := range makers {
		f, err := make()
		if err != nil {
			return nil, fmt.Errorf("boards: %w", err)
		}
		list = append(list, f)
	}
	return list, nil
}

// What Grafana reads when it starts. It fills in environment variables, so a $ is written twice.
type (
	providers struct {
		APIVersion int            `yaml:"apiVersion"`
		Providers  []providerSpec `yaml:"providers"`
	}
	providerSpec struct {
		Name           string            `yaml:"name"`
		Folder         string            `yaml:"folder"`
		FolderUID      string            `yaml:"folderUid"`
		Type           string            `yaml:"type"`
		AllowUIUpdates bool              `yaml:"allowUiUpdates"`
		Options        map[string]string `yaml:"options"`
	}
	dataSources struct {
		APIVersion  int              `yaml:"apiVersion"`
		DataSources []dataSourceSpec `yaml:"datasources"`
	}
	dataSourceSpec struct {
		Name     string            `yaml:"name"`
		UID      string            `yaml:"uid"`
		Type     string            `yaml:"type"`
		Access   string            `yaml:"access"`
		URL      string            `yaml:"url"`
		JSONData map[string]string `yaml:"jsonData"`
	}
)

func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }

func provider(c *config.Config, boardPath string) (File, error) {
	return yamlFile(fmt.Sprintf(providerFile, c.Boards.Prefix),
		"The boards of kpiagent. Grafana looks for changed files every ten seconds.", providers{1, []providerSpec{{
			Name: c.Boards.Prefix, Folder: literal(c.Boards.Folder), FolderUID: c.Boards.Prefix, Type: "file",
			Options: map[string]string{"path": literal(boardPath)},
		}}})
}

// DataSource is the Prometheus of the boards, as Grafana knows it.
type DataSource struct {
	UID, Name, URL string
	JSONData       map[string]string
}

// DataSourceOf returns the data source that is to be made; none where the configuration names one that is there.
func DataSourceOf(c *config.Config) (DataSource, bool) {
	return DataSource{UID: ownDataSource(c), Name: c.Boards.Prefix, URL: c.Boards.PrometheusURL,
		JSONData: map[string]string{"httpMethod": "POST", "timeInterval": "30s"}}, c.Boards.DataSource == ""
}

func dataSource(c *config.Config) (File, error) {
	own, _ := DataSourceOf(c)
	return yamlFile(fmt.Sprintf(dataSourceFile, c.Boards.Prefix), "The Prometheus that scrapes kpiagent.",
		dataSources{1, []dataSourceSpec{{
			Name: own.Name, UID: own.UID, Type: "prometheus", Access: "proxy", URL: literal(own.URL), JSONData: own.JSONData,
		}}})
}

func yamlFile(at, comment string, value any) (File, error) {
	content := bytes.NewBufferString("# " + comment + "\n")
	encoder := yaml.NewEncoder(content)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return File{}, fmt.Errorf("%s: %w", at, err)
	}
	return File{at, content.Bytes()}, nil
}

//go:embed alertmanager.yml.tmpl
var alertmanagerForm string

//go:embed inhibit.yml
var inhibitRules string

// InhibitRules returns Alertmanager's block inhibit_rules, as YAML, that goes with the alert rules.
func InhibitRules() []byte { return []byte(inhibitRules) }

// alertmanager makes the example: a route and a receiver for each receiver that a target names.
func alertmanager(c *config.Config) (File, error) {
	var receivers []string
	for _, t := range c.Targets {
		if t.Receiver != "" && t.Receiver != c.Alerts.Receiver && !slices.Contains(receivers, t.Receiver) {
			receivers = append(receivers, t.Receiver)
		}
	}
	slices.Sort(receivers)
	language := i18n.Builtin().Default()
	if len(c.Boards.Languages) > 0 {
		language = i18n.Builtin().In(c.Boards.Languages[0])
	}
	form, err := template.New("").Delims("<<", ">>").Parse(alertmanagerForm)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", alertmanagerFile, err)
	}
	var content bytes.Buffer
	err = form.Execute(&content, map[string]any{"Default": c.Alerts.Receiver, "Others": receivers,
		"All": append([]string{c.Alerts.Receiver}, receivers...), "Language": language.Code,
		"Resolved": language.Say("alert.resolved"),
		"Inhibit":  inhibitRules, "GroupBy": c.Alerts.GroupBy, "GroupWait": prometheus.Duration(c.Alerts.GroupWait),
		"GroupInterval":  prometheus.Duration(c.Alerts.GroupInterval),
		"RepeatInterval": prometheus.Duration(c.Alerts.RepeatInterval)})
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", alertmanagerFile, err)
	}
	return File{alertmanagerFile, content.Bytes()}, nil
}
