package grafana

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/grafana/grafana-openapi-client-go/client/provisioning"
	"github.com/grafana/grafana-openapi-client-go/models"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"kpiagent/dashboards"
)

// ruleGroup is a group of alert rules that Grafana itself evaluates.
type ruleGroup struct {
	folder, name string
	interval     time.Duration
	rules        []rule
	// keeps says whether this Grafana knows keep_firing_for, heeds whether a group with new rules can be written at once.
	keeps, heeds bool
}

// rule is an alert rule as the mixin has it.
type rule struct {
	uid         string
	source      string // the uid of the data source
	prefix      string
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         model.Duration    `yaml:"for"`
	KeepFiring  model.Duration    `yaml:"keep_firing_for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// ruleGroups takes the alert rules of the mixin over.
func ruleGroups(groups []dashboards.Group, prefix, folder, source string) ([]object, error) {
	text, err := dashboards.RuleFile(groups)
	if err != nil {
		return nil, err
	}
	var file struct {
		Groups []struct {
			Name     string         `yaml:"name"`
			Interval model.Duration `yaml:"interval"`
			Rules    []rule         `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("grafana: the alert rules: %w", err)
	}
	var list []object
	for _, g := range file.Groups {
		made := &ruleGroup{folder: folder, name: g.Name, interval: time.Duration(g.Interval)}
		for _, r := range g.Rules {
			// What tells a rule from its neighbours: its name, its labels and, within those, nothing else.
			sum, err := hash([]any{g.Name, r.Alert, r.Labels})
			if err != nil {
				return nil, err
			}
			r.uid, r.source, r.prefix = prefix+"-"+sum[:20], source, prefix
			made.rules = append(made.rules, r)
		}
		list = append(list, made)
	}
	return list, nil
}

func (g *ruleGroup) kind() Kind    { return KindRules }
func (g *ruleGroup) id() string    { return g.name }
func (g *ruleGroup) title() string { return g.name }

// wanted leaves out the organisation, which is that of the account.
func (g *ruleGroup) wanted() any {
	group, err := plain(g.model())
	if err != nil {
		return nil // such a group is never in step; writing it tells why
	}
	rules, _ := group.(map[string]any)["rules"].([]any)
	for _, r := range rules {
		delete(r.(map[string]any), "orgID")
	}
	return group
}

// know fits the group to the Grafana that it goes to.
func (g *ruleGroup) know(v version) {
	g.keeps = v.atLeast(version{12, 0})
	g.heeds = v.atLeast(version{11, 6})
}

func (g *ruleGroup) model() *models.AlertRuleGroup {
	made := &models.AlertRuleGroup{FolderUID: g.folder, Title: g.name, Interval: int64(g.interval / time.Second), Rules: []*models.ProvisionedAlertRule{}}
	for _, r := range g.rules {
		made.Rules = append(made.Rules, r.model(g))
	}
	return made
}

// ofPrometheus finds the value in a text for Prometheus; in Grafana $value is a text for people.
var ofPrometheus = regexp.MustCompile(`\$value\b`)

// lookBack is how far a query may look, in seconds. It asks for one moment only.
const lookBack = 600

// model makes the rule Grafana's: the query, its one value for each series, and a condition that holds for each that is there.
func (r *rule) model(g *ruleGroup) *models.ProvisionedAlertRule {
	text := func(s string) *string { return &s }
	duration := strfmt.Duration(r.For)
	organisation := int64(1)
	labels := map[string]string{ownLabel: r.prefix}
	for name, value := range r.Labels {
		labels[name] = value
	}
	annotations := map[string]string{}
	for name, value := range r.Annotations {
		annotations[name] = ofPrometheus.ReplaceAllString(value, "$$values.B.Value")
	}
	title := r.Alert
	if of := r.Labels["kpi"]; of != "" {
		title += " " + of
	}
	window := &models.RelativeTimeRange{From: lookBack}
	made := &models.ProvisionedAlertRule{
		UID: r.uid, Title: text(title + " · " + r.uid[len(r.uid)-4:]), FolderUID: &g.folder, RuleGroup: &g.name, OrgID: &organisation, For: &duration, Condition: text("C"),
		NoDataState: text("OK"), ExecErrState: text("Error"), Labels: labels, Annotations: annotations,
		Data: []*models.AlertQuery{
			{RefID: "A", DatasourceUID: r.source, RelativeTimeRange: window, Model: map[string]any{"refId": "A", "expr": r.Expr, "instant": true, "range": false}},
			{RefID: "B", DatasourceUID: "__expr__", RelativeTimeRange: window, Model: map[string]any{"refId": "B", "type": "reduce", "expression": "A", "reducer": "last"}},
			{RefID: "C", DatasourceUID: "__expr__", RelativeTimeRange: window, Model: map[string]any{"refId": "C", "type": "math", "expression": "is_number($B) || is_nan($B) || is_inf($B)"}},
		},
	}
	if g.keeps {
		made.KeepFiringFor = strfmt.Duration(r.KeepFiring)
	}
	return made
}

func (g *ruleGroup) look(ctx context.Context, n *connection) (*found, error) {
	answer, err := n.api.Provisioning.GetAlertRuleGroup(g.name, g.folder, in(ctx))
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read the alert rules "+g.name, err)
	}
	f := &found{content: answer.Payload}
	for _, r := range answer.Payload.Rules {
		f.provenance = string(r.Provenance)
		r.ID, r.Updated, r.Provenance = 0, strfmt.DateTime{}, "" // Grafana's own notes, which change by themselves
		if f.provenance == fromFile {
			f.foreign = "they come from a provisioning file: remove it, or choose another boards.prefix"
		}
	}
	if len(answer.Payload.Rules) == 0 {
		return nil, nil
	}
	return f, nil
}

// put writes the group whole. Before 11.6 a group with rules that Grafana does not know yet fails, so those are made first.
func (g *ruleGroup) put(ctx context.Context, n *connection, old *found) error {
	group := g.model()
	known := map[string]bool{}
	if old != nil {
		for _, r := range old.content.(*models.AlertRuleGroup).Rules {
			known[r.UID] = true
		}
	}
	for _, r := range group.Rules {
		if g.heeds || known[r.UID] {
			continue
		}
		_, err := n.api.Provisioning.PostAlertRule(provisioning.NewPostAlertRuleParamsWithContext(ctx).WithXDisableProvenance(old.free()).WithBody(r), in(ctx))
		if err != nil && !hasStatus(err, http.StatusConflict) { // it may be there already, from an attempt that broke off
			return explain(fmt.Sprintf("write the alert rule %q", *r.Title), err)
		}
	}
	_, err := n.api.Provisioning.PutAlertRuleGroup(provisioning.NewPutAlertRuleGroupParamsWithContext(ctx).WithFolderUID(g.folder).WithGroup(g.name).
		WithXDisableProvenance(old.free()).WithBody(group), in(ctx))
	return explain("write the alert rules "+g.name, err)
}

func (g *ruleGroup) remove(ctx context.Context, n *connection, _ *found) error {
	_, err := n.api.Provisioning.DeleteAlertRuleGroup(g.name, g.folder, in(ctx))
	return explain("delete the alert rules "+g.name, err)
}
