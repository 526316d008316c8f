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

	"kpiagent/internal/evaluation"
)

const (
	// An alert from before a restart goes on without its rule for startupGrace and graceIntervals: its rule needs up to three
	// intervals to find out that it still fires.
	startupGrace   = 10 * time.Second
	graceIntervals = 5
	// savePause is how long nothing is saved after a save.
	savePause = 100 * time.Millisecond
)

// Engine has the alert rules evaluated and notifies people of their alerts. Its methods are safe for use by many goroutines.
type Engine struct {
	Metrics *Metrics

	options Options
	state   *state
	ends    seenEnds
	// grace is for how long an alert from before a restart fires without its rule.
	grace time.Duration

	unsaved atomic.Pointer[error] // why the state could not be saved at the last try; nil where it could

	changing sync.Mutex // held by a change of the settings, also while the rules follow

	mutex    sync.RWMutex // guards what follows: held for reading while alerts come in, for writing by a change
	running  bool
	settings Settings
	plan     *pipelinePlan
	waiting  []*alert.Alert // from before Run
	pipeline *pipeline      // nil outside of Run, and where an Alertmanager gets the alerts
	forward  *forward       // to that one
}

// Open reads the state and checks the settings. Nothing is evaluated or sent before Run.
func Open(o Options, s Settings) (*Engine, error) {
	e := &Engine{Metrics: NewMetrics(), options: o, settings: s}
	interval, err := evaluation.Check(s.Rules)
	if err != nil {
		return nil, err
	}
	if e.plan, err = newPipelinePlan(o, s, e.Metrics); err != nil {
		return nil, err
	}
	e.grace = startupGrace + graceIntervals*interval
	if e.state, e.waiting, err = openState(o, e.grace); err != nil {
		return nil, err
	}
	return e, nil
}

// Run has the rules evaluated and notifies people until ctx ends; then messages that are being sent are sent to their end, within
// their timeouts. It can be called once. The series that the rules need should be there already.
func (e *Engine) Run(ctx context.Context) (err error) {
	if err := e.start(); err != nil {
		return err
	}
	e.keepSaved(ctx)
	e.changing.Lock()
	defer e.changing.Unlock()
	err = e.options.Rules.SetAlerts(nil)
	e.stopReceiving()
	return errors.Join(err, e.state.save(e.waiting))
}

func (e *Engine) start() error {
	e.changing.Lock()
	defer e.changing.Unlock()
	if err := e.startReceiving(); err != nil {
		return err
	}
	err := e.evaluate(e.settings)
	if err != nil {
		e.stopReceiving()
	}
	return err
}

func (e *Engine) startReceiving() error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.waiting = believed(e.waiting, time.Now().Add(e.grace)) // the start of the agent may have taken long
	err := e.startNotifying(e.settings, e.plan)
	e.running = err == nil
	return err
}

func (e *Engine) stopReceiving() {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.running = false
	e.stopNotifying()
}

// evaluate has the rules of some settings evaluated. The mutex must not be held: an evaluation under way hands its alerts over.
func (e *Engine) evaluate(s Settings) error {
	err := e.options.Rules.SetAlerts(&evaluation.Alerts{Rules: s.Rules, Pages: s.Pages, Notify: e.receive,
		Evaluated: e.Metrics.evaluated})
	if err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	e.Metrics.keepGroups(e.options.Rules.AlertGroups())
	return nil
}

// startNotifying starts telling people, or an Alertmanager. The mutex is held.
func (e *Engine) startNotifying(s Settings, p *pipelinePlan) (err error) {
	if len(s.Alertmanagers) > 0 {
		e.forward, err = newForward(e.options, s, e.Metrics)
		return err
	}
	e.pipeline, err = p.start(e.state, e.waiting)
	return err
}

// stopNotifying ends that, and keeps what is not told yet. The mutex is held.
func (e *Engine) stopNotifying() {
	if e.forward != nil {
		e.forward.stop()
		e.forward = nil
	}
	if e.pipeline != nil {
		e.pipeline.stop()
		e.waiting = e.pipeline.pending()
		e.pipeline = nil
	}
}

// Reload puts other settings in force, all of them or, with an error, none. Alerts whose rule is the same go on as they
// were, and what was told is not told again.
func (e *Engine) Reload(s Settings) error {
	if _, err := evaluation.Check(s.Rules); err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	next, err := newPipelinePlan(e.options, s, e.Metrics)
	if err != nil {
		return err
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	e.mutex.Lock()
	if !e.running {
		e.settings, e.plan = s, next
		e.mutex.Unlock()
		return nil
	}
	before, old := e.settings, e.plan
	e.stopNotifying()
	if err = e.startNotifying(s, next); err != nil {
		err = errors.Join(err, e.startNotifying(before, old))
		e.mutex.Unlock()
		return fmt.Errorf("alerts: the new settings: %w", err)
	}
	e.settings, e.plan = s, next
	e.mutex.Unlock()
	return e.evaluate(s)
}

// receive takes the alerts of a rule; it is a rules.NotifyFunc.
func (e *Engine) receive(ctx context.Context, expr string, alerts ...*rules.Alert) {
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
	case e.pipeline != nil:
		list := make([]*alert.Alert, 0, len(alerts))
		for _, a := range alerts {
			made := fromRule(a, now)
			if e.ends.known(made.Fingerprint(), a.ResolvedAt) {
				continue
			}
			made.GeneratorURL = pageOf(e.settings.Pages, made.Labels)
			list = append(list, made)
		}
		if err := e.pipeline.alerts.Put(ctx, list...); err != nil {
			e.options.Log.Error("alerts could not be taken; they come again", "rule", expr, "err", err)
		}
	}
}

// keepSaved saves the state soon after it has changed.
func (e *Engine) keepSaved(ctx context.Context) {
	began := time.Now()
	restored := time.NewTimer(e.grace)
	defer restored.Stop()
	tidy := time.NewTicker(time.Hour)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-restored.C:
			if err := endStaleSeries(ctx, e.options, began); err != nil {
				e.options.Log.Warn("alerts of the last run are still in the history as if they fired", "err", err)
			}
		case <-tidy.C:
			e.state.tidy()
			e.ends.tidy(time.Now())
		case <-e.state.changed:
			if err := e.save(); err != nil {
				e.options.Log.Error("the alerts' state could not be saved; it is tried again with the next change", "err", err)
			}
			time.Sleep(savePause)
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

// Trouble returns what is wrong although the engine works; nil where nothing is.
func (e *Engine) Trouble() error {
	if err := e.unsaved.Load(); err != nil {
		return fmt.Errorf("%w; alerts are told all the same, but perhaps once more after a restart", *err)
	}
	return nil
}

// seenEnds remembers which alerts have ended. Rules repeat an end for a quarter of an hour; here nothing is lost on the way,
// and an end that was told would be told again with the next message of its group.
type seenEnds struct {
	mutex sync.Mutex
	at    map[model.Fingerprint]time.Time
}

// known reports whether that end was there before; at is zero for an alert that fires.
func (s *seenEnds) known(alert model.Fingerprint, at time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if at.IsZero() {
		delete(s.at, alert)
		return false
	}
	if before, known := s.at[alert]; known && before.Equal(at) {
		return true
	}
	if s.at == nil {
		s.at = map[model.Fingerprint]time.Time{}
	}
	s.at[alert] = at
	return false
}

// tidy forgets ends that no rule says any more.
func (s *seenEnds) tidy(now time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	maps.DeleteFunc(s.at, func(_ model.Fingerprint, at time.Time) bool { return now.Sub(at) > time.Hour })
}
