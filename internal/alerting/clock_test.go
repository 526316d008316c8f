package alerting

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"
)

// A clock that was set back leaves alerts that began later than they can end. They, and those beside them, are read all the same.
func TestAlertsSurviveAClockThatWasSetBack(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	made := func(unit string, starts, ends time.Time) *alert.Alert {
		return &alert.Alert{Timeout: true, Alert: model.Alert{Labels: model.LabelSet{"alertname": "Late", "unit": model.LabelValue(unit)}, StartsAt: starts, EndsAt: ends}}
	}
	day := 24 * time.Hour
	content, err := encodeAlerts([]*alert.Alert{
		made("fires", now.Add(-time.Hour), now.Add(time.Hour)),
		made("fires-in-the-future", now.Add(day), now.Add(day+time.Hour)),
		made("ended-before-it-began", now.Add(-time.Hour), now.Add(-2*time.Hour)),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	list, err := decodeAlerts(content, now, now.Add(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, a := range list {
		units = append(units, string(a.Labels["unit"]))
		if a.StartsAt.After(now) || a.EndsAt.Before(a.StartsAt) {
			t.Errorf("%s is from %s to %s", a.Labels["unit"], a.StartsAt, a.EndsAt)
		}
	}
	if diff := cmp.Diff([]string{"fires", "fires-in-the-future", "ended-before-it-began"}, units); diff != "" {
		t.Error(diff)
	}
}
