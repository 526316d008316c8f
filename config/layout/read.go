package layout

import (
	"strconv"
	"strings"
	"time"
)

// Fit says how a text and a layout go together.
type Fit uint8

// The ways in which they do.
const (
	Unfit  Fit = iota // the text has another form
	Absurd            // the form fits, but there is no such day or hour
	Fits
)

// step is one part of a layout that has digits of fixed width only: a field of the date, or a literal byte.
type step struct {
	part    part
	literal byte
}

type part uint8

const (
	year part = iota
	month
	day
	hour
	minute
	second
	literal
)

var parts = map[string]part{"yyyy": year, "MM": month, "dd": day, "HH": hour, "H": hour, "mm": minute, "ss": second}

type steps []step

// stepsOf makes steps of a layout; simple is false where it has words, offsets or digits without a leading zero, which
// time.Parse then reads.
func stepsOf(pieces []piece) (found steps, simple bool) {
	for _, p := range pieces {
		if p.letter == 'S' && len(found) > 0 && found[len(found)-1].part == second {
			continue // a fraction may follow the seconds of every layout
		}
		if at, known := parts[p.text]; known && p.letter != 0 {
			found = append(found, step{part: at})
			continue
		}
		if p.letter != 0 {
			return nil, false
		}
		for _, c := range []byte(p.goText) {
			if c != 'T' && (c >= '0' && c <= '9' || isLetter(c)) {
				return nil, false
			}
			found = append(found, step{part: literal, literal: c})
		}
	}
	return found, true
}

// sorted reports whether the parts stand from year down to second.
func (s steps) sorted() bool {
	next := year
	for _, step := range s {
		if step.part == literal {
			continue
		}
		if step.part != next {
			return false
		}
		next++
	}
	return next > year
}

// read reads one text. A fraction may follow the seconds.
func (s steps) read(text string) (Moment, Fit) {
	fields := [6]int{1, 1, 1}
	nanos := 0
	for _, step := range s {
		if step.part == literal {
			if text == "" || text[0] != step.literal {
				return Moment{}, Unfit
			}
			text = text[1:]
			continue
		}
		width := 2
		if step.part == year {
			width = 4
		}
		if step.part == hour && len(text) > 1 && text[1]-'0' > 9 {
			width = 1
		}
		number, ok := digits(text, width)
		if !ok {
			return Moment{}, Unfit
		}
		fields[step.part] = number
		text = text[width:]
		if step.part == second {
			nanos, text = fraction(text)
		}
	}
	if text != "" {
		return Moment{}, Unfit
	}
	return clockFace(fields, nanos)
}

func clockFace(f [6]int, nanos int) (Moment, Fit) {
	if f[month] < 1 || f[month] > 12 || f[day] < 1 || f[day] > daysIn(f[year], f[month]) || f[hour] > 23 || f[minute] > 59 || f[second] > 59 {
		return Moment{}, Absurd
	}
	seconds := daysOf(f[year], f[month], f[day])*86400 + int64(f[hour]*3600+f[minute]*60+f[second])
	return Moment{Seconds: seconds, Nanos: int32(nanos)}, Fits
}

// digits reads a number of exactly width digits.
func digits(text string, width int) (number int, ok bool) {
	if len(text) < width {
		return 0, false
	}
	for i := range width {
		c := text[i] - '0'
		if c > 9 {
			return 0, false
		}
		number = number*10 + int(c)
	}
	return number, true
}

// fraction reads ".123456" where it stands; digits beyond nanoseconds are cut off.
func fraction(text string) (nanos int, rest string) {
	if len(text) < 2 || text[0] != '.' && text[0] != ',' || text[1]-'0' > 9 {
		return 0, text
	}
	scale := 100_000_000
	i := 1
	for ; i < len(text) && text[i]-'0' <= 9; i++ {
		nanos += int(text[i]-'0') * scale
		scale /= 10
	}
	return nanos, text[i:]
}

// readRFC3339 reads "2026-03-02T14:05:00.5+07:00"; a space may stand for the T, and the offset may be short.
func readRFC3339(text string) (Moment, Fit) {
	var f [6]int
	marks := [6]byte{year: '-', month: '-', day: 'T', hour: ':', minute: ':'}
	for p, mark := range marks {
		width := 2
		if part(p) == year {
			width = 4
		}
		number, ok := digits(text, width)
		if !ok {
			return Moment{}, Unfit
		}
		f[p], text = number, text[width:]
		if mark == 0 {
			continue
		}
		if text == "" || text[0] != mark && (mark != 'T' || text[0] != ' ' && text[0] != 't') {
			return Moment{}, Unfit
		}
		text = text[1:]
	}
	nanos, text := fraction(text)
	offset, ok := offsetOf(strings.TrimPrefix(text, " "))
	if !ok {
		return Moment{}, Unfit
	}
	moment, how := clockFace(f, nanos)
	moment.Seconds -= int64(offset)
	moment.Zoned = true
	return moment, how
}

// offsetOf reads Z, +07:00, +0700 or +07 as seconds.
func offsetOf(text string) (seconds int, ok bool) {
	if text == "Z" || text == "z" {
		return 0, true
	}
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, ok := digits(text[1:], 2)
	minutes, rest := 0, text[3:]
	if ok && rest != "" {
		minutes, ok = digits(strings.TrimPrefix(rest, ":"), 2)
		ok = ok && (len(rest) == 2 || len(rest) == 3 && rest[0] == ':')
	}
	if !ok || hours > 14 || minutes > 59 {
		return 0, false
	}
	seconds = hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// readUnix reads a count of seconds since 1970, or of a part of a second.
func readUnix(perSecond int64) func(string) (Moment, Fit) {
	return func(text string) (Moment, Fit) {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Moment{}, Unfit
		}
		seconds := number / perSecond
		rest := number % perSecond
		if rest < 0 {
			seconds, rest = seconds-1, rest+perSecond
		}
		return Moment{Seconds: seconds, Nanos: int32(rest * (1_000_000_000 / perSecond)), Zoned: true}, Fits
	}
}

func readByGo(goLayout string) func(string) (Moment, Fit) {
	zoned := strings.Contains(goLayout, "Z07")
	return func(text string) (Moment, Fit) {
		t, err := time.Parse(goLayout, text)
		if err == nil {
			return MomentOf(t, zoned), Fits
		}
		if strings.HasSuffix(err.Error(), "out of range") {
			return Moment{}, Absurd
		}
		return Moment{}, Unfit
	}
}

// readDotNet reads /Date(1772411400000)/; an offset behind the milliseconds only says what a clock there shows.
func readDotNet(text string) (Moment, Fit) {
	inner, begun := strings.CutPrefix(text, "/Date(")
	inner, ended := strings.CutSuffix(inner, ")/")
	if !begun || !ended {
		return Moment{}, Unfit
	}
	if at := strings.LastIndexAny(inner, "+-"); at > 0 {
		inner = inner[:at]
	}
	return readUnix(1000)(inner)
}
