package alerting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/silence"
	pb "github.com/prometheus/alertmanager/silence/silencepb"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Silence keeps people from being told of some alerts for a while.
type Silence struct {
	ID string `json:"id"`
	// Labels are what an alert must have, all of them, for the silence to hold for it: unit, kpi, alertname, source, …
	Labels  map[string]string `json:"labels"`
	From    time.Time         `json:"from"`
	Until   time.Time         `json:"until"`
	Author  string            `json:"author"`
	Comment string            `json:"comment"`
}

// Alert is one that fires, or whose end is not told yet.
type Alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Since       time.Time         `json:"since"`
	Until       *time.Time        `json:"until,omitempty"`      // of one that has ended
	SilencedBy  []string          `json:"silencedBy,omitempty"` // ids
}

// List is what there is at a moment.
type List struct {
	Alerts   []Alert   `json:"alerts"`
	Silences []Silence `json:"silences"` // in force, and to come
	// Trouble says what is wrong with the sending of alerts; "" where nothing is.
	Trouble string `json:"trouble,omitempty"`
}

// ErrNoSilence is the error where a silence is not there, or has ended.
var ErrNoSilence = errors.New("there is no such silence in force")

// longestSilence keeps a slip of the keyboard from ending alerts for good.
const longestSilence = 366 * 24 * time.Hour

// Silence makes a silence from now on and returns its id. It holds over restarts. With an id and an error it is in force, but not
// saved.
func (e *Engine) Silence(ctx context.Context, labels map[string]string, duration time.Duration, author,
	comment string) (id string, err error) {
	switch {
	case len(labels) == 0:
		return "", errors.New("a silence needs a label, for example the unit: without any it would hold for everything")
	case duration <= 0:
		return "", fmt.Errorf("a silence of %s would never be in force; write for example 2h or 2d", duration)
	case duration > longestSilence:
		return "", errors.New("a silence ends after a year at most; write for example 2h or 2d")
	case strings.TrimSpace(comment) == "":
		return "", errors.New("a silence needs a comment that says why, for whoever wonders")
	}
	now := time.Now()
	made := &pb.Silence{StartsAt: timestamppb.New(now), EndsAt: timestamppb.New(now.Add(duration)), CreatedBy: author,
		Comment: comment}
	set := new(pb.MatcherSet)
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if labels[name] == "" || !model.LegacyValidation.IsValidLabelName(name) {
			return "", fmt.Errorf("%s=%q is no label of an alert; write for example unit=cuc_hoa_chat", name, labels[name])
		}
		set.Matchers = append(set.Matchers, &pb.Matcher{Type: pb.Matcher_EQUAL, Name: name, Pattern: labels[name]})
	}
	made.MatcherSets = []*pb.MatcherSet{set}
	if err := e.state.silences.Set(ctx, made); err != nil {
		return "", err
	}
	return made.GetId(), e.save()
}

// Expire ends a silence. The error is ErrNoSilence where it is not there.
func (e *Engine) Expire(ctx context.Context, id string) error {
	found, _, err := e.state.silences.Query(ctx, silence.QIDs(id),
		silence.QState(silence.SilenceStateActive, silence.SilenceStatePending))
	if errors.Is(err, silence.ErrNotFound) || err == nil && len(found) == 0 {
		return ErrNoSilence
	}
	if err == nil {
		err = e.state.silences.Expire(ctx, id)
	}
	if err != nil {
		return err
	}
	return e.save()
}

// List returns the alerts of the moment and the silences.
func (e *Engine) List(ctx context.Context) (List, error) {
	list := List{Alerts: []Alert{}, Silences: []Silence{}}
	now := time.Now()
	for _, a := range e.pending() {
		by, err := e.state.silencedBy(ctx, a)
		if err != nil {
			return List{}, err
		}
		one := Alert{Labels: texts(a.Labels), Annotations: texts(a.Annotations), Since: a.StartsAt.UTC(), SilencedBy: by}
		if a.ResolvedAt(now) {
			end := a.EndsAt.UTC()
			one.Until = &end
		}
		list.Alerts = append(list.Alerts, one)
	}
	slices.SortStableFunc(list.Alerts, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(gravity(a.Labels["severity"]), gravity(b.Labels["severity"])),
			cmp.Compare(a.Labels["unit"], b.Labels["unit"]), cmp.Compare(a.Labels["alertname"], b.Labels["alertname"]))
	})
	silences, _, err := e.state.silences.Query(ctx, silence.QState(silence.SilenceStateActive, silence.SilenceStatePending))
	if err != nil {
		return List{}, err
	}
	for _, s := range silences {
		list.Silences = append(list.Silences, fromLibrary(s))
	}
	slices.SortFunc(list.Silences, func(a, b Silence) int { return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// pending returns the alerts that people were told of, or are to be told of.
func (e *Engine) pending() []*alert.Alert {
	e.mutex.RLock()
	defer e.mutex.RUnlock()
	if e.pipeline != nil {
		return e.pipeline.pending()
	}
	return e.waiting
}

func texts(set model.LabelSet) map[string]string {
	made := make(map[string]string, len(set))
	for name, value := range set {
		made[string(name)] = string(value)
	}
	return made
}

func fromLibrary(s *pb.Silence) Silence {
	made := Silence{ID: s.GetId(), Labels: map[string]string{}, From: s.GetStartsAt().AsTime(), Until: s.GetEndsAt().AsTime(),
		Author: s.GetCreatedBy(), Comment: s.GetComment()}
	for _, set := range s.GetMatcherSets() {
		for _, m := range set.GetMatchers() {
			made.Labels[m.GetName()] = m.GetPattern()
		}
	}
	return made
}
