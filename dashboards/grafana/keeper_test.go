package grafana_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/config"
	"kpiagent/dashboards/grafana"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// quietly collects what is logged.
type quietly struct {
	sync.Mutex
	bytes.Buffer
}

func (q *quietly) Write(text []byte) (int, error) {
	q.Lock()
	defer q.Unlock()
	return q.Buffer.Write(text)
}

func (q *quietly) said() string {
	q.Lock()
	defer q.Unlock()
	return q.String()
}

// values returns the series of a registry, by name.
func values(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	delete(got, "egov_grafana_last_success_timestamp_seconds")
	return got
}

// The running agent puts everything into place, says when Grafana is gone, comes back when it is back, and goes by a new
// configuration soon after it has come.
func TestKeeper(t *testing.T) {
	g, address := newStandIn(t, "11.6")
	a := newAgent(newOffice(t, address, g))
	var inForce sync.Mutex
	c := a.config()
	m := modelOf(t, c)
	setConfig := func(next *config.Config) {
		made := modelOf(t, next)
		inForce.Lock()
		c, m = next, made
		inForce.Unlock()
	}
	var clock time.Duration
	registry, log := prometheus.NewRegistry(), &quietly{}
	keeper := grafana.Keeper{
		Model: func() *model.Model { inForce.Lock(); defer inForce.Unlock(); return m },
		Around: func() outbound.Env {
			inForce.Lock()
			defer inForce.Unlock()
			around := a.around()
			around.Now = func() time.Time { inForce.Lock(); defer inForce.Unlock(); return time.Unix(1e9, 0).Add(clock) }
			around.Wait = func(context.Context, time.Duration) error { return nil }
			return around
		},
		Metrics: grafana.NewMetrics(registry),
		Log:     slog.New(slog.NewTextHandler(log, nil)),
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { keeper.Run(ctx) })
	defer running.Wait()
	defer stop()

	until := func(what string, want map[string]float64) {
		t.Helper()
		deadline := time.Now().Add(time.Minute)
		for {
			diff := cmp.Diff(want, values(t, registry))
			if diff == "" {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s\n%s", what, diff, log.said())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	says := func(texts ...string) { // the log follows the metrics
		t.Helper()
		for _, text := range texts {
			for deadline := time.Now().Add(time.Minute); !strings.Contains(log.said(), text); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("the log does not say %q: %s", text, log.said())
				}
			}
		}
	}
	later := func() { inForce.Lock(); clock += time.Hour; inForce.Unlock() }

	until("all is put into place", map[string]float64{"egov_grafana_up": 1, "egov_grafana_kept": 0, "egov_grafana_writes_total": all, "egov_grafana_failures_total": 0})
	g.mu.Lock()
	g.disturb = func(string, string) int { return 503 }
	g.mu.Unlock()
	later()
	until("Grafana is down", map[string]float64{"egov_grafana_up": 0, "egov_grafana_kept": 0, "egov_grafana_writes_total": all, "egov_grafana_failures_total": 1})
	says("503")
	g.mu.Lock()
	g.disturb = nil
	g.mu.Unlock()
	a.edit(a.board("overview-vi"), "Của tôi")
	later()
	until("it is back, and a person has changed a board", map[string]float64{"egov_grafana_up": 1, "egov_grafana_kept": 1, "egov_grafana_writes_total": all, "egov_grafana_failures_total": 1})
	says("in step again", "somebody changed it")
	a.folder += " (mới)"
	setConfig(a.config())
	until("a new configuration", map[string]float64{"egov_grafana_up": 1, "egov_grafana_kept": 1, "egov_grafana_writes_total": all + 1, "egov_grafana_failures_total": 1})
	without := *a.config()
	without.Grafana = config.Grafana{}
	setConfig(&without)
	until("no Grafana any more", map[string]float64{})
}

// A Grafana that is away for days is asked again every grafana.every, and not at every glance.
func TestKeeperIsPatientForDays(t *testing.T) {
	c := newAgent(&office{TB: t, standIn: &standIn{}, address: &url.URL{Scheme: "http", Host: "grafana.example.vn"}}).config()
	c.Grafana.Every = 5 * time.Minute
	m := modelOf(t, c)
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		keeper := grafana.Keeper{
			Model: func() *model.Model { return m },
			Around: func() outbound.Env {
				return outbound.Env{Now: time.Now, LookupEnv: func(string) (string, bool) { tries++; return "", false }}
			},
			Metrics: grafana.NewMetrics(prometheus.NewRegistry()),
			Log:     slog.New(slog.DiscardHandler),
		}
		ctx, stop := context.WithTimeout(t.Context(), 48*time.Hour)
		defer stop()
		keeper.Run(ctx)
		if most := 48*12 + 10; tries > most {
			t.Errorf("%d tries in two days, should be %d at most", tries, most)
		}
	})
}
