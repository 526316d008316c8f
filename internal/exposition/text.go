package exposition

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// AppendSeries writes a series as the text formats of Prometheus do, name{label="value",…}.
func AppendSeries(buf []byte, l labels.Labels) []byte {
	buf = append(buf, l.Get(model.MetricNameLabel)...)
	separator := byte('{')
	l.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			buf = appendLabel(append(buf, separator), l.Name, l.Value)
			separator = ','
		}
	})
	if separator == '{' {
		return buf
	}
	return append(buf, '}')
}

// appendLabel writes name="value" of a clean value, escaped as both formats ask for.
func appendLabel(buf []byte, name, value string) []byte {
	buf = append(buf, name...)
	buf = append(buf, '=', '"')
	start := 0
	for i := 0; i < len(value); i++ {
		escaped := value[i]
		switch escaped {
		case '\n':
			escaped = 'n'
		case '"', '\\':
		default:
			continue
		}
		buf = append(append(buf, value[start:i]...), '\\', escaped)
		start = i + 1
	}
	buf = append(buf, value[start:]...)
	return append(buf, '"')
}

// clean returns the value of a label as Prometheus takes it. One byte that is not UTF-8, or a NUL, would make it refuse the whole
// page; such bytes and other control characters are shown as \x07.
func clean(value string) string {
	if !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
		return value
	}
	var out []byte
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRuneInString(value[i:])
		if c := value[i]; c != '\n' && c < ' ' || r == utf8.RuneError && size == 1 {
			const digits = "0123456789abcdef"
			out = append(out, '\\', 'x', digits[c>>4], digits[c&15])
		} else {
			out = append(out, value[i:i+size]...)
		}
		i += size
	}
	return string(out)
}

// maxExact is the largest number up to which every whole number is exact in a float64.
const maxExact = 1 << 53

// appendFloat writes a value as short as it can be without losing anything; both formats read it.
func appendFloat(buf []byte, v float64) []byte {
	if math.Abs(v) <= maxExact && v == math.Trunc(v) {
		return strconv.AppendInt(buf, int64(v), 10)
	}
	return strconv.AppendFloat(buf, v, 'g', -1, 64)
}
