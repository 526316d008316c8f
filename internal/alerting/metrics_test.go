package alerting_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/alerting"
)

// metrics returns what an engine's metrics show, by name and label.
func metrics(t *testing.T, e *alerting.Engine) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	e.Metrics.Register(registry)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetHelp() == "" {
			t.Errorf("%s is not declared", f.GetName())
		}
		for _, m := range f.GetMetric() {
			label := ""
			for _, l := range m.GetLabel() {
				label += l.GetValue()
			}
			got[f.GetName()+" "+label] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return got
}

// awaitSent waits until one message of a kind was counted, and gives what the metrics show.
func awaitSent(t *testing.T, e *alerting.Engine, kind string) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := metrics(t, e)
		if got["egov_alert_notifications_total "+kind] > 0 {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("no message was counted: %v", got)
		}
	}
}
