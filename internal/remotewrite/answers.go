package remotewrite

import (
	"net/http"
	"strings"
)

// verdict is what an answer means for the samples that it is about.
type verdict int

const (
	taken   verdict = iota // the store has them
	later                  // the store is down or busy: they are sent again
	refused                // the store does not let the agent in, or is not one: they are kept until that is mended
	wrong                  // the store will never take them, or some of them
	tooMany                // one request has too many of them
)

// judge returns what an answer means.
func judge(a answer) verdict {
	switch {
	case a.err == nil:
		return taken
	case a.status == 0 || a.status >= 500 || a.status == http.StatusTooManyRequests || a.status == http.StatusRequestTimeout:
		return later
	case a.status == http.StatusRequestEntityTooLarge:
		return tooMany
	case a.status == http.StatusBadRequest || a.status == http.StatusConflict || a.status == http.StatusUnprocessableEntity:
		return wrong
	}
	return refused
}

// advice returns what to do about an answer by which a store lets nothing in. named says that the agent said who it is.
func advice(a answer, named bool) string {
	switch {
	case a.status == 0:
		return "is the store up, and are url, network and certificates right?"
	case (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) && named:
		return "correct auth.account and the secret, or ask for the right to write"
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return "the store wants to know who writes: configure auth, and the header of the tenant where there are several"
	case a.status == http.StatusUnsupportedMediaType, a.status/100 == 2:
		return "the store does not know this version of the protocol; set protobuf: 1"
	case a.status == http.StatusTooManyRequests:
		return "the store wants fewer samples at a time: raise its limits, or lower connections"
	case a.status >= 500:
		return "ask whoever runs the store"
	}
	return "correct url: it ends in /api/v1/write with Prometheus (started with --web.enable-remote-write-receiver) and VictoriaMetrics, /api/v1/push with Mimir, /api/v1/receive with Thanos"
}

// why returns what to do about samples that a store will never take.
func why(said string) string {
	said = strings.ToLower(said)
	switch {
	case strings.Contains(said, "out of order"), strings.Contains(said, "out-of-order"), strings.Contains(said, "out of bounds"), strings.Contains(said, "too old"), strings.Contains(said, "duplicate"):
		return "the store takes only samples that are newer than what it has, or not older than some time: let it take late ones (Prometheus and Mimir: out_of_order_time_window, Thanos: --tsdb.out-of-order.time-window), and look whether two agents write with the same job and instance"
	case strings.Contains(said, "label"), strings.Contains(said, "limit"):
		return "raise the store's limits"
	}
	return "ask whoever runs the store"
}
