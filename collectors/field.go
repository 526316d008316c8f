package collectors

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kpiagent/config"
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
	waits    []string // values of dossiers that wait

	at      []spot // where the columns are in the present header
	several bool   // one of them gives a value for each entry of a list
	nested  *nested
	value   Value   // holds the constant
	entries []Value // of each
}

// spot is where a column is: a place in the header, and the way into the list that stands there, if any.
type spot struct {
	column int
	path   []config.Step
	tree   int // of nested, with a path
}

// find ties the field to a header and gives the columns that it lacks. A column is looked for by its name as it is written
// before that is taken for the way into a list.
func (f *field) find(columns []string) (missing []string) {
	f.at, f.several = f.at[:0:0], false
	for _, c := range f.columns {
		if i := slices.Index(columns, c.Text); i >= 0 {
			f.at = append(f.at, spot{column: i})
			continue
		}
		f.several = f.several || c.Several()
		i := slices.Index(columns, c.Name)
		switch {
		case i >= 0 && c.Path != nil:
			f.at = append(f.at, spot{column: i, path: c.Path, tree: f.nested.tree(i, c.Name)})
		case i >= 0:
			f.at = append(f.at, spot{column: i})
		case !c.Optional:
			missing = append(missing, c.Name)
		}
	}
	return missing
}

// in gives the first of the field's columns that is not empty.
func (f *field) in(values []Value) cell {
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
			return c
		}
	}
	return cell{}
}

// cell gives a value as the field sees it: absent where it is empty or stands for none.
func (f *field) cell(value *Value) cell {
	switch value.Kind {
	case Null:
		return cell{}
	case Text:
		text := strings.TrimSpace(value.Text)
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

// each gives all values of the first of the field's columns that is not empty, or else of the first list: one for each entry,
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

// isOne says whether the row has one of some texts in the field; "" is that it has none.
func (f *field) isOne(of []string, values []Value) bool {
	c := f.in(values)
	switch {
	case c.absent():
		return slices.Contains(of, "")
	case c.Kind == Text:
		return slices.Contains(of, c.text)
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

// compileField takes over what all kinds of fields have; given is nil for a field that the mapping lacks.
func compileField(name string, given *config.Field, required bool) (field, error) {
	f := field{name: name, required: required}
	if given == nil {
		if required {
			return f, fmt.Errorf("mapping.%s is missing: name its column or a constant", name)
		}
		return f, nil
	}
	f.required = required || given.Required
	f.empty = given.Empty
	for _, m := range given.Values {
		if m.Skip {
			f.skips = append(f.skips, strings.TrimSpace(m.From))
		}
		if m.Waits {
			f.waits = append(f.waits, strings.TrimSpace(m.From))
		}
	}
	ways := 0
	if given.Column != "" {
		f.columns = given.Parse([]string{given.Column})
		ways++
	}
	if len(given.Columns) > 0 {
		f.columns = given.Parse(given.Columns)
		ways++
	}
	if given.Constant != "" {
		f.constant, f.fixed = given.Constant, true
		f.value = Value{Kind: Text, Text: given.Constant}
		ways++
	}
	if ways != 1 {
		return f, fmt.Errorf("mapping.%s needs exactly one of column, columns and constant", name)
	}
	return f, nil
}

// broken is the fault of a cell that shows an error instead of a value.
func broken(text string) *kpi.Fault {
	return &kpi.Fault{Reason: kpi.BadValue, Detail: "shows the error " + text + "; mend it in the report, or name it under empty where it stands for nothing"}
}

// textField is a code or a name.
type textField struct {
	field
	meaning map[string]string // of the value map; nil without one
	listed  []string
	reason  kpi.Reason // of a value that is not listed
}

func compileText(name string, given *config.Field, required bool, reason kpi.Reason) (textField, error) {
	f, err := compileField(name, given, required)
	t := textField{field: f, reason: reason}
	if err != nil || given == nil || len(given.Values) == len(f.skips) {
		return t, err
	}
	t.meaning = make(map[string]string, len(given.Values))
	for _, m := range given.Values {
		t.listed = append(t.listed, m.From)
		if m.Skip {
			continue
		}
		t.meaning[strings.TrimSpace(m.From)] = m.To
	}
	return t, nil
}

// read gives the text, "" for none. It may lie in the row's memory.
func (t *textField) read(values []Value) (string, *kpi.Fault) {
	c := t.in(values)
	text := ""
	if !c.absent() {
		text = c.String()
		if _, mapped := t.meaning[text]; c.Kind == Broken && !mapped {
			return "", t.about(broken(text))
		}
	}
	if t.meaning != nil && !t.fixed {
		meaning, known := t.meaning[text]
		if !known && text != "" {
			return "", t.about(&kpi.Fault{Reason: t.reason, Detail: fmt.Sprintf("%s is not mapped; mapped are %s", quote(text), list(t.listed))})
		}
		text = meaning
	}
	if text == "" && t.required {
		return "", t.missing()
	}
	return text, nil
}

// choiceField has one of a few meanings.
type choiceField[T comparable] struct {
	field
	meaning map[string]T
	listed  []string
	mapped  bool // by a value map; else the names themselves are the values
	reason  kpi.Reason
}

// compileChoice parses the meanings; names are those that parse knows, for messages.
func compileChoice[T comparable](name string, given *config.Field, required bool, reason kpi.Reason, names []string, parse func(string) (T, bool)) (choiceField[T], error) {
	f, err := compileField(name, given, required)
	c := choiceField[T]{field: f, reason: reason, meaning: map[string]T{}}
	if err != nil || given == nil {
		return c, err
	}
	c.mapped = len(given.Values) > len(f.skips) && !c.fixed
	if !c.mapped {
		for _, n := range names {
			c.meaning[n], _ = parse(n)
		}
		c.listed = names
		if _, known := c.meaning[c.constant]; c.fixed && !known {
			return c, fmt.Errorf("mapping.%s.constant is %q: allowed are %s", name, c.constant, strings.Join(names, ", "))
		}
		return c, nil
	}
	for i, m := range given.Values {
		c.listed = append(c.listed, m.From)
		if m.Skip {
			continue
		}
		meaning, known := parse(m.To)
		if m.To != "" && !known {
			return c, fmt.Errorf("mapping.%s.values[%d].to is %q: allowed are %s, or nothing", name, i, m.To, strings.Join(names, ", "))
		}
		c.meaning[strings.TrimSpace(m.From)] = meaning
	}
	return c, nil
}

// read gives the meaning, the zero T for none.
func (f *choiceField[T]) read(values []Value) (meaning T, fault *kpi.Fault) {
	var none T
	c := f.in(values)
	if meaning, fault = f.of(c); fault == nil && meaning == none && f.required && c.absent() {
		return none, f.missing()
	}
	return meaning, fault
}

// of gives the meaning of one cell.
func (f *choiceField[T]) of(c cell) (meaning T, fault *kpi.Fault) {
	known := true
	switch {
	case c.absent():
		meaning = f.meaning[""]
	case c.Kind == Text:
		meaning, known = f.meaning[c.text]
	default:
		var scratch [64]byte
		meaning, known = f.meaning[string(c.Value.append(scratch[:0]))]
	}
	if !known {
		return meaning, f.about(&kpi.Fault{Reason: f.reason, Detail: f.unlisted(c.String())})
	}
	return meaning, nil
}

func (f *choiceField[T]) unlisted(text string) string {
	if f.mapped {
		return fmt.Sprintf("%s is not mapped; mapped are %s", quote(text), list(f.listed))
	}
	return fmt.Sprintf("%s is not known; known are %s; map other values under mapping.%s.values", quote(text), list(f.listed), f.name)
}

// numberField is a number.
type numberField struct {
	textField
	numerals numerals
	from, to float64
}

func compileNumber(name string, given *config.Field, required bool, from, to float64) (numberField, error) {
	n := numberField{from: from, to: to}
	var err error
	if n.textField, err = compileText(name, given, required, kpi.BadValue); err != nil || given == nil {
		return n, err
	}
	n.value.Plain = n.fixed // the configuration writes numbers as machines do
	n.numerals, err = compileNumerals(name, given)
	return n, err
}

// read gives the number, 0 for none.
func (n *numberField) read(values []Value) (float64, *kpi.Fault) {
	c := n.in(values)
	if n.meaning != nil {
		text, fault := n.textField.read(values)
		if fault != nil {
			return 0, fault
		}
		if c = (cell{}); text != "" {
			c = cell{Value: &Value{Kind: Text, Text: text, Plain: true}, text: text}
		}
	}
	if c.absent() {
		if n.required {
			return 0, n.missing()
		}
		return 0, nil
	}
	number, fault := c.number(n.numerals, n.from, n.to)
	if fault != nil {
		return 0, n.about(fault)
	}
	return number, nil
}
