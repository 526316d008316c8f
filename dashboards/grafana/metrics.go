package grafana

import (
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/config"
	"kpiagent/internal/exposition"
)

// Metrics say how Grafana is kept in step. Names and meanings are declared in internal/exposition.
type Metrics struct {
	up, lastSuccess, kept *prometheus.GaugeVec
	writes, failures      *prometheus.CounterVec
	shown                 string // the host whose series there are
}

// NewMetrics registers everything.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	label := []string{"grafana"}
	gauge := func(name string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: exposition.Help(name)}, label)
	}
	counter := func(name string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: exposition.Help(name)}, label)
	}
	m := &Metrics{up: gauge("egov_grafana_up"), lastSuccess: gauge("egov_grafana_last_success_timestamp_seconds"),
		kept:   gauge("egov_grafana_kept"),
		writes: counter("egov_grafana_writes_total"), failures: counter("egov_grafana_failures_total")}
	registry.MustRegister(m.up, m.lastSuccess, m.kept, m.writes, m.failures)
	return m
}

// host is the value of the label.
func host(c *config.Config) string {
	address, err := url.Parse(c.Grafana.URL)
	if err != nil {
		return ""
	}
	return address.Host
}

// show returns the Grafana of a configuration its series from the first moment, and takes those of others away.
func (m *Metrics) show(c *config.Config) {
	here := prometheus.Labels{"grafana": host(c)}
	if m.shown != here["grafana"] {
		for _, v := range []*prometheus.MetricVec{m.up.MetricVec, m.lastSuccess.MetricVec, m.kept.MetricVec, m.writes.MetricVec,
			m.failures.MetricVec} {
			v.Reset()
		}
	}
	m.shown = here["grafana"]
	if c.Grafana.URL == "" || c.Grafana.Every == 0 {
		return
	}
	for _, v := range []*prometheus.GaugeVec{m.up, m.lastSuccess, m.kept} {
		v.With(here)
	}
	m.writes.With(here)
	m.failures.With(here)
}

func (m *Metrics) failed(c *config.Config) {
	m.up.WithLabelValues(host(c)).Set(0)
	m.failures.WithLabelValues(host(c)).Inc()
}

func (m *Metrics) succeeded(c *config.Config, r *Report, now time.Time) {
	m.up.WithLabelValues(host(c)).Set(1)
	m.lastSuccess.WithLabelValues(host(c)).Set(float64(now.UnixMilli()) / 1000)
	m.kept.WithLabelValues(host(c)).Set(float64(r.Count(Keep)))
	m.writes.WithLabelValues(host(c)).Add(float64(r.Count(Create, Change)))
}
