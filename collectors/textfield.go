package collectors

import (
	"fmt"

	"kpiagent/config"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
)

// textField is a code or a name.
type textField struct {
	field
	meaning meanings[string] // of the value map; nil without one
	listed  []string
	reason  kpi.Reason // of a value that is not listed
}

func newText(name string, given *config.Field, required bool, reason kpi.Reason) *textField {
	t := &textField{field: newField(name, given, required), reason: reason}
	if given == nil || len(given.Values) == len(t.skips) {
		return t
	}
	t.meaning = make(meanings[string], len(given.Values))
	for _, m := range given.Values {
		t.listed = append(t.listed, m.From)
		if m.Skip {
			continue
		}
		t.meaning[canonical.Text(m.From)] = canonical.Text(m.To)
	}
	return t
}

// read returns the text, "" for none. It may lie in the row's memory.
func (t *textField) read(values []Value) (string, *kpi.Fault) {
	c := t.in(values)
	text := ""
	if !c.absent() {
		text = c.String()
		if _, mapped := t.meaning.of(text); c.Kind == Broken && !mapped {
			return "", t.about(broken(text))
		}
	}
	if t.meaning != nil && !t.fixed {
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
