package collectors

import (
	"cmp"
	"fmt"

	"kpiagent/config"
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

// newChoice parses the meanings; names are those that parse knows, for messages.
func newChoice[T comparable](name string, given *config.Field, required bool, reason kpi.Reason, names []string, parse func(string) (T, bool)) *choiceField[T] {
	c := &choiceField[T]{field: newField(name, given, required), reason: reason, meaning: newMeanings[T](0)}
	c.meaning.numbers, c.numbers, c.coded = true, true, true
	if given == nil {
		return c
	}
	c.mapped = len(given.Values) > len(c.skips) && !c.fixed
	if !c.mapped {
		for _, n := range names {
			c.meaning.exact[n], _ = parse(n)
		}
		c.listed = names
		return c
	}
	for _, m := range given.Values {
		c.listed = append(c.listed, cmp.Or(m.Pattern, m.From))
		if !m.Skip {
			to, _ := parse(m.To) // to nothing is none
			c.meaning.add(m, to)
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
		meaning = f.meaning.exact[""]
	case c.Kind == Text:
		meaning, known = f.meaning.of(c.text)
	default:
		var scratch [64]byte
		meaning, known = f.meaning.ofBytes(c.Value.append(scratch[:0]))
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
