package collectors

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// boolField is a yes-or-no field.
type boolField struct {
	choiceField[kpi.Mark]
	counts bool // yes where the number is above
	above  float64
	numerals
}

// answers are what a yes-or-no field accepts without a value map, in small letters.
var answers = map[string]kpi.Mark{
	"yes": kpi.Yes, "true": kpi.Yes, "1": kpi.Yes, "t": kpi.Yes,
	"no": kpi.No, "false": kpi.No, "0": kpi.No, "f": kpi.No,
}

func newBool(name string, given *config.Field) (*boolField, error) {
	names := []string{"yes", "no", "true", "false", "1", "0", "t", "f"}
	f := newChoice(name, given, false, kpi.BadValue, names, func(text string) (kpi.Mark, bool) {
		mark, known := answers[strings.ToLower(text)]
		return mark, known
	})
	if !f.mapped {
		for _, n := range names {
			f.meaning.exact[strings.ToUpper(n)] = answers[n]
			f.meaning.exact[strings.ToUpper(n[:1])+n[1:]] = answers[n]
		}
	}
	b := &boolField{choiceField: *f}
	if given == nil || given.Above == "" {
		return b, nil
	}
	b.counts, b.coded, b.numerals = true, false, numeralsOf(given)
	var err error
	if b.above, err = strconv.ParseFloat(given.Above, 64); err != nil {
		return b, fmt.Errorf("mapping.%s.above is %q: it has to be a number", name, given.Above)
	}
	return b, nil
}

// read returns the answer: of several entries, yes where one says so, no where none does and one says no.
func (b *boolField) read(values []Value) (answer kpi.Mark, fault *kpi.Fault) {
	if !b.several {
		if answer, fault = b.answer(b.in(values)); fault != nil {
			return kpi.Unknown, fault
		}
	} else {
		entries := b.each(values)
		for i := range entries {
			one, fault := b.answer(b.cell(&entries[i]))
			if fault != nil {
				return kpi.Unknown, fault
			}
			answer = max(answer, one) // Unknown, No, Yes
		}
	}
	if answer == kpi.Unknown && b.required {
		return kpi.Unknown, b.missing()
	}
	return answer, nil
}

// answer returns what one cell says.
func (b *boolField) answer(c cell) (kpi.Mark, *kpi.Fault) {
	if !b.counts {
		return b.of(c)
	}
	if c.absent() {
		return kpi.Unknown, nil
	}
	number, fault := c.number(b.numerals, -math.MaxFloat64, math.MaxFloat64)
	if fault != nil {
		return kpi.Unknown, b.about(fault)
	}
	if number > b.above {
		return kpi.Yes, nil
	}
	return kpi.No, nil
}
