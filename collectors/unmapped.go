package collectors

import (
	"cmp"
	"slices"
	"strings"
)

// Unmapped are the values of one field that the value map does not list, or that the configuration or the catalogue lacks.
type Unmapped struct {
	Field  string
	Values []UnmappedValue // the most frequent first
	More   int             // further values
	Rows   int64           // with any of them
}

// UnmappedValue is a value and how many rows have it.
type UnmappedValue struct {
	Text string
	Rows int64
}

// What is told of the values of a field, and what is remembered.
const (
	toldUnmapped = 50
	mostUnmapped = 1000
)

// unmapped collects such values of one read, of all its rows: also of those that are rejected for something else.
type unmapped struct {
	fields []string // in the order in which they were met
	values map[string]map[string]int64
}

// add notes the values of the present row, which is not skipped.
func (u *unmapped) add(b *Binding) {
	for _, f := range b.coded {
		if text := f.unlistedIn(b.row.values); text != "" {
			u.note(f.title(), text)
		}
	}
	if field, text := b.strange(); text != "" {
		u.note(field, text)
	}
}

func (u *unmapped) note(field, text string) {
	if u.values == nil {
		u.values = map[string]map[string]int64{}
	}
	counts := u.values[field]
	if counts == nil {
		counts = map[string]int64{}
		u.values[field] = counts
		u.fields = append(u.fields, field)
	}
	text = cut(text, longestQuote)
	if _, met := counts[text]; met || len(counts) < mostUnmapped {
		counts[strings.Clone(text)]++
	}
}

// list returns what was noted.
func (u *unmapped) list() (all []Unmapped) {
	for _, field := range u.fields {
		one := Unmapped{Field: field}
		for text, rows := range u.values[field] {
			one.Values = append(one.Values, UnmappedValue{text, rows})
			one.Rows += rows
		}
		slices.SortFunc(one.Values, func(a, b UnmappedValue) int {
			return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Text, b.Text))
		})
		if one.More = max(len(one.Values)-toldUnmapped, 0); one.More > 0 {
			one.Values = one.Values[:toldUnmapped]
		}
		all = append(all, one)
	}
	return all
}

// codedField is a field whose values each mean one of a few.
type codedField interface {
	title() string
	// unlistedIn returns the value of a row that is not listed, or "".
	unlistedIn(values []Value) string
}

func (f *field) title() string { return f.name }

func (f *choiceField[T]) unlistedIn(values []Value) string {
	if !f.coded || f.fixed {
		return ""
	}
	if !f.several {
		c := f.in(values)
		if _, fault := f.of(c); fault != nil {
			return c.String()
		}
		return ""
	}
	for _, one := range f.each(values) {
		c := f.cell(&one)
		if _, fault := f.of(c); fault != nil {
			return strings.Clone(c.String())
		}
	}
	return ""
}

func (t *textField) unlistedIn(values []Value) string {
	if t.meaning.exact == nil || t.fixed {
		return ""
	}
	c := t.in(values)
	if c.absent() {
		return ""
	}
	text := c.String()
	if _, known := t.meaning.of(text); known {
		return ""
	}
	return text
}

// strange returns the field and the value of a unit, procedure or measure of the present row that the configuration or the
// catalogue lacks.
func (b *Binding) strange() (field, text string) {
	unit, fault := b.unitOf()
	if fault != nil {
		text, _ = b.unit.read(b.row.values) // "" where the value map does not list it: that is told already
		return "unit", text
	}
	switch m := b.record.(type) {
	case *dossierMap:
		code, fault := m.procedure.read(b.row.values)
		if fault == nil && b.checks.Procedure != nil && !b.checks.Procedure(unit, code) {
			return "procedure", code
		}
	case *observationMap:
		measure, fault := m.measure.read(b.row.values)
		if fault == nil && b.declaredMeasure(&m.measure.field, measure) != nil {
			return "measure", measure
		}
	}
	return "", ""
}
