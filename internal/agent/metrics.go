package agent

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	gocollectors "github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Metrics are what the agent says of itself and of its sources. Names and meanings are declared in internal/exposition.
type Metrics struct {
	Registry *prometheus.Registry

	up, lastSuccess, duration, held, staleAfter, resting, refused *prometheus.GaugeVec
	rows, rejected, skipped, panics, retries                      *prometheus.CounterVec
	yearKnown                                                     *prometheus.GaugeVec
	auditDifferences                                              *prometheus.GaugeVec
	reloadOK, reloadTime                                          prometheus.Gauge
	ofSources                                                     []sourceVector // all of them that have a series per source
}

// sourceVector is a metric with the labels unit and source.
type sourceVector interface {
	prometheus.Collector
	DeletePartialMatch(labels prometheus.Labels) int
}

// NewMetrics registers everything with a registry of its own.
func NewMetrics() *Metrics {
	source := []string{"unit", "source"}
	m := &Metrics{
		Registry:         prometheus.NewRegistry(),
		up:               gauges("egov_source_up", source...),
		lastSuccess:      gauges("egov_source_last_success_timestamp_seconds", source...),
		duration:         gauges("egov_source_fetch_duration_seconds", source...),
		held:             gauges("egov_source_held_rows", source...),
		staleAfter:       gauges("egov_source_stale_after_seconds", source...),
		resting:          gauges("egov_source_resting_until_timestamp_seconds", source...),
		refused:          gauges("egov_source_refused", source...),
		retries:          counters("egov_source_retries_total", source...),
		rows:             counters("egov_source_rows_total", source...),
		rejected:         counters("egov_source_rejected_rows_total", "unit", "source", "reason"),
		skipped:          counters("egov_source_skipped_rows_total", source...),
		panics:           counters("egov_source_panics_total", source...),
		yearKnown:        gauges("egov_calendar_year_known", "year"),
		auditDifferences: gauges("egov_ledger_audit_differences", "unit"),
		reloadOK: prometheus.NewGauge(prometheus.GaugeOpts{Name: "egov_config_last_reload_successful",
			Help: exposition.Help("egov_config_last_reload_successful")}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{Name: "egov_config_last_reload_success_timestamp_seconds",
			Help: exposition.Help("egov_config_last_reload_success_timestamp_seconds")}),
	}
	m.ofSources = []sourceVector{m.up, m.lastSuccess, m.duration, m.held, m.staleAfter, m.rows, m.rejected, m.skipped,
		m.panics, m.resting, m.refused, m.retries}
	for _, v := range m.ofSources {
		m.Registry.MustRegister(v)
	}
	m.Registry.MustRegister(m.yearKnown, m.auditDifferences, m.reloadOK, m.reloadTime, version.NewCollector("egov"),
		gocollectors.NewGoCollector(),
		gocollectors.NewProcessCollector(gocollectors.ProcessCollectorOpts{}))
	return m
}

func gauges(name string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: exposition.Help(name)}, labels)
}

func counters(name string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: exposition.Help(name)}, labels)
}

// sourceMetrics are the series of one source; they exist from the first moment. They are held and not looked up each time: a
// read that ends after its source was forgotten must not bring the series back.
type sourceMetrics struct {
	up, lastSuccess, duration, held, resting, refused prometheus.Gauge
	rows, skipped, panics, retries                    prometheus.Counter
	rejected                                          *prometheus.CounterVec
}

func (m *Metrics) of(s config.Source) *sourceMetrics {
	labels := prometheus.Labels{"unit": s.Unit, "source": s.ID}
	m.staleAfter.With(labels).Set(s.StaleAfter.Seconds())
	rejected := m.rejected.MustCurryWith(labels)
	for _, reason := range kpi.RejectReasons() {
		rejected.WithLabelValues(string(reason)) // there from the first moment, so that the first rejected row is an increase
	}
	return &sourceMetrics{
		up:          m.up.With(labels),
		lastSuccess: m.lastSuccess.With(labels),
		duration:    m.duration.With(labels),
		held:        m.held.With(labels),
		rows:        m.rows.With(labels),
		skipped:     m.skipped.With(labels),
		panics:      m.panics.With(labels),
		resting:     m.resting.With(labels),
		refused:     m.refused.With(labels),
		retries:     m.retries.With(labels),
		rejected:    rejected,
	}
}

// forget takes the series of a source off the page.
func (m *Metrics) forget(s config.Source) {
	labels := prometheus.Labels{"unit": s.Unit, "source": s.ID}
	for _, v := range m.ofSources {
		v.DeletePartialMatch(labels)
	}
}

// reloaded says what became of an attempt to load the configuration.
func (m *Metrics) reloaded(ok bool, now time.Time) {
	if !ok {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloadTime.Set(float64(now.Unix()))
}

// show puts on the page what holds of the source now.
func (s *sourceMetrics) show(state sourcelog.Status) {
	s.up.Set(oneIf(state.Up))
	s.lastSuccess.Set(seconds(state.LastSuccess))
	s.held.Set(float64(state.Held))
	s.resting.Set(seconds(state.RestingUntil))
	s.refused.Set(oneIf(state.Refused))
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seconds since 1970; 0 for none.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

// add counts a read.
func (s *sourceMetrics) add(took time.Duration, summary sourcelog.Summary, err error) {
	s.duration.Set(took.Seconds())
	s.rows.Add(float64(summary.Rows))
	s.skipped.Add(float64(summary.Skipped))
	for reason, n := range summary.ByReason {
		s.rejected.WithLabelValues(string(reason)).Add(float64(n))
	}
	var panicked *collectors.PanicError
	if errors.As(err, &panicked) {
		s.panics.Inc()
	}
}
