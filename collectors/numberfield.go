package collectors

import (
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// numberField is a number.
type numberField struct {
	textField
	numerals numerals
	from, to float64
}

func newNumber(name string, given *config.Field, required bool, from, to float64) *numberField {
	n := &numberField{textField: *newText(name, given, required, kpi.BadValue), from: from, to: to}
	if given != nil {
		n.value.Plain = n.fixed // the configuration writes numbers as machines do
		n.numerals = numeralsOf(given)
	}
	return n
}

// read returns the number, 0 for none.
func (n *numberField) read(values []Value) (float64, *kpi.Fault) {
	c := n.in(values)
	if n.meaning.exact != nil {
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
