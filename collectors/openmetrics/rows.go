package openmetrics

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/kpi"
)

// writer makes rows of readings, and remembers counters.
type writer struct {
	source *Source
	sink   collectors.Sink
	now    time.Time
	memory memory

	number int64
	values []collectors.Value
}

func (w *writer) write(list []reading) error {
	for i := range list {
		if err := w.one(&list[i], w.memory.Metrics[list[i].metric.entryKey()]); err != nil {
			return err
		}
	}
	// Those as well of which there was nothing yet: what comes up until the next reading is new.
	clear(w.memory.Metrics)
	for i := range w.source.metrics {
		w.memory.Metrics[w.source.metrics[i].entryKey()] = w.now.Unix()
	}
	w.memory.forget(w.now)
	return nil
}

// one returns the rows of one reading. last is when its metric was read before, in Unix seconds; 0 never.
func (w *writer) one(r *reading, last int64) error {
	if fault := r.fault(); fault != "" {
		if r.increase && last == 0 {
			w.met(r)
		}
		return w.bad(r, &kpi.Fault{Reason: kpi.BadValue, Field: field(r), Detail: fault})
	}
	if r.increase {
		return w.grown(r, last)
	}
	sum, at := 0.0, w.now
	for _, one := range r.series {
		sum += one.value
		if one.at != 0 {
			at = time.UnixMilli(one.at)
		}
	}
	if at.After(w.now.Add(clocksDiffer)) {
		return w.bad(r, &kpi.Fault{Reason: kpi.BadDate, Field: field(r), Detail: fmt.Sprintf("is of %s, which is yet to come; a clock is wrong", at.In(w.source.location).Format(time.DateTime))})
	}
	return w.row(r, w.dayOf(at), sum)
}

// clocksDiffer is how far an exporter's clock may be ahead.
const clocksDiffer = 5 * time.Minute

func field(r *reading) string { return "metric " + r.metric.Metric.Metric }

func (w *writer) dayOf(at time.Time) kpi.Day { return kpi.DayOf(at.In(w.source.location)) }

// met notes the counters of a first reading that cannot be taken: they were there, so what they show next is not all new.
func (w *writer) met(r *reading) {
	for _, one := range r.series {
		s := stand{Created: one.created, At: w.now.Unix()}
		if s.Unread = math.IsNaN(one.value) || one.value < 0 || one.value > largest; !s.Unread {
			s.Value = one.value
		}
		w.memory.Series[r.metric.entryKey()+" "+one.labels.String()] = s
	}
}

// grown books by how much counters grew since the last reading, and returns the day's sum.
func (w *writer) grown(r *reading, last int64) error {
	delta, resets := 0.0, []string(nil)
	for _, one := range r.series {
		key := r.metric.entryKey() + " " + one.labels.String()
		before, known := w.memory.Series[key]
		began := known && (one.value < before.Value || one.created != 0 && before.Created != 0 && one.created != before.Created)
		switch {
		case last == 0 || known && before.Unread: // where it stands is all that is known
		case !known: // it came up after the last reading
			delta += one.value
		case began:
			delta += one.value
			resets = append(resets, fmt.Sprintf("%s stood at %v and stands at %v", one.labels.String(), before.Value, one.value))
		default:
			delta += one.value - before.Value
		}
		w.memory.Series[key] = stand{Value: one.value, Created: one.created, At: w.now.Unix()}
	}
	key := r.metric.Measure + "\x00" + r.unit
	sum, counted := w.memory.Days[key]
	day := w.dayOf(w.now)
	if last != 0 {
		day = w.dayOf(time.Unix(last+(w.now.Unix()-last)/2, 0))
	}
	switch {
	case !counted:
		if last != 0 {
			if err := w.nothing(r, w.dayOf(time.Unix(last, 0)), day); err != nil {
				return err
			}
		}
		sum = daySum{Day: day}
	case day > sum.Day:
		// Once more, should the last reading have been broken off after it had booked more on this day, or on one since.
		if err := w.row(r, sum.Day, sum.Sum); err != nil {
			return err
		}
		if err := w.nothing(r, sum.Day, day); err != nil {
			return err
		}
		sum = daySum{Day: day}
	}
	sum.Sum += delta
	w.memory.Days[key] = sum
	if err := w.row(r, sum.Day, sum.Sum); err != nil {
		return err
	}
	if len(resets) > 0 {
		w.sink.Warn(kpi.CounterReset, strings.Join(resets, "; ")+": what was counted between the last reading and the new beginning is not known")
	}
	return nil
}

// mostBetween is how many days without a finished reading are given as 0.
const mostBetween = 31

// nothing says of each day between two that nothing was counted on it: what grew since the first is all booked on the second, and
// a reading that was broken off may have booked it between them.
func (w *writer) nothing(r *reading, first, second kpi.Day) error {
	for day := first + 1; day < second && day <= first+mostBetween; day++ {
		if err := w.row(r, day, 0); err != nil {
			return err
		}
	}
	return nil
}

// row returns one row.
func (w *writer) row(r *reading, day kpi.Day, value float64) error {
	w.number++
	w.values = append(w.values[:0], text(r.metric.Measure), text(day.String()), collectors.Value{Kind: collectors.Float, Float: value})
	for _, label := range r.labels {
		w.values = append(w.values, text(label))
	}
	return w.sink.Row(collectors.Position{Number: w.number}, w.values)
}

// bad returns a row that cannot be taken.
func (w *writer) bad(r *reading, fault *kpi.Fault) error {
	w.number++
	return w.sink.Malformed(w.number, r.text(), fault)
}

func text(of string) collectors.Value { return collectors.Value{Kind: collectors.Text, Text: of} }
