// Package promapi answers the paths of Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/) that
// only read, for whatever storage, engine and rules it is handed. Here live parameters, answers and their JSON; what a query may
// cost is bounded before.
//
// The server's own package for that, web/api/v1, brings the server along: scraping, service discovery, remote storage, three
// clouds and a generator of OpenAPI documents, an eighth of the agent's binary.
package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// RuleSource is whose rules and alerts are listed: a rule manager.
type RuleSource interface {
	RuleGroups() []*rules.Group
	AlertingRules() []*rules.AlertingRule
}

// Metadata says what a metric means.
type Metadata struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// Version is what clients decide by what they may ask.
type Version struct {
	Version   string `json:"version"`
	Revision  string `json:"revision"`
	Branch    string `json:"branch"`
	BuildUser string `json:"buildUser"`
	BuildDate string `json:"buildDate"`
	GoVersion string `json:"goVersion"`
}

// API is what the answers are made of.
type API struct {
	Engine    promql.QueryEngine
	Queryable storage.Queryable
	Parser    parser.Parser
	Rules     RuleSource          // nil: there are none
	Metadata  map[string]Metadata // by name of the metric
	Version   Version
	Now       func() time.Time
}

// Path is a path that is answered.
type Path struct {
	Pattern string // below /api/v1, as http.ServeMux has patterns
	Posts   bool   // whether its form may be posted too, so that long queries fit
	Handler http.Handler
}

// Paths returns all paths. Requests reach the handlers with the values of Pattern set.
func (a *API) Paths() []Path {
	return []Path{
		{"/query", true, answer(a.query)},
		{"/query_range", true, answer(a.queryRange)},
		{"/query_exemplars", true, answer(noExemplars)},
		{"/format_query", true, answer(a.formatQuery)},
		{"/labels", true, answer(a.labelNames)},
		{"/series", true, answer(a.series)},
		{"/label/{name}/values", false, answer(a.labelValues)},
		{"/metadata", false, answer(a.metadata)},
		{"/rules", false, answer(a.rules)},
		{"/alerts", false, answer(a.alerts)},
		{"/status/buildinfo", false, answer(func(*http.Request) (reply, error) { return reply{data: a.Version}, nil })},
	}
}

// noExemplars answers as a server does that has none.
func noExemplars(*http.Request) (reply, error) { return reply{data: []string{}}, nil }

// reply is what is answered where nothing is wrong.
type reply struct {
	data            any
	warnings, infos []string
}

// truncated is the warning of a reply with more than it was to have.
const truncated = "results truncated due to limit"

// mostNotes is how many warnings and notes a reply says in full; of the others it says the number.
const mostNotes = 10

// note adds what a storage or the engine had to remark about a query.
func (r *reply) note(list annotations.Annotations, query string) {
	r.warnings, r.infos = list.AsStrings(query, mostNotes, mostNotes)
}

// badData is a request that cannot be answered as it is.
type badData struct{ error }

func (b badData) Unwrap() error { return b.error }

// answer makes a handler of what finds a reply.
func answer(find func(*http.Request) (reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, err := find(r)
		var body []byte
		if err == nil {
			body, err = json.Marshal(struct {
				Status   string   `json:"status"`
				Data     any      `json:"data"`
				Warnings []string `json:"warnings,omitempty"`
				Infos    []string `json:"infos,omitempty"`
			}{"success", found.data, found.warnings, found.infos})
		}
		if err != nil {
			status, kind := classify(err)
			Refuse(w, status, kind, err.Error())
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // an error means that the client has gone
	})
}

// classify returns the status and the kind that Prometheus has for an error.
func classify(err error) (status int, kind string) {
	const clientClosedRequest = 499 // nginx' status, as Prometheus uses it
	switch {
	case errors.As(err, new(badData)):
		return http.StatusBadRequest, "bad_data"
	case errors.As(err, new(promql.ErrQueryTimeout)), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, "timeout"
	case errors.As(err, new(promql.ErrQueryCanceled)), errors.Is(err, context.Canceled):
		return clientClosedRequest, "canceled"
	case errors.As(err, new(promql.ErrStorage)):
		return http.StatusInternalServerError, "internal"
	}
	return http.StatusUnprocessableEntity, "execution"
}

// Refuse answers with an error as Prometheus does.
func Refuse(w http.ResponseWriter, status int, kind, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error means that the client has gone.
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": why})
}
