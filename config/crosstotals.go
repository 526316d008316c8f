package config

import (
	"fmt"
	"reflect"
	"time"
)

// totalType has the tags of a total's own fields.
var totalType = reflect.TypeFor[Total]()

type namedField struct {
	name  string
	field *Field
}

// replaced says whether the totals of a row make a field of its record needless.
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

// tagOf gives the tags of a key.
func tagOf(t reflect.Type, key string) reflect.StructTag {
	for _, f := range fieldsOf(t) {
		if f.key == key {
			return f.Tag
		}
	}
	return ""
}

// dateConstant wants a constant date to have one of its layouts.
func (m *mapped) dateConstant(key string, f *Field) {
	layouts := []string{time.DateOnly, time.DateTime, time.RFC3339}
	hint := "write it as 2026-03-31"
	if len(f.Layouts) > 0 {
		layouts, hint = nil, "write it in one of its layouts: "+listed(f.Layouts)
	}
	for _, layout := range f.Layouts {
		goLayout, err := Layout(layout)
		if err != nil || goLayout == layout { // it is reported already, or has a name and no pattern
			return
		}
		layouts = append(layouts, goLayout)
	}
	for _, layout := range layouts {
		if _, err := time.Parse(layout, f.Constant); err == nil {
			return
		}
	}
	m.mistake(under(key, "constant"), "%s is not a date; %s", quote(f.Constant), hint)
}
