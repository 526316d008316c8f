package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Boards says how the boards are made, and where what they refer to is found.
type Boards struct {
	Prefix        string   `yaml:"prefix" default:"kpiagent" check:"prefix" doc:"Begins the ids of boards, data source and folder, so that several agents can share one Grafana."`
	Folder        string   `yaml:"folder" default:"Chỉ số dịch vụ công" doc:"The title of the folder in Grafana."`
	Languages     []string `yaml:"languages" default:"[\"vi\", \"en\"]" doc:"Each board is made once in each of these."`
	Selector      string   `yaml:"selector" default:"job=\"kpiagent\"" check:"matchers" doc:"Which series are this agent's: label matchers of PromQL, usually the job of Prometheus' scrape_configs."`
	DataSource    string   `yaml:"data_source" check:"grafana_uid" doc:"The uid of the Prometheus data source that Grafana already has; empty: one is made that reads prometheus_url."`
	PrometheusURL string   `yaml:"prometheus_url" default:"http://localhost:9090" check:"url" doc:"Where Grafana reaches Prometheus."`
	GrafanaURL    string   `yaml:"grafana_url" check:"url" doc:"Where people open Grafana, so that alerts can lead them to a board; empty: alerts name the board only."`
}

var (
	idPrefix   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)
	grafanaUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	// A list of matchers, without what a rule or a board would have to write differently: back quotes, braces, new lines.
	matchers = regexp.MustCompile("^" + matcherForm + `(\s*,\s*` + matcherForm + ")*$")
)

const matcherForm = `[a-zA-Z_][a-zA-Z0-9_]*\s*(=|!=|=~|!~)\s*"([^"\\{}` + "`" + `\x00-\x1f]|\\.)*"`

func checkPrefix(text string) string {
	if idPrefix.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s cannot begin an id; write a small letter, then at most 15 small letters, digits and -", quote(text))
}

func checkGrafanaUID(text string) string {
	if grafanaUID.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s is not a uid of Grafana; it is the last part of the address of the data source's page: letters, digits, _ and -", quote(text))
}

func checkMatchers(text string) string {
	if matchers.MatchString(strings.TrimSpace(text)) {
		return ""
	}
	return fmt.Sprintf(`%s are not label matchers; write for example job="kpiagent",site="hanoi"`, quote(text))
}
