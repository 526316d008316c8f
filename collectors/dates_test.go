package collectors

import (
	"strings"
	"testing"
	"time"
)

func TestDatesAreReadByTheirLayouts(t *testing.T) {
	for _, test := range []struct {
		layouts, text, want string
	}{
		{"yyyy-MM-dd HH:mm:ss", "2026-03-02 14:05:09", "2026-03-02 14:05:09"},
		{"yyyy-MM-dd HH:mm:ss", "2026-03-02 14:05:09.123", "2026-03-02 14:05:09"},
		{"yyyy-MM-dd HH:mm:ss.SSS", "2026-03-02 14:05:09,5", "2026-03-02 14:05:09"},
		{"yyyyMMddHHmmss", "20260302140509", "2026-03-02 14:05:09"},
		{"dd/MM/yyyy", "29/02/2024", "2024-02-29 00:00:00"},
		{"d/M/yyyy H:mm", "2/3/2026 9:05", "2026-03-02 09:05:00"},
		{"dd/MM/yyyy H:mm", "02/03/2026 9:05", "2026-03-02 09:05:00"},
		{"dd/MM/yyyy hh:mm a", "02/03/2026 02:05 PM", "2026-03-02 14:05:00"},
		{"yyyy-MM-dd'T'HH:mm", "2026-03-02T09:05", "2026-03-02 09:05:00"},
		{"yyyy-MM-dd HH:mm:ss XXX", "2026-03-02 09:05:00 +09:00", "2026-03-02 07:05:00"},
		{"rfc3339", "2026-03-02T00:00:00Z", "2026-03-02 07:00:00"},
		{"rfc3339", "2011-12-06 13:41:31.788000+01:00", "2011-12-06 19:41:31"},
		{"rfc3339", "2026-03-02T09:05:00.1 +0700", "2026-03-02 09:05:00"},
		{"rfc3339", "2026-03-02T09:05:00-03", "2026-03-02 19:05:00"},
		{"unix", "1772416800", "2026-03-02 09:00:00"},
		{"unix_ms", "1772416800999", "2026-03-02 09:00:00"},
		{"unix_ms", "-1", "1970-01-01 06:59:59"},
		{"dd/MM/yyyy,yyyy-MM-dd", "2026-03-02", "2026-03-02 00:00:00"},
		{"", "2026-03-02", "2026-03-02 00:00:00"},
		{"", "2026-03-02T02:00:00Z", "2026-03-02 09:00:00"},

		{"yyyy-MM-dd", "2025-02-30", `bad_date: "2025-02-30" does not exist`},
		{"yyyy-MM-dd", "2025-02-29", `bad_date: "2025-02-29" does not exist`},
		{"yyyy-MM-dd", "2026-13-01", `bad_date: "2026-13-01" does not exist`},
		{"yyyy-MM-dd", "2026-00-00", `bad_date: "2026-00-00" does not exist`},
		{"d/M/yyyy", "31/4/2026", `bad_date: "31/4/2026" does not exist`},
		{"yyyy-MM-dd HH:mm:ss", "2026-03-02 24:00:00", `bad_date: "2026-03-02 24:00:00" does not exist`},
		{"rfc3339", "2026-02-30T00:00:00Z", `bad_date: "2026-02-30T00:00:00Z" does not exist`},
		{"rfc3339", "2026-03-02T00:00:00", `bad_date: "2026-03-02T00:00:00" has none of the layouts rfc3339`},
		{"rfc3339", "2026-03-02T00:00:00+7:00", `bad_date: "2026-03-02T00:00:00+7:00" has none of the layouts rfc3339`},
		{"yyyy-MM-dd", "2026-03-02 ngày", `bad_date: "2026-03-02 ngày" has none of the layouts yyyy-MM-dd`},
		{"unix", "1e9", `bad_date: "1e9" has none of the layouts unix`},
		{"yyyy-MM-dd", "9999-12-31", `bad_date: "9999-12-31" is not in the years 1900 to 2199; name a stand-in for no date under empty`},
	} {
		var layouts []string
		if test.layouts != "" {
			layouts = strings.Split(test.layouts, ",")
		}
		dates, err := NewDates(layouts)
		if err != nil {
			t.Fatal(err)
		}
		moment, fault := dates.Read(&Value{Kind: Text, Text: test.text})
		got := moment.Stamp(vietnam).String()
		if fault != nil {
			got = fault.Error()
		}
		if got != test.want {
			t.Errorf("%s by %q: got %s, want %s", test.text, test.layouts, got, test.want)
		}
	}
}

func TestOnlyTextsThatSortAsTheirDatesAreComparable(t *testing.T) {
	for layout, want := range map[string]bool{
		"yyyy-MM-dd HH:mm:ss": true, "yyyyMMddHHmmss": true, "yyyy-MM-dd": true, "dd/MM/yyyy": false, "yyyy-MM-dd hh:mm a": false,
		"yyyy-MM-dd HH:mm:ss XXX": false, "rfc3339": false,
	} {
		dates, err := NewDates([]string{layout})
		if err != nil {
			t.Fatal(err)
		}
		if dates.Comparable() != want {
			t.Errorf("%s: %v", layout, !want)
		}
	}
}

func FuzzPauses(f *testing.F) {
	for _, text := range []string{"01/03/2026..02/03/2026;03/03/2026..", "..", ";", "01/03/2026", "01/03/2026..02/03/2026;"} {
		f.Add(text)
	}
	dates, err := NewDates([]string{"dd/MM/yyyy"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pauses, fault := dates.pauses(text, zones{time.UTC, time.UTC})
		if fault != nil {
			return
		}
		for i, pause := range pauses {
			if pause.From.IsZero() || i > 0 && pause.From < pauses[i-1].From {
				t.Fatalf("%q: %v", text, pauses)
			}
		}
	})
}

func TestAStandInForNoDateIsNamed(t *testing.T) {
	dates, err := NewDates(nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"-": `write empty: ["-"]`, "NULL": `write empty: ["NULL"]`, "0": `write empty: ["0"]`,
		"chưa có": `write empty: ["chưa có"]`, "/Date(1772411400000)/": "write layouts: [dotnet]"} {
		value := word(text)
		if _, fault := dates.Read(&value); fault == nil || !strings.Contains(fault.Detail, want) {
			t.Errorf("%q: %v, want %s", text, fault, want)
		}
	}
	value := word("hôm qua")
	if _, fault := dates.Read(&value); fault == nil || strings.Contains(fault.Detail, "write") {
		t.Errorf("a text that is none: %v", fault)
	}
}
