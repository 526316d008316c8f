package history

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	v1 "github.com/prometheus/prometheus/web/api/v1"
)

// newRouter makes Prometheus' own API, whose constructor takes everything that a server may have. What is nil or empty here
// is not reachable: Handler lets through the paths that only read.
func (h *History) newRouter() http.Handler {
	none := notOffered{}
	api := v1.NewAPI(
		h.newBoundedEngine(),
		view{h},
		nil, nil, // nothing is written over HTTP
		none,
		func(context.Context) v1.ScrapePoolsRetriever { return none },
		func(context.Context) v1.TargetRetriever { return metadataOnly{h.metadataTarget()} },
		func(context.Context) v1.AlertmanagerRetriever { return none },
		func() config.Config { return config.Config{} },
		nil,
		v1.GlobalURLOptions{},
		func(f http.HandlerFunc) http.HandlerFunc { return f }, // it is open before it is served
		none,
		"",
		false,    // no administration
		false, 0, // no search
		h.options.Log.With("component", "api"),
		func(context.Context) v1.RulesRetriever { return h.ruleSource() },
		0, 0, 0, // no remote reading
		false,
		nil, // no other site's pages
		func() (v1.RuntimeInfo, error) { return v1.RuntimeInfo{}, errNotOffered },
		&v1.PrometheusVersion{Version: libraryVersion(), GoVersion: runtime.Version()},
		nil, nil,
		prometheus.NewRegistry(), prometheus.NewRegistry(),
		nil,
		false, nil, // no remote writing
		false, false, false, // no OTLP
		false,
		h.options.Lookback,
		false,
		false,
		nil,
		nil,
		v1.OpenAPIOptions{},
		parser.NewParser(parser.Options{}),
	)
	router := route.New()
	api.Register(router)
	return router
}

// libraryVersion is the version of Prometheus that the library belongs to, as its own releases are numbered: Grafana decides
// by it what it may ask.
func libraryVersion() string {
	const path, oldest = "github.com/prometheus/prometheus", "3.0.0"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return oldest
	}
	for _, d := range info.Deps {
		// The module v0.315.0 is release 3.15.0.
		if v, isRelease := strings.CutPrefix(d.Version, "v0.3"); d.Path == path && isRelease && len(v) > 2 {
			return "3." + strings.TrimPrefix(v[:2], "0") + v[2:]
		}
	}
	return oldest
}

var errNotOffered = errors.New("not offered by this agent")

// notOffered stands for the parts of a Prometheus server that the agent does not have.
type notOffered struct{}

func (notOffered) ScrapePools() []string            { return nil }
func (notOffered) Alertmanagers() []*url.URL        { return nil }
func (notOffered) DroppedAlertmanagers() []*url.URL { return nil }

func (notOffered) CleanTombstones() error { return errNotOffered }
func (notOffered) Delete(context.Context, int64, int64, ...*labels.Matcher) error {
	return errNotOffered
}
func (notOffered) Snapshot(string, bool) error            { return errNotOffered }
func (notOffered) Stats(string, int) (*tsdb.Stats, error) { return nil, errNotOffered }
func (notOffered) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return tsdb.WALReplayStatus{}, errNotOffered
}
func (notOffered) BlockMetas() ([]tsdb.BlockMeta, error)                              { return nil, errNotOffered }
func (n notOffered) ExemplarQuerier(context.Context) (storage.ExemplarQuerier, error) { return n, nil }
func (notOffered) Select(int64, int64, ...[]*labels.Matcher) ([]exemplar.QueryResult, error) {
	return []exemplar.QueryResult{}, nil
}

// metadataOnly is a target that is not scraped but says what the metrics mean.
type metadataOnly struct{ target *scrape.Target }

func (m metadataOnly) TargetsActive() map[string][]*scrape.Target {
	return map[string][]*scrape.Target{"kpiagent": {m.target}}
}
func (metadataOnly) TargetsDropped() map[string][]*scrape.Target { return nil }
func (metadataOnly) TargetsDroppedCounts() map[string]int        { return nil }
func (metadataOnly) ScrapePoolConfig(string) (*config.ScrapeConfig, error) {
	return nil, errNotOffered
}
