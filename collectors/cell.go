package collectors

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// cell is a value that is there, with the spaces around its text cut off. The zero cell is an absent one.
type cell struct {
	*Value
	text string // of a Text
}

func (c cell) absent() bool { return c.Value == nil }

// String returns the text form that value maps compare: integers as "2", times as "2026-03-02 14:05:00".
func (c cell) String() string {
	if c.Kind == Text {
		return c.text
	}
	return string(c.Value.append(nil))
}

// append writes the text form of a value without the detour over a string.
func (v *Value) append(to []byte) []byte {
	switch v.Kind {
	case Text, Broken:
		return append(to, v.Text...)
	case Int:
		return strconv.AppendInt(to, v.Int, 10)
	case Float:
		return strconv.AppendFloat(to, v.Float, 'f', -1, 64)
	case Bool:
		return strconv.AppendBool(to, v.Int != 0)
	case Time:
		form := "2006-01-02 15:04:05.999999999"
		if v.Zoned {
			form += "Z07:00"
		}
		return v.Time.AppendFormat(to, form)
	}
	return to
}

func short(number float64) string { return strconv.FormatFloat(number, 'g', -1, 64) }

// longestQuote bounds what a message repeats of a value.
const longestQuote = 80

// quote shows a value in a message.
func quote(text string) string {
	if len(text) > longestQuote {
		text = cut(text, longestQuote) + "…"
	}
	return strconv.Quote(text)
}

// cut returns at most limit bytes of text, whole characters only.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// list shows values in a message, at most ten of them.
func list(values []string) string {
	quoted := make([]string, 0, len(values))
	for _, value := range values[:min(len(values), 10)] {
		quoted = append(quoted, quote(value))
	}
	if len(values) > len(quoted) {
		quoted = append(quoted, "…")
	}
	return strings.Join(quoted, ", ")
}

// Nearest returns the name that is most like the given one, or "" where none is.
func Nearest(name string, names []string) string {
	name = strings.ToLower(name)
	best, distance := "", len(name)/3+1
	for _, candidate := range names {
		lower := strings.ToLower(candidate)
		d := levenshtein.ComputeDistance(name, lower)
		if lower != "" && d > 0 && (strings.Contains(lower, name) || strings.Contains(name, lower)) {
			d = 1
		}
		if d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// String returns the text form of a value, "" for a Null.
func (v *Value) String() string { return string(v.append(nil)) }
