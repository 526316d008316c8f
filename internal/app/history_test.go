package app

import (
	"log/slog"
	"testing"
	"time"

	"kpiagent/config"
)

// Whoever writes a huge number of days wants to keep everything.
func TestHugeDetailKeepsEverything(t *testing.T) {
	for _, days := range []int{100, 36_500, 1_000_000, 1 << 40} {
		if o := historyOptions(config.History{DetailDays: days}, time.UTC, time.Now, slog.New(slog.DiscardHandler)); o.Detail < 100*24*time.Hour {
			t.Errorf("%d days are kept for %v", days, o.Detail)
		}
	}
}
