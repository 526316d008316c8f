package collectors

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// markField is a yes-or-no field.
type markField struct {
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

func compileMark(name string, given *config.Field) (markField, error) {
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
	m := markField{choiceField: f}
	if err != nil || given == nil || given.Above == "" {
		return m, err
	}
	m.counts = true
	if m.numerals, err = compileNumerals(name, given); err != nil {
		return m, err
	}
	if m.above, err = strconv.ParseFloat(given.Above, 64); err != nil {
		return m, fmt.Errorf("mapping.%s.above is %q: it has to be a number", name, given.Above)
	}
	return m, nil
}

// read gives the answer: of several entries, yes where one says so, no where none does and one says no.
func (m *markField) read(values []Value) (answer kpi.Mark, fault *kpi.Fault) {
	if !m.several {
		if answer, fault = m.answer(m.in(values)); fault != nil {
			return kpi.Unknown, fault
		}
	} else {
		entries := m.each(values)
		for i := range entries {
			one, fault := m.answer(m.cell(&entries[i]))
			if fault != nil {
				return kpi.Unknown, fault
			}
			answer = max(answer, one) // Unknown, No, Yes
		}
	}
	if answer == kpi.Unknown && m.required {
		return kpi.Unknown, m.missing()
	}
	return answer, nil
}

// answer gives what one cell says.
func (m *markField) answer(c cell) (kpi.Mark, *kpi.Fault) {
	if !m.counts {
		return m.of(c)
	}
	if c.absent() {
		return kpi.Unknown, nil
	}
	number, fault := c.number(m.numerals, -math.MaxFloat64, math.MaxFloat64)
	if fault != nil {
		return kpi.Unknown, m.about(fault)
	}
	if number > m.above {
		return kpi.Yes, nil
	}
	return kpi.No, nil
}
