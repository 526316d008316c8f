package openmetrics

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/config"
)

// units tells which series the mapping gives to the same unit.
type units struct {
	labels []string          // that say the unit: the first that is not empty counts
	empty  []string          // texts that mean that there is none
	first  map[string]string // of each text that is mapped, the first that means the same unit
}

// unitsOf reads the mapping of the unit; nil for none.
func unitsOf(given *config.Field) units {
	u := units{first: map[string]string{}}
	if given == nil {
		return u
	}
	for _, c := range (config.Mapping{Unit: given}).Columns() {
		if !slices.Contains(u.labels, c.Name) {
			u.labels = append(u.labels, c.Name)
		}
	}
	u.empty = given.Empty
	firstOf := map[string]string{}
	for _, v := range given.Values {
		from := strings.TrimSpace(v.From)
		if v.Skip || v.To == "" || slices.Contains(u.empty, from) {
			continue
		}
		if _, known := firstOf[v.To]; !known {
			firstOf[v.To] = from
		}
		u.first[from] = firstOf[v.To]
	}
	return u
}

// of returns what stands for the unit of a series: the same text for two series of one unit, whichever labels say it. What is not
// mapped stands for itself, and is rejected as what it is.
func (u *units) of(series labels.Labels) string {
	text := ""
	for _, name := range u.labels {
		if text = strings.TrimSpace(series.Get(name)); text != "" && !slices.Contains(u.empty, text) {
			break
		}
		text = ""
	}
	if first, mapped := u.first[text]; mapped {
		return first
	}
	return text
}

// values returns the labels that are columns of the rows.
func (u *units) values(series labels.Labels) []string {
	values := make([]string, len(u.labels))
	for k, name := range u.labels {
		values[k] = series.Get(name)
	}
	return values
}
