package collectors

import (
	"regexp"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/canonical"
)

// derivation is how the value of a field is made of several columns, or of a part of a text.
type derivation struct {
	join    string // between the columns, and between the groups of extract; "" where only one column counts
	extract *regexp.Regexp
	hours   bool // of a date: the parts behind the first may be empty

	value Value // of the present row
}

// newDerivation returns nil where the text of one column is the value.
func newDerivation(given *config.Field) *derivation {
	if given.Join == "" && given.Extract == "" {
		return nil
	}
	d := &derivation{join: given.Join}
	if given.Extract != "" {
		d.extract = regexp.MustCompile(canonical.Text(given.Extract)) // the configuration is checked
	}
	return d
}

// derived returns the derived value: absent where a part of it is empty, and broken where a text has not the form that extract
// wants. It holds until the next call.
func (f *field) derived(values []Value) cell {
	d := f.derive
	c := f.first(values)
	if d.join != "" && len(f.columns) > 1 {
		c = f.joined(values)
	}
	if c.absent() || d.extract == nil {
		return c
	}
	text := canonical.Text(c.String())
	found := d.extract.FindStringSubmatch(text)
	switch len(found) {
	case 0:
		d.value = Value{Kind: Broken, Text: text}
		return cell{Value: &d.value, text: text}
	case 1:
		text = found[0]
	default:
		sign := d.join
		if sign == "" {
			sign = " "
		}
		text = strings.Join(found[1:], sign)
	}
	d.value = Value{Kind: Text, Text: text}
	return f.cell(&d.value)
}

// joined puts the texts of all columns together.
func (f *field) joined(values []Value) cell {
	d := f.derive
	var parts []string
	for i := range f.at {
		one := *f
		one.at = f.at[i : i+1]
		c := one.first(values)
		switch {
		case !c.absent() && i == 1 && d.hours && len(parts) == 1:
			if at, whole := atHour(&values[f.at[0].column], c); whole {
				d.value = at
				return cell{Value: &d.value}
			}
			parts = append(parts, c.String())
		case !c.absent():
			parts = append(parts, c.String())
		case i == 0 || !d.hours:
			return cell{}
		}
	}
	d.value = Value{Kind: Text, Text: strings.Join(parts, d.join)}
	return f.cell(&d.value)
}

// atHour puts a typed day and the cell of its hour together; whole is false where the day is a text.
func atHour(day *Value, hour cell) (at Value, whole bool) {
	if day.Kind != Time {
		return Value{}, false
	}
	at = *day
	year, month, date := day.Time.Date()
	clock := time.Duration(0)
	switch hour.Kind {
	case Time: // Excel's hours are times of the day 0 of its calendar
		h, m, s := hour.Time.Clock()
		clock = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	case Float: // or fractions of a day
		if hour.Float < 0 || hour.Float >= 1 {
			return Value{}, false
		}
		clock = time.Duration(hour.Float * float64(24*time.Hour)).Round(time.Second)
	default:
		for _, layout := range []string{"15:04:05", "15:04", "15h04", "15h"} {
			if face, err := time.Parse(layout, strings.ReplaceAll(hour.String(), " ", "")); err == nil {
				clock = time.Duration(face.Hour())*time.Hour + time.Duration(face.Minute())*time.Minute +
					time.Duration(face.Second())*time.Second
				at.Time = time.Date(year, month, date, 0, 0, 0, 0, day.Time.Location()).Add(clock)
				return at, true
			}
		}
		return Value{}, false
	}
	at.Time = time.Date(year, month, date, 0, 0, 0, 0, day.Time.Location()).Add(clock)
	return at, true
}
