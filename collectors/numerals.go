package collectors

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// numerals says how a column writes numbers as text. The zero value takes what can be read in one way only.
type numerals struct {
	point   byte   // the sign before the decimals: ',' or '.'; 0 for either, where it cannot stand between thousands
	percent string // what 95 % becomes: fraction 0.95, number 95; "" for a fault
}

// numeralsOf takes over how a field writes its numbers.
func numeralsOf(given *config.Field) numerals {
	return numerals{point: map[string]byte{"vi": ',', "en": '.'}[given.Number], percent: given.Percent}
}

// number reads a number; the fault is kpi.BadValue and names no field.
func (c cell) number(n numerals, from, to float64) (float64, *kpi.Fault) {
	var number float64
	switch {
	case c.Kind == Int:
		number = float64(c.Int)
	case c.Kind == Float:
		number = c.Float
	case c.Kind == Broken:
		return 0, broken(c.Text)
	case c.Kind == Text && !c.Plain:
		parsed, wrong := n.parse(c.text)
		if wrong != "" {
			return 0, &kpi.Fault{Reason: kpi.BadValue, Detail: quote(c.text) + " " + wrong}
		}
		number = parsed
	default:
		parsed, err := strconv.ParseFloat(c.String(), 64)
		if err != nil || strings.ContainsAny(c.String(), "xXpP_") {
			return 0, &kpi.Fault{Reason: kpi.BadValue, Detail: quote(c.String()) + " is not a number such as 12.5"}
		}
		number = parsed
	}
	if math.IsNaN(number) || number < from || number > to {
		return 0, &kpi.Fault{Reason: kpi.BadValue, Detail: quote(c.String()) + " is not between " + short(from) + " and " + short(to)}
	}
	return number, nil
}

// parse reads a text with no spaces around it; wrong says what is wrong with it.
func (n numerals) parse(text string) (number float64, wrong string) {
	plain := text
	exponent := ""
	if without, is := strings.CutSuffix(plain, "%"); is {
		if n.percent == "" {
			return 0, "has a percent sign; write percent: fraction beside the column where 95 % is 0.95, percent: number where it is 95"
		}
		plain = strings.TrimSpace(without)
		if n.percent == "fraction" {
			exponent = "e-2" // exact, as a division is not
		}
	}
	sign := ""
	for _, mark := range []string{"-", "−", "+"} {
		if rest, is := strings.CutPrefix(plain, mark); is {
			sign, plain = strings.Replace(mark, "−", "-", 1), rest
			break
		}
	}
	scientific := strings.IndexAny(plain, "eE")
	if scientific > 0 && exponent == "" {
		plain, exponent = plain[:scientific], plain[scientific:]
	}
	digits, wrong := n.decimal(plain, scientific > 0)
	if wrong != "" {
		return 0, wrong
	}
	number, err := strconv.ParseFloat(sign+digits+exponent, 64)
	if err != nil {
		return 0, n.none()
	}
	return number, ""
}

func (n numerals) none() string {
	if n.point == ',' {
		return "is not a number such as 1.234,5"
	}
	return "is not a number such as 12.5"
}

// decimal returns the digits of a number without a sign, with a point before the decimals and nothing between thousands.
// ungrouped says that its thousands cannot be apart.
func (n numerals) decimal(text string, ungrouped bool) (digits, wrong string) {
	groups, signs, ok := cutGroups(text)
	if !ok {
		return "", n.none()
	}
	if len(signs) == 0 {
		return groups[0], ""
	}
	last := signs[len(signs)-1]
	whole := !ungrouped && grouped(groups, signs) && (n.point == 0 || last != n.point)
	fraction := (last == '.' || last == ',') && (n.point == 0 || last == n.point) && groups[len(groups)-1] != "" &&
		(len(signs) == 1 || !ungrouped && signs[0] != last && grouped(groups[:len(groups)-1], signs[:len(signs)-1]))
	head := strings.Join(groups[:len(groups)-1], "")
	tail := groups[len(groups)-1]
	switch {
	case whole && fraction:
		return "", fmt.Sprintf("may be %s%s or %s.%s; write number: vi beside the column where numbers look like 1.234,5, number: en where they look like 1,234.5",
			head, tail, head, tail)
	case whole:
		return head + tail, ""
	case fraction:
		return head + "." + tail, ""
	}
	return "", n.none()
}

// cutGroups cuts a text into digits and the signs between them; all kinds of spaces are one. ok says that nothing else
// stands in it, and that digits stand behind each sign.
func cutGroups(text string) (groups []string, signs []byte, ok bool) {
	start := 0
	for at, letter := range text {
		if letter >= '0' && letter <= '9' {
			continue
		}
		sign := byte(0)
		switch letter {
		case '.', ',':
			sign = byte(letter)
		case ' ', '\u00a0', '\u202f', '\u2009', '\u2007':
			sign = ' '
		default:
			return nil, nil, false
		}
		groups, signs = append(groups, text[start:at]), append(signs, sign)
		start = at + len(string(letter))
	}
	groups = append(groups, text[start:])
	for _, digits := range groups[1:] {
		if digits == "" {
			return nil, nil, false
		}
	}
	return groups, signs, len(groups) > 1 || text != ""
}

// grouped reports whether groups are thousands, all apart by the same sign: 1.234.567.
func grouped(groups []string, signs []byte) bool {
	first := groups[0]
	if first == "" || len(first) > 3 || first[0] == '0' {
		return false
	}
	for i, sign := range signs {
		if sign != signs[0] || len(groups[i+1]) != 3 {
			return false
		}
	}
	return true
}

// Count reads a cell that can only hold a whole number of things, so that 1.234 has no other meaning than 1234. present says
// whether there is one: an empty cell and a dash are none. wrong says what is wrong with it.
func Count(value *Value) (count int64, present bool, wrong string) {
	const most = 1 << 40 // sums of very many stay exact
	switch value.Kind {
	case Null:
		return 0, false, ""
	case Int:
		count = value.Int
	case Float:
		count = int64(value.Float)
		if float64(count) != value.Float {
			return 0, true, quote(value.String()) + " is not a whole number"
		}
	case Text:
		text := strings.TrimSpace(value.Text)
		if text == "" || text == "-" || text == "–" {
			return 0, false, ""
		}
		groups, signs, ok := cutGroups(text)
		if ok = ok && (len(signs) == 0 || grouped(groups, signs)); ok {
			var err error
			count, err = strconv.ParseInt(strings.Join(groups, ""), 10, 64)
			ok = err == nil
		}
		if !ok {
			return 0, true, quote(text) + " is not a whole number"
		}
	case Broken:
		return 0, true, broken(value.Text).Detail
	default:
		return 0, true, quote(value.String()) + " is not a whole number"
	}
	if count < 0 || count > most {
		return 0, true, quote(value.String()) + " cannot be a count"
	}
	return count, true, ""
}
