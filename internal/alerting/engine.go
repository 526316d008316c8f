package alerting

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/rules"
)

const (
	// patience is for how many intervals, after a moment for everything to start, an alert from before a restart is believed:
	// its rule needs up to three to find out that it still fires.
	patience = 5
	moment   = 10 * time.Second
	// breath is how long nothing is saved after a save.
	breath = 100 * time.Millisecond
)

// Engine evaluates rules and tells people. Its methods are safe for use by many goroutines.
type Engine struct {
	Metrics *Metrics

	options Options
	state   *state
	ended   ended
	// believed is how long an alert from before a restart is believed without its rule.
	believed time.Duration

	unsaved atomic.Pointer[error] // why the state could not be saved at the last try; nil where it could

	mutex      sync.RWMutex // guards what follows: held for reading while alerts come in, for writing by a reload
	settings   Settings
	plan       *plan
	waiting    []*alert.Alert // from before Run
	evaluation *evaluation    // nil outside of Run
	crew       *crew          // nil outside of Run, and where an Alertmanager gets the alerts
	forward    *forward       // to that one
}

// Open reads the state and checks the settings. Nothing is evaluated or sent before Run.
func Open(o Options, s Settings) (*Engine, error) {
	e := &Engine{Metrics: NewMetrics(), options: o, settings: s}
	interval, err := newRuleText().check(s.Rules)
	if err != nil {
		return nil, err
	}
	if e.plan, err = newPlan(o, s, e.Metrics); err != nil {
		return nil, err
	}
	e.believed = moment + patience*interval
	if e.state, e.waiting, err = openState(o, e.believed); err != nil {
		return nil, err
	}
	return e, nil
}

// Run evaluates the rules and tells people until ctx ends; then messages that are being sent are sent to their end, within
// their timeouts. It can be called once. The series that the rules need should be there already.
func (e *Engine) Run(ctx context.Context) (err error) {
	if err := e.begin(); err != nil {
		return err
	}
	var work sync.WaitGroup
	work.Go(e.evaluation.run)
	work.Go(func() { e.keep(ctx) })
	<-ctx.Done()
	e.evaluation.stop()
	work.Wait()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.rest()
	return e.state.save(e.waiting)
}

func (e *Engine) begin() (err error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	believe(e.waiting, time.Now().Add(e.believed)) // the start of the agent may have taken long
	if err := e.work(e.settings, e.plan); err != nil {
		return err
	}
	if e.evaluation, err = newEvaluation(e.options, e.settings, e.Metrics, e.take); err != nil {
		e.rest()
		return err
	}
	return nil
}

// work starts telling people, or an Alertmanager. The mutex is held.
func (e *Engine) work(s Settings, p *plan) (err error) {
	if len(s.Alertmanagers) > 0 {
		e.forward, err = newForward(e.options, s, e.Metrics)
		return err
	}
	e.crew, err = p.start(e.state, e.waiting)
	return err
}

// rest ends that, and keeps what is not told yet. The mutex is held.
func (e *Engine) rest() {
	if e.forward != nil {
		e.forward.stop()
		e.forward = nil
	}
	if e.crew != nil {
		e.crew.stop()
		e.waiting = e.crew.pending()
		e.crew = nil
	}
}

// Reload puts other settings in force, all of them or, with an error, none. Alerts whose rule is the same go on as they
// were, and what was told is not told again.
func (e *Engine) Reload(s Settings) error {
	if _, err := newRuleText().check(s.Rules); err != nil {
		return err
	}
	next, err := newPlan(e.options, s, e.Metrics)
	if err != nil {
		return err
	}
	e.mutex.Lock()
	if e.evaluation == nil {
		e.settings, e.plan = s, next
		e.mutex.Unlock()
		return nil
	}
	before, old := e.settings, e.plan
	e.rest()
	if err = e.work(s, next); err != nil {
		err = errors.Join(err, e.work(before, old))
		e.mutex.Unlock()
		return fmt.Errorf("alerts: the new settings: %w", err)
	}
	e.settings, e.plan = s, next
	e.mutex.Unlock()
	// Not under the mutex: the rules come to the end of an evaluation first, which hands its alerts over.
	return e.evaluation.load(s)
}

// take is what the rules tell their alerts.
func (e *Engine) take(ctx context.Context, expr string, alerts ...*rules.Alert) {
	defer e.state.touch()
	if len(alerts) == 0 {
		return
	}
	e.mutex.RLock()
	defer e.mutex.RUnlock()
	now := time.Now()
	switch {
	case e.forward != nil:
		e.forward.send(e.settings.Pages, alerts)
	case e.crew != nil:
		list := make([]*alert.Alert, 0, len(alerts))
		for _, a := range alerts {
			made := fromRule(a, now)
			if e.ended.known(made.Fingerprint(), a.ResolvedAt) {
				continue
			}
			made.GeneratorURL = pageOf(e.settings.Pages, made.Labels)
			list = append(list, made)
		}
		if err := e.crew.alerts.Put(ctx, list...); err != nil {
			e.options.Log.Error("alerts could not be taken; they come again", "rule", expr, "err", err)
		}
	}
}

// RuleGroups gives the groups of rules that are evaluated; none outside of Run.
func (e *Engine) RuleGroups() []*rules.Group {
	if m := e.manager(); m != nil {
		return m.RuleGroups()
	}
	return nil
}

// AlertingRules gives the rules with their alerts; none outside of Run.
func (e *Engine) AlertingRules() []*rules.AlertingRule {
	if m := e.manager(); m != nil {
		return m.AlertingRules()
	}
	return nil
}

func (e *Engine) manager() *rules.Manager {
	e.mutex.RLock()
	defer e.mutex.RUnlock()
	if e.evaluation == nil {
		return nil
	}
	return e.evaluation.manager
}

// keep saves the state soon after it has changed.
func (e *Engine) keep(ctx context.Context) {
	began := time.Now()
	restored := time.NewTimer(e.believed)
	defer restored.Stop()
	tidy := time.NewTicker(time.Hour)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-restored.C:
			if err := endForgotten(ctx, e.options, began); err != nil {
				e.options.Log.Warn("alerts of the last run are still in the history as if they fired", "err", err)
			}
		case <-tidy.C:
			e.state.tidy()
			e.ended.tidy(time.Now())
		case <-e.state.changed:
			if err := e.save(); err != nil {
				e.options.Log.Error("the alerts' state could not be saved; it is tried again with the next change", "err", err)
			}
			time.Sleep(breath)
		}
	}
}

func (e *Engine) save() error {
	err := e.state.save(e.pending())
	if err == nil {
		e.unsaved.Store(nil)
	} else {
		e.unsaved.Store(&err)
	}
	return err
}

// Trouble says what is wrong although the engine works; nil where nothing is.
func (e *Engine) Trouble() error {
	if err := e.unsaved.Load(); err != nil {
		return fmt.Errorf("%w; alerts are told all the same, but perhaps once more after a restart", *err)
	}
	return nil
}

// ended remembers which alerts were taken as ended. Rules say an end again and again for a quarter of an hour; here nothing
// is lost on the way, and an end that was told would be told again with the group's next news.
type ended struct {
	mutex sync.Mutex
	at    map[model.Fingerprint]time.Time
}

// known says whether that end was there before; at is zero for an alert that fires.
func (e *ended) known(alert model.Fingerprint, at time.Time) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if at.IsZero() {
		delete(e.at, alert)
		return false
	}
	if before, known := e.at[alert]; known && before.Equal(at) {
		return true
	}
	if e.at == nil {
		e.at = map[model.Fingerprint]time.Time{}
	}
	e.at[alert] = at
	return false
}

// tidy forgets ends that no rule says any more.
func (e *ended) tidy(now time.Time) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	maps.DeleteFunc(e.at, func(_ model.Fingerprint, at time.Time) bool { return now.Sub(at) > time.Hour })
}
