package layout

import (
	"time"

	"kpiagent/internal/kpi"
)

// Moment is a date as a system gave it: an instant, or the clock face of the local wall time.
type Moment struct {
	Seconds int64 // since 1970-01-01T00:00:00: of UTC where Zoned, else of the clock face
	Nanos   int32
	Zoned   bool
}

// MomentOf returns the moment of t: the instant where zoned, else the clock face that t shows.
func MomentOf(t time.Time, zoned bool) Moment {
	seconds := t.Unix()
	if !zoned {
		_, offset := t.Zone()
		seconds += int64(offset)
	}
	return Moment{Seconds: seconds, Nanos: int32(t.Nanosecond()), Zoned: zoned}
}

// Stamp returns the wall time in the location.
func (m Moment) Stamp(location *time.Location) kpi.Stamp {
	if !m.Zoned {
		return kpi.StampFromUnix(m.Seconds)
	}
	return kpi.StampOf(time.Unix(m.Seconds, 0).In(location))
}

// Time returns the instant; a clock face is read in the location.
func (m Moment) Time(location *time.Location) time.Time {
	if m.Zoned {
		return time.Unix(m.Seconds, int64(m.Nanos)).In(location)
	}
	face := time.Unix(m.Seconds, 0).UTC()
	year, month, day := face.Date()
	hour, minute, second := face.Clock()
	return time.Date(year, month, day, hour, minute, second, int(m.Nanos), location)
}

// Micros returns microseconds that order the moments of one column.
func (m Moment) Micros() int64 { return m.Seconds*1_000_000 + int64(m.Nanos)/1000 }

// The years of a date that can be meant; others are slips of the keyboard or stand-ins for "none".
const (
	FirstYear = 1900
	LastYear  = 2199
)

// Plausible reports whether a date can be meant: it lies in FirstYear to LastYear.
func (m Moment) Plausible() bool {
	return m.Seconds >= daysOf(FirstYear, 1, 1)*86400 && m.Seconds < daysOf(LastYear+1, 1, 1)*86400
}

// daysOf counts the days from 1970-01-01 to a date of the Gregorian calendar; the year starts in March, so that the leap
// day is its last.
func daysOf(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return int64(era)*146097 + int64(yearOfEra*365+yearOfEra/4-yearOfEra/100+dayOfYear) - 719468
}

// daysIn returns the length of a month.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
