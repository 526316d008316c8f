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
	columns  []string
	constant string
	fixed    bool // the constant holds
	required bool
	empty    []string

	at    []int // the places of columns in the present header
	value Value // holds the constant
}

// in gives the first of the field's columns that is not empty.
func (f *field) in(values []Value) cell {
	if f.fixed {
		return cell{Value: &f.value, text: f.constant}
	}
	for _, i := range f.at {
		value := &values[i]
		switch value.Kind {
		case Null:
			continue
		case Text:
			text := strings.TrimSpace(value.Text)
			if text == "" || len(f.empty) > 0 && slices.Contains(f.empty, text) {
				continue
			}
			return cell{Value: value, text: text}
		default:
			if len(f.empty) > 0 && f.standsForNone(value) {
				continue
			}
			return cell{Value: value}
		}
	}
	return cell{}
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
	return &kpi.Fault{Reason: kpi.MissingField, Field: f.name, Detail: "is empty (column " + list(f.columns) + ")"}
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
	ways := 0
	if given.Column != "" {
		f.columns = []string{given.Column}
		ways++
	}
	if len(given.Columns) > 0 {
		f.columns = given.Columns
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
	if err != nil || given == nil || len(given.Values) == 0 {
		return t, err
	}
	t.meaning = make(map[string]string, len(given.Values))
	for _, m := range given.Values {
		t.meaning[strings.TrimSpace(m.From)] = m.To
		t.listed = append(t.listed, m.From)
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
	c.mapped = len(given.Values) > 0 && !c.fixed
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
		meaning, known := parse(m.To)
		if m.To != "" && !known {
			return c, fmt.Errorf("mapping.%s.values[%d].to is %q: allowed are %s, or nothing", name, i, m.To, strings.Join(names, ", "))
		}
		c.meaning[strings.TrimSpace(m.From)] = meaning
		c.listed = append(c.listed, m.From)
	}
	return c, nil
}

// read gives the meaning, the zero T for none.
func (f *choiceField[T]) read(values []Value) (meaning T, fault *kpi.Fault) {
	var none T
	c := f.in(values)
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
		return none, f.about(&kpi.Fault{Reason: f.reason, Detail: f.unlisted(c.String())})
	}
	if meaning == none && f.required {
		return none, f.missing()
	}
	return meaning, nil
}

func (f *choiceField[T]) unlisted(text string) string {
	if f.mapped {
		return fmt.Sprintf("%s is not mapped; mapped are %s", quote(text), list(f.listed))
	}
	return fmt.Sprintf("%s is not known; known are %s; map other values under mapping.%s.values", quote(text), list(f.listed), f.name)
}

// answers are what a yes-or-no field accepts without a value map, in small letters.
var answers = map[string]kpi.Mark{
	"yes": kpi.Yes, "true": kpi.Yes, "1": kpi.Yes, "t": kpi.Yes,
	"no": kpi.No, "false": kpi.No, "0": kpi.No, "f": kpi.No,
}

func compileMark(name string, given *config.Field) (choiceField[kpi.Mark], error) {
	names := []string{"yes", "no", "true", "false", "1", "0", "t", "f"}
	f, err := compileChoice(name, given, false, kpi.BadValue, names, func(text string) (kpi.Mark, bool) {
		mark, known := answers[strings.ToLower(text)]
		return mark, known
	})
	if !f.mapped {
		for _, n := range names {
			f.meaning[strings.ToUpper(n)] = answers[n]
			f.meaning[strings.ToUpper(n[:1])+n[1:]] = answers[n]
		}
	}
	return f, err
}

// dateField is a date.
type dateField struct {
	field
	dates *Dates
}

func compileDate(name string, given *config.Field, required bool) (dateField, error) {
	f, err := compileField(name, given, required)
	d := dateField{field: f}
	if err != nil || given == nil {
		return d, err
	}
	if len(given.Values) > 0 {
		return d, fmt.Errorf("mapping.%s.values cannot be used with a date: name texts that mean no date under empty", name)
	}
	if d.dates, err = NewDates(given.Layouts); err != nil {
		return d, fmt.Errorf("mapping.%s.layouts: %w", name, err)
	}
	return d, nil
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
