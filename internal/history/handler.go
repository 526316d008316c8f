package history

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"kpiagent/internal/history/promapi"
)

// largestForm is how long a posted query may be, in bytes.
const largestForm = 1 << 20

// Handler serves the paths under /api/v1 that Grafana's Prometheus data source asks. Some may be posted, so that long queries
// fit: they change nothing, so a page of another site that had a browser post one would gain nothing by it. Those
// of rules and alerts list what a rule manager has; nil is none.
func (h *History) Handler(rules promapi.RuleSource) http.Handler {
	const prefix = "/api/v1"
	mux, slots := http.NewServeMux(), make(chan struct{}, 2*h.options.Limits.AtOnce)
	for _, p := range h.newAPI(rules).Paths() {
		handler := h.bounded(slots, gzhttp.GzipHandler(p.Handler))
		mux.Handle("GET "+prefix+p.Pattern, handler)
		if p.Posts {
			mux.Handle("POST "+prefix+p.Pattern, handler)
		}
	}
	mux.HandleFunc(prefix+"/", func(w http.ResponseWriter, _ *http.Request) {
		promapi.Refuse(w, http.StatusNotFound, "not_found",
			"there is no such path: history answers queries only, and is not written or administered over HTTP")
	})
	return mux
}

// bounded allows each request its time and its size, and as many at once as there are slots: PromQL has bounds of its own, this
// is for the lists of series and labels too.
func (h *History) bounded(slots chan struct{}, next http.Handler) http.Handler {
	limits := h.options.Limits
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limits.Timeout)
		defer cancel()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
			h.metrics.refused.Inc()
			promapi.Refuse(w, http.StatusServiceUnavailable, "timeout",
				"too many queries are running; ask again, or ask for less")
			return
		}
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		if err := r.ParseForm(); err != nil {
			h.metrics.refused.Inc()
			promapi.Refuse(w, http.StatusBadRequest, "bad_data", "the form cannot be read: "+err.Error())
			return
		}
		if err := tooLarge(r.Form); err != nil {
			h.metrics.refused.Inc()
			promapi.Refuse(w, http.StatusBadRequest, "bad_data", err.Error())
			return
		}
		if n, err := strconv.Atoi(r.Form.Get("limit")); strings.HasSuffix(r.URL.Path, "/series") &&
			(err != nil || n <= 0 || n > limits.Series) {
			r.Form.Set("limit", strconv.Itoa(limits.Series))
		}
		next.ServeHTTP(w, r)
	})
}
