package app

import (
	"context"
	"errors"
	"sync"

	"kpiagent/config/watch"
	"kpiagent/internal/agent"
)

// reloader loads the configuration of a running agent again: on a signal, when the file has changed, and when it is asked to.
type reloader struct {
	app   *App
	watch *watch.Watch
}

// newReloader notes changes of the file from now on; the agent may still be missing.
func newReloader(a *App) *reloader { return &reloader{app: a, watch: watch.New(a.options.File)} }

// reload does it once, and has all components follow. The agent has logged what came of it.
func (r *reloader) reload(ctx context.Context) error {
	err := r.app.Agent.Reload(ctx, r.app.options.Load)
	if !errors.Is(err, agent.ErrRefused) {
		r.app.apply()
	}
	if err == nil && r.app.options.SetLogLevel != nil {
		err = r.app.options.SetLogLevel(r.app.Agent.Model().Config.Log.Level)
	}
	return err
}

func (r *reloader) run(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { r.onChange(ctx) })
	defer watching.Wait()
	for {
		select {
		case <-r.app.options.Hangup:
			_ = r.reload(ctx) // it was logged
		case <-ctx.Done():
			return nil
		}
	}
}

func (r *reloader) onChange(ctx context.Context) {
	r.watch.Run(ctx, func() {
		if r.app.Agent.Model().Config.Agent.WatchConfig {
			_ = r.reload(ctx) // it was logged
		}
	}, func(err error) {
		r.app.options.Log.Warn("changes of the configuration file are noticed late", "err", err)
	})
}
