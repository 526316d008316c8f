package layout

import (
	"testing"
	"time"
)

var vietnam = time.FixedZone("+07", 7*3600)

func TestAMomentKeepsItsClockFace(t *testing.T) {
	face := time.Date(2026, 3, 2, 23, 30, 1, 250_000_000, time.UTC)
	if got := MomentOf(face, false).Time(vietnam); !got.Equal(time.Date(2026, 3, 2, 23, 30, 1, 250_000_000, vietnam)) {
		t.Error(got)
	}
	if got := MomentOf(face, true).Stamp(vietnam).String(); got != "2026-03-03 06:30:01" {
		t.Error(got)
	}
}

// FuzzDates holds our reading against that of the package time.
func FuzzDates(f *testing.F) {
	for _, text := range []string{"2026-03-02 14:05:09", "20260302140509", "02/03/2026", "2026-02-30", "2026-03-02T14:05:09.5+07:00", "1772416800", "2024-02-29 9:00:00,25"} {
		f.Add(text)
	}
	layouts := []string{"yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss", "dd/MM/yyyy", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss.SSS", "d/M/yyyy h:mm a", ISO}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range layouts {
			l, err := Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			moment, fit := l.Read(text)
			goLayout := l.goText
			if name == ISO {
				goLayout = time.RFC3339
			}
			want, err := time.Parse(goLayout, text)
			if err != nil || want.Year() < FirstYear+1 || want.Year() >= LastYear {
				continue // ours also takes a few forms that the package does not
			}
			if _, offset := want.Zone(); offset > 14*3600 || offset < -14*3600 {
				continue
			}
			if fit != Fits {
				t.Fatalf("%q by %s: %v, the package time reads %s", text, name, fit, want)
			}
			if got := moment.Time(time.UTC); !got.Equal(want) {
				t.Fatalf("%q by %s: %s, the package time reads %s", text, name, got, want)
			}
		}
	})
}

func TestDotNetDates(t *testing.T) {
	l, err := Parse(DotNet)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"/Date(1772411400000)/": "2026-03-02 07:30:00", "/Date(1773014400000+0700)/": "2026-03-09 07:00:00"} {
		if moment, fit := l.Read(text); fit != Fits || moment.Stamp(vietnam).String() != want {
			t.Errorf("%s: %s, want %s", text, moment.Stamp(vietnam), want)
		}
	}
	for _, text := range []string{"/Date()/", "/Date(x)/", "Date(1)", "1772411400000"} {
		if _, fit := l.Read(text); fit == Fits {
			t.Errorf("%s was read", text)
		}
	}
}
