package i18n

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Language writes texts, numbers and dates in one language.
type Language struct {
	Code    string // as in the attribute lang: vi
	Name    string // in the language itself
	English string // in English

	format                      format
	percentBefore, percentAfter string
	texts                       map[string]message
	fallback                    *Language // for texts that are not translated yet; nil for the default language
}

// format is how a language writes numbers and dates; the dates are layouts of package time.
type format struct {
	Decimal     string
	Group       string
	Percent     string // {} is the number
	Day         string
	DayMonth    string `yaml:"day_month"`
	Minute      string // a day with its time
	Second      string // the same with seconds
	Long        string // a day with its time, in running text
	Months      []string
	ShortMonths []string `yaml:"short_months"`
	Quarters    []string
}

func (f format) check() error {
	if len(f.Months) != 12 || len(f.ShortMonths) != 12 || len(f.Quarters) != 4 {
		return fmt.Errorf("format needs 12 months, 12 short_months and 4 quarters; it has %d, %d and %d", len(f.Months), len(f.ShortMonths), len(f.Quarters))
	}
	return nil
}

func (l *Language) message(key string) (message, bool) {
	m, known := l.texts[key]
	if !known && l.fallback != nil {
		return l.fallback.message(key)
	}
	return m, known
}

// Has reports whether there is a text of that key.
func (l *Language) Has(key string) bool {
	_, known := l.message(key)
	return known
}

// Texts returns the texts whose keys begin with one of the prefixes, by key, without those that are not translated yet.
func (l *Language) Texts(prefixes ...string) map[string]string {
	found := map[string]string{}
	for key, m := range l.texts {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			found[key] = m.other
		}
	}
	return found
}

// Decimal returns the sign before the decimals of a number.
func (l *Language) Decimal() string { return l.format.Decimal }

// Percentage returns how a percentage is written: {} is the number.
func (l *Language) Percentage() string { return l.format.Percent }

// Say returns the text of a key with its values filled in; an unknown key itself, which tests of the callers rule out.
func (l *Language) Say(key string, values ...any) string {
	m, known := l.message(key)
	if !known {
		return key
	}
	if len(values) == 0 {
		return m.other
	}
	return fmt.Sprintf(m.other, values...)
}

// Count returns the text of a key for a number, which is the first of its values.
func (l *Language) Count(key string, n float64, values ...any) string {
	m, _ := l.message(key)
	text := m.other
	if n == 1 && m.one != "" {
		text = m.one
	}
	return fmt.Sprintf(text, append([]any{l.Number(n, 1)}, values...)...)
}

// Number writes a number with at most so many decimals. It does without golang.org/x/text/number because a page has
// thousands of numbers, and that package would take as long as all the rest.
func (l *Language) Number(v float64, decimals int) string {
	if scale := math.Pow10(decimals); math.Abs(v) < 1e15/scale { // beyond there are no decimals
		v = math.Round(v*scale) / scale // a half is rounded away from 0, as people do
	}
	digits := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	var text []byte
	sign := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			text = append(text, l.format.Group...)
		}
		text = append(text, whole[i])
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		text = append(append(text, l.format.Decimal...), fraction...)
	}
	if sign && string(text) != "0" {
		return "−" + string(text)
	}
	return string(text)
}

// Whole writes a whole number.
func (l *Language) Whole(n int64) string { return l.Number(float64(n), 0) }

// Percent writes a share from 0 to 1 as a percentage with at most so many decimals.
func (l *Language) Percent(share float64, decimals int) string {
	return l.percentBefore + l.Number(100*share, decimals) + l.percentAfter
}

// Day writes a date.
func (l *Language) Day(t time.Time) string { return l.date(t, l.format.Day) }

// DayMonth writes a date without its year.
func (l *Language) DayMonth(t time.Time) string { return l.date(t, l.format.DayMonth) }

// Minute writes a date with its time.
func (l *Language) Minute(t time.Time) string { return l.date(t, l.format.Minute) }

// Second writes a date with its time to the second.
func (l *Language) Second(t time.Time) string { return l.date(t, l.format.Second) }

// LongMinute writes a date with its time for running text.
func (l *Language) LongMinute(t time.Time) string { return l.date(t, l.format.Long) }

// date fills a layout; the English month names of package time become those of the language.
func (l *Language) date(t time.Time, layout string) string {
	text, month := t.Format(layout), t.Month()
	switch {
	case strings.Contains(layout, "January"):
		return strings.Replace(text, month.String(), l.Month(month), 1)
	case strings.Contains(layout, "Jan"):
		return strings.Replace(text, month.String()[:3], l.ShortMonth(month), 1)
	}
	return text
}

// Month names a month.
func (l *Language) Month(m time.Month) string { return l.format.Months[m-1] }

// ShortMonth names a month in a few letters.
func (l *Language) ShortMonth(m time.Month) string { return l.format.ShortMonths[m-1] }

// Quarter names a quarter, 1 to 4.
func (l *Language) Quarter(n int) string { return l.format.Quarters[n-1] }
