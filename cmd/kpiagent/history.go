package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/agent"
	"kpiagent/internal/history"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/web/pages"
)

// archive is the history of a running agent, with the rules that record what boards ask for. The nil archive is that of an
// agent which keeps none.
type archive struct {
	history *history.History
	days    *daily.Store
	keeper  atomic.Pointer[daily.Keeper] // of days, once it runs
	renew   chan struct{}                // the configuration has changed
	log     *slog.Logger
}

// openArchive opens the history that a configuration asks for; nil where it asks for none.
func (p *process) openArchive(ctx context.Context, s *session) (*archive, error) {
	c := s.model.Config.History
	if !c.Enabled {
		return nil, nil
	}
	h, err := history.Open(ctx, historyOptions(c, p.now, s.log))
	if err != nil {
		return nil, err
	}
	o := p.pastOptions(s)
	o.Room = h.Room
	days, err := daily.Open(o)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.SetPast(days)
	return &archive{history: h, days: days, renew: make(chan struct{}, 1), log: s.log}, nil
}

// historyLabels are what a Prometheus that scrapes the agent would add to each series.
func historyLabels(c config.History) []labels.Label {
	return []labels.Label{{Name: "job", Value: c.Job}, {Name: "instance", Value: c.Instance}}
}

func historyOptions(c config.History, now func() time.Time, log *slog.Logger) history.Options {
	const day, forever = 24 * time.Hour, 100 * 365 // more days than a Duration can hold would keep nothing
	return history.Options{
		Path: c.Path, Interval: c.Interval, Detail: time.Duration(min(c.DetailDays, forever)) * day, MaxBytes: c.MaxMegabytes << 20, Late: c.Late, Lookback: c.Lookback,
		Labels: historyLabels(c),
		Limits: history.Limits{Samples: c.MaxSamples, Series: 50_000, Timeout: c.Timeout, AtOnce: c.Queries},
		Now:    now, Log: log,
	}
}

// troubles says what is wrong with history, for the pages.
func (a *archive) troubles() (list []pages.HistoryTrouble) {
	if a == nil {
		return nil
	}
	for _, t := range a.history.Troubles() {
		list = append(list, pages.HistoryTrouble{Kind: t.Kind, Why: t.Why})
	}
	if k := a.keeper.Load(); k != nil && k.Problem() != "" {
		list = append(list, pages.HistoryTrouble{Kind: pages.PastNotWritten, Why: k.Problem()})
	}
	return list
}

// recorders are who keeps the series of the agent's pages.
func (a *archive) recorders() []agent.Recorder {
	if a == nil {
		return nil
	}
	return []agent.Recorder{a.history}
}

// attach shows on the agent's page what history says of itself.
func (a *archive) attach(to *agent.Agent) {
	if a != nil {
		a.history.Register(to.Metrics.Registry)
	}
}

// recognize looks whether the ledger is the one that the past was written from, before sources are read into it.
func (a *archive) recognize(ctx context.Context, of *agent.Agent) {
	if a == nil {
		return
	}
	if err := a.days.Recognize(ctx, of.Ledger); err != nil {
		a.log.Error("history: whether the ledger is an older copy is not known", "err", err)
	}
}

// handler serves /api/v1; nil where there is no history.
func (a *archive) handler() http.Handler {
	if a == nil {
		return nil
	}
	return a.history.Handler()
}

// changed has the rules made again, for another configuration.
func (a *archive) changed() {
	if a == nil {
		return
	}
	select {
	case a.renew <- struct{}{}:
	default:
	}
}

// run evaluates the recording rules of the configuration in force, until ctx ends.
func (a *archive) run(ctx context.Context, of *agent.Agent) {
	if a == nil {
		return
	}
	rules := a.history.NewRules(ctx, nil, nil)
	var evaluating sync.WaitGroup
	evaluating.Go(rules.Run)
	for {
		if err := recordingRules(rules, of.Model().Config); err != nil {
			a.log.Error("the rules of history are not in force", "err", err)
		}
		select {
		case <-ctx.Done():
			rules.Stop()
			evaluating.Wait()
			return
		case <-a.renew:
		}
	}
}

func recordingRules(rules *history.Rules, c *config.Config) error {
	settings, err := dashboards.FromConfig(c)
	if err != nil {
		return err
	}
	made, err := dashboards.Render(settings)
	if err != nil {
		return err
	}
	content, err := dashboards.RuleFile(made.Rules)
	if err != nil {
		return err
	}
	return rules.Update(content, time.Minute, "")
}

func (a *archive) close() error {
	if a == nil {
		return nil
	}
	err := a.history.Close()
	if err != nil {
		err = errors.Join(errors.New("history may lack its last minutes"), err)
	}
	return errors.Join(err, a.days.Close())
}
