package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
)

// OpenMetrics is the page of another exporter.
type OpenMetrics struct {
	URL       string   `yaml:"url" required:"true" check:"url" doc:"The address of the page, as https://gateway.example.vn/metrics."`
	Metrics   []Metric `yaml:"metrics" required:"true" doc:"Which metric is reported as which measure."`
	MaxSeries int      `yaml:"max_series" default:"1000" check:"positive" doc:"How many series the metrics may choose together; more are a mistake."`
	HTTP      `yaml:",inline"`
}

// Metric is a metric that is reported as a measure.
type Metric struct {
	Metric   string  `yaml:"metric" required:"true" check:"metric" doc:"The name of the series, as the page writes it: co_sent_total."`
	Labels   []Label `yaml:"labels" doc:"Which of its series: those of which all of these hold."`
	Measure  string  `yaml:"measure" required:"true" doc:"The measure's id; each once."`
	Take     string  `yaml:"take" allowed:"|value|increase" doc:"value: what the series shows at the reading; increase: by how much it grew on each day. Empty: increase for a counter whose measure is a flow, else value."`
	Sum      bool    `yaml:"sum" doc:"Series that differ in other labels are added up, and so are those whose labels mean the same unit; otherwise they are a mistake."`
	Optional bool    `yaml:"optional" doc:"It may be missing on the page, as a counter is until it first counts; otherwise that is a mistake."`
}

// Label is a condition on a label.
type Label struct {
	Name  string `yaml:"name" required:"true" doc:"The label's name."`
	Value string `yaml:"value" doc:"Its value; an empty one also holds where the label is missing."`
	Match string `yaml:"match" check:"pattern" doc:"A regular expression for the whole value, instead of value."`
}

// The columns of an exporter's rows beside the labels that the mapping names.
const (
	MetricMeasure = "measure"
	MetricDay     = "day"
	MetricValue   = "value"
)

// Asked returns the page's address, and how it is asked for.
func (o *OpenMetrics) Asked() (string, *HTTP) { return o.URL, &o.HTTP }

func (o *OpenMetrics) rows() *knownRows {
	return &knownRows{record: "observation", who: "an exporter", origin: "metrics", unit: "a label names it",
		noPreset: "has no place in a source of kind openmetrics; take it out",
		mapping: func(m *Mapping) {
			m.Measure, m.Day, m.Value = &Field{Column: MetricMeasure}, &Field{Column: MetricDay}, &Field{Column: MetricValue}
		}}
}

func (o *OpenMetrics) check(j *journal, key string, _ *Source, c *Config) {
	block := under(key, "openmetrics")
	checkHTTP(j, block, &o.HTTP)
	first := map[string]int{}
	for i, m := range o.Metrics {
		inner := entry(under(block, "metrics"), i)
		checkMetric(j, inner, m, c.Measures)
		if at, twice := first[m.Measure]; twice && m.Measure != "" {
			j.mistake(under(inner, "measure"), "%q is reported already (%s); choose its series by one entry: match: D|E takes several values of a label, sum: true adds them up",
				m.Measure, j.line(under(entry(under(block, "metrics"), at), "measure")))
		} else {
			first[m.Measure] = i
		}
	}
	if inner := under(block, "metrics"); len(o.Metrics) == 0 && j.given(inner) && !j.isWrong(inner) {
		j.mistake(inner, "names no metric; add for example {metric: co_sent_total, measure: co_form_d_sent}")
	}
}

func checkMetric(j *journal, key string, m Metric, measures []Measure) {
	at := slices.IndexFunc(measures, func(one Measure) bool { return one.ID == m.Measure })
	ids := make([]string, len(measures))
	for i, one := range measures {
		ids[i] = one.ID
	}
	switch inner := under(key, "measure"); {
	case m.Measure == "" || j.isWrong(inner):
	case at < 0 && nearest(m.Measure, ids) != "":
		j.mistake(inner, "%s is not a declared measure; %s", quote(m.Measure), suggest(m.Measure, ids))
	case at < 0:
		j.mistake(inner, "%s is not a declared measure; declare it: measures: [{id: %s, kind: flow}]", quote(m.Measure), m.Measure)
	case m.Take == "increase" && measures[at].Kind != "flow":
		j.mistake(under(key, "take"), "an increase adds up over days, and the measure %s is a "+measures[at].Kind+"; write kind: flow for it, or take: value", m.Measure)
	}
	names := map[string]bool{}
	for i, l := range m.Labels {
		inner := entry(under(key, "labels"), i)
		if l.Value != "" && l.Match != "" {
			j.mistake(under(inner, "match"), "stands beside value; keep one of them")
		}
		if l.Name != "" && names[l.Name] {
			j.mistake(under(inner, "name"), "%s stands here already; write one condition for each label, as match: D|E", quote(l.Name))
		}
		names[l.Name] = true
	}
}

func checkMetricName(text string) string {
	if !model.UTF8Validation.IsValidMetricName(text) || strings.ContainsAny(text, "{}\" \t\n") {
		return fmt.Sprintf("%s is not the name of a metric; write the name alone, as co_sent_total, and conditions under labels", quote(text))
	}
	return ""
}
