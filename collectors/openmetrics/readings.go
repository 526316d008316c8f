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

// reading is what the page shows for one measure and one unit.
type reading struct {
	metric   *metric
	increase bool     // of a counter: the day's increase is reported
	unit     string   // what stands for the unit, as units.of has it
	labels   []string // values of the mapped labels, of the first series
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
			unit := p.source.units.of(one.labels)
			if groups[unit] == nil {
				groups[unit] = &reading{metric: m, increase: increase, unit: unit, labels: p.source.units.values(one.labels)}
			}
			groups[unit].series = append(groups[unit].series, one)
		}
		for _, unit := range slices.Sorted(maps.Keys(groups)) {
			r := groups[unit]
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

// several says in which labels series differ that are not to be added up.
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
	unit := ""
	if len(r.labels) > 0 {
		unit = " of one unit"
	}
	return fmt.Errorf("%d series of %s would all be the measure %s%s, such as %.200s and %.200s; write sum: true to add them up, or choose by the labels %s",
		len(r.series), r.metric.Metric.Metric, r.metric.Measure, unit, first.String(), second.String(), strings.Join(differ, ", "))
}

// largest is so far below what a number holds that sums of many series stay numbers.
const largest = 1e300

// fault returns what keeps a reading from being a number; "" for nothing.
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
