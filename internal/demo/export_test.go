package demo

import (
	"testing"
	"time"

	"kpiagent/internal/kpi"
)

// Dossiers counts what the whole ministry gets in its history, by unit, without making a system.
func Dossiers(t testing.TB, seed uint64, now time.Time) map[string]int {
	t.Helper()
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	today := kpi.DayOf(now)
	list, err := staffed(today)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{seed: seed, calendar: calendar, size: Size{}.orWhole(), built: today, offices: list}
	counts := map[string]int{}
	for _, o := range list {
		for day := today - historyFor; day <= today; day++ {
			counts[o.id] += len(w.arrivals(o, day, kpi.StampOf(now)))
		}
	}
	return counts
}

// ConfigurationAt gives the configuration as it is written for systems at an address.
func ConfigurationAt(t testing.TB, address string, year int) []byte {
	t.Helper()
	list, err := staffed(kpi.Date(year, 11, 20))
	if err != nil {
		t.Fatal(err)
	}
	text, err := configurationOf(list, address, year)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
