package grafana

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kpiagent/dashboards"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// Keeper applies the configuration of a running agent again and again. Whoever calls Run waits for it to return.
type Keeper struct {
	// Model returns the configuration in force; another one is applied soon after it has come.
	Model func() *model.Model
	// Around returns the surroundings that belong to the configuration in force.
	Around  func() outbound.Env
	Metrics *Metrics
	Log     *slog.Logger

	applied *model.Model // the one that site was made from
	site    *Site
	told    map[string]string // what was logged of each thing last
}

const (
	// glance is how often the keeper looks whether there is another configuration.
	glance = 2 * time.Second
	// firstRetry is how long it waits after a failure; twice as long after each further one, up to grafana.every.
	firstRetry = 10 * time.Second
)

// Run keeps Grafana in step until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	var next time.Time
	var seen *model.Model
	failed := 0 // in a row
	for {
		m, now := k.Model(), k.Around().Now()
		c := m.Config
		if m != seen {
			seen, next, failed = m, now, 0
			k.Metrics.show(c)
		}
		if c.Grafana.URL != "" && c.Grafana.Every > 0 && !now.Before(next) {
			if err := k.once(ctx, m); err == nil {
				next, failed = now.Add(c.Grafana.Every), 0
			} else {
				next = now.Add(outbound.Backoff(firstRetry, c.Grafana.Every, failed))
				failed++
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// once applies a configuration. It logs what changed since it last looked, and never the same twice.
func (k *Keeper) once(ctx context.Context, m *model.Model) (err error) {
	c := m.Config
	if k.applied != m {
		if k.site, err = NewSite(m, dashboards.Render); err != nil {
			k.tell(slog.LevelError, "boards", "the boards cannot be made", err.Error())
			k.Metrics.failed(c)
			return err
		}
		k.applied = m
	}
	report, err := k.site.Apply(ctx, k.Around())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrInUse) {
		return err // another process applies it right now
	}
	if report == nil {
		report = &Report{}
	}
	for _, s := range report.Steps {
		k.tellStep(s)
	}
	if err = errors.Join(err, report.Err()); err != nil {
		k.Metrics.failed(c)
		if len(report.Steps) == 0 {
			k.tell(slog.LevelError, "grafana", "Grafana is not kept in step; it is tried again", err.Error())
		}
		return err
	}
	if k.told["grafana"] != "" {
		k.Log.Info("Grafana is in step again")
		delete(k.told, "grafana")
	}
	k.Metrics.succeeded(c, report, k.Around().Now())
	return nil
}

func (k *Keeper) tellStep(s Step) {
	thing := fmt.Sprintf("%s %s", s.Kind, s.ID)
	switch {
	case s.Err != nil:
		k.tell(slog.LevelError, thing, "Grafana: it cannot be put into its place; it is tried again", s.Err.Error())
	case s.Action == Keep:
		k.tell(slog.LevelWarn, thing, "Grafana: it differs and is left alone", s.Why)
	case s.Action == InStep:
		delete(k.told, thing)
	default:
		delete(k.told, thing)
		k.Log.Info("Grafana: written", "thing", thing, "title", s.Title, "action", string(s.Action))
	}
}

// tell logs something of a thing unless it was the last that was logged of it.
func (k *Keeper) tell(level slog.Level, thing, what, why string) {
	if k.told == nil {
		k.told = map[string]string{}
	}
	if k.told[thing] != why {
		k.told[thing] = why
		k.Log.Log(context.Background(), level, what, "thing", thing, "why", why)
	}
}
