package config

import (
	"fmt"
	"strings"
	"time"
)

// The layouts that are names; Layout gives them back as they are.
const (
	// LayoutISO is RFC 3339 and its neighbours: a T or a space between date and time, any number of decimals of a second,
	// then the zone offset as Z, +07:00, +0700 or +07. Whoever reads such dates accepts all of these.
	LayoutISO = "rfc3339"
	// LayoutUnix is seconds since 1970-01-01T00:00:00Z.
	LayoutUnix = "unix"
	// LayoutUnixMillis is milliseconds since then.
	LayoutUnixMillis = "unix_ms"
)

// token is one placeholder of a layout.
type token struct{ text, goText, doc string }

// tokens in the order of the reference.
var tokens = []token{
	{"yyyy", "2006", "year, 4 digits"},
	{"yy", "06", "year, 2 digits: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068"},
	{"MM", "01", "month, 2 digits"},
	{"M", "1", "month, 1 or 2 digits"},
	{"dd", "02", "day of the month, 2 digits"},
	{"d", "2", "day of the month, 1 or 2 digits"},
	{"HH", "15", "hour from 00 to 23"},
	{"H", "15", "hour from 0 to 23, 1 or 2 digits"},
	{"hh", "03", "hour from 01 to 12; needs a"},
	{"h", "3", "hour from 1 to 12, 1 or 2 digits; needs a"},
	{"mm", "04", "minute, 2 digits"},
	{"m", "4", "minute, 1 or 2 digits"},
	{"ss", "05", "second, 2 digits"},
	{"s", "5", "second, 1 or 2 digits"},
	{"a", "PM", "AM or PM"},
	{"XXX", "Z07:00", "zone offset as +07:00, or Z"},
	{"XX", "Z0700", "zone offset as +0700, or Z"},
	{"X", "Z07", "zone offset as +07, or Z"},
}

// Layout turns a layout such as "dd/MM/yyyy HH:mm:ss.SSS" into Go's. The names LayoutISO, LayoutUnix and LayoutUnixMillis
// come back as they are. Letters stand for parts of the date; other letters stand between apostrophes; everything else
// stands for itself. S, as often as there are digits, is the fraction of a second, after a point or comma. The error says
// what is wrong and what is allowed.
func Layout(text string) (goLayout string, err error) {
	if text == LayoutISO || text == LayoutUnix || text == LayoutUnixMillis {
		return text, nil
	}
	pieces, err := cut(text)
	if err != nil {
		return "", fmt.Errorf("%s is not a date layout: %w", quote(text), err)
	}
	goLayout = strings.Join(pieces, "")
	for _, t := range probes {
		var whole strings.Builder
		for _, piece := range pieces {
			whole.WriteString(t.Format(piece))
		}
		if t.Format(goLayout) != whole.String() {
			return "", fmt.Errorf("%s is not a date layout: its fixed text cannot be told from a part of a date; use other signs between the parts", quote(text))
		}
	}
	return goLayout, nil
}

// PeriodLayout is Layout for dates that name a month or a year as a whole: MM/yyyy, yyyy. It gives a layout of whole dates, and
// what a text needs behind it to be one; "" where the layout names a day already.
func PeriodLayout(text string) (layout, rest string, err error) {
	_, err = Layout(text)
	if err == nil {
		return text, "", nil
	}
	for _, missing := range []struct{ layout, text string }{{" dd", " 01"}, {" MM dd", " 01 01"}} {
		if _, still := Layout(text + missing.layout); still == nil {
			return text + missing.layout, missing.text, nil
		}
	}
	return "", "", err
}

// probes are two moments that differ in every part, and of which no part is what Go's layouts are written with.
var probes = [2]time.Time{
	time.Date(1987, time.November, 24, 19, 58, 47, 654321000, time.UTC),
	time.Date(2031, time.March, 13, 8, 9, 10, 123456789, time.FixedZone("", -5400)),
}

// cut turns the layout into Go's pieces: one for each token, one for each stretch of fixed text.
func cut(text string) (pieces []string, err error) {
	if strings.Contains(text, "2006") {
		return nil, fmt.Errorf("layouts of Go are not used here; write yyyy-MM-dd HH:mm:ss")
	}
	used := map[byte]bool{}
	open := false // the piece before has one digit or two
	for rest := text; rest != ""; {
		piece, size, letter, err := next(rest)
		if err != nil {
			return nil, err
		}
		if letter != 0 {
			if used[letter] {
				return nil, fmt.Errorf("%c stands twice; MM is the month and mm the minute, write each part once", letter)
			}
			used[letter] = true
		} else if !isFixed(piece) {
			return nil, fmt.Errorf("%q stands for a part of a date in Go's own layouts; write yyyy-MM-dd HH:mm:ss instead", piece)
		}
		if open && (strings.IndexByte("yMdHhms", letter) >= 0 || piece[0] >= '0' && piece[0] <= '9') {
			return nil, fmt.Errorf("a part with one digit or two needs a sign after it; write MM, dd, HH, mm, ss for two digits")
		}
		open = size == 1 && strings.IndexByte("MdHhms", letter) >= 0
		pieces = append(pieces, piece)
		rest = rest[size:]
	}
	switch {
	case !used['y'] || !used['M'] || !used['d']:
		return nil, fmt.Errorf("it needs year, month and day: yyyy-MM-dd, dd/MM/yyyy HH:mm, yyyyMMddHHmmss and the like, or %s, %s, %s", LayoutISO, LayoutUnix, LayoutUnixMillis)
	case used['h'] != used['a']:
		return nil, fmt.Errorf("hh (1 to 12) and a (AM or PM) go together; HH is the hour from 00 to 23")
	case used['h'] && used['H']:
		return nil, fmt.Errorf("HH and hh are both the hour; write one of them")
	}
	return pieces, nil
}

// next cuts one piece off: a token, whose letter it gives, or fixed text.
func next(rest string) (piece string, size int, letter byte, err error) {
	run := rest[:len(rest)-len(strings.TrimLeft(rest, rest[:1]))]
	for _, t := range tokens {
		if t.text == run {
			return t.goText, len(run), run[0], nil
		}
	}
	if (rest[0] == '.' || rest[0] == ',') && strings.HasPrefix(rest[1:], "S") {
		digits := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "S"))
		if digits > 9 {
			return "", 0, 0, fmt.Errorf("a second has at most 9 decimals: S to SSSSSSSSS")
		}
		return rest[:1] + strings.Repeat("0", digits), 1 + digits, 'S', nil
	}
	if rest[0] == '\'' {
		end := strings.IndexByte(rest[1:], '\'')
		if end < 0 {
			return "", 0, 0, fmt.Errorf("an apostrophe is not closed")
		}
		if end == 0 {
			return "'", 2, 0, nil
		}
		return rest[1 : 1+end], 2 + end, 0, nil
	}
	if isLetter(rest[0]) {
		return "", 0, 0, letterError(run)
	}
	return rest[:1], 1, 0, nil
}

// letterError says what was probably meant by a run of letters that is no token.
func letterError(run string) error {
	switch run[0] {
	case 'Y':
		return fmt.Errorf("%s is unknown; the year is yyyy", run)
	case 'D':
		return fmt.Errorf("%s is unknown; the day is dd", run)
	case 'S':
		return fmt.Errorf("%s, the fraction of a second, must follow a point or comma: ss.SSS", run)
	case 'T':
		return fmt.Errorf("a letter that stands for itself goes between apostrophes: yyyy-MM-dd'T'HH:mm:ss")
	case 'Z', 'z':
		return fmt.Errorf("%s is unknown; the zone offset is XXX (+07:00), XX (+0700) or X (+07)", run)
	}
	return fmt.Errorf("%s is unknown; allowed are yyyy yy MM M dd d HH H hh h mm m ss s SSS a XXX XX X, and other letters between apostrophes", run)
}

// isFixed says whether Go takes the text for itself and not for a part of a date.
func isFixed(piece string) bool {
	return probes[0].Format(piece) == piece && probes[1].Format(piece) == piece
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
