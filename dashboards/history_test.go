package dashboards_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/dashboards"
	"kpiagent/internal/evaluation"
	"kpiagent/internal/exposition"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/history"
)

// startHistory is an agent's own history of one page, with the rules of the mixin, both every second.
func startHistory(t *testing.T, made *dashboards.Rendered, page *exposition.Page) *prometheus {
	t.Helper()
	h, err := history.Open(t.Context(), history.Options{
		Path: t.TempDir(), Interval: time.Second, Detail: 24 * time.Hour, Lookback: 26 * time.Hour, Location: time.UTC,
		Labels: []labels.Label{{Name: "job", Value: "kpiagent"}, {Name: "instance", Value: "kpiagent"}},
		Limits: history.Limits{Samples: 5_000_000, Series: 50_000, Timeout: 30 * time.Second, AtOnce: 4},
		Now:    time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := dashboards.RuleFile(slices.Concat(made.Rules, made.Alerts))
	if err != nil {
		t.Fatal(err)
	}
	manager := evaluation.New(evaluation.Options{Query: rules.EngineQueryFunc(h.Engine(), h.Queryable()), Append: h.Appendable(),
		Select: h.Queryable(), Log: slog.New(slog.DiscardHandler)})
	if err := manager.SetRecording([]byte(strings.ReplaceAll(string(content), "interval: 1m", "interval: 1s"))); err != nil {
		t.Fatal(err)
	}
	record := func() {
		h.Record(time.Now(), expositiontest.Scrape(page), expositiontest.Samples(nil), false)
	}
	record()
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = manager.Run(ctx) })
	work.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-time.After(time.Second):
				record()
			case <-ctx.Done():
			}
		}
	})
	server := httptest.NewServer(h.Handler(manager))
	t.Cleanup(func() {
		server.Close()
		cancel()
		work.Wait()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return &prometheus{t, server.URL}
}
