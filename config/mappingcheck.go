package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"kpiagent/config/layout"
)

// mapped checks the mapping of one source.
type mapped struct {
	*journal
	key             string
	record          string
	units, measures []string
}

func (m *mapped) check(mapping *Mapping) {
	v := reflect.ValueOf(mapping).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, record := tag.Get("yaml"), tag.Get("record")
		key := under(m.key, name)
		f, _ := v.Field(i).Interface().(*Field)
		switch {
		case m.isWrong(key):
		case f != nil && record != "" && record != m.record:
			m.mistake(key, "is a field of record: %s, and this source has record: %s; %s", record, m.record, suggestField(name, v.Type(), m.record))
		case f == nil && record == m.record && tag.Get("needed") == "true" && !m.replaced(name, mapping):
			m.mistake(m.key, "%s is missing; each %s needs it: %s: {column: ...}", name, m.record, name)
		case f != nil:
			m.field(key, name, f, tag)
		}
	}
	m.totals(mapping)
	if m.record == "dossier" {
		m.together(mapping)
		m.byOutcome(mapping)
	}
}

// suggestField names the fields that the record has.
func suggestField(name string, t reflect.Type, record string) string {
	var names []string
	for i := range t.NumField() {
		if of := t.Field(i).Tag.Get("record"); of == "" || of == record {
			names = append(names, t.Field(i).Tag.Get("yaml"))
		}
	}
	return suggest(name, names)
}

// together checks fields that need or exclude each other.
func (m *mapped) together(given *Mapping) {
	has := func(f *Field) bool { return f != nil }
	switch {
	case has(given.Finished) && !has(given.Outcome) && !m.isWrong(under(m.key, "outcome")):
		m.mistake(under(m.key, "finished"), "is mapped but outcome is not; map it too, or write outcome: {constant: settled} for all that have an end date")
	case has(given.Outcome) && !has(given.Finished) && !m.isWrong(under(m.key, "finished")):
		m.mistake(under(m.key, "outcome"), "is mapped but finished is not; map the end date too")
	}
	if has(given.PausedTo) && !has(given.PausedFrom) && !m.isWrong(under(m.key, "paused_from")) {
		m.mistake(under(m.key, "paused_to"), "is mapped but paused_from is not; map both")
	}
	if has(given.Pauses) && (has(given.PausedFrom) || has(given.PausedTo)) {
		m.mistake(under(m.key, "pauses"), "stands beside paused_from or paused_to; pauses holds them all, keep one way")
	}
}

// byOutcome checks that there is an outcome of each row by which columns can be chosen, and each only once.
func (m *mapped) byOutcome(given *Mapping) {
	for name, f := range map[string]*Field{"received": given.Received, "due": given.Due, "finished": given.Finished} {
		if f == nil || len(f.ByOutcome) == 0 {
			continue
		}
		key := under(under(m.key, name), "by_outcome")
		if given.Outcome == nil || given.Outcome.Constant != "" {
			m.mistake(key, "needs an outcome that comes from a column; map it, or take by_outcome out")
		}
		seen := map[string]bool{}
		for i, c := range f.ByOutcome {
			if seen[c.Outcome] {
				m.mistake(entry(key, i), "the outcome %s stands here already; keep one of them", quote(c.Outcome))
			}
			seen[c.Outcome] = true
		}
	}
}

// field checks where one field comes from and what its values may become.
func (m *mapped) field(key, name string, f *Field, tag reflect.StructTag) {
	var ways []string
	if f.Column != "" {
		ways = append(ways, "column")
	}
	if len(f.Columns) > 0 {
		ways = append(ways, "columns")
	}
	if f.Constant != "" {
		ways = append(ways, "constant")
	}
	if len(f.Filled) > 0 {
		ways = append(ways, "filled")
	}
	bad := m.isWrong(under(key, "filled")) || m.isWrong(under(key, "column")) || m.isWrong(under(key, "columns")) || m.isWrong(under(key, "constant"))
	if len(ways) == 0 && !bad {
		m.mistake(key, "does not say where it comes from; add one of column, columns, filled, constant")
	}
	if len(ways) > 1 {
		m.mistake(under(key, ways[1]), "stands beside %s; keep one of %s", ways[0], strings.Join(ways, ", "))
	}
	if f.Constant != "" && (name == "id" || name == "code") {
		m.mistake(under(key, "constant"), "would make all rows one %s; name the column", m.record)
	} else if f.Constant != "" {
		m.meaning(under(key, "constant"), name, f.Constant, tag)
		if tag.Get("holds") == "date" {
			m.dateConstant(key, f)
		}
	}
	m.columns(key, name, f, tag)
	holds := tag.Get("holds")
	m.filled(key, name, f, tag)
	for _, of := range []struct{ name, value string }{{"number", f.Number}, {"percent", f.Percent}} {
		if of.value != "" && holds != "number" && f.Above == "" && !m.isWrong(under(key, of.name)) {
			m.mistake(under(key, of.name), "is for numbers; %s is none, take it out", name)
		}
	}
	m.period(key, name, f, holds)
	if len(f.Layouts) > 0 && holds != "date" {
		m.mistake(under(key, "layouts"), "is for dates; %s is none, take it out", name)
	} else if len(f.Values) > 0 && holds == "date" {
		m.mistake(under(key, "values"), "cannot be used with a date; write its form under layouts, and texts that mean no date under empty")
		return
	}
	m.values(key, name, f.Values, tag)
}

// filled checks what columns mean by not being empty.
func (m *mapped) filled(key, name string, f *Field, tag reflect.StructTag) {
	switch inner := under(key, "filled"); {
	case len(f.Filled) == 0 || m.isWrong(inner):
	case tag.Get("holds") != "" || name == "id" || name == "code":
		m.mistake(inner, "is for fields with a few meanings; %s has none of its own, name its column", name)
	case len(f.Values) > 0 || f.Join != "" || f.Extract != "" || f.Above != "":
		m.mistake(inner, "says what the value is; take values, join, extract and above out")
	default:
		for i, one := range f.Filled {
			if to := under(entry(inner, i), "to"); one.To != "" && !m.isWrong(to) {
				m.meaning(to, name, one.To, tag)
			}
		}
	}
}

// columns checks what depends on the kind of field: ways into lists, by_outcome and above.
func (m *mapped) columns(key, name string, f *Field, tag reflect.StructTag) {
	mark := tag.Get("allowed") == "|yes|no"
	dated := name == "received" || name == "due" || name == "finished"
	for _, column := range f.names() {
		if ParseColumn(column).Several() && !mark && !dated && name != "paused_from" && name != "paused_to" {
			m.mistake(key, "%s gives several values and %s takes one; write [0] for the first, [-1] for the last or [#] for how many", quote(column), name)
			break
		}
	}
	if (f.Join != "" || f.Extract != "") && slices.ContainsFunc(f.names(), func(name string) bool { return ParseColumn(name).Several() }) {
		m.mistake(key, "takes a list apart, and join and extract are for single texts; write [0] for the first entry")
	}
	for i, name := range f.Optional {
		if !f.has(name) {
			m.mistake(entry(under(key, "optional"), i), "%s is none of the field's columns; write it as there, a list without its way", quote(name))
		}
	}
	switch inner := under(key, "join"); {
	case f.Join == "" || m.isWrong(inner):
	case len(f.Columns) < 2 && f.Extract == "":
		m.mistake(inner, "stands between several columns, or the groups of extract; write columns: [a, b], or take it out")
	case len(f.ByOutcome) > 0:
		m.mistake(inner, "is beside by_outcome, whose columns are alternatives; keep one of them")
	}
	if len(f.ByOutcome) > 0 && !dated {
		m.mistake(under(key, "by_outcome"), "is for received, due and finished; %s cannot have it, take it out", name)
	} else if len(f.ByOutcome) > 0 && f.Constant != "" {
		m.mistake(under(key, "by_outcome"), "stands beside constant; keep one of them")
	}
	if f.Above != "" && !mark {
		m.mistake(under(key, "above"), "is for yes-or-no fields; %s is none, take it out", name)
	} else if f.Above != "" && (len(f.Values) > 0 || f.Constant != "") {
		m.mistake(under(key, "above"), "stands beside values or constant; keep one of them")
	}
}

// values checks a value map.
func (m *mapped) values(key, name string, values []ValueMap, tag reflect.StructTag) {
	first := map[string]int{}
	for i, v := range values {
		inner := entry(under(key, "values"), i)
		if m.isWrong(inner) {
			continue
		}
		from, text := under(inner, "from"), strings.TrimSpace(v.From)
		if v.Pattern != "" {
			from, text = under(inner, "pattern"), "pattern "+v.Pattern
			if v.From != "" || v.Skip || v.Waits {
				m.mistake(from, "stands beside from, skip or waits, which are for one text; keep one of them")
				continue
			}
		} else if !m.given(from) {
			m.mistake(inner, "from is missing; write the text in the column, in quotes where it is null or empty, or a pattern")
			continue
		}
		if at, twice := first[text]; twice {
			m.mistake(from, "%s stands here already (%s); keep one of them", quote(text), m.line(entry(under(key, "values"), at)))
		} else {
			first[text] = i
		}
		if v.Waits && (name != "outcome" || v.To != "" || v.Skip) && !m.isWrong(under(inner, "waits")) {
			m.mistake(under(inner, "waits"), "is for open dossiers, of outcome with an empty to; take it out")
		}
		switch to := under(inner, "to"); {
		case m.isWrong(to):
		case v.Skip && v.To != "":
			m.mistake(to, "says what the value means, but skip passes its rows over; keep one of them")
		case !v.Skip:
			m.meaning(to, name, v.To, tag)
		}
	}
}

// meaning checks a value that a row would get.
func (m *mapped) meaning(key, name, text string, tag reflect.StructTag) {
	allowed, listed := tag.Lookup("allowed")
	options := strings.Split(allowed, "|")
	switch {
	case listed && slices.Contains(options, text):
	case listed && text == "":
		m.mistake(key, "is empty, and each %s without %s is rejected; use %s", m.record, name, oneOf(options))
	case listed:
		m.mistake(key, "%s is not allowed for %s; use %s", quote(text), name, oneOf(options))
	case text == "":
	case tag.Get("holds") == "number":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			m.mistake(key, "%s is not a number; write it as 12.5", quote(text))
		}
	case name == "unit":
		knownUnit(m.journal, key, text, m.units)
	case name == "measure" && !slices.Contains(m.measures, text):
		hint := fmt.Sprintf("declare it: measures: [{id: %s, kind: flow}]", text)
		if nearest(text, m.measures) != "" {
			hint = suggest(text, m.measures)
		}
		m.mistake(key, "%s is not a declared measure; %s", quote(text), hint)
	}
}

// period checks that a date without a day stands only where its month or year as a whole is meant.
func (m *mapped) period(key, name string, f *Field, holds string) {
	if inner := under(key, "period"); f.Period != "" && (name != "day" || holds != "date") && !m.isWrong(inner) {
		m.mistake(inner, "is for the day of an observation; %s is none, take it out", name)
		return
	}
	if inner := under(key, "layouts"); f.Period == "named" && len(f.Layouts) > 0 && !m.isWrong(inner) {
		m.mistake(inner, "stand beside period: named, which knows how people name periods; keep one of them")
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
	if f.Period == "named" {
		return
	}
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

func checkLayout(text string) string {
	_, err := layout.Parse(text)
	return noLayout(text, err)
}

func checkLayoutOrPeriod(text string) string {
	_, err := layout.ParsePeriod(text)
	return noLayout(text, err)
}

func noLayout(text string, err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s is not a date layout: %v", quote(text), err)
}

func checkLayoutOrNumber(text string) string {
	if text == "number" {
		return ""
	}
	return checkLayoutOrPeriod(text)
}
