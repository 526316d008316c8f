package config

import (
	"fmt"
	"reflect"

	"kpiagent/config/layout"
)

// totalType has the tags of a total's own fields.
var totalType = reflect.TypeFor[Total]()

// mostTotals bounds what one row can become.
const mostTotals = 500

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

// tagOf gives the tags of a key.
func tagOf(t reflect.Type, key string) reflect.StructTag {
	for _, f := range fieldsOf(t) {
		if f.key == key {
			return f.Tag
		}
	}
	return ""
}

// period checks that a date without a day stands only where its month or year as a whole is meant.
func (m *mapped) period(key, name string, f *Field, holds string) {
	if inner := under(key, "period"); f.Period != "" && (name != "day" || holds != "date") && !m.isWrong(inner) {
		m.mistake(inner, "is for the day of an observation; %s is none, take it out", name)
		return
	}
	for i, text := range f.Layouts {
		inner := entry(under(key, "layouts"), i)
		compiled, err := layout.ParsePeriod(text)
		whole := compiled.Whole()
		if err != nil || whole == "" || m.isWrong(inner) {
			continue
		}
		switch {
		case f.Period == "" && name == "day" && holds == "date":
			m.mistake(inner, "%s names no day; write period: %s beside layouts, where its last day is meant, or add the day", quote(text), whole)
		case f.Period == "":
			m.mistake(inner, "%s names no day; a date needs year, month and day", quote(text))
		case f.Period == "month" && whole == "year":
			m.mistake(inner, "%s names no month; write period: year, or add the month", quote(text))
		}
	}
}

// dateConstant wants a constant date to have one of its layouts.
func (m *mapped) dateConstant(key string, f *Field) {
	list, err := layout.NewList(f.Layouts, f.Period)
	if err != nil { // it is reported already
		return
	}
	if _, fit := list.Read(f.Constant); fit == layout.Fits {
		return
	}
	hint := "write it as 2026-03-31"
	switch {
	case len(f.Layouts) > 0:
		hint = "write it in one of its layouts: " + listed(f.Layouts)
	case f.Period != "":
		hint = "write it as 2026-03"
	}
	m.mistake(under(key, "constant"), "%s is not a date; %s", quote(f.Constant), hint)
}
