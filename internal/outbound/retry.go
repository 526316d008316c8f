package outbound

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter reads the header of that name: seconds, or a date. said is false where it is missing, or is neither.
func RetryAfter(header http.Header, now time.Time) (wait time.Duration, said bool) {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// Backoff returns how long to wait before the next try: first, and twice as long with each of the retries so far, but no
// longer than longest.
func Backoff(first, longest time.Duration, retries int) time.Duration {
	wait := min(first, longest)
	for range retries {
		if wait > longest/2 {
			return longest
		}
		wait *= 2
	}
	return wait
}

// Spread makes a wait up to a quarter longer, by chance, so that many who wait do not come back together.
func Spread(wait time.Duration) time.Duration { return wait + rand.N(max(wait, 0)/4+1) }
