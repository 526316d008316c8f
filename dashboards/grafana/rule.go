package grafana

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kpiagent/dashboards"
)

// alertRule is a rule that Grafana itself evaluates. Each is a thing of its own: one that a person paused or changed stays as it
// is, and its neighbours go on. The interval of a group is set when it is made, and is a matter of people from then on.
type alertRule struct {
	uid, name     string
	folder, group string
	interval      time.Duration
	source        string // the uid of the data source
	owner         string // the value of ownLabel
	rule          dashboards.ManagedRule
	// holds reports whether this Grafana knows thresholds with a recovery, keeps whether it knows keep_firing_for.
	holds, keeps bool
}

// alertRules takes the rules of the mixin over.
func alertRules(groups []dashboards.ManagedGroup, prefix, folder, source string) ([]object, error) {
	var list []object
	for _, g := range groups {
		for _, r := range g.Rules {
			// What distinguishes a rule from its neighbours: its name, its labels and, within those, nothing else.
			sum, err := hash([]any{g.Name, r.Alert, r.Labels})
			if err != nil {
				return nil, err
			}
			name := r.Alert
			if of := r.Labels["kpi"]; of != "" {
				name += " " + of
			}
			list = append(list, &alertRule{uid: prefix + "-" + sum[:20], name: name + " · " + sum[16:20], folder: folder,
				group:    g.Name,
				interval: time.Duration(g.Interval), source: source, owner: prefix, rule: r})
		}
	}
	return list, nil
}

func (r *alertRule) kind() Kind    { return KindRule }
func (r *alertRule) id() string    { return r.uid }
func (r *alertRule) title() string { return r.name }

// know fits the rule to the Grafana that it goes to.
func (r *alertRule) know(v version) {
	r.holds = v.atLeast(version{10, 4})
	r.keeps = v.atLeast(version{12, 0})
}

// wanted leaves out the organisation, which is that of the account.
func (r *alertRule) wanted() any {
	labels, annotations := map[string]any{ownLabel: r.owner}, map[string]any{}
	for name, value := range r.rule.Labels {
		labels[name] = value
	}
	for name, value := range r.rule.Annotations {
		annotations[name] = value
	}
	made := map[string]any{"uid": r.uid, "title": r.name, "folderUID": r.folder, "ruleGroup": r.group,
		"for": r.rule.For.String(), "isPaused": false,
		"condition": conditionName, "data": r.data(), "noDataState": "OK", "execErrState": "Error", "labels": labels,
		"annotations": annotations}
	if r.keeps {
		made["keep_firing_for"] = r.rule.KeepFiring.String()
	}
	return made
}

const (
	conditionName = "condition" // the name of the query that decides whether a rule fires
	stateName     = "state"
	// lookBack is how far a query may look, in seconds. It asks for one moment only.
	lookBack = 600
)

// data are the queries, each with its one value for every series, under the name that texts know it by; and the condition.
func (r *alertRule) data() (list []any) {
	add := func(name, source string, model map[string]any) {
		model["refId"] = name
		list = append(list, map[string]any{"refId": name, "datasourceUid": source,
			"relativeTimeRange": map[string]any{"from": lookBack, "to": 0}, "model": model})
	}
	queries := maps.Clone(r.rule.Queries)
	if r.rule.State != "" {
		queries[stateName] = r.rule.State
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		add(name+"_query", r.source, map[string]any{"expr": queries[name], "instant": true, "range": false})
		add(name, expressions, map[string]any{"type": "reduce", "expression": name + "_query", "reducer": "last"})
	}
	switch {
	case r.rule.State == "": // whatever is there
		add(conditionName, expressions, map[string]any{"type": "math",
			"expression": "is_number($value) || is_nan($value) || is_inf($value)"})
	case r.holds: // what fires goes on while the state is 1
		add(conditionName, expressions, map[string]any{"type": "threshold", "expression": stateName,
			"conditions": []any{map[string]any{
				"evaluator":       map[string]any{"type": "gt", "params": []any{1.5}},
				"unloadEvaluator": map[string]any{"type": "lt", "params": []any{0.5}}}}})
	default:
		add(conditionName, expressions, map[string]any{"type": "math", "expression": "$" + stateName + " > 1.5"})
	}
	return list
}

// expressions is the data source of what Grafana computes itself.
const expressions = "__expr__"

const rulePath = "/v1/provisioning/alert-rules"

// look finds the rule in its group, which is read once for all of its rules, or wherever it was moved to.
func (r *alertRule) look(ctx context.Context, n *connection) (*found, error) {
	var content map[string]any
	if r.group != "" { // it is not known of a rule that is not wanted any more
		group, err := n.ruleGroup(ctx, r.folder, r.group)
		if err != nil {
			return nil, err
		}
		content = group.rules[r.uid]
		differs, err := differences(r.wanted(), content)
		if err != nil {
			return nil, err
		}
		// A group does not say how its rules were made, which matters where one is to be changed.
		if len(differs) > 0 {
			content = nil
		}
	}
	if content == nil {
		err := n.raw(ctx, http.MethodGet, rulePath+"/"+r.uid, nil, nil, &content)
		if hasStatus(err, http.StatusNotFound) || isUnknownRule(err) {
			return nil, nil
		}
		if err != nil {
			return nil, explain("read the alert rule "+r.uid, err)
		}
	}
	f := &found{}
	f.provenance, _ = content["provenance"].(string)
	labels, _ := content["labels"].(map[string]any)
	switch {
	case f.provenance == fromFile:
		f.foreign = "it comes from a provisioning file: remove it there, or choose another boards.prefix"
	case labels[ownLabel] != any(r.owner):
		f.foreign = fmt.Sprintf("it lacks the label %s = %s, so it may be somebody else's: give it the label, or delete it, "+
			"if the agent's should take its place", ownLabel, r.owner)
	}
	f.content = bereft(content)
	return f, nil
}

// isUnknownRule reports whether a rule is not there: Grafana before 10 has no 404 for that.
func isUnknownRule(err error) bool {
	return hasStatus(err, http.StatusInternalServerError) && strings.Contains(err.Error(), "could not find alert rule")
}

// bereft leaves out Grafana's own notes, which change by themselves, and what is empty: a rule and its group do not say alike
// what there is not.
func bereft(content map[string]any) map[string]any {
	left := map[string]any{}
	for key, value := range content {
		if !empty(value) && !slices.Contains([]string{"id", "updated", "updatedBy", "version", "provenance", "orgID"}, key) {
			left[key] = value
		}
	}
	return left
}

// storedGroup is a group as Grafana has it.
type storedGroup struct {
	whole map[string]any // nil where there is none
	rules map[string]map[string]any
}

// ruleGroup reads a group, once in a round.
func (n *connection) ruleGroup(ctx context.Context, folder, name string) (*storedGroup, error) {
	at := folder + "/" + name
	if known := n.groups[at]; known != nil {
		return known, nil
	}
	g := &storedGroup{rules: map[string]map[string]any{}}
	err := n.raw(ctx, http.MethodGet, groupPath(folder, name), nil, nil, &g.whole)
	if err != nil && !hasStatus(err, http.StatusNotFound) {
		return nil, explain("read the alert rules "+name, err)
	}
	rules, _ := g.whole["rules"].([]any)
	for _, one := range rules {
		rule, _ := one.(map[string]any)
		// A Grafana that spells rules another way in groups is asked for each.
		if uid, _ := rule["uid"].(string); uid != "" {
			g.rules[uid] = rule
		}
	}
	if n.groups == nil {
		n.groups = map[string]*storedGroup{}
	}
	n.groups[at] = g
	return g, nil
}

func groupPath(folder, name string) string {
	return "/v1/provisioning/folder/" + folder + "/rule-groups/" + name
}

// put writes the rule alone: Grafana before 11.6 fails over a group with new rules, and rules that stay keep their state.
func (r *alertRule) put(ctx context.Context, n *connection, old *found) error {
	wanted, _ := r.wanted().(map[string]any)
	if !n.version.atLeast(version{10, 0}) {
		organisation, err := n.organisation(ctx, r.source)
		if err != nil {
			return err
		}
		wanted["orgID"] = organisation
	}
	header := http.Header{}
	if old.free() != nil {
		header.Set("X-Disable-Provenance", "true")
	}
	method, path := http.MethodPost, rulePath
	if old != nil {
		method, path = http.MethodPut, rulePath+"/"+r.uid
	}
	group := n.groups[r.folder+"/"+r.group]
	if err := n.raw(ctx, method, path, header, wanted, nil); err != nil {
		return explain(fmt.Sprintf("write the alert rule %q (%s)", r.name, r.uid), err)
	}
	if group == nil {
		return nil
	}
	delete(group.rules, r.uid)
	if group.whole != nil {
		return nil
	}
	group.whole = map[string]any{}
	return r.pace(ctx, n, header)
}

// pace sets the interval of a group that has just been made, where Grafana's usual one is another.
func (r *alertRule) pace(ctx context.Context, n *connection, header http.Header) error {
	var made map[string]any
	err := n.raw(ctx, http.MethodGet, groupPath(r.folder, r.group), nil, nil, &made)
	seconds := json.Number(fmt.Sprint(int64(r.interval / time.Second)))
	if err == nil && !equal(made["interval"], seconds) {
		made["interval"] = seconds
		err = n.raw(ctx, http.MethodPut, groupPath(r.folder, r.group), header, made, nil)
	}
	return explain("set the interval of the alert rules "+r.group, err)
}

// organisation returns the number of the account's organisation, which a data source shows: Grafana before 10 puts a rule
// wherever the rule says.
func (n *connection) organisation(ctx context.Context, source string) (int64, error) {
	if n.org == 0 {
		answer, err := n.api.Datasources.GetDataSourceByUID(source, in(ctx))
		if err != nil {
			return 0, explain("read the data source "+source+", which the alert rules ask", err)
		}
		n.org = answer.Payload.OrgID
	}
	return n.org, nil
}

func (r *alertRule) remove(ctx context.Context, n *connection, old *found) error {
	header := http.Header{}
	if old.free() != nil {
		header.Set("X-Disable-Provenance", "true")
	}
	return explain("delete the alert rule "+r.uid, n.raw(ctx, http.MethodDelete, rulePath+"/"+r.uid, header, nil, nil))
}
