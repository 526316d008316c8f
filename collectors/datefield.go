package collectors

import (
	"fmt"
	"slices"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// dateField is a date.
type dateField struct {
	field
	dates  *Dates
	period string // month or year: the last day of it counts; "" for the day itself
}

func compileDate(name string, given *config.Field, required bool) (dateField, error) {
	f, err := compileField(name, given, required)
	d := dateField{field: f}
	if err != nil || given == nil {
		return d, err
	}
	if len(given.Values) > 0 {
		return d, fmt.Errorf("mapping.%s.values cannot be used with a date: name texts that mean no date under empty", name)
	}
	if d.period = given.Period; d.period == "" {
		d.dates, err = NewDates(given.Layouts)
	} else {
		d.dates, err = newPeriodDates(given.Layouts, d.period == "year")
	}
	if err != nil {
		return d, fmt.Errorf("mapping.%s.layouts: %w", name, err)
	}
	return d, nil
}

// observed gives the day of an observation, which has come already.
func (d *dateField) observed(values []Value, b *Binding) (kpi.Day, *kpi.Fault) {
	at, fault := d.read(values, b)
	if fault != nil {
		return 0, fault
	}
	day := at.Day()
	if d.period != "" {
		year, month, _ := day.Civil()
		label := fmt.Sprintf("%04d-%02d", year, month)
		if d.period == "year" {
			label = fmt.Sprintf("%04d", year)
		}
		period, err := kpi.ParsePeriod(label, b.today, b.checks.CutOff)
		if err != nil {
			return 0, d.about(&kpi.Fault{Reason: kpi.BadDate, Detail: err.Error()})
		}
		day = period.To
	}
	if day > b.today {
		return 0, d.about(&kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf("%s is after today, %s", day, b.today)})
	}
	return day, nil
}

// read gives the date of a row, 0 for none; of the entries of a list the latest.
func (d *dateField) read(values []Value, b *Binding) (latest kpi.Stamp, fault *kpi.Fault) {
	if !d.several {
		if latest, fault = d.stamp(d.in(values), b); fault != nil {
			return 0, fault
		}
	} else {
		entries := d.each(values)
		for i := range entries {
			stamp, fault := d.stamp(d.cell(&entries[i]), b)
			if fault != nil {
				return 0, fault
			}
			latest = max(latest, stamp)
		}
	}
	if latest.IsZero() && d.required {
		return 0, d.missing()
	}
	return latest, nil
}

// stamp gives the date of one cell, 0 for none.
func (d *dateField) stamp(c cell, b *Binding) (kpi.Stamp, *kpi.Fault) {
	if c.absent() {
		return 0, nil
	}
	stamp, fault := d.dates.stamp(c, b.location)
	if fault != nil {
		return 0, d.about(fault)
	}
	return stamp, nil
}

// outcomeDate is a date that may come from other columns for some outcomes.
type outcomeDate struct {
	dateField
	cases []outcomeCase
}

type outcomeCase struct {
	outcome kpi.Outcome
	dateField
}

func compileOutcomeDate(name string, given *config.Field, required bool) (outcomeDate, error) {
	d, err := compileDate(name, given, required)
	o := outcomeDate{dateField: d}
	if err != nil || given == nil {
		return o, err
	}
	for i, c := range given.ByOutcome {
		outcome, known := kpi.ParseOutcome(c.Outcome)
		if !known || len(c.Columns) == 0 {
			return o, fmt.Errorf("mapping.%s.by_outcome[%d] needs columns and one of the outcomes; got %q", name, i, c.Outcome)
		}
		other := d
		other.columns = given.Parse(c.Columns)
		o.cases = append(o.cases, outcomeCase{outcome, other})
	}
	return o, nil
}

// of gives the field that holds for an outcome.
func (o *outcomeDate) of(outcome kpi.Outcome) *dateField {
	for i := range o.cases {
		if o.cases[i].outcome == outcome {
			return &o.cases[i].dateField
		}
	}
	return &o.dateField
}

func (o *outcomeDate) clone() outcomeDate {
	copied := *o
	copied.cases = slices.Clone(o.cases)
	return copied
}

// fields gives the field and those of its cases.
func (o *outcomeDate) fields() []*field {
	list := []*field{&o.field}
	for i := range o.cases {
		list = append(list, &o.cases[i].field)
	}
	return list
}
