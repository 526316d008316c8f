package openmetrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/collectors"
)

// reading is what the page shows for one measure, and one set of values of the labels that are mapped.
type reading struct {
	metric   *metric
	increase bool     // of a counter: the day's increase is reported
	labels   []string // values of the mapped labels
	series   []series // in the order of the page
}

// readings puts the chosen series together, in the order of the configuration.
func (p *page) readings() ([]reading, error) {
	var list []reading
	for i := range p.source.metrics {
		m := &p.source.metrics[i]
		if len(p.chosen[i]) == 0 {
			if m.Optional {
				continue
			}
			return nil, p.missing(i)
		}
		increase := m.Take == "increase" || m.Take == "" && !m.level && p.counts(m.Metric.Metric)
		groups := map[string]*reading{}
		for _, one := range p.chosen[i] {
			values := make([]string, len(p.source.labels))
			for k, name := range p.source.labels {
				values[k] = one.labels.Get(name)
			}
			key := strings.Join(values, "\x00")
			if groups[key] == nil {
				groups[key] = &reading{metric: m, increase: increase, labels: values}
			}
			groups[key].series = append(groups[key].series, one)
		}
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			r := groups[key]
			if len(r.series) > 1 && !m.Sum {
				return nil, r.several()
			}
			list = append(list, *r)
		}
	}
	return list, nil
}

// missing says what the page has instead of a metric.
func (p *page) missing(i int) error {
	name := p.source.metrics[i].Metric.Metric
	where := fmt.Sprintf("metrics[%d]", i)
	if len(p.near[i]) > 0 {
		return fmt.Errorf("%s: no series of %s has the labels that are asked for; there are for example %.400s; correct labels, or write optional: true where it comes and goes",
			where, name, strings.Join(p.near[i], ", "))
	}
	names := slices.Sorted(maps.Keys(p.names))
	hint := ""
	if near := collectors.Nearest(name, names); near != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", near)
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return fmt.Errorf("%s: there is no metric %s%s; there are %s; correct metric, or write optional: true where it comes and goes", where, name, hint, strings.Join(names, ", "))
}

// several says in which labels series differ that nobody said to add up.
func (r *reading) several() error {
	first, second := r.series[0].labels, r.series[1].labels
	var differ []string
	note := func(l labels.Label) {
		if first.Get(l.Name) != second.Get(l.Name) && !slices.Contains(differ, l.Name) {
			differ = append(differ, l.Name)
		}
	}
	first.Range(note)
	second.Range(note)
	slices.Sort(differ)
	return fmt.Errorf("%d series of %s would all be the measure %s, such as %.200s and %.200s; write sum: true to add them up, or choose by the labels %s",
		len(r.series), r.metric.Metric.Metric, r.metric.Measure, first.String(), second.String(), strings.Join(differ, ", "))
}

// largest is so far below what a number holds that sums of many series stay numbers.
const largest = 1e300

// fault gives what keeps a reading from being a number; "" for nothing.
func (r *reading) fault() string {
	for _, one := range r.series {
		switch {
		case math.IsNaN(one.value):
			return one.labels.String() + " is NaN: the exporter has no value for it"
		case math.IsInf(one.value, 0):
			return one.labels.String() + " is infinite"
		case math.Abs(one.value) > largest:
			return one.labels.String() + " is too large to be counted with"
		case r.increase && one.value < 0:
			return one.labels.String() + " is a counter below zero"
		}
	}
	return ""
}

// text shows the reading as the page has it, for a row that is not taken.
func (r *reading) text() string {
	var lines []string
	for _, one := range r.series {
		lines = append(lines, fmt.Sprintf("%s %v", one.labels.String(), one.value))
	}
	return strings.Join(lines, "\n")
}
