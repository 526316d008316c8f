package exposition

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// appendLabel writes name="value" with the value escaped as both formats ask for. One byte that is not UTF-8, or a NUL,
// would make Prometheus refuse the whole page; such bytes and other control characters are shown as \x07.
func appendLabel(buf []byte, name, value string) []byte {
	buf = append(buf, name...)
	buf = append(buf, '=', '"')
	start := 0
	for i := 0; i < len(value); {
		c := value[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(value[i:])
		if c >= utf8.RuneSelf && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		buf = append(buf, value[start:i]...)
		buf = appendEscaped(buf, c)
		i++
		start = i
	}
	buf = append(buf, value[start:]...)
	return append(buf, '"')
}

func appendEscaped(buf []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(buf, '\\', c)
	case '\n':
		return append(buf, '\\', 'n')
	}
	const digits = "0123456789abcdef"
	return append(buf, '\\', '\\', 'x', digits[c>>4], digits[c&15])
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
