// Package layout is the language in which configurations name the forms of dates, and the reading of such dates.
//
// Letters stand for parts of the date, as in dd/MM/yyyy HH:mm; other letters stand between apostrophes; everything else stands
// for itself. Which layouts a column has, and what a date means, is the business of callers.
package layout

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The layouts that are names.
const (
	// ISO is RFC 3339 and its neighbours: a T or a space between date and time, any number of decimals of a second, then the
	// zone offset as Z, +07:00, +0700 or +07.
	ISO = "rfc3339"
	// Unix is seconds since 1970-01-01T00:00:00Z.
	Unix = "unix"
	// UnixMillis is milliseconds since then.
	UnixMillis = "unix_ms"
	// DotNet is milliseconds since then as older services of ASP.NET write them: /Date(1772411400000+0700)/.
	DotNet = "dotnet"
)

// Token is a placeholder of a layout.
type Token struct {
	Text   string // as it is written: yyyy
	goText string
	Doc    string
}

// Tokens returns the placeholders in the order of the reference.
func Tokens() []Token { return tokens }

// tokens in the order of the reference.
var tokens = []Token{
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
	{"a", "PM", "AM or PM, in small letters too; or SA, CH, sáng, chiều, tối"},
	{"XXX", "Z07:00", "zone offset as +07:00, or Z"},
	{"XX", "Z0700", "zone offset as +0700, or Z"},
	{"X", "Z07", "zone offset as +07, or Z"},
}

// Layout is a compiled layout.
type Layout struct {
	read   func(text string) (Moment, Fit)
	goText string // the layout of the package time; "" for a named one
	whole  string // what a date names: month or year; "" for a day
	sorted bool
}

// Parse compiles a layout such as "dd/MM/yyyy HH:mm:ss.SSS", or one of the names. S, as often as there are digits, is the
// fraction of a second, after a point or comma. The error says what is wrong and what is allowed, without the text itself.
func Parse(text string) (Layout, error) {
	switch text {
	case ISO:
		return Layout{read: readRFC3339}, nil
	case Unix:
		return Layout{read: readUnix(1)}, nil
	case UnixMillis:
		return Layout{read: readUnix(1000)}, nil
	case DotNet:
		return Layout{read: readDotNet}, nil
	}
	pieces, err := cut(text)
	if err != nil {
		return Layout{}, err
	}
	var all strings.Builder
	for _, p := range pieces {
		all.WriteString(p.goText)
	}
	l := Layout{goText: all.String()}
	for _, t := range probes {
		var whole strings.Builder
		for _, p := range pieces {
			whole.WriteString(t.Format(p.goText))
		}
		written := t.Format(l.goText)
		// The package time takes a point or comma and digits behind the seconds for their fraction, also where they are fixed text.
		if _, err := time.Parse(l.goText, written); err != nil || written != whole.String() {
			return Layout{}, errors.New("its fixed text cannot be told from a part of a date; use other signs between the parts")
		}
	}
	if steps, simple := stepsOf(pieces); simple {
		l.read, l.sorted = steps.read, steps.sorted()
	} else {
		l.read = readByGo(l.goText)
	}
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.letter == 'a' }) {
		read := l.read
		l.read = func(text string) (Moment, Fit) { return read(halfOfDay(text)) }
	}
	return l, nil
}

// half is a half of the day as people and programs write it.
var half = regexp.MustCompile(`(?i)(^|[^\pL])(a\.?m\.?|p\.?m\.?|sáng|chiều|tối|sa|ch)($|[^\pL])`)

// halfOfDay writes the half of the day as Go reads it.
func halfOfDay(text string) string {
	found := half.FindStringSubmatchIndex(text)
	if found == nil {
		return text
	}
	written := "PM"
	switch strings.ToLower(text[found[4]:found[5]])[0] {
	case 'a', 's':
		written = "AM"
	}
	return text[:found[4]] + written + text[found[5]:]
}

// ParsePeriod is Parse for dates that may name a month or a year as a whole: MM/yyyy, yyyy. Such a date reads as its first day.
func ParsePeriod(text string) (Layout, error) {
	l, err := Parse(text)
	if err == nil {
		return l, nil
	}
	for _, missing := range []struct{ layout, text, whole string }{{" dd", " 01", "month"}, {" MM dd", " 01 01", "year"}} {
		if l, still := Parse(text + missing.layout); still == nil {
			read := l.read
			l.read = func(text string) (Moment, Fit) { return read(text + missing.text) }
			l.whole, l.sorted = missing.whole, false
			return l, nil
		}
	}
	return Layout{}, err
}

// Whole returns what a date of the layout names where that is no day: month or year; else "".
func (l Layout) Whole() string { return l.whole }

// Sorted reports whether texts of the layout sort as their moments do, so that a database can compare them.
func (l Layout) Sorted() bool { return l.sorted }

// Read reads a text that has no spaces around it.
func (l Layout) Read(text string) (Moment, Fit) { return l.read(text) }

// Write returns t as a text of the layout, which must not be a named one.
func (l Layout) Write(t time.Time) string { return t.Format(l.goText) }

// probes are two moments that differ in every part, and of which no part is what Go's layouts are written with.
var probes = [2]time.Time{
	time.Date(1987, time.November, 24, 19, 58, 47, 654321000, time.UTC),
	time.Date(2031, time.March, 13, 8, 9, 10, 123456789, time.FixedZone("", -5400)),
}

// piece is a token, a fraction of a second, or a stretch of fixed text.
type piece struct {
	text   string // as it is written
	goText string
	letter byte // of a token, S for a fraction; 0 for fixed text
}

// cut turns the layout into pieces.
func cut(text string) (pieces []piece, err error) {
	if strings.Contains(text, "2006") {
		return nil, errors.New("layouts of Go are not used here; write yyyy-MM-dd HH:mm:ss")
	}
	used := map[byte]bool{}
	open := false // the piece before has one digit or two
	for rest := text; rest != ""; {
		p, err := next(rest)
		if err != nil {
			return nil, err
		}
		if p.letter != 0 {
			if used[p.letter] {
				return nil, fmt.Errorf("%c stands twice; MM is the month and mm the minute, write each part once", p.letter)
			}
			used[p.letter] = true
		} else if !isFixed(p.goText) {
			return nil, fmt.Errorf("%q stands for a part of a date in Go's own layouts; write yyyy-MM-dd HH:mm:ss instead", p.goText)
		}
		if open && (strings.IndexByte("yMdHhms", p.letter) >= 0 || p.goText[0] >= '0' && p.goText[0] <= '9') {
			return nil, errors.New("a part with one digit or two needs a sign after it; write MM, dd, HH, mm, ss for two digits")
		}
		open = len(p.text) == 1 && strings.IndexByte("MdHhms", p.letter) >= 0
		pieces = append(pieces, p)
		rest = rest[len(p.text):]
	}
	switch {
	case !used['y'] || !used['M'] || !used['d']:
		return nil, fmt.Errorf("it needs year, month and day: yyyy-MM-dd, dd/MM/yyyy HH:mm, yyyyMMddHHmmss and the like, or %s, %s, %s, %s", ISO, Unix, UnixMillis, DotNet)
	case used['h'] != used['a']:
		return nil, errors.New("hh (1 to 12) and a (AM or PM) go together; HH is the hour from 00 to 23")
	case used['h'] && used['H']:
		return nil, errors.New("HH and hh are both the hour; write one of them")
	}
	return pieces, nil
}

// next cuts one piece off.
func next(rest string) (piece, error) {
	run := rest[:len(rest)-len(strings.TrimLeft(rest, rest[:1]))]
	for _, t := range tokens {
		if t.Text == run {
			return piece{run, t.goText, run[0]}, nil
		}
	}
	if (rest[0] == '.' || rest[0] == ',') && strings.HasPrefix(rest[1:], "S") {
		digits := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "S"))
		if digits > 9 {
			return piece{}, errors.New("a second has at most 9 decimals: S to SSSSSSSSS")
		}
		return piece{rest[:1+digits], rest[:1] + strings.Repeat("0", digits), 'S'}, nil
	}
	if rest[0] == '\'' {
		end := strings.IndexByte(rest[1:], '\'')
		switch {
		case end < 0:
			return piece{}, errors.New("an apostrophe is not closed")
		case end == 0:
			return piece{"''", "'", 0}, nil
		}
		return piece{rest[:2+end], rest[1 : 1+end], 0}, nil
	}
	if isLetter(rest[0]) {
		return piece{}, letterError(run)
	}
	return piece{rest[:1], rest[:1], 0}, nil
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

// isFixed reports whether Go takes the text for itself and not for a part of a date.
func isFixed(piece string) bool {
	return probes[0].Format(piece) == piece && probes[1].Format(piece) == piece
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
