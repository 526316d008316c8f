package remotewrite

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
)

// The metrics of a store, in the order of storeValues; names and meanings are declared in internal/exposition.
var storeMetrics = []struct {
	name string
	kind prometheus.ValueType
}{
	{storeUp, prometheus.GaugeValue},
	{"egov_remote_write_refused", prometheus.GaugeValue},
	{"egov_remote_write_mark_failed", prometheus.GaugeValue},
	{"egov_remote_write_last_success_timestamp_seconds", prometheus.GaugeValue},
	{"egov_remote_write_pending_samples", prometheus.GaugeValue},
	{"egov_remote_write_lag_seconds", prometheus.GaugeValue},
	{"egov_remote_write_samples_total", prometheus.CounterValue},
	{"egov_remote_write_rejected_samples_total", prometheus.CounterValue},
	{"egov_remote_write_dropped_samples_total", prometheus.CounterValue},
	{"egov_remote_write_requests_total", prometheus.CounterValue},
	{"egov_remote_write_retries_total", prometheus.CounterValue},
}

const (
	storeUp     = "egov_remote_write_up"
	logBytes    = "egov_remote_write_log_bytes"
	logFailures = "egov_remote_write_log_failures_total"
)

// descriptions are of all metrics, by name.
func descriptions() map[string]*prometheus.Desc {
	all := map[string]*prometheus.Desc{logBytes: describe(logBytes), logFailures: describe(logFailures)}
	for _, m := range storeMetrics {
		all[m.name] = describe(m.name, "store")
	}
	return all
}

func describe(name string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, exposition.Help(name), labels, nil)
}

// Describe is one half of prometheus.Collector. The series come and go with the stores.
func (s *Sender) Describe(to chan<- *prometheus.Desc) {
	for _, d := range s.described {
		to <- d
	}
}

// Collect is the other half.
func (s *Sender) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.config.Stores) == 0 {
		return
	}
	to <- prometheus.MustNewConstMetric(s.described[logFailures], prometheus.CounterValue, s.failures)
	if s.wal == nil {
		return
	}
	for name, state := range s.stats {
		for i, v := range s.storeValues(state) {
			to <- prometheus.MustNewConstMetric(s.described[storeMetrics[i].name], storeMetrics[i].kind, v, name)
		}
	}
	to <- prometheus.MustNewConstMetric(s.described[logBytes], prometheus.GaugeValue, float64(s.wal.size()))
}

func (s *Sender) storeValues(state *stats) []float64 {
	pending := 0.0
	if state.pending != nil {
		pending = float64(state.pending())
	}
	return []float64{oneIf(state.up.Load()), oneIf(state.refused.Load()), oneIf(state.unmarked.Load()), float64(state.lastSuccess.Load()) / 1000, pending,
		state.lag(s.env.Now()).Seconds(), float64(state.sent.Load()), float64(state.rejected.Load()), float64(state.dropped.Load()),
		float64(state.requests.Load()), float64(state.retries.Load())}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// stats are what is known of a store, for its metrics. They outlive the endpoint where only the configuration changes.
type stats struct {
	up, refused, unmarked   atomic.Bool
	sent, rejected, dropped atomic.Int64 // samples
	requests, retries       atomic.Int64
	lastSuccess, oldest     atomic.Int64 // milliseconds since 1970; 0 for none
	pending                 func() int64 // samples; nil before the endpoint has begun
}

// answered notes that the store has said what becomes of some samples.
func (s *stats) answered(now time.Time) {
	s.lastSuccess.Store(now.UnixMilli())
	s.up.Store(true)
	s.refused.Store(false)
}

// lag is how long the oldest sample that the store does not have has been waiting.
func (s *stats) lag(now time.Time) time.Duration {
	oldest := s.oldest.Load()
	if oldest == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMilli(oldest)))
}
