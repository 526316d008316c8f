package alerting

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	am "github.com/prometheus/alertmanager/config"
	amcommon "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/notify"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v2"

	"kpiagent/internal/outbound"
)

const (
	// receiverLabel is the label that says whom an alert is for.
	receiverLabel = "receiver"
	// cleanup is how often ended groups and alerts are removed from memory.
	cleanup = time.Minute
)

// pipeline brings the alerts of the rules to people, for one configuration: it groups, inhibits, silences, repeats and sends.
type pipeline struct {
	alerts     *mem.Alerts
	inhibitor  *inhibit.Inhibitor
	dispatcher *dispatch.Dispatcher
	stage      *drainedStage
	work       sync.WaitGroup
}

// pipelinePlan is a pipeline that is checked, and not started yet.
type pipelinePlan struct {
	routes    *dispatch.Route
	inhibit   []amcommon.InhibitRule
	receivers map[string][]notify.Integration
	places    map[string][]string // where the integrations of a receiver lead
	template  *template.Template
	log       *slog.Logger
}

func newPipelinePlan(o Options, s Settings, metrics *Metrics) (*pipelinePlan, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p := &pipelinePlan{log: o.Log, receivers: map[string][]notify.Integration{}, places: map[string][]string{}}
	var inhibition struct {
		Rules []amcommon.InhibitRule `yaml:"inhibit_rules"`
	}
	if err := yaml.UnmarshalStrict(s.Inhibit, &inhibition); err != nil {
		return nil, fmt.Errorf("alerts: the inhibition rules: %w", err)
	}
	p.inhibit = inhibition.Rules
	var err error
	if p.template, err = template.New(); err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	if p.template.ExternalURL, err = url.Parse(s.Pages); err != nil {
		return nil, fmt.Errorf("alerts: the address of the pages: %w", err)
	}
	if p.routes, err = routes(s); err != nil {
		return nil, err
	}
	mails, logins := outbound.NewLoginGuard(), outbound.LoginGuards{}
	for _, r := range s.Receivers {
		p.receivers[r.Name], p.places[r.Name] = integrations(o, s, r, mails, logins, p.template, metrics)
	}
	return p, nil
}

// routes has one branch for each receiver; what no branch takes is the default receiver's.
func routes(s Settings) (*dispatch.Route, error) {
	wait, interval, repeat := model.Duration(s.GroupWait), model.Duration(s.GroupInterval), model.Duration(s.RepeatInterval)
	root := &am.Route{Receiver: s.Receiver, GroupBy: []model.LabelName{}, GroupWait: &wait, GroupInterval: &interval,
		RepeatInterval: &repeat}
	for _, name := range append([]string{receiverLabel}, s.GroupBy...) {
		root.GroupBy = append(root.GroupBy, model.LabelName(name))
	}
	for _, r := range s.Receivers {
		matcher, err := amlabels.NewMatcher(amlabels.MatchEqual, receiverLabel, r.Name)
		if err != nil {
			return nil, fmt.Errorf("alerts: the receiver %q: %w", r.Name, err)
		}
		root.Routes = append(root.Routes, &am.Route{Receiver: r.Name, Matchers: amcommon.Matchers{matcher}})
	}
	return dispatch.NewRoute(root, nil), nil
}

// start starts the pipeline with the alerts that there are already.
func (p *pipelinePlan) start(s *state, active []*alert.Alert) (*pipeline, error) {
	registry, flags, recorder := prometheus.NewRegistry(), featurecontrol.NoopFlags{}, eventrecorder.NopRecorder()
	alerts, err := mem.NewAlerts(context.Background(), cleanup, 0, s.silencer, p.log, recorder, registry, flags)
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	c := &pipeline{alerts: alerts}
	if err := alerts.Put(context.Background(), active...); err != nil {
		alerts.Close()
		return nil, fmt.Errorf("alerts: %w", err)
	}
	groups := marker.NewGroupMarker()
	c.inhibitor = inhibit.NewInhibitor(alerts, p.inhibit, p.log, recorder)
	stages := notify.NewPipelineBuilder(registry, flags, recorder).New(p.receivers, func() time.Duration { return 0 },
		c.inhibitor, s.silencer,
		timeinterval.NewIntervener(nil), groups, notified{s.notified}, nil)
	c.stage = &drainedStage{inner: stages}
	timeout := func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }
	c.dispatcher = dispatch.NewDispatcher(alerts, p.routes, c.stage, groups, timeout, cleanup, nil, p.log, recorder, nil,
		p.template)
	// The inhibitor first, so that nothing is sent that will be inhibited.
	c.work.Go(c.inhibitor.Run)
	c.inhibitor.WaitForLoading()
	c.work.Go(func() { c.dispatcher.Run(time.Now()) })
	c.dispatcher.WaitForLoading()
	return c, nil
}

// pending returns the alerts that fire, and those whose end is not told yet.
func (p *pipeline) pending() (list []*alert.Alert) {
	groups, _, err := p.dispatcher.Groups(context.Background(), func(*dispatch.Route) bool { return true },
		func(*alert.Alert, time.Time) bool { return true })
	if err != nil {
		return nil // the context has no end, so there is none
	}
	for _, g := range groups {
		list = append(list, g.Alerts...)
	}
	return list
}

// stop ends the pipeline. A message that is being sent is sent to its end, and noted.
func (p *pipeline) stop() {
	p.dispatcher.Stop()
	p.stage.wait()
	p.inhibitor.Stop()
	p.work.Wait()
	p.alerts.Close()
}

// drainedStage is a stage that can be waited for until no alerts are in it.
type drainedStage struct {
	inner notify.Stage
	mutex sync.Mutex
	busy  int
	idle  chan struct{} // closed when busy comes down to none; nil while stop does not wait
}

// Exec lets alerts through the stage.
func (c *drainedStage) Exec(ctx context.Context, log *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert,
	error) {
	c.mutex.Lock()
	c.busy++
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if c.busy--; c.busy == 0 && c.idle != nil {
			close(c.idle)
			c.idle = nil
		}
	}()
	return c.inner.Exec(ctx, log, alerts...)
}

// wait returns when no alerts are in the stage.
func (c *drainedStage) wait() {
	c.mutex.Lock()
	if c.busy == 0 {
		c.mutex.Unlock()
		return
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mutex.Unlock()
	<-idle
}
