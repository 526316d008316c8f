package alerting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"

	"kpiagent/internal/i18n"
)

// Attempt is what came of a test message over one way.
type Attempt struct {
	Receiver string `json:"receiver"` // "" for an Alertmanager
	Way      string `json:"way"`
	To       string `json:"to"`
	Error    string `json:"error,omitempty"` // "" where it was taken
}

// Try sends one message that says it is a test over each way of the receivers, or of the one that is named, and returns what
// came of it. An Alertmanager is only asked whether it is there: an alert would go on to people who know nothing of it. The
// error is about the settings.
func Try(ctx context.Context, o Options, s Settings, receiver string) (list []Attempt, err error) {
	p, err := newPipelinePlan(o, s, NewMetrics())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range s.Receivers {
		names = append(names, r.Name)
	}
	if receiver != "" && !slices.Contains(names, receiver) {
		return nil, fmt.Errorf("%q is not among alerts.receivers: %s", receiver,
			cmp.Or(strings.Join(names, ", "), "there are none"))
	}
	for _, m := range s.Alertmanagers {
		list = append(list, attempt("", kindAlertmanager, m.URL, askAfter(ctx, o, m)))
	}
	if len(s.Alertmanagers) > 0 {
		return list, nil
	}
	for _, r := range s.Receivers {
		if receiver != "" && r.Name != receiver {
			continue
		}
		ctx := notify.WithNotificationReason(notify.WithGroupLabels(notify.WithReceiverName(notify.WithGroupKey(ctx, "trial"),
			r.Name), model.LabelSet{}), notify.ReasonFirstNotification)
		for i, way := range p.receivers[r.Name] {
			_, err := way.Notify(ctx, testAlert(time.Now()))
			list = append(list, attempt(r.Name, way.Name(), p.places[r.Name][i], err))
		}
	}
	return list, nil
}

func attempt(receiver, way, to string, err error) Attempt {
	a := Attempt{Receiver: receiver, Way: way, To: to}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

// hostOf is the beginning of an address, which holds no secret; "" where it is none.
func hostOf(whole string) string {
	address, err := url.Parse(whole)
	if err != nil {
		return ""
	}
	return address.Scheme + "://" + address.Host
}

// askAfter asks whether an Alertmanager is there and lets the agent in.
func askAfter(ctx context.Context, o Options, a Alertmanager) error {
	ctx, cancel := context.WithTimeout(ctx, forwardTimeout)
	defer cancel()
	request, err := http.NewRequest(http.MethodGet, strings.TrimRight(a.URL, "/")+"/api/v2/status", nil)
	if err != nil {
		return err
	}
	answer, err := new(forward).ask(ctx, o, a, request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New("the answer is " + answer.Status)
	}
	return nil
}

// testAlert is an alert about nothing.
func testAlert(now time.Time) *alert.Alert {
	annotations := model.LabelSet{}
	for _, l := range i18n.Builtin().Languages() {
		for _, part := range []string{"summary", "description"} {
			annotations[model.LabelName(part+"_"+l.Code)] = model.LabelValue(l.Say("alert.test." + part))
		}
	}
	return &alert.Alert{UpdatedAt: now, Alert: model.Alert{StartsAt: now, EndsAt: now.Add(time.Hour), Annotations: annotations,
		Labels: model.LabelSet{model.AlertNameLabel: "KpiagentTrial", "severity": "info"}}}
}
