package xlsx

import (
	"math"
	"time"
)

// epoch is the day from which a workbook counts.
type epoch uint8

const (
	epoch1900 epoch = iota
	epoch1904       // of old workbooks of a Macintosh
)

// lastSerial is 9999-12-31 in the system of 1900.
const lastSerial = 2_958_465

// date returns the wall time of a serial number, to the millisecond. No date are a time of day alone (below 1), and the
// 29 February 1900, which Excel has and the calendar has not.
func (e epoch) date(serial float64) (time.Time, bool) {
	if !(serial >= 1 && serial < lastSerial+1) || e == epoch1900 && serial >= 60 && serial < 61 {
		return time.Time{}, false
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case e == epoch1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case serial < 60:
		first = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	days := math.Floor(serial)
	milliseconds := math.Round((serial - days) * 86_400_000)
	return first.AddDate(0, 0, int(days)).Add(time.Duration(milliseconds) * time.Millisecond), true
}

// isoForms are those of cells that hold a date as text.
var isoForms = []string{"2006-01-02T15:04:05.999999999", "2006-01-02", "2006-01-02T15:04"}

func isoDate(text string) (date time.Time, zoned, ok bool) {
	for _, form := range isoForms {
		if date, err := time.Parse(form, text); err == nil {
			return date, false, true
		}
	}
	date, err := time.Parse(time.RFC3339Nano, text)
	return date, true, err == nil
}
