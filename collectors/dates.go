package collectors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/config/layout"
	"kpiagent/internal/canonical"
	"kpiagent/internal/kpi"
)

// Dates reads the dates of one column, typed or as text.
type Dates struct{ layouts layout.List }

// NewDates compiles layouts; without any, ISO dates are read (yyyy-MM-dd, with or without HH:mm:ss, or rfc3339).
func NewDates(layouts []string) (*Dates, error) { return newDates(layouts, "") }

// NewChangeDates is NewDates for the column that orders the versions of a dossier: a date may lack its day, or its month.
func NewChangeDates(one string) (*Dates, error) {
	compiled, err := layout.ParsePeriod(one)
	if err != nil {
		return nil, err
	}
	return newDates([]string{one}, compiled.Whole())
}

// newDates is NewDates for dates that may name a month or a year as a whole, as period says; such a date is its first day.
func newDates(layouts []string, period string) (*Dates, error) {
	list, err := layout.NewList(layouts, period)
	return &Dates{list}, err
}

// Read returns the moment that value states. Value must not be Null; spaces around a text do not count. The fault is
// kpi.BadDate and names no field.
func (d *Dates) Read(value *Value) (layout.Moment, *kpi.Fault) {
	if value.Kind == Text {
		return d.readText(canonical.Text(value.Text))
	}
	return d.read(cell{Value: value})
}

func (d *Dates) read(c cell) (layout.Moment, *kpi.Fault) {
	switch c.Kind {
	case Time:
		moment := layout.MomentOf(c.Time, c.Zoned)
		if !moment.Plausible() {
			return layout.Moment{}, implausible(c.String())
		}
		return moment, nil
	case Text:
		return d.readText(c.text)
	case Int:
		return d.readText(strconv.FormatInt(c.Int, 10))
	}
	return layout.Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: quote(c.String()) + " is not a date"}
}

func (d *Dates) readText(text string) (layout.Moment, *kpi.Fault) {
	moment, fit := d.layouts.Read(text)
	switch {
	case fit == layout.Absurd:
		return layout.Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: quote(text) + " does not exist"}
	case fit == layout.Unfit:
		return layout.Moment{}, &kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf("%s has none of the layouts %s", quote(text), d.layouts) + dateHint(text)}
	case !moment.Plausible():
		return layout.Moment{}, implausible(text)
	}
	return moment, nil
}

// standIns are what lists write, in small letters, where there is no date.
var standIns = []string{"-", "--", "---", "–", "—", "/", ".", "x", "0", "00000000", "null", "none", "nil", "n/a", "na", "#n/a", "không", "chưa", "chưa có"}

// dateHint says what a text is likely to be that is no date.
func dateHint(text string) string {
	switch {
	case slices.Contains(standIns, strings.ToLower(text)):
		return fmt.Sprintf("; if it stands for no date, write empty: [%s]", quote(text))
	case strings.HasPrefix(text, "/Date("):
		return "; write layouts: [" + layout.DotNet + "]"
	}
	return ""
}

func implausible(text string) *kpi.Fault {
	return &kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf(
		"%s is not in the years %d to %d; name a stand-in for no date under empty", quote(text), layout.FirstYear, layout.LastYear)}
}

// stamp returns the wall time of a cell.
func (d *Dates) stamp(c cell, z zones) (kpi.Stamp, *kpi.Fault) {
	moment, fault := d.read(c)
	if fault != nil {
		return 0, fault
	}
	return z.stamp(moment), nil
}

// zones are that of the figures, and that of data which name none.
type zones struct{ own, data *time.Location }

// stamp returns the wall time in the zone of the figures. A date without an hour stays the day that it is.
func (z zones) stamp(m layout.Moment) kpi.Stamp {
	if m.Zoned || z.data == z.own || m.Seconds%(24*60*60) == 0 {
		return m.Stamp(z.own)
	}
	return kpi.StampOf(m.Time(z.data).In(z.own))
}

// Comparable reports whether texts of the first layout sort as their dates do, so that a database can compare them.
func (d *Dates) Comparable() bool { return d.layouts.First().Sorted() }

// Write returns t as a text of the first layout, which must not be one that is a name. Fractions of a second are cut off.
func (d *Dates) Write(t time.Time) string { return d.layouts.First().Write(t) }
