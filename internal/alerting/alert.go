package alerting

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
)

// fromRule is an alert of the rule manager as the notifying side has it.
func fromRule(a *rules.Alert, now time.Time) *alert.Alert {
	made := &alert.Alert{UpdatedAt: now, Alert: model.Alert{
		Labels: labelSet(a.Labels), Annotations: labelSet(a.Annotations), StartsAt: a.FiredAt, EndsAt: a.ValidUntil,
	}}
	if !a.ResolvedAt.IsZero() {
		made.EndsAt = a.ResolvedAt
	} else {
		made.Timeout = true // it ends by itself where the rule no longer says otherwise
	}
	return made
}

func labelSet(l labels.Labels) model.LabelSet {
	set := make(model.LabelSet, l.Len())
	l.Range(func(one labels.Label) {
		set[model.LabelName(one.Name)] = model.LabelValue(strings.ToValidUTF8(one.Value, "�"))
	})
	return set
}

// saved is an alert on disk. One that is firing has no end: how long it is believed is decided when it is read.
type saved struct {
	Labels      model.LabelSet `json:"labels"`
	Annotations model.LabelSet `json:"annotations"`
	StartsAt    time.Time      `json:"startsAt"`
	EndsAt      *time.Time     `json:"endsAt,omitempty"`
	Source      string         `json:"generatorURL,omitempty"`
}

// encodeAlerts writes alerts that people were told of, or are to be told of.
func encodeAlerts(list []*alert.Alert, now time.Time) ([]byte, error) {
	out := make([]saved, 0, len(list))
	for _, a := range list {
		s := saved{Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.StartsAt.UTC(), Source: a.GeneratorURL}
		if a.ResolvedAt(now) {
			end := a.EndsAt.UTC()
			s.EndsAt = &end
		}
		out = append(out, s)
	}
	return json.Marshal(out)
}

// decodeAlerts reads them. Those that were firing go on until then, unless their rule says before that they still do. After
// the clock was set back none began later than now, or ended before it began.
func decodeAlerts(content []byte, now, until time.Time) (list []*alert.Alert, err error) {
	var in []saved
	if err := json.Unmarshal(content, &in); err != nil {
		return nil, err
	}
	for i, s := range in {
		a := &alert.Alert{UpdatedAt: now, Timeout: s.EndsAt == nil, Alert: model.Alert{
			Labels: s.Labels, Annotations: s.Annotations, StartsAt: s.StartsAt, EndsAt: until, GeneratorURL: s.Source,
		}}
		if a.StartsAt.After(now) {
			a.StartsAt = now
		}
		if s.EndsAt != nil {
			a.EndsAt = *s.EndsAt
		}
		if a.EndsAt.Before(a.StartsAt) {
			a.EndsAt = a.StartsAt
		}
		if err := a.Validate(); err != nil {
			return nil, fmt.Errorf("alert %d: %w", i, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// believed returns alerts of which those that were firing when they were saved go on until then. The list stays as it was, since
// others may be reading it.
func believed(list []*alert.Alert, until time.Time) (renewed []*alert.Alert) {
	for _, a := range list {
		if a.Timeout {
			longer := *a
			longer.EndsAt = until
			a = &longer
		}
		renewed = append(renewed, a)
	}
	return renewed
}
