package alerting

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/internal/exposition"
)

// severities are those that always have a series.
var severities = []string{"critical", "warning", "info"}

// Metrics say how the rules are evaluated and what was sent. Names and meanings are declared in internal/exposition.
type Metrics struct {
	sent, failures *prometheus.CounterVec
	failed         prometheus.Counter
	firing         *prometheus.GaugeVec
	last           prometheus.Gauge

	mutex  sync.Mutex
	groups map[string]group
}

// group is what the last evaluation of a group of rules found.
type group struct {
	at     time.Time
	firing map[string]int // by severity
}

// NewMetrics makes everything; Register shows it.
func NewMetrics() *Metrics {
	counters := func(name, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: exposition.Help(name)}, []string{label})
	}
	const (
		failed = "egov_alert_evaluation_failures_total"
		firing = "egov_alerts_firing"
		last   = "egov_alert_last_evaluation_timestamp_seconds"
	)
	return &Metrics{
		sent: counters("egov_alert_notifications_total", "kind"), failures: counters("egov_alert_notification_failures_total",
			"kind"),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: failed, Help: exposition.Help(failed)}),
		firing: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: firing, Help: exposition.Help(firing)}, []string{"severity"}),
		last:   prometheus.NewGauge(prometheus.GaugeOpts{Name: last, Help: exposition.Help(last)}),
		groups: map[string]group{},
	}
}

// Up is the metric that shows whether anything is wrong with the alerts, by an engine that works or because none does.
func Up(trouble func() error) prometheus.Collector {
	const name = "egov_alert_up"
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: exposition.Help(name)}, func() float64 {
		if trouble() != nil {
			return 0
		}
		return 1
	})
}

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.sent, m.failures, m.failed, m.firing, m.last}
}

// Register shows the metrics, while this engine is the one that works.
func (m *Metrics) Register(registry prometheus.Registerer) {
	registry.MustRegister(m.collectors()...)
	for _, s := range severities {
		m.firing.WithLabelValues(s)
	}
}

// Unregister takes them away again.
func (m *Metrics) Unregister(registry prometheus.Registerer) {
	for _, c := range m.collectors() {
		registry.Unregister(c)
	}
}

// kind makes the series of a way of sending, so that they are there from the first moment.
func (m *Metrics) kind(kind string) {
	m.sent.WithLabelValues(kind)
	m.failures.WithLabelValues(kind)
}

func (m *Metrics) told(kind string, err error) {
	if err != nil {
		m.failures.WithLabelValues(kind).Inc()
		return
	}
	m.sent.WithLabelValues(kind).Inc()
}

// keepGroups forgets the groups that there are no more.
func (m *Metrics) keepGroups(names []string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	maps.DeleteFunc(m.groups, func(name string, _ group) bool { return !slices.Contains(names, name) })
	m.show()
}

// evaluated notes what an evaluation of a group found.
func (m *Metrics) evaluated(_ context.Context, g *rules.Group, at time.Time) {
	failed, firing := 0, map[string]int{}
	for _, rule := range g.Rules() {
		if rule.LastError() != nil {
			failed++
		}
		alerting, is := rule.(*rules.AlertingRule)
		if !is {
			continue
		}
		for _, a := range alerting.ActiveAlerts() {
			if a.State == rules.StateFiring {
				firing[a.Labels.Get("severity")]++
			}
		}
	}
	m.failed.Add(float64(failed))
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.groups[g.Name()] = group{at, firing}
	m.show()
}

// show sums up the groups; the evaluation that lies back furthest counts.
func (m *Metrics) show() {
	var oldest time.Time
	firing := map[string]int{}
	for _, s := range severities {
		firing[s] = 0
	}
	for _, g := range m.groups {
		if oldest.IsZero() || g.at.Before(oldest) {
			oldest = g.at
		}
		for severity, n := range g.firing {
			firing[severity] += n
		}
	}
	if !oldest.IsZero() {
		m.last.Set(float64(oldest.UnixMilli()) / 1000)
	}
	for severity, n := range firing {
		m.firing.WithLabelValues(severity).Set(float64(n))
	}
}
