package alerting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

const (
	// standardInterval is how often groups of rules are evaluated that do not say it.
	standardInterval = time.Minute
	// longestOutage is how long the agent may have been away for the state of its alerts still to count: longer than the
	// longest holidays.
	longestOutage = 14 * 24 * time.Hour
	// resend is how often a firing alert is said again at most; it is believed for four times that.
	resend = time.Minute
	// ruleName is used as the name of a rule file.
	ruleName = "kpiagent"
)

// ruleText is a rule file in memory; it is the rule manager's loader of groups.
type ruleText struct {
	parser  parser.Parser
	content atomic.Pointer[[]byte]
}

func newRuleText() *ruleText { return &ruleText{parser: parser.NewParser(parser.Options{})} }

// Load returns the groups of the text.
func (r *ruleText) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return r.parse(*r.content.Load())
}

// Parse reads one expression.
func (r *ruleText) Parse(query string) (parser.Expr, error) { return r.parser.ParseExpr(query) }

func (r *ruleText) parse(content []byte) (*rulefmt.RuleGroups, []error) {
	return rulefmt.Parse(content, false, model.UTF8Validation, r.parser, slog.New(slog.DiscardHandler))
}

// check returns the longest interval of the groups of a text.
func (r *ruleText) check(content []byte) (longest time.Duration, err error) {
	groups, errs := r.parse(content)
	if len(errs) > 0 {
		return 0, fmt.Errorf("alerts: the rules: %w", errors.Join(errs...))
	}
	for _, g := range groups.Groups {
		interval := time.Duration(g.Interval)
		if interval == 0 {
			interval = standardInterval
		}
		longest = max(longest, interval)
	}
	return longest, nil
}

// evaluation runs the rules.
type evaluation struct {
	text    *ruleText
	manager *rules.Manager
	end     context.CancelFunc
	metrics *Metrics
}

func newEvaluation(o Options, s Settings, metrics *Metrics, tell rules.NotifyFunc) (*evaluation, error) {
	pages, err := url.Parse(s.Pages)
	if err != nil {
		return nil, fmt.Errorf("alerts: the address of the pages: %w", err)
	}
	e := &evaluation{text: newRuleText(), metrics: metrics}
	interval, err := e.text.check(s.Rules)
	if err != nil {
		return nil, err
	}
	// Evaluations under way at a stop come to their end; the engine of the queries bounds each.
	ctx, end := context.WithCancel(context.Background())
	e.end = end
	e.manager = rules.NewManager(&rules.ManagerOptions{
		ExternalURL: pages, QueryFunc: o.Query, NotifyFunc: tell, Context: ctx, Appendable: o.Append, Queryable: o.Select, Logger: o.Log,
		Registerer: prometheus.NewRegistry(), OutageTolerance: longestOutage, ResendDelay: min(resend, interval), GroupLoader: e.text, Parser: e.text.parser,
		// Groups that a reload changes soon after a start are restored as well.
		RestoreNewRuleGroups: true,
	})
	return e, e.load(s)
}

// load puts other rules in force. Alerts whose rule keeps its name and labels keep their state.
func (e *evaluation) load(s Settings) error {
	if _, err := e.text.check(s.Rules); err != nil {
		return err
	}
	before := e.text.content.Swap(&s.Rules)
	err := e.manager.Update(standardInterval, []string{ruleName}, labels.EmptyLabels(), s.Pages, e.evaluate)
	if err != nil {
		e.text.content.Store(before)
		return fmt.Errorf("alerts: %w", err)
	}
	var groups []string
	for _, g := range e.manager.RuleGroups() {
		groups = append(groups, g.Name())
	}
	e.metrics.keepGroups(groups)
	return nil
}

// evaluate evaluates one group. It must not ask the manager anything: that one may be waiting for it.
func (e *evaluation) evaluate(ctx context.Context, g *rules.Group, at time.Time) {
	rules.DefaultEvalIterationFunc(ctx, g, at)
	failed, firing := 0, map[string]int{}
	for _, rule := range g.Rules() {
		if rule.LastError() != nil {
			failed++
		}
		alerting, is := rule.(*rules.AlertingRule)
		if !is {
			continue
		}
		for _, a := range alerting.ActiveAlerts() {
			if a.State == rules.StateFiring {
				firing[a.Labels.Get("severity")]++
			}
		}
	}
	e.metrics.evaluated(g.Name(), at, failed, firing)
}

// run evaluates until stop.
func (e *evaluation) run() { e.manager.Run() }

func (e *evaluation) stop() {
	e.manager.Stop()
	e.end()
}
