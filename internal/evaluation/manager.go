// Package evaluation evaluates rules on the agent's own history: those that record series for boards, and those of alerts, with
// one rule manager of Prometheus. What an alert leads to is internal/alerting's.
package evaluation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

const (
	// standardInterval is how often groups of rules are evaluated that do not say it.
	standardInterval = time.Minute
	// LongestOutage is how long the agent may have been away for the state of its alerts still to count: longer than the
	// longest holidays.
	LongestOutage = 14 * 24 * time.Hour
	// standardResend is how often a firing alert is notified of again.
	standardResend = time.Minute
)

// The names that the manager and the API know the rule files by.
const (
	recordingFile = "recording"
	alertFile     = "alerts"
)

// Options are what a manager works on, for its whole life.
type Options struct {
	Query  rules.QueryFunc
	Append storage.Appendable // where recorded series and the state of alerts go to
	Select storage.Queryable  // where that state is found after a restart
	// Resend is how often a firing alert is notified of again, and it is believed for four times that; 0 is once a minute.
	Resend time.Duration
	Log    *slog.Logger
}

// Alerts are alert rules, with whom their alerts concern.
type Alerts struct {
	Rules  []byte // a rule file of Prometheus
	Pages  string // the address of the agent's pages, which texts may name
	Notify rules.NotifyFunc
	// Evaluated is called after each evaluation of a group. It must not call the manager, which may be waiting for it.
	Evaluated func(ctx context.Context, g *rules.Group, at time.Time)
}

// Manager evaluates rules. Its methods may be called from several goroutines.
type Manager struct {
	manager *rules.Manager
	parser  parser.Parser
	ran     sync.WaitGroup
	alerts  atomic.Pointer[Alerts] // nil where there are none

	updating sync.Mutex
	files    map[string][]byte // by name; guarded by updating
}

// New makes a manager without rules.
func New(o Options) *Manager {
	m := &Manager{parser: newParser(), files: map[string][]byte{}}
	m.manager = rules.NewManager(&rules.ManagerOptions{
		// Evaluations under way at the end of Run come to their end; the engine of the queries bounds each.
		Context: context.Background(), QueryFunc: o.Query, NotifyFunc: m.notify, Appendable: o.Append, Queryable: o.Select,
		Logger: o.Log, Registerer: prometheus.NewRegistry(), OutageTolerance: LongestOutage, ResendDelay: cmp.Or(o.Resend, standardResend),
		// Groups that a reload changes soon after a start are restored as well.
		RestoreNewRuleGroups: true, GroupLoader: loader{m}, Parser: m.parser,
	})
	return m
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// Run evaluates rules until ctx ends, and returns when the evaluations under way are done. It can be called once.
func (m *Manager) Run(ctx context.Context) error {
	m.ran.Go(m.manager.Run)
	<-ctx.Done()
	m.manager.Stop()
	m.ran.Wait()
	return nil
}

// RuleGroups returns the groups of rules in force.
func (m *Manager) RuleGroups() []*rules.Group { return m.manager.RuleGroups() }

// AlertingRules returns the alert rules in force, with their alerts.
func (m *Manager) AlertingRules() []*rules.AlertingRule { return m.manager.AlertingRules() }

// AlertGroups returns the names of the groups of alert rules in force.
func (m *Manager) AlertGroups() (names []string) {
	for _, g := range m.manager.RuleGroups() {
		if g.File() == alertFile {
			names = append(names, g.Name())
		}
	}
	return names
}

// SetRecording puts a rule file in the place of the recording rules before; with an error those stay. Rules that are the same go
// on as they were.
func (m *Manager) SetRecording(content []byte) error {
	m.updating.Lock()
	defer m.updating.Unlock()
	return m.update(recordingFile, content)
}

// SetAlerts puts alert rules in the place of those before; nil takes them away. With an error those before stay. Alerts whose rule
// keeps its name and labels keep their state. It waits for an evaluation under way, and so for Notify.
func (m *Manager) SetAlerts(a *Alerts) error {
	m.updating.Lock()
	defer m.updating.Unlock()
	before := m.alerts.Swap(a)
	var content []byte
	if a != nil {
		content = a.Rules
	}
	err := m.update(alertFile, content)
	if err != nil {
		m.alerts.Store(before)
	}
	return err
}

// update has the manager follow a change of one file; nil removes it.
func (m *Manager) update(name string, content []byte) error {
	if _, err := Check(content); err != nil {
		return err
	}
	before := maps.Clone(m.files)
	m.files[name] = content
	if content == nil {
		delete(m.files, name)
	}
	pages := ""
	if a := m.alerts.Load(); a != nil {
		pages = a.Pages
	}
	names := slices.Sorted(maps.Keys(m.files))
	if err := m.manager.Update(standardInterval, names, labels.EmptyLabels(), pages, m.evaluate); err != nil {
		m.files = before
		return fmt.Errorf("the rules: %w", err)
	}
	return nil
}

// evaluate evaluates one group.
func (m *Manager) evaluate(ctx context.Context, g *rules.Group, at time.Time) {
	rules.DefaultEvalIterationFunc(ctx, g, at)
	if a := m.alerts.Load(); a != nil && g.File() == alertFile {
		a.Evaluated(ctx, g, at)
	}
}

func (m *Manager) notify(ctx context.Context, expr string, alerts ...*rules.Alert) {
	if a := m.alerts.Load(); a != nil {
		a.Notify(ctx, expr, alerts...)
	}
}

// loader hands the rule files of a manager to its library, while they are being updated.
type loader struct{ m *Manager }

// Load returns the groups of a file.
func (l loader) Load(name string, _ bool, _ model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return parse(l.m.files[name], l.m.parser)
}

// Parse reads one expression.
func (l loader) Parse(query string) (parser.Expr, error) { return l.m.parser.ParseExpr(query) }

func parse(content []byte, p parser.Parser) (*rulefmt.RuleGroups, []error) {
	return rulefmt.Parse(content, false, model.UTF8Validation, p, slog.New(slog.DiscardHandler))
}

// Check finds mistakes in a rule file, and returns the longest interval of its groups.
func Check(content []byte) (longest time.Duration, err error) {
	groups, errs := parse(content, newParser())
	if len(errs) > 0 {
		return 0, fmt.Errorf("the rules: %w", errors.Join(errs...))
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
