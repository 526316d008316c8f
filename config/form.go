package config

import (
	"fmt"
	"reflect"
	"slices"

	"kpiagent/internal/i18n"
)

// FormII06a is the value of file.form for the report II.06a/VPCP/KSTT of Circular 01/2020.
const FormII06a = "ii06a"

// FormColumn is a column of a form that holds figures, and the measure that it is reported as.
type FormColumn struct {
	Number  int     // as the form numbers it
	Column  string  // as rows of the form name it
	Measure Measure // without an ID where other columns make it up
}

// The columns of a form's rows beside its figures. As those of the figures, they are called what the form calls them, in every
// language.
const (
	FormLabel = "Lĩnh vực"
	FormEnd   = "Kỳ báo cáo đến ngày"
)

// FormColumns returns the columns of form II.06a that hold figures, (3) to (13). What was received, and what was finished, adds up
// over periods; what is carried over or open holds until the next report. Column (3) mixes both, and is the sum of (4) to (6).
func FormColumns() []FormColumn {
	measure := func(id, kind string) Measure {
		return Measure{ID: FormII06a + "_" + id, Kind: kind, Name: i18n.Builtin().Text("form." + FormII06a + "." + id)}
	}
	return []FormColumn{
		{3, "(3) Tổng số tiếp nhận", Measure{}},
		{4, "(4) Trực tuyến", measure("online", "flow")},
		{5, "(5) Trực tiếp, bưu chính", measure("counter_postal", "flow")},
		{6, "(6) Từ kỳ trước", measure("carried_over", "level")},
		{7, "(7) Tổng số đã giải quyết", measure("finished", "flow")},
		{8, "(8) Trước hạn", measure("finished_early", "flow")},
		{9, "(9) Đúng hạn", measure("finished_on_time", "flow")},
		{10, "(10) Quá hạn", measure("finished_late", "flow")},
		{11, "(11) Tổng số đang giải quyết", measure("open", "level")},
		{12, "(12) Trong hạn", measure("open_in_time", "level")},
		{13, "(13) Đang giải quyết quá hạn", measure("open_overdue", "level")},
	}
}

// Form returns the form that the source's files are, "" where they are none.
func (s *Source) Form() string {
	if s.File == nil {
		return ""
	}
	return s.File.Form
}

// RowsAreUnits reports whether the rows of a form are units, and not the fields of work of one.
func (s *Source) RowsAreUnits() bool {
	return s.Form() != "" && s.Mapping.Unit != nil && s.Mapping.Unit.Constant == ""
}

// Mapped returns the mapping: the one that is written, with what the form of the source's files, or the kind of the source,
// brings along.
func (s *Source) Mapped() Mapping {
	m := s.Mapping
	if known := s.knownRows(); known != nil {
		known.mapping(&m)
	}
	return m
}

// mapForm fills in where the figures of form II.06a are.
func mapForm(m *Mapping) {
	m.Day = &Field{Column: FormEnd}
	for _, c := range FormColumns() {
		if c.Measure.ID != "" {
			m.Totals = append(m.Totals, Total{Column: c.Column, Measure: c.Measure.ID, Required: true})
		}
	}
}

// ByCutOff reports whether the days of the source's rows depend on where months begin.
func (s *Source) ByCutOff() bool {
	byPeriod := func(f *Field) bool { return f != nil && f.Period != "" }
	return s.Form() != "" || byPeriod(s.Mapping.Day) || slices.ContainsFunc(s.Mapping.Totals, func(t Total) bool { return byPeriod(t.Day) })
}

// addForms declares the measures of the forms that sources read, where they are not declared already.
func addForms(j *journal, c *Config) {
	used := false
	for i := range c.Sources {
		used = used || c.Sources[i].Form() != "" && !j.isWrong(under(entry("sources", i), "file.form"))
	}
	if !used {
		return
	}
	for _, column := range FormColumns() {
		if column.Measure.ID != "" && !declared(j, c.Measures, column.Measure) {
			c.Measures = append(c.Measures, column.Measure)
		}
	}
}

// declared reports whether a form's measure is declared by hand, which may only give it another name.
func declared(j *journal, measures []Measure, own Measure) bool {
	for i, m := range measures {
		if m.ID != own.ID {
			continue
		}
		if key := under(entry("measures", i), "kind"); m.Kind != own.Kind && !j.isWrong(key) {
			j.mistake(key, "the measure %s of form %s is a %s; write kind: %s, or take the measure out", m.ID, FormII06a, own.Kind, own.Kind)
		}
		return true
	}
	return false
}

// checkForm wants nothing beside a form that the form knows itself.
func checkForm(j *journal, key string, s *Source) {
	file := under(key, "file")
	if s.File.Form == "" {
		if inner := under(file, "period_end"); s.File.PeriodEnd != "" && !j.isWrong(inner) {
			j.mistake(inner, "is the period of a form; write form: %s, or take it out", FormII06a)
		}
		return
	}
	v := reflect.ValueOf(s.File).Elem()
	for _, f := range fieldsOf(v.Type()) {
		inner := under(file, f.key)
		switch f.key {
		case "texts":
			if len(s.File.Texts) > 0 && !j.isWrong(inner) {
				j.mistake(inner, "has no place beside form: its columns and its period are known; take it out")
			}
		case "header_row", "header_rows", "change_column":
			if j.given(inner) && !j.isWrong(inner) && fmt.Sprint(v.FieldByIndex(f.Index)) != f.fallback {
				j.mistake(inner, "has no place beside form: the table is found by its columns; take it out")
			}
		}
	}
}
