package history

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

	"kpiagent/internal/history/promapi"
)

// RuleSource is whose rules and alerts the API lists: a rule manager.
type RuleSource = promapi.RuleSource

// Rules evaluates rules on the view and writes what they record into the live store.
type Rules struct {
	manager *rules.Manager
	content []byte
	parser  parser.Parser
	log     *slog.Logger
}

// NewRules makes a rule manager and lets the API list its rules. What notify is told of alerts is up to the caller; nil
// tells nobody. Run, Update and Stop it.
func (h *History) NewRules(ctx context.Context, external *url.URL, notify rules.NotifyFunc) *Rules {
	if notify == nil {
		notify = func(context.Context, string, ...*rules.Alert) {}
	}
	r := &Rules{parser: parser.NewParser(parser.Options{}), log: h.options.Log.With("component", "rules")}
	r.manager = rules.NewManager(&rules.ManagerOptions{
		Context: ctx, ExternalURL: external, NotifyFunc: notify,
		QueryFunc:  rules.EngineQueryFunc(h.engine, h.Queryable()),
		Appendable: h.Appendable(), Queryable: h.Queryable(),
		Logger: r.log, Registerer: prometheus.NewRegistry(),
		OutageTolerance: time.Hour, ForGracePeriod: 10 * time.Minute, ResendDelay: time.Minute,
		MaxConcurrentEvals: 1, GroupLoader: r, Parser: r.parser,
	})
	var source RuleSource = r.manager
	h.rules.Store(&source)
	return r
}

// Manager is the rule manager itself.
func (r *Rules) Manager() *rules.Manager { return r.manager }

// Update puts a rule file into the place of the one before; with an error the old one stays. Rules that are the same go on.
func (r *Rules) Update(content []byte, interval time.Duration, external string) error {
	if _, errs := rulefmt.Parse(content, false, model.UTF8Validation, r.parser, r.log); len(errs) > 0 {
		return fmt.Errorf("the rules: %w", errors.Join(errs...))
	}
	r.content = content
	return r.manager.Update(interval, []string{"rules"}, labels.EmptyLabels(), external, nil)
}

// Run evaluates rules until Stop.
func (r *Rules) Run() { r.manager.Run() }

// Stop returns when the evaluations under way are done.
func (r *Rules) Stop() { r.manager.Stop() }

// Load gives the rule file to the manager.
func (r *Rules) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return rulefmt.Parse(r.content, false, model.UTF8Validation, r.parser, r.log)
}

// Parse parses an expression for the manager.
func (r *Rules) Parse(query string) (parser.Expr, error) { return r.parser.ParseExpr(query) }

// SetAlerts lets the API list the rules and alerts of whoever evaluates the alert rules, beside those of NewRules; nil
// takes them away again.
func (h *History) SetAlerts(source RuleSource) {
	if source == nil {
		h.alerts.Store(nil)
		return
	}
	h.alerts.Store(&source)
}

func (h *History) ruleSource() RuleSource {
	var all ruleSources
	for _, at := range []*atomic.Pointer[RuleSource]{&h.rules, &h.alerts} {
		if source := at.Load(); source != nil {
			all = append(all, *source)
		}
	}
	return all
}

// ruleSources are several as one.
type ruleSources []RuleSource

func (r ruleSources) RuleGroups() (list []*rules.Group) {
	for _, each := range r {
		list = append(list, each.RuleGroups()...)
	}
	return list
}

func (r ruleSources) AlertingRules() (list []*rules.AlertingRule) {
	for _, each := range r {
		list = append(list, each.AlertingRules()...)
	}
	return list
}
