package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
)

// Options are what the paths show.
type Options struct {
	// Metrics serves /metrics.
	Metrics http.Handler
	// Ready says what the agent still waits for; nil is ready.
	Ready func() error
	// Config returns the configuration as YAML, with every secret redacted.
	Config func() ([]byte, error)
	// Reload loads the configuration again; the error lists all mistakes.
	Reload func(ctx context.Context) error
	// Pages serves every other path: the pages for people, and the answer where there is none.
	Pages http.Handler
	// History serves the paths under /api/v1, which only read; nil where there is no history.
	History http.Handler
	// Alerts serves GET /-/alerts, POST /-/silences and DELETE /-/silences/{id}; nil where there are none. It minds itself
	// that no page of another site asks.
	Alerts http.Handler
}

// NewHandler makes the handler of all paths. They take GET and HEAD only; reloading takes POST and PUT,
// queries of history may be posted, and silences are made with POST and ended with DELETE.
func NewHandler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", o.Metrics)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "kpiagent is healthy.") })
	mux.HandleFunc("GET /-/ready", o.ready)
	mux.HandleFunc("GET /config", o.config)
	reload := http.NewCrossOriginProtection().Handler(http.HandlerFunc(o.reload))
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodGet} {
		mux.Handle(method+" /-/reload", reload)
	}
	if o.History != nil {
		mux.Handle("GET /api/v1/", o.History)
		mux.Handle("POST /api/v1/", o.History)
	}
	if o.Alerts != nil {
		mux.Handle("GET /-/alerts", o.Alerts)
		mux.Handle("POST /-/silences", o.Alerts)
		mux.Handle("DELETE /-/silences/{id}", o.Alerts)
	}
	mux.Handle("GET /", o.Pages)
	return secure(mux)
}

func (o Options) ready(w http.ResponseWriter, _ *http.Request) {
	if err := o.Ready(); err != nil {
		w.Header().Set("Retry-After", "5")
		plain(w, http.StatusServiceUnavailable, "kpiagent is not ready: "+err.Error())
		return
	}
	plain(w, http.StatusOK, "kpiagent is ready.")
}

func (o Options) config(w http.ResponseWriter, _ *http.Request) {
	content, err := o.Config()
	if err != nil {
		plain(w, http.StatusInternalServerError, "the configuration cannot be shown: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // an error means that the client has gone
}

// reload answers as Prometheus does. A page of another site cannot have a browser ask for it.
func (o Options) reload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST, PUT")
		plain(w, http.StatusMethodNotAllowed, "Reload with POST or PUT, for example: curl -X POST http://"+r.Host+"/-/reload")
		return
	}
	if err := o.Reload(r.Context()); err != nil {
		plain(w, http.StatusInternalServerError, err.Error())
		return
	}
	plain(w, http.StatusOK, "The configuration was reloaded.")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // an error means that the client has gone
}

// securityHeaders are for browsers: nothing here needs scripts, frames, inline styles or other sites. The web configuration
// file may set other values.
var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"X-Content-Type-Options":  "nosniff",
	"X-Frame-Options":         "deny",
	"Referrer-Policy":         "no-referrer",
	"Cache-Control":           "no-store",
}

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for name, value := range securityHeaders {
			if header.Get(name) == "" {
				header.Set(name, value)
			}
		}
		next.ServeHTTP(w, r)
	})
}
