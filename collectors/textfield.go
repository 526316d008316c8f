package collectors

import (
	"cmp"
	"fmt"
	"math"

	"kpiagent/config"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
)

// textField is a code or a name.
type textField struct {
	field
	meaning meanings[string] // of the value map; empty without one
	listed  []string
	reason  kpi.Reason // of a value that is not listed
	code    bool       // each digit counts
}

func newText(name string, given *config.Field, required bool, reason kpi.Reason) *textField {
	t := &textField{field: newField(name, given, required), reason: reason}
	if given == nil || len(given.Values) == len(t.skips) {
		return t
	}
	t.coded, t.meaning = true, newMeanings[string](len(given.Values))
	for _, m := range given.Values {
		t.listed = append(t.listed, cmp.Or(m.Pattern, m.From))
		if !m.Skip {
			t.meaning.add(m, canonical.Text(m.To))
		}
	}
	return t
}

// destroyed reports whether a cell is a number of more digits than a spreadsheet keeps, in its short form or not.
func (c cell) destroyed() bool {
	switch {
	case c.absent():
		return false
	case c.Kind == Float:
		return math.Abs(c.Float) >= spreadsheetDigits
	case c.Kind == Text:
		return shapeOf(c.text) == shapeScientific
	}
	return false
}

// read returns the text, "" for none. It may lie in the row's memory.
func (t *textField) read(values []Value) (string, *kpi.Fault) {
	c := t.in(values)
	if t.code && c.destroyed() {
		return "", t.about(&kpi.Fault{Reason: kpi.DestroyedCode, Detail: quote(c.String()) +
			" is a number that a spreadsheet has shortened: its last digits are lost; have the column exported as text"})
	}
	text := ""
	if !c.absent() {
		text = c.String()
		if c.Kind == Broken {
			if _, mapped := t.meaning.of(text); !mapped {
				return "", t.about(broken(text))
			}
		}
	}
	if t.meaning.exact != nil && !t.fixed {
		meaning, known := t.meaning.of(text)
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
