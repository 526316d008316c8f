package collectors

import (
	"fmt"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
)

// choiceField has one of a few meanings.
type choiceField[T comparable] struct {
	field
	meaning meanings[T]
	listed  []string
	mapped  bool // by a value map; else the names themselves are the values
	reason  kpi.Reason
}

// meanings are what the values of a field mean, by their canonical texts.
type meanings[T comparable] map[string]T

// of returns what a value means: the one written so, or else the one that differs in capital letters only, where all such
// mean the same.
func (m meanings[T]) of(text string) (meaning T, known bool) {
	if meaning, known = m[text]; known {
		return meaning, true
	}
	for written, one := range m {
		if !strings.EqualFold(written, text) {
			continue
		}
		if known && one != meaning {
			return meaning, false
		}
		meaning, known = one, true
	}
	return meaning, known
}

// newChoice parses the meanings; names are those that parse knows, for messages.
func newChoice[T comparable](name string, given *config.Field, required bool, reason kpi.Reason, names []string, parse func(string) (T, bool)) *choiceField[T] {
	c := &choiceField[T]{field: newField(name, given, required), reason: reason, meaning: meanings[T]{}}
	if given == nil {
		return c
	}
	c.mapped = len(given.Values) > len(c.skips) && !c.fixed
	if !c.mapped {
		for _, n := range names {
			c.meaning[n], _ = parse(n)
		}
		c.listed = names
		return c
	}
	for _, m := range given.Values {
		c.listed = append(c.listed, m.From)
		if !m.Skip {
			c.meaning[canonical.Text(m.From)], _ = parse(m.To) // to nothing is none
		}
	}
	return c
}

// read returns the meaning, the zero T for none.
func (f *choiceField[T]) read(values []Value) (meaning T, fault *kpi.Fault) {
	var none T
	c := f.in(values)
	if meaning, fault = f.of(c); fault == nil && meaning == none && f.required && c.absent() {
		return none, f.missing()
	}
	return meaning, fault
}

// of returns the meaning of one cell.
func (f *choiceField[T]) of(c cell) (meaning T, fault *kpi.Fault) {
	known := true
	switch {
	case c.absent():
		meaning = f.meaning[""]
	case c.Kind == Text:
		meaning, known = f.meaning.of(c.text)
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
