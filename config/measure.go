package config

import (
	"slices"

	"kpiagent/internal/kpi"
)

// Measure declares an observed measure.
type Measure struct {
	ID   string   `yaml:"id" required:"true" check:"identifier" doc:"The value of the label measure."`
	Kind string   `yaml:"kind" required:"true" allowed:"flow|level|running" doc:"flow: values add up. level: a value holds until the next one. running: a value is the total since the beginning of the year (lũy kế), by periods.cut_off; what came in between two of them counts for the day of the later one, and where reports between are missing a month has no figure."`
	Name kpi.Text `yaml:"name" doc:"What it measures."`
}

// checkMeasures returns the ids of the declared measures.
func checkMeasures(j *journal, measures []Measure) []string {
	ids := make([]string, 0, len(measures))
	first := map[string]int{}
	for i, m := range measures {
		key := under(entry("measures", i), "id")
		if m.ID == "" {
			continue
		}
		if at, twice := first[m.ID]; twice {
			j.mistake(key, "%q is declared already (%s); keep one of them", m.ID, j.line(under(entry("measures", at), "id")))
			continue
		}
		first[m.ID] = i
		ids = append(ids, m.ID)
	}
	return ids
}

// builtInMeasures are those that the built-in catalogue counts; they need no declaration until a unit reports them.
func builtInMeasures(catalogue kpi.Catalogue) []string {
	var names []string
	for _, d := range catalogue {
		for _, t := range slices.Concat(d.Numerator, d.Denominator) {
			if t.Measure != "" {
				names = append(names, t.Measure)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
