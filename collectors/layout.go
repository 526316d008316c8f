package collectors

import (
	"strconv"
	"strings"
	"time"

	"kpiagent/config"
)

// layout reads dates of one form.
type layout struct {
	read func(text string) (Moment, fit)
	// write is the layout of the package time, where digits of fixed width are all there is; sorted says that such texts
	// sort as their moments do.
	write  string
	sorted bool
}

// fit says how a text and a layout go together.
type fit uint8

const (
	unfit  fit = iota // another form
	absurd            // the form fits, but there is no such day or hour
	fits
)

// defaultLayouts are tried where a text comes and the configuration names none: forms that cannot be mistaken.
var defaultLayouts = []string{"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd", "rfc3339"}

func compileLayout(name string) (layout, error) {
	switch name {
	case config.LayoutISO:
		return layout{read: readRFC3339}, nil
	case config.LayoutUnix:
		return layout{read: readUnix(1)}, nil
	case config.LayoutUnixMillis:
		return layout{read: readUnix(1000)}, nil
	}
	goLayout, err := config.Layout(name)
	if err != nil {
		return layout{}, err
	}
	steps, simple := stepsOf(goLayout)
	if !simple {
		return layout{read: readByGo(goLayout)}, nil
	}
	return layout{read: steps.read, write: goLayout, sorted: steps.sorted()}, nil
}

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

var parts = []struct {
	text string
	part part
}{{"2006", year}, {"01", month}, {"02", day}, {"15", hour}, {"04", minute}, {"05", second}}

type steps []step

// stepsOf cuts a layout of the package time into steps; simple is false where it has words, offsets or digits without a
// leading zero, which time.Parse then reads.
func stepsOf(goLayout string) (found steps, simple bool) {
	for rest := goLayout; rest != ""; {
		width := 1
		next := step{part: literal, literal: rest[0]}
		if decimals := decimalsAt(rest); decimals > 0 && len(found) > 0 && found[len(found)-1].part == second {
			rest = rest[decimals:] // a fraction may follow the seconds of every layout
			continue
		}
		for _, p := range parts {
			if strings.HasPrefix(rest, p.text) {
				next, width = step{part: p.part}, len(p.text)
				break
			}
		}
		if c := rest[0]; next.part == literal && c != 'T' && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return nil, false
		}
		found = append(found, next)
		rest = rest[width:]
	}
	return found, true
}

// decimalsAt gives the length of ".000" at the beginning of a layout, 0 where there is none.
func decimalsAt(rest string) int {
	if rest[0] != '.' && rest[0] != ',' {
		return 0
	}
	zeros := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0"))
	if zeros == 0 {
		return 0
	}
	return 1 + zeros
}

// sorted says whether the parts stand from year down to second.
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
func (s steps) read(text string) (Moment, fit) {
	fields := [6]int{1, 1, 1}
	nanos := 0
	for _, step := range s {
		if step.part == literal {
			if text == "" || text[0] != step.literal {
				return Moment{}, unfit
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
			return Moment{}, unfit
		}
		fields[step.part] = number
		text = text[width:]
		if step.part == second {
			nanos, text = fraction(text)
		}
	}
	if text != "" {
		return Moment{}, unfit
	}
	return clockFace(fields, nanos)
}

func clockFace(f [6]int, nanos int) (Moment, fit) {
	if f[month] < 1 || f[month] > 12 || f[day] < 1 || f[day] > daysIn(f[year], f[month]) || f[hour] > 23 || f[minute] > 59 || f[second] > 59 {
		return Moment{}, absurd
	}
	seconds := daysOf(f[year], f[month], f[day])*86400 + int64(f[hour]*3600+f[minute]*60+f[second])
	return Moment{Seconds: seconds, Nanos: int32(nanos)}, fits
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
func readRFC3339(text string) (Moment, fit) {
	var f [6]int
	marks := [6]byte{year: '-', month: '-', day: 'T', hour: ':', minute: ':'}
	for p, mark := range marks {
		width := 2
		if part(p) == year {
			width = 4
		}
		number, ok := digits(text, width)
		if !ok {
			return Moment{}, unfit
		}
		f[p], text = number, text[width:]
		if mark == 0 {
			continue
		}
		if text == "" || text[0] != mark && (mark != 'T' || text[0] != ' ' && text[0] != 't') {
			return Moment{}, unfit
		}
		text = text[1:]
	}
	nanos, text := fraction(text)
	offset, ok := offsetOf(strings.TrimPrefix(text, " "))
	if !ok {
		return Moment{}, unfit
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
func readUnix(perSecond int64) func(string) (Moment, fit) {
	return func(text string) (Moment, fit) {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Moment{}, unfit
		}
		seconds := number / perSecond
		rest := number % perSecond
		if rest < 0 {
			seconds, rest = seconds-1, rest+perSecond
		}
		return Moment{Seconds: seconds, Nanos: int32(rest * (1_000_000_000 / perSecond)), Zoned: true}, fits
	}
}

func readByGo(goLayout string) func(string) (Moment, fit) {
	zoned := strings.Contains(goLayout, "Z07")
	return func(text string) (Moment, fit) {
		t, err := time.Parse(goLayout, text)
		if err == nil {
			return MomentOf(t, zoned), fits
		}
		if strings.HasSuffix(err.Error(), "out of range") {
			return Moment{}, absurd
		}
		return Moment{}, unfit
	}
}
