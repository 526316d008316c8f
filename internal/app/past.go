package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/history"
	"kpiagent/internal/history/daily"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/remotewrite"
)

// Past is where the past of figures comes from: a ledger, and read, which lets the caller see the books with the
// configuration that they belong to.
func Past(l *ledger.Ledger, now func() time.Time, read func(do func(*model.Model, *kpi.Books))) daily.Source {
	return daily.Source{Touched: l.Touched, Read: func(do func(daily.Moment)) {
		read(func(m *model.Model, b *kpi.Books) {
			do(daily.Moment{Input: exposition.InputOf(m, b, m.Today(now())), Zone: m.Location,
				Labels: labels.New(historyLabels(m.Config.History)...), Basis: m.Counting()})
		})
	}}
}

func dayOptions(c config.History, now func() time.Time, log *slog.Logger) daily.Options {
	return daily.Options{Folder: history.PastPath(c.Path), Days: c.Days, ProcedureDays: c.ProcedureDays,
		MaxBytes: history.PastShare(c.MaxMegabytes << 20), Now: now, Log: log}
}

// Days are closed days, both included; 0 is no bound.
type Days struct{ From, To kpi.Day }

// Filled is what FillHistory has done, and what there is now.
type Filled struct {
	daily.Progress
	First, Last kpi.Day // 0 where the ledger has no closed days yet
	Bytes       int64
}

// FillHistory brings the closed days of an agent's own history up to date. The agent must not be running: the error says so.
// progress may be nil.
func FillHistory(ctx context.Context, c config.History, now func() time.Time, log *slog.Logger, source daily.Source, d Days,
	progress func(daily.Progress)) (done Filled, err error) {
	if err := os.MkdirAll(c.Path, 0o750); err != nil {
		return done, fmt.Errorf("history: %w; choose another place for history.path, or let kpiagent write there", err)
	}
	lock, err := history.Lock(c.Path, now())
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	o := dayOptions(c, now, log)
	o.Workers = 2
	store, err := daily.Open(o)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if done.Progress, err = store.Write(ctx, source, d.From, d.To, progress); err != nil {
		return done, err
	}
	done.First, done.Last = store.Extent()
	done.Bytes = store.Size()
	return done, nil
}

// SendPast sends closed days to a store of remote_write, the oldest first and with the labels that the agent's present series
// have there. It returns how many days and values the store has taken, also where an error ends it early.
func SendPast(ctx context.Context, c config.RemoteWrite, store config.RemoteStore, env outbound.Env, source daily.Source,
	part exposition.Part, d Days) (days int, sent remotewrite.Sent, err error) {
	read := source.Read
	source.Read = func(do func(daily.Moment)) {
		read(func(m daily.Moment) {
			m.Labels = labels.FromStrings("job", c.Job, "instance", c.Instance)
			do(m)
		})
	}
	var samples iter.Seq2[remotewrite.Sample, error] = func(yield func(remotewrite.Sample, error) bool) {
		for day, err := range daily.Days(ctx, source, part, d.From, d.To) {
			if err != nil {
				yield(remotewrite.Sample{}, err)
				return
			}
			days++
			for l, v := range day.Samples {
				if !yield(remotewrite.Sample{Labels: l, Time: day.At, Value: v}, nil) {
					return
				}
			}
		}
	}
	sent, err = remotewrite.Send(ctx, store, env, samples)
	if sent.Rejected > 0 {
		err = errors.Join(err, fmt.Errorf("%s does not take %d values: %w", store.Name, sent.Rejected, sent.Why))
	}
	return days, sent, err
}
