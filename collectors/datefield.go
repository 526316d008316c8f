package collectors

import (
	"fmt"

	"kpiagent/collectors/listing"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// dateField is a date, which may come from other columns for some outcomes.
type dateField struct {
	field
	dates  *Dates
	period string // month or year: the last day of it counts; "" for the day itself
	cases  []dateCase
}

// dateCase is the same date for the dossiers of one outcome.
type dateCase struct {
	outcome kpi.Outcome
	*dateField
}

func newDate(name string, given *config.Field, required bool) (d *dateField, err error) {
	d = &dateField{field: newField(name, given, required)}
	if given == nil {
		return d, nil
	}
	d.period = given.Period
	if d.derive != nil {
		d.derive.hours = true
	}
	whole := d.period
	if whole == "named" {
		whole = ""
	}
	if d.dates, err = newDates(given.Layouts, whole); err != nil {
		return d, fmt.Errorf("mapping.%s.layouts: %w", name, err)
	}
	for _, c := range given.ByOutcome {
		outcome, _ := kpi.ParseOutcome(c.Outcome)
		other := *d
		other.cases, other.columns = nil, given.Parse(c.Columns)
		d.cases = append(d.cases, dateCase{outcome, &other})
	}
	return d, nil
}

// of returns the field that holds for an outcome.
func (d *dateField) of(outcome kpi.Outcome) *dateField {
	for _, c := range d.cases {
		if c.outcome == outcome {
			return c.dateField
		}
	}
	return d
}

// observed returns the day of an observation, which has come already.
func (d *dateField) observed(b *Binding) (kpi.Day, *kpi.Fault) {
	if d.period == "named" {
		if c := d.in(b.row.values); !c.absent() && c.Kind == Text {
			return d.named(c.text, b)
		}
	}
	at, fault := d.read(b)
	if fault != nil {
		return 0, fault
	}
	day := at.Day()
	if d.period == "month" || d.period == "year" {
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
	return d.past(day, b)
}

// named returns the last day of the period that a text names.
func (d *dateField) named(text string, b *Binding) (kpi.Day, *kpi.Fault) {
	if day, err := kpi.ParseDay(text); err == nil {
		return d.past(day, b)
	}
	day, err := listing.ShortPeriodEnd(text, b.checks.CutOff)
	if err != nil {
		return 0, d.about(&kpi.Fault{Reason: kpi.BadDate, Detail: quote(text) + " names " + err.Error()})
	}
	return d.past(day, b)
}

// past refuses a day that has not come yet.
func (d *dateField) past(day kpi.Day, b *Binding) (kpi.Day, *kpi.Fault) {
	if day > b.today {
		return 0, d.about(&kpi.Fault{Reason: kpi.BadDate, Detail: fmt.Sprintf("%s is after today, %s", day, b.today)})
	}
	return day, nil
}

// read returns the date of the row, 0 for none; of the entries of a list the latest.
func (d *dateField) read(b *Binding) (latest kpi.Stamp, fault *kpi.Fault) {
	if !d.several {
		if latest, fault = d.stamp(d.in(b.row.values), b); fault != nil {
			return 0, fault
		}
	} else {
		entries := d.each(b.row.values)
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

// stamp returns the date of one cell, 0 for none.
func (d *dateField) stamp(c cell, b *Binding) (kpi.Stamp, *kpi.Fault) {
	if c.absent() {
		return 0, nil
	}
	stamp, fault := d.dates.stamp(c, b.zones)
	if fault != nil {
		return 0, d.about(fault)
	}
	return stamp, nil
}
