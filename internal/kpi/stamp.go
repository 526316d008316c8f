package kpi

import (
	"fmt"
	"time"
)

// secondsPerDay is the length of a civil day on the wall clock; wall time knows no daylight-saving jumps.
const secondsPerDay = 24 * 60 * 60

// unixToCivil is the number of seconds from 0001-01-01T00:00 to 1970-01-01T00:00.
const unixToCivil = 62135596800

// Stamp is a moment on the local wall clock of the agent's time zone: seconds since 0001-01-01T00:00:00.
// The zero Stamp means "no date", as with time.Time. Statistics compare local days, so wall time is what is kept.
type Stamp int64

// Day is a local calendar day: days since 0001-01-01. The zero Day means "no day".
type Day int32

// StampOf gives the wall-clock moment of t in the location that t carries. Fractions of a second are cut off.
func StampOf(t time.Time) Stamp {
	if t.IsZero() {
		return 0
	}
	_, offset := t.Zone()
	return Stamp(t.Unix() + int64(offset) + unixToCivil)
}

// StampFromUnix turns wall-clock seconds since 1970-01-01T00:00 (as the ledger stores them) into a Stamp.
func StampFromUnix(seconds int64) Stamp { return Stamp(seconds + unixToCivil) }

// Unix gives the wall-clock seconds since 1970-01-01T00:00: readable with SQLite's datetime(x, 'unixepoch').
func (s Stamp) Unix() int64 { return int64(s) - unixToCivil }

// IsZero says whether there is no date.
func (s Stamp) IsZero() bool { return s == 0 }

// Day gives the calendar day of the moment; the zero Stamp has the zero Day.
func (s Stamp) Day() Day {
	if s == 0 {
		return 0
	}
	return Day(floorDiv(int64(s), secondsPerDay))
}

// SecondOfDay gives the seconds since that day's midnight.
func (s Stamp) SecondOfDay() int64 {
	return int64(s) - floorDiv(int64(s), secondsPerDay)*secondsPerDay
}

// civil gives the moment as a time.Time in UTC whose clock face shows the wall time.
func (s Stamp) civil() time.Time { return time.Unix(s.Unix(), 0).UTC() }

// String prints "2026-03-02 14:05:00", or "" for no date.
func (s Stamp) String() string {
	if s == 0 {
		return ""
	}
	return s.civil().Format("2006-01-02 15:04:05")
}

// DayOf gives the calendar day of t in the location that t carries.
func DayOf(t time.Time) Day { return StampOf(t).Day() }

// Date gives the day of a year, month and day of month, normalised as time.Date does.
func Date(year int, month time.Month, day int) Day {
	return StampOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)).Day()
}

// ParseDay reads "2026-03-02".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: write it as yyyy-MM-dd, for example 2026-03-02", text)
	}
	return DayOf(t), nil
}

// Stamp gives the day's midnight.
func (d Day) Stamp() Stamp { return Stamp(int64(d) * secondsPerDay) }

// Time gives the day's midnight in UTC.
func (d Day) Time() time.Time { return d.Stamp().civil() }

// Civil gives year, month and day of month.
func (d Day) Civil() (year int, month time.Month, day int) { return d.Time().Date() }

// Weekday gives the day of the week; 0001-01-01 was a Monday.
func (d Day) Weekday() time.Weekday { return time.Weekday((int64(d)%7 + 8) % 7) }

// Unix gives the day as days since 1970-01-01: small numbers for storage.
func (d Day) Unix() int32 { return int32(d) - unixToCivil/secondsPerDay }

// DayFromUnix turns days since 1970-01-01 into a Day.
func DayFromUnix(days int32) Day { return Day(days + unixToCivil/secondsPerDay) }

// String prints "2026-03-02", or "" for no day.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
