package promapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
)

// alert, ruleGroup and rule are what the API says of the things of that name.
type alert struct {
	Labels          labels.Labels `json:"labels"`
	Annotations     labels.Labels `json:"annotations"`
	State           string        `json:"state"`
	ActiveAt        *time.Time    `json:"activeAt,omitempty"`
	KeepFiringSince *time.Time    `json:"keepFiringSince,omitempty"`
	Value           string        `json:"value"`
}

type ruleGroup struct {
	Name           string    `json:"name"`
	File           string    `json:"file"`
	Rules          []any     `json:"rules"`
	Interval       float64   `json:"interval"`
	Limit          int       `json:"limit"`
	EvaluationTime float64   `json:"evaluationTime"`
	LastEvaluation time.Time `json:"lastEvaluation"`
}

type rule struct {
	Name           string           `json:"name"`
	Query          string           `json:"query"`
	Labels         labels.Labels    `json:"labels"`
	Health         rules.RuleHealth `json:"health"`
	LastError      string           `json:"lastError,omitempty"`
	EvaluationTime float64          `json:"evaluationTime"`
	LastEvaluation time.Time        `json:"lastEvaluation"`
	Type           string           `json:"type"`
}

// alertingRule is a rule with what only alerting rules have.
type alertingRule struct {
	rule
	State         string        `json:"state"`
	Duration      float64       `json:"duration"`
	KeepFiringFor float64       `json:"keepFiringFor"`
	Annotations   labels.Labels `json:"annotations"`
	Alerts        []alert       `json:"alerts"`
}

func (a *API) alerts(*http.Request) (reply, error) {
	list := []alert{}
	if a.Rules != nil {
		for _, r := range a.Rules.AlertingRules() {
			list = append(list, activeAlerts(r)...)
		}
	}
	return reply{data: map[string][]alert{"alerts": list}}, nil
}

func activeAlerts(r *rules.AlertingRule) []alert {
	list := []alert{}
	for _, a := range r.ActiveAlerts() {
		one := alert{Labels: a.Labels, Annotations: a.Annotations, State: a.State.String(), ActiveAt: &a.ActiveAt,
			Value: strconv.FormatFloat(a.Value, 'e', -1, 64)}
		if !a.KeepFiringSince.IsZero() {
			one.KeepFiringSince = &a.KeepFiringSince
		}
		list = append(list, one)
	}
	return list
}

func (a *API) rules(r *http.Request) (reply, error) {
	kind := strings.ToLower(r.FormValue("type"))
	if !slices.Contains([]string{"", "alert", "record"}, kind) {
		return reply{}, invalid("type", fmt.Errorf("not supported value %q", kind))
	}
	withoutAlerts := false
	if text := r.FormValue("exclude_alerts"); text != "" {
		var err error
		if withoutAlerts, err = strconv.ParseBool(text); err != nil {
			return reply{}, invalid("exclude_alerts", err)
		}
	}
	matchers, err := a.matchersOf(r)
	if err != nil {
		return reply{}, err
	}
	asked := func(parameter, name string) bool {
		names := r.Form[parameter]
		return len(names) == 0 || slices.Contains(names, name)
	}
	groups := []ruleGroup{}
	var all []*rules.Group
	if a.Rules != nil {
		all = a.Rules.RuleGroups()
	}
	for _, g := range all {
		if !asked("rule_group[]", g.Name()) || !asked("file[]", g.File()) {
			continue
		}
		group := ruleGroup{Name: g.Name(), File: g.File(), Interval: g.Interval().Seconds(), Limit: g.Limit(),
			EvaluationTime: g.GetEvaluationTime().Seconds(), LastEvaluation: g.GetLastEvaluation()}
		for _, one := range g.Rules(matchers...) {
			if asked("rule_name[]", one.Name()) {
				group.add(one, kind, withoutAlerts)
			}
		}
		if len(group.Rules) > 0 {
			groups = append(groups, group)
		}
	}
	return reply{data: map[string][]ruleGroup{"groups": groups}}, nil
}

// add adds a rule, if it is of a kind that is asked for.
func (g *ruleGroup) add(one rules.Rule, kind string, withoutAlerts bool) {
	shown := rule{Name: one.Name(), Query: one.Query().String(), Labels: one.Labels(), Health: one.Health(), Type: "recording",
		EvaluationTime: one.GetEvaluationDuration().Seconds(), LastEvaluation: one.GetEvaluationTimestamp()}
	if err := one.LastError(); err != nil {
		shown.LastError = err.Error()
	}
	alerting, is := one.(*rules.AlertingRule)
	switch {
	case is && kind != "record":
		shown.Type = "alerting"
		full := alertingRule{rule: shown, State: alerting.State().String(), Duration: alerting.HoldDuration().Seconds(),
			KeepFiringFor: alerting.KeepFiringFor().Seconds(), Annotations: alerting.Annotations()}
		if !withoutAlerts {
			full.Alerts = activeAlerts(alerting)
		}
		g.Rules = append(g.Rules, full)
	case !is && kind != "alert":
		g.Rules = append(g.Rules, shown)
	}
}
