package collectors

import (
	"strconv"
	"strings"
	"time"
)

// spreadsheetDigits is the number from which on a spreadsheet has lost digits: it keeps 15.
const spreadsheetDigits = 1e15

// A shape is what a text looks like.
type shape uint8

const (
	shapeOther      shape = iota
	shapeWhole            // digits: 123
	shapeZeros            // digits that begin with 0: 000123
	shapeScientific       // 2.02603E+17
	shapeDotted           // digits with points: 1.000123
	shapeISODate          // 2026-03-02
	shapeDayFirst         // 25/03/2026: only the day can come first
	shapeEither           // 02/03/2026: day or month may come first
	shapeMonthFirst       // 03/25/2026
	shapeGuarded          // ="000123", '000123
	shapeCount
)

// shapeOf looks at a text without spaces around it.
func shapeOf(text string) shape {
	if text[0] == '=' || text[0] == '\'' {
		return shapeGuarded
	}
	if text[0] < '0' || text[0] > '9' {
		return shapeOther
	}
	var digits, points, dashes, slashes, exponents int
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case c == '-':
			dashes++
		case c == '/':
			slashes++
		case c == 'E' || c == 'e':
			exponents++
		case c == '+':
		case c == ' ' || c == ':' || c == 'T':
			if dashes == 2 || slashes == 2 { // a time of day follows
				return dateShape(text, dashes, slashes)
			}
			return shapeOther
		default:
			return shapeOther
		}
	}
	switch {
	case digits == len(text) && text[0] == '0' && digits > 1:
		return shapeZeros
	case digits == len(text):
		return shapeWhole
	case exponents == 1 && points <= 1 && slashes == 0:
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return shapeScientific
		}
		return shapeOther
	case dashes == 2 || slashes == 2:
		return dateShape(text, dashes, slashes)
	case points > 0 && digits+points == len(text):
		return shapeDotted
	}
	return shapeOther
}

// dateShape tells the orders of a date apart.
func dateShape(text string, dashes, slashes int) shape {
	sign := byte('-')
	if slashes == 2 {
		sign = '/'
	}
	first, rest, _ := strings.Cut(text, string(sign))
	second, _, _ := strings.Cut(rest, string(sign))
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	switch {
	case errA != nil || errB != nil || a < 1 || b < 1:
		return shapeOther
	case len(first) == 4:
		return shapeISODate
	case a > 12 && a <= 31 && b <= 12:
		return shapeDayFirst
	case b > 12 && b <= 31 && a <= 12:
		return shapeMonthFirst
	case a <= 12 && b <= 12:
		return shapeEither
	}
	return shapeOther
}

// dayOfText reads the day of a date by its shape; where day or month may come first, the day does.
func dayOfText(text string, s shape) (time.Time, bool) {
	var layouts []string
	switch s {
	case shapeISODate:
		layouts = []string{"2006-1-2", "2006/1/2"}
	case shapeMonthFirst:
		layouts = []string{"1/2/2006", "1-2-2006"}
	default:
		layouts = []string{"2/1/2006", "2-1-2006"}
	}
	day, _, _ := strings.Cut(text, " ")
	day, _, _ = strings.Cut(day, "T")
	for _, layout := range layouts {
		if at, err := time.Parse(layout, day); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
