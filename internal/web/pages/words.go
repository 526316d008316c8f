package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/kpi"
)

// The languages of the pages, as the query parameter lang and the attribute lang have them.
const (
	vietnamese = "vi"
	english    = "en"
)

// words writes texts, numbers and dates for one language and one time zone.
type words struct {
	lang     string
	location *time.Location
}

func newWords(lang string, location *time.Location) words {
	return words{lang: lang, location: location}
}

// say gives the text of a key, with its values put in.
func (w words) say(key string, values ...any) string {
	p, known := phrases[key]
	if !known {
		return key // the tests see to it that no page asks for one that is not there
	}
	text := p.vi
	if w.lang == english {
		text = p.en
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// count gives the text of a key for a number, which comes first among its values.
func (w words) count(key string, n float64, values ...any) string {
	p := phrases[key]
	text := p.vi
	if w.lang == english {
		if text = p.en; n == 1 && p.one != "" {
			text = p.one
		}
	}
	return fmt.Sprintf(text, append([]any{w.number(n, 1)}, values...)...)
}

// name gives a name in the language of the page, in the other where there is none, and the id where there is neither.
func (w words) name(t kpi.Text, id string) string {
	first, second := t.Vi, t.En
	if w.lang == english {
		first, second = second, first
	}
	for _, name := range []string{first, second} {
		if name != "" {
			return name
		}
	}
	return id
}

// number writes a number with at most so many decimals. It is written here and not with golang.org/x/text/number because a
// page has thousands of them, and that takes as long as all the rest.
func (w words) number(v float64, decimals int) string {
	digits := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	point, group := byte(','), byte('.')
	if w.lang == english {
		point, group = group, point
	}
	var text []byte
	sign := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			text = append(text, group)
		}
		text = append(text, whole[i])
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		text = append(append(text, point), fraction...)
	}
	if sign && string(text) != "0" {
		return "−" + string(text)
	}
	return string(text)
}

func (w words) whole(n int64) string { return w.number(float64(n), 0) }

// percent writes a share.
func (w words) percent(share float64, decimals int) string {
	if w.lang == english {
		return w.number(100*share, decimals) + "%"
	}
	return w.number(100*share, decimals) + "\u00a0%"
}

// value writes a KPI's value with its unit of measurement. Next to a target it takes as many decimals as it needs not to
// look like the target where it is not.
func (w words) value(def kpi.Definition, v float64, against ...float64) string {
	decimals := 1
	for _, other := range against {
		for decimals < 4 && v != other && w.measured(def, v, decimals) == w.measured(def, other, decimals) {
			decimals++
		}
	}
	return w.measured(def, v, decimals)
}

func (w words) measured(def kpi.Definition, v float64, decimals int) string {
	switch def.Kind {
	case kpi.KindShare:
		return w.percent(v, decimals)
	case kpi.KindMean, kpi.KindQuantile:
		if text := w.number(v, decimals); text != "1" {
			return w.say("workdays", text)
		}
		return w.count("workdays", 1)
	}
	return w.number(v, decimals)
}

func roundTo(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// day writes a date.
func (w words) day(d kpi.Day) string {
	if d == 0 {
		return ""
	}
	if w.lang == english {
		return d.Time().Format("2 Jan 2006")
	}
	return d.Time().Format("02/01/2006")
}

// moment writes a date with its time of day, as the agent's clock on the wall shows it.
func (w words) moment(t time.Time) string {
	if t.IsZero() {
		return w.say("never")
	}
	if w.lang == english {
		return t.In(w.location).Format("2 Jan 2006, 15:04")
	}
	return t.In(w.location).Format("15:04 02/01/2006")
}

// exact is moment with seconds.
func (w words) exact(t time.Time) string {
	if w.lang == english {
		return t.In(w.location).Format("2 Jan 2006, 15:04:05")
	}
	return t.In(w.location).Format("15:04:05 02/01/2006")
}

// span writes a length of time in its largest unit.
func (w words) span(d time.Duration) string {
	switch {
	case d < 0:
		return w.span(-d)
	case d < time.Second:
		return w.say("span.instant")
	case d < 2*time.Minute:
		return w.count("span.seconds", math.Floor(d.Seconds()))
	case d < 2*time.Hour:
		return w.count("span.minutes", math.Floor(d.Minutes()))
	case d < 48*time.Hour:
		return w.count("span.hours", math.Floor(d.Hours()))
	}
	return w.count("span.days", math.Floor(d.Hours()/24))
}

// period writes the name of a whole period.
func (w words) period(p kpi.Period) string {
	year, rest, _ := strings.Cut(p.Label, "-")
	switch p.Kind {
	case kpi.PeriodDay:
		return w.day(p.From)
	case kpi.PeriodMonth:
		month := int(rest[0]-'0')*10 + int(rest[1]-'0')
		if w.lang == english {
			return time.Month(month).String() + " " + year
		}
		return fmt.Sprintf("tháng %d/%s", month, year)
	case kpi.PeriodQuarter:
		n := int(rest[1] - '1')
		if w.lang == english {
			return rest + " " + year
		}
		return "quý " + []string{"I", "II", "III", "IV"}[n] + "/" + year
	case kpi.PeriodHalf:
		return w.say("half."+rest[1:], year)
	case kpi.PeriodYear:
		return w.say("year", year)
	case kpi.PeriodRolling30:
		return w.say("rolling")
	}
	return w.days(p)
}

// days writes the first and the last day of a period.
func (w words) days(p kpi.Period) string {
	if p.From == p.To {
		return w.day(p.From)
	}
	return w.day(p.From) + " – " + w.day(p.To)
}
