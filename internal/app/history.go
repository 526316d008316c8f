package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/agent"
	"kpiagent/internal/evaluation"
	"kpiagent/internal/history"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/model"
	"kpiagent/internal/web/pages"
)

// bearableLag is how long corrections may wait until they are in history before a page says so.
const bearableLag = time.Minute

// firstReadWait is how long the first closed days wait for sources that do not answer.
const firstReadWait = time.Minute

var _ history.Past = (*daily.Store)(nil)

// pastKeeper is the history of a running agent: its store, the recording rules that boards need, and the closed days.
type pastKeeper struct {
	history *history.History
	rules   *evaluation.Manager
	days    *daily.Store
	now     func() time.Time
	log     *slog.Logger
	changed chan struct{} // another configuration is in force

	// From attach on:
	agent  *agent.Agent
	keeper *daily.Keeper
}

func openHistory(ctx context.Context, m *model.Model, o Options) (*pastKeeper, error) {
	h, err := history.Open(ctx, historyOptions(m.Config.History, m.Location, o.Env.Now, o.Log))
	if err != nil {
		return nil, err
	}
	closed := dayOptions(m.Config.History, o.Env.Now, o.Log)
	closed.Room = h.Room
	days, err := daily.Open(closed)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.SetPast(days)
	rules := evaluation.New(evaluation.Options{Query: rules.EngineQueryFunc(h.Engine(), h.Queryable()), Append: h.Appendable(),
		Select: h.Queryable(), Log: o.Log.With("component", "rules")})
	return &pastKeeper{history: h, rules: rules, days: days, now: o.Env.Now, log: o.Log, changed: make(chan struct{}, 1)}, nil
}

// historyLabels are what a Prometheus that scrapes the agent would add to each series.
func historyLabels(c config.History) []labels.Label {
	return []labels.Label{{Name: "job", Value: c.Job}, {Name: "instance", Value: c.Instance}}
}

func historyOptions(c config.History, zone *time.Location, now func() time.Time, log *slog.Logger) history.Options {
	const day, forever = 24 * time.Hour, 100 * 365 // more days than a Duration can hold would keep nothing
	return history.Options{
		Path: c.Path, Interval: c.Interval, Detail: time.Duration(min(c.DetailDays, forever)) * day,
		MaxBytes: c.MaxMegabytes << 20, Late: c.Late, Lookback: c.Lookback,
		Labels: historyLabels(c),
		Limits: history.Limits{Samples: c.MaxSamples, Series: 50_000, Timeout: c.Timeout, AtOnce: c.Queries},
		Now:    now, Location: zone, Log: log,
	}
}

// attach shows on the agent's page what history says of itself, and finds out whether the ledger is the one that the past was
// written from. The latter must come before sources are read into it.
func (k *pastKeeper) attach(ctx context.Context, a *agent.Agent) {
	k.agent = a
	k.history.Register(a.Metrics.Registry)
	if err := k.days.Recognize(ctx, a.Ledger); err != nil {
		k.log.Error("history: whether the ledger is an older copy is not known", "err", err)
	}
	k.keeper = daily.NewKeeper(k.days, Past(a.Ledger, k.now, a.Read), a.Metrics.Registry, k.log)
}

// troubles lists what is wrong with history, for the pages.
func (k *pastKeeper) troubles() (list []pages.HistoryTrouble) {
	for _, t := range k.history.Troubles() {
		list = append(list, pages.HistoryTrouble{Kind: t.Kind, Why: t.Why})
	}
	if why := k.keeper.Problem(); why != "" {
		list = append(list, pages.HistoryTrouble{Kind: pages.PastNotWritten, Why: why})
	}
	if lag := k.keeper.Lag(time.Now()); lag > bearableLag {
		list = append(list, pages.HistoryTrouble{Kind: pages.PastLags, Why: lag.Round(time.Second).String()})
	}
	return list
}

// fill writes the closed days, once the sources were read for the first time.
func (k *pastKeeper) fill(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-k.agent.FirstRead():
	case <-time.After(firstReadWait):
	}
	k.keeper.Run(ctx)
	return nil
}

func (k *pastKeeper) apply() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// follow has the recording rules of the configuration in force evaluated.
func (k *pastKeeper) follow(ctx context.Context) error {
	for {
		if err := k.setRules(k.agent.Model()); err != nil {
			k.log.Error("the recording rules of history are not in force", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.changed:
		}
	}
}

func (k *pastKeeper) setRules(m *model.Model) error {
	_, recording, err := dashboards.RenderRules(dashboards.FromModel(m))
	if err != nil {
		return err
	}
	content, err := dashboards.RuleFile(recording)
	if err != nil {
		return err
	}
	return k.rules.SetRecording(content)
}

func (k *pastKeeper) close() error {
	err := k.history.Close()
	if err != nil {
		err = errors.Join(errors.New("history may lack its last minutes"), err)
	}
	return errors.Join(err, k.days.Close())
}
