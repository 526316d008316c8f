package config

import (
	"fmt"
	"reflect"
)

// totalType has the tags of a total's own fields.
var totalType = reflect.TypeFor[Total]()

// mostTotals bounds what one row can become.
const mostTotals = 500

// Total is one of several totals that a row holds.
type Total struct {
	Column   string   `yaml:"column" required:"true" doc:"The column that holds the number."`
	Measure  string   `yaml:"measure" required:"true" doc:"The measure's id."`
	Number   string   `yaml:"number" allowed:"|vi|en" doc:"How the column writes numbers as text, as in a field."`
	Percent  string   `yaml:"percent" allowed:"|fraction|number" doc:"What 95 % becomes, as in a field."`
	Empty    []string `yaml:"empty" doc:"Texts that mean that there is no total, besides the empty text."`
	Required bool     `yaml:"required" doc:"An empty cell is rejected; otherwise it is no observation."`
	Day      *Field   `yaml:"day" holds:"date" doc:"Its day, where the row's does not hold: {constant: 2026-03-31} for a column of one month."`
	Unit     *Field   `yaml:"unit" doc:"Its unit, where the row's does not hold: {constant: cuc_hoa_chat} for a column of one unit."`
}

type namedField struct {
	name  string
	field *Field
}

// replaced reports whether the totals of a row make a field of its record needless.
func (m *mapped) replaced(name string, mapping *Mapping) bool {
	if m.record != "observation" || len(mapping.Totals) == 0 && !m.isWrong(under(m.key, "totals")) {
		return false
	}
	if name != "day" {
		return name == "measure" || name == "value"
	}
	for _, t := range mapping.Totals {
		if t.Day == nil {
			return false
		}
	}
	return true
}

// totals checks the totals that a row holds.
func (m *mapped) totals(mapping *Mapping) {
	all := under(m.key, "totals")
	if len(mapping.Totals) == 0 || m.isWrong(all) {
		return
	}
	if m.record != "observation" {
		m.mistake(all, "is for record: observation, and this source has record: %s; take it out", m.record)
		return
	}
	for _, beside := range []namedField{{"measure", mapping.Measure}, {"value", mapping.Value}} {
		if key := under(m.key, beside.name); beside.field != nil && !m.isWrong(key) {
			m.mistake(key, "stands beside totals; keep totals, or measure and value")
		}
	}
	if len(mapping.Totals) > mostTotals {
		m.mistake(all, "has %d entries; at most %d are read", len(mapping.Totals), mostTotals)
	}
	first := map[string]int{}
	for i, t := range mapping.Totals {
		key := entry(all, i)
		if measure := under(key, "measure"); t.Measure != "" && !m.isWrong(measure) {
			m.meaning(measure, "measure", t.Measure, "")
			same := fmt.Sprintf("%s %+v %+v", t.Measure, t.Day, t.Unit)
			if at, twice := first[same]; twice {
				m.mistake(measure, "%q of the same unit and day is a total already (%s); give each column a measure, a unit or a day of its own", t.Measure, m.line(under(entry(all, at), "measure")))
			} else {
				first[same] = i
			}
		}
		for _, own := range []namedField{{"day", t.Day}, {"unit", t.Unit}} {
			if inner := under(key, own.name); own.field != nil && !m.isWrong(inner) {
				m.field(inner, own.name, own.field, tagOf(totalType, own.name))
			}
		}
	}
}

// tagOf returns the tags of a key.
func tagOf(t reflect.Type, key string) reflect.StructTag {
	for _, f := range fieldsOf(t) {
		if f.key == key {
			return f.Tag
		}
	}
	return ""
}
