package history

import (
	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
)

// metrics are what history says of itself; their meaning is declared in internal/exposition.
type metrics struct {
	up                                           prometheus.Gauge
	samples, skipped, failures, damaged, queries prometheus.Counter
	refused                                      prometheus.Counter
	size, series                                 prometheus.GaugeFunc
	library                                      *prometheus.Registry // of the database, not shown
}

func newMetrics() *metrics {
	counter := func(name string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: exposition.Help(name)})
	}
	return &metrics{
		up:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "egov_history_up", Help: exposition.Help("egov_history_up")}),
		samples:  counter("egov_history_samples_total"),
		skipped:  counter("egov_history_skipped_samples_total"),
		failures: counter("egov_history_failures_total"),
		damaged:  counter("egov_history_damaged_total"),
		queries:  counter("egov_history_queries_total"),
		refused:  counter("egov_history_refused_queries_total"),
	}
}

// watch adds what the open store knows of itself.
func (m *metrics) watch(h *History) {
	gauge := func(name string, value func() float64) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: exposition.Help(name)}, value)
	}
	m.up.Set(1)
	m.series = gauge("egov_history_series", func() float64 { return float64(h.live.Head().NumSeries()) })
	m.size = gauge("egov_history_bytes", func() float64 {
		size := h.live.Head().Size()
		for _, b := range h.live.Blocks() {
			size += b.Size()
		}
		return float64(size)
	})
}

// Register puts the metrics of history on the agent's page.
func (h *History) Register(r prometheus.Registerer) {
	m := h.metrics
	for _, c := range []prometheus.Collector{m.up, m.samples, m.skipped, m.failures, m.damaged, m.queries,
		m.refused, m.size, m.series} {
		r.MustRegister(c)
	}
}

// sum adds up the counters of a family; 0 where there is none.
func sum(g prometheus.Gatherer, name string) (total float64) {
	families, err := g.Gather()
	if err != nil {
		return 0
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				total += m.GetCounter().GetValue()
			}
		}
	}
	return total
}
