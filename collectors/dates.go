package collectors

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// Dates reads the dates of one column, typed or as text.
type Dates struct {
	layouts []layout
	names   string
}

// First and last year of a date that can be meant; others are slips of the keyboard or stand-ins for "none".
const (
	firstYear = 1900
	lastYear  = 2199
)

// NewDates compiles layouts; without any, ISO dates are read (yyyy-MM-dd, with or without HH:mm:ss, or rfc3339).
func NewDates(layouts []string) (*Dates, error) {
	if len(layouts) == 0 {
		layouts = defaultLayouts
	}
	d := &Dates{names: strings.Join(layouts, ", ")}
	for _, name := range layouts {
		compiled, err := compileLayout(name)
		if err != nil {
			return nil, err
		}
		d.layouts = append(d.layouts, compiled)
	}
	return d, nil
}

// newPeriodDates compiles the layouts of dates that name a month or, with year, a year as a whole; such a date is its first day.
func newPeriodDates(layouts []string, year bool) (*Dates, error) {
	if len(layouts) == 0 {
		layouts = append([]string{"yyyy-MM", "M/yyyy"}, defaultLayouts...)
		if year {
			layouts = append([]string{"yyyy"}, layouts...)
		}
	}
	d := &Dates{names: strings.Join(layouts, ", ")}
	for _, name := range layouts {
		whole, rest, err := config.PeriodLayout(name)
		if err != nil {
			return nil, err
		}
		compiled, err := compileLayout(whole)
		if err != nil {
			return nil, err
		}
		d.layouts = append(d.layouts, layout{read: func(text string) (Moment, fit) { return compiled.read(text + rest) }})
	}
	return d, nil
}

// Read gives the moment that value states. Value must not be Null; spaces around a text do not count. The fault is
// kpi.BadDate and names no field.
func (d *Dates) Read(value *Value) (Moment, *kpi.Fault) {
	if value.Kind == Text {
		return d.readText(strings.TrimSpace(value.Text))
	}
	return d.read(cell{Value: value})
}

func (d *Dates) read(c cell) (Moment, *kpi.Fault) {
	switch c.Kind {
	case Time:
		moment := MomentOf(c.Time, c.Zoned)
		if !moment.plausible() {
			return Moment{}, implausible(c.String())
		}
		return moment, nil
	case Text:
		return d.readText(c.text)
	case Int:
		return d.readText(strconv.FormatInt(c.Int, 10))
	}
	return Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: quote(c.String()) + " is not a date"}
}

func (d *Dates) readText(text string) (Moment, *kpi.Fault) {
	impossible := false
	for i := range d.layouts {
		moment, how := d.layouts[i].read(text)
		switch {
		case how == absurd:
			impossible = true
		case how == fits && !moment.plausible():
			return Moment{}, implausible(text)
		case how == fits:
			return moment, nil
		}
	}
	if impossible {
		return Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: quote(text) + " does not exist"}
	}
	return Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf("%s has none of the layouts %s", quote(text), d.names)}
}

func (m Moment) plausible() bool {
	return m.Seconds >= daysOf(firstYear, 1, 1)*86400 && m.Seconds < daysOf(lastYear+1, 1, 1)*86400
}

func implausible(text string) *kpi.Fault {
	return &kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf(
		"%s is not in the years %d to %d; name a stand-in for no date under empty", quote(text), firstYear, lastYear)}
}

// stamp gives the wall time of a cell.
func (d *Dates) stamp(c cell, location *time.Location) (kpi.Stamp, *kpi.Fault) {
	moment, fault := d.read(c)
	if fault != nil {
		return 0, fault
	}
	return moment.Stamp(location), nil
}

// Comparable says whether texts of the first layout sort as their dates do, so that a database can compare them.
func (d *Dates) Comparable() bool { return d.layouts[0].sorted }

// Write gives t as a text of the first layout, which must be Comparable. Fractions of a second are cut off.
func (d *Dates) Write(t time.Time) string { return t.Format(d.layouts[0].write) }
