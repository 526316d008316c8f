package collectors

import (
	"slices"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
)

// field is one field of the mapping, compiled.
type field struct {
	name     string
	columns  []config.Column
	constant string
	fixed    bool // the constant holds
	required bool
	empty    []string
	skips    []string // values whose rows are no records
	// skippedAs says in counts by what such rows are skipped.
	skippedAs string
	waits     []string // values of dossiers that wait
	numbers   bool     // 09 is 9, as meanings have it
	coded     bool     // each of its values means one of a few

	filled []Value     // what the columns mean by not being empty, one for each; nil where their values count
	derive *derivation // of the value from several columns, or from a part of a text; nil for the text as it is

	at      []spot // where the columns are in the present header
	several bool   // one of them gives a value for each entry of a list
	nested  *nested
	value   Value   // holds the constant
	entries []Value // of each
}

// spot is where a column is: a place in the header, and the way into the list that stands there, if any.
type spot struct {
	column int
	of     int // which of the field's columns it is
	path   []config.Step
	tree   int // of nested, with a path
}

// find ties the field to a header and returns the columns that it lacks. A column is looked for by its name as it is written
// before that is taken for the way into a list.
func (f *field) find(columns []string) (missing []string) {
	f.at, f.several = f.at[:0:0], false
	for of, c := range f.columns {
		if i := columnOf(columns, c.Text); i >= 0 {
			f.at = append(f.at, spot{column: i, of: of})
			continue
		}
		f.several = f.several || c.Several()
		i := columnOf(columns, c.Name)
		switch {
		case i >= 0 && c.Path != nil:
			f.at = append(f.at, spot{column: i, of: of, path: c.Path, tree: f.nested.tree(i, c.Name)})
		case i >= 0:
			f.at = append(f.at, spot{column: i, of: of})
		case !c.Optional:
			missing = append(missing, c.Name)
		}
	}
	return missing
}

// columnOf returns the place of a column: the one that is written exactly so, or else the only one that a person would read
// as the same name; -1 where there is none.
func columnOf(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	found := -1
	name = canonical.Name(name)
	for i, column := range columns {
		if column != "" && canonical.Name(column) == name {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// unguarded takes off what exports put around a code so that a spreadsheet leaves it alone: ="000123" and '000123.
func unguarded(text string) string {
	if inner, formula := strings.CutPrefix(text, `="`); formula {
		if code, whole := strings.CutSuffix(inner, `"`); whole && !strings.Contains(code, `"`) {
			return code
		}
	}
	if len(text) > 1 && text[0] == '\'' && text[1] >= '0' && text[1] <= '9' {
		return text[1:]
	}
	return text
}

// in returns what the field's columns hold: the first that is not empty, or what is derived from them.
func (f *field) in(values []Value) cell {
	if f.derive != nil && !f.fixed {
		return f.derived(values)
	}
	return f.first(values)
}

// first returns the first of the field's columns that is not empty.
func (f *field) first(values []Value) cell {
	if f.fixed {
		return cell{Value: &f.value, text: f.constant}
	}
	for i := range f.at {
		value := &values[f.at[i].column]
		if f.at[i].path != nil {
			found := f.nested.along(f, &f.at[i], values)
			if len(found) == 0 {
				continue
			}
			value = &found[0]
		}
		if c := f.cell(value); !c.absent() {
			if f.filled != nil {
				meaning := &f.filled[f.at[i].of]
				return cell{Value: meaning, text: meaning.Text}
			}
			return c
		}
	}
	return cell{}
}

// cell returns a value as the field sees it: absent where it is empty or stands for none.
func (f *field) cell(value *Value) cell {
	switch value.Kind {
	case Null:
		return cell{}
	case Text:
		text := unguarded(canonical.Text(value.Text))
		if text == "" || len(f.empty) > 0 && slices.Contains(f.empty, text) {
			return cell{}
		}
		return cell{Value: value, text: text}
	}
	if len(f.empty) > 0 && f.standsForNone(value) {
		return cell{}
	}
	return cell{Value: value}
}

// each returns all values of the first of the field's columns that is not empty, or else of the first list: one for each entry,
// empty ones included. They hold until the next row.
func (f *field) each(values []Value) []Value {
	f.entries = f.entries[:0]
	if f.fixed {
		return append(f.entries, f.value)
	}
	for i := range f.at {
		found := values[f.at[i].column:][:1]
		if f.at[i].path != nil {
			found = f.nested.along(f, &f.at[i], values)
		}
		filled := slices.ContainsFunc(found, func(v Value) bool { return !f.cell(&v).absent() })
		if filled || len(f.entries) == 0 {
			f.entries = append(f.entries[:0], found...)
		}
		if filled {
			break
		}
	}
	return f.entries
}

// isOne reports whether the row has one of some texts in the field; "" is that it has none.
func (f *field) isOne(of []string, values []Value) bool {
	c := f.in(values)
	switch {
	case c.absent():
		return slices.Contains(of, "")
	case c.Kind == Text:
		return slices.Contains(of, c.text) || f.numbers && slices.Contains(of, withoutZeros(c.text))
	}
	var scratch [64]byte
	text := c.Value.append(scratch[:0])
	return slices.ContainsFunc(of, func(one string) bool { return string(text) == one })
}

// standsForNone compares the text form of a typed value with the texts that mean that there is none; a time also by its day.
func (f *field) standsForNone(value *Value) bool {
	var scratch [64]byte
	text := value.append(scratch[:0])
	for _, empty := range f.empty {
		if string(text) == empty || value.Kind == Time && len(text) > len(time.DateOnly) && string(text[:len(time.DateOnly)]) == empty {
			return true
		}
	}
	return false
}

// missing is the fault of an absent cell.
func (f *field) missing() *kpi.Fault {
	if len(f.columns) == 0 {
		return &kpi.Fault{Reason: kpi.MissingField, Field: f.name, Detail: "is empty"}
	}
	return &kpi.Fault{Reason: kpi.MissingField, Field: f.name, Detail: "is empty" + f.whence()}
}

// whence names the columns for a message.
func (f *field) whence() string {
	var names []string
	for _, c := range f.columns {
		names = append(names, c.Text)
	}
	return " (column " + list(names) + ")"
}

// about names the field in a fault.
func (f *field) about(fault *kpi.Fault) *kpi.Fault {
	fault.Field = f.name
	return fault
}

// newField takes over what all kinds of fields have; given is nil for a field that the mapping lacks.
func newField(name string, given *config.Field, required bool) field {
	f := field{name: name, required: required, skippedAs: "mapping." + name}
	if given == nil {
		return f
	}
	f.required = required || given.Required
	for _, empty := range given.Empty {
		f.empty = append(f.empty, canonical.Text(empty))
	}
	for _, m := range given.Values {
		if m.Skip {
			f.skips = append(f.skips, canonical.Text(m.From))
		}
		if m.Waits {
			f.waits = append(f.waits, canonical.Text(m.From))
		}
	}
	if given.Column != "" {
		f.columns = given.Parse([]string{given.Column})
	} else {
		f.columns = given.Parse(given.Columns)
	}
	f.derive = newDerivation(given)
	for _, one := range given.Filled {
		f.columns = append(f.columns, given.Parse([]string{one.Column})...)
		f.filled = append(f.filled, Value{Kind: Text, Text: canonical.Text(one.To)})
	}
	if given.Constant != "" {
		f.constant, f.fixed = canonical.Text(given.Constant), true
		f.value = Value{Kind: Text, Text: f.constant}
	}
	return f
}

// broken is the fault of a cell that shows an error instead of a value.
func broken(text string) *kpi.Fault {
	return &kpi.Fault{Reason: kpi.BadValue, Detail: "shows the error " + text + "; mend it in the report, or name it under empty where it stands for nothing"}
}
