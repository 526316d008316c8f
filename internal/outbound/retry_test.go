package outbound

import (
	"math"
	"net/http"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		first, longest time.Duration
		retries        int
		want           time.Duration
	}{
		{time.Second, time.Minute, 0, time.Second},
		{time.Second, time.Minute, 1, 2 * time.Second},
		{time.Second, time.Minute, 5, 32 * time.Second},
		{time.Second, time.Minute, 6, time.Minute},
		{time.Second, time.Minute, 1_000_000, time.Minute},
		{time.Minute, time.Second, 0, time.Second},
		{time.Hour, math.MaxInt64, 1000, math.MaxInt64},
		{0, time.Minute, 3, 0},
		{time.Second, 0, 3, 0},
	} {
		if got := Backoff(test.first, test.longest, test.retries); got != test.want {
			t.Errorf("Backoff(%s, %s, %d) is %s, want %s", test.first, test.longest, test.retries, got, test.want)
		}
	}
}

func TestSpread(t *testing.T) {
	for range 1000 {
		if got := Spread(time.Minute); got < time.Minute || got > 75*time.Second {
			t.Fatalf("a minute became %s", got)
		}
	}
	if got := Spread(0); got != 0 {
		t.Errorf("no wait became %s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		header string
		want   time.Duration
		said   bool
	}{
		{"", 0, false}, {"soon", 0, false}, {"-1", 0, false}, {"99999999999", 0, false},
		{"0", 0, true}, {"120", 2 * time.Minute, true},
		{"Tue, 10 Mar 2026 12:05:00 GMT", 5 * time.Minute, true}, {"Tue, 10 Mar 2026 11:00:00 GMT", 0, true},
	} {
		if got, said := RetryAfter(http.Header{"Retry-After": {test.header}}, now); got != test.want || said != test.said {
			t.Errorf("%q is %s, %t", test.header, got, said)
		}
	}
}
