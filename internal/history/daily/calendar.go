package daily

import (
	"fmt"
	"sort"
	"time"

	"kpiagent/internal/kpi"
)

// EndOf returns the time of a day's samples, in milliseconds since 1970: the last whole second of the day in its time zone.
// So they belong to their own day for everybody who groups by days, a query for "the end of the day" finds them whether it
// asks to the second or to the millisecond, and the first sample of the next day comes later. ok is false for a day that the
// zone has left out, as Samoa did with 30 December 2011.
func EndOf(day kpi.Day, zone *time.Location) (milliseconds int64, ok bool) {
	year, month, of := day.Civil()
	noon := time.Date(year, month, of, 12, 0, 0, 0, zone)
	// Midnight itself may not exist where summer time begins or ends with it, so the first second of the next day is
	// looked for between two noons.
	seconds := sort.Search(int((36 * time.Hour).Seconds()), func(n int) bool {
		return kpi.DayOf(noon.Add(time.Duration(n)*time.Second)) > day
	})
	last := noon.Add(time.Duration(seconds-1) * time.Second)
	return last.UnixMilli(), kpi.DayOf(last) == day
}

// month is a calendar month, counted from January of year 0.
type month int

func monthOf(day kpi.Day) month {
	year, m, _ := day.Civil()
	return month(year*12 + int(m) - 1)
}

func (m month) first() kpi.Day { return kpi.Date(int(m)/12, time.Month(int(m)%12+1), 1) }
func (m month) last() kpi.Day  { return (m + 1).first() - 1 }

func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }
