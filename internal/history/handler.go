package history

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// largestForm is how long a posted query may be, in bytes.
const largestForm = 1 << 20

// readable are the paths that only read, with whether a form may be posted to them: Grafana posts its queries, so that long
// ones fit. They change nothing, so a page of another site that had a browser post one would gain nothing by it.
var readable = []struct {
	path  string
	posts bool
}{
	{"/query", true}, {"/query_range", true}, {"/query_exemplars", true}, {"/format_query", true}, {"/parse_query", true},
	{"/labels", true}, {"/series", true}, {"/label/{name}/values", false}, {"/metadata", false},
	{"/rules", false}, {"/alerts", false}, {"/status/buildinfo", false},
}

// Handler serves the paths under /api/v1 that Grafana's Prometheus data source asks.
func (h *History) Handler() http.Handler {
	const prefix = "/api/v1"
	api := http.StripPrefix(prefix, h.bounded(h.newRouter()))
	mux := http.NewServeMux()
	for _, r := range readable {
		mux.Handle("GET "+prefix+r.path, api)
		if r.posts {
			mux.Handle("POST "+prefix+r.path, api)
		}
	}
	mux.HandleFunc(prefix+"/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "there is no such path: history answers queries only, and is not written or administered over HTTP")
	})
	return mux
}

// bounded gives each request its time and no more than its size, and lets only so many run at once.
func (h *History) bounded(next http.Handler) http.Handler {
	limits := h.options.Limits
	slots := make(chan struct{}, 2*limits.AtOnce) // PromQL has bounds of its own; this is for the lists of series and labels too
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limits.Timeout)
		defer cancel()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
			h.metrics.refused.Inc()
			refuse(w, http.StatusServiceUnavailable, "timeout", "too many queries are running; ask again, or ask for less")
			return
		}
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		if err := r.ParseForm(); err != nil {
			h.metrics.refused.Inc()
			refuse(w, http.StatusBadRequest, "bad_data", "the form cannot be read: "+err.Error())
			return
		}
		if err := tooLarge(r.Form); err != nil {
			h.metrics.refused.Inc()
			refuse(w, http.StatusBadRequest, "bad_data", err.Error())
			return
		}
		if n, err := strconv.Atoi(r.Form.Get("limit")); r.URL.Path == "/series" && (err != nil || n <= 0 || n > limits.Series) {
			r.Form.Set("limit", strconv.Itoa(limits.Series))
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers as Prometheus does.
func refuse(w http.ResponseWriter, status int, kind, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": why}) // an error means that the client has gone
}
