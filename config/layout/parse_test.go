package layout

import (
	"strings"
	"testing"
	"time"
)

func TestLayout(t *testing.T) {
	for _, c := range []struct{ layout, text, want string }{
		{"yyyy-MM-dd", "2026-03-02", "2026-03-02T00:00:00Z"},
		{"yyyy-MM-dd HH:mm:ss", "2026-03-02 14:05:09", "2026-03-02T14:05:09Z"},
		{"yyyyMMddHHmmss", "20260302140509", "2026-03-02T14:05:09Z"},
		{"dd/MM/yyyy HH:mm", "02/03/2026 14:05", "2026-03-02T14:05:00Z"},
		{"d/M/yy H:m:s", "2/3/26 4:5:9", "2026-03-02T04:05:09Z"},
		{"dd.MM.yyyy hh:mm a", "02.03.2026 02:05 PM", "2026-03-02T14:05:00Z"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-03-02T14:05:09.250+07:00", "2026-03-02T14:05:09.25+07:00"},
		{"yyyy-MM-dd HH:mm:ss,SSSSSS", "2026-03-02 14:05:09,250000", "2026-03-02T14:05:09.25Z"},
		{"yyyy-MM-dd HH:mm:ssXX", "2026-03-02 14:05:09+0700", "2026-03-02T14:05:09+07:00"},
		{"yyyy-MM-dd HH:mm:ssX", "2026-03-02 14:05:09Z", "2026-03-02T14:05:09Z"},
		{"'ngày' dd 'tháng' MM 'năm' yyyy", "ngày 02 tháng 03 năm 2026", "2026-03-02T00:00:00Z"},
		{"HH 'h' mm, dd/MM/yyyy", "14 h 05, 02/03/2026", "2026-03-02T14:05:00Z"},
		{"''yy-MM-dd", "'26-03-02", "2026-03-02T00:00:00Z"},
	} {
		l, err := Parse(c.layout)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := time.Parse(l.goText, c.text)
		if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%s (%s) reads %s as %v, %v", c.layout, l.goText, c.text, got, err)
		}
		if moment, fit := l.Read(c.text); fit != Fits || !moment.Time(time.UTC).Equal(got) {
			t.Errorf("%s reads %s as %v, %v", c.layout, c.text, moment, fit)
		}
	}
}

func TestLayoutRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "it needs year, month and day",
		"yyyy-MM":                        "it needs year, month and day",
		"YYYY-MM-DD":                     "the year is yyyy",
		"yyyy-mm-dd":                     "it needs year, month and day",
		"dd/mm/yyyy HH:mm":               "MM is the month and mm the minute",
		"yyyyy-MM-dd":                    "yyyyy is unknown",
		"yyyy-MMM-dd":                    "MMM is unknown",
		"yyyy-MM-dd HH:mm:ss.SSSSSSSSSS": "at most 9 decimals",
		"yyyy-MM-dd HH:mm:ss Z":          "the zone offset is XXX",
		"yyyy-MM-dd 'Mon'":               "stands for a part of a date",
		"yyyy-MM-dd_d":                   "d stands twice",
		"yyyy-MM_d":                      "cannot be told from a part of a date",
		"dMyyyy":                         "needs a sign after it",
		"yyyy-MM-dd HH:mm:ss,7":          "cannot be told from a part of a date",
		"02/01/2006":                     "layouts of Go are not used here",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// Whatever is accepted reads back what it writes.
func FuzzLayout(f *testing.F) {
	for _, seed := range []string{"yyyy-MM-dd HH:mm:ss.SSS", "dd/MM/yyyy", "yyyyMMddHHmmss", "d.M.yy 'x' H:m:s", "rfc3339", "hh a"} {
		f.Add(seed)
	}
	moment := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse(text)
		goLayout := l.goText
		if err != nil || goLayout == "" {
			return
		}
		written := moment.Format(goLayout)
		got, err := time.Parse(goLayout, written)
		if err != nil || got.Format("2006-01-02") != "2026-03-12" {
			t.Errorf("%q (%q) writes %q and reads %v, %v", text, goLayout, written, got, err)
		}
	})
}

// The halves of the day, as Windows in Vietnamese and people write them.
func TestHalvesOfTheDay(t *testing.T) {
	l, err := Parse("'Ngày' dd/MM/yyyy hh:mm a")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Ngày 02/03/2026 08:15 SA": "2026-03-02 08:15:00", "Ngày 02/03/2026 01:15 CH": "2026-03-02 13:15:00",
		"Ngày 02/03/2026 01:15 ch": "2026-03-02 13:15:00", "Ngày 02/03/2026 12:15 CH": "2026-03-02 12:15:00",
		"Ngày 02/03/2026 12:15 SA": "2026-03-02 00:15:00", "Ngày 02/03/2026 05:00 chiều": "2026-03-02 17:00:00",
		"Ngày 02/03/2026 07:30 tối": "2026-03-02 19:30:00", "Ngày 02/03/2026 07:30 Sáng": "2026-03-02 07:30:00",
		"Ngày 02/03/2026 07:30 p.m.": "2026-03-02 19:30:00", "Ngày 02/03/2026 07:30 am": "2026-03-02 07:30:00",
	} {
		moment, fit := l.Read(text)
		if got := moment.Time(time.UTC).Format(time.DateTime); fit != Fits || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, fit, want)
		}
	}
	if _, fit := l.Read("Ngày 02/03/2026 07:30 xx"); fit != Unfit {
		t.Errorf("no half of the day: %v", fit)
	}
}
