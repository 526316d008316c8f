package kpi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Leaders read by group and weight; a KPI of a configuration finds its place among them, and a built-in one can be moved.
func TestDisplayed(t *testing.T) {
	builtin, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	catalogue := builtin.With([]Definition{
		{ID: "satisfaction_share", Group: "satisfaction"},
		{ID: "handling_time_mean", Weight: 99},
		{ID: "staff_trained", Kind: KindCount, Numerator: []Term{{Count: CountObservation, Measure: "staff_trained"}}},
		{ID: "petitions", Topic: TopicSatisfaction, Weight: 60, Kind: KindCount, Numerator: []Term{{Count: CountObservation, Measure: "petitions"}}},
	})
	var got []string
	for _, d := range catalogue.Displayed() {
		got = append(got, d.InGroup()+" "+d.ID)
	}
	want := []string{
		"headline service_full_share", "headline handling_time_mean", "headline online_filing_share", "headline on_time_share",
		"headline overdue_open", "headline online_payment_share", "headline digital_result_share",
		"service on_time_share_with_overdue", "service service_level_share", "service digitised_input_share",
		"service handling_time_p50", "service handling_time_p90", "service service_partial_share",
		"single_window single_window_groups", "single_window certificates_exchanged",
		"satisfaction satisfaction_share", "satisfaction petitions", "satisfaction feedback_on_time_share", "plan staff_trained",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is missed never looks reached, and what is missing is never told smaller than it is.
func TestShownAndDistance(t *testing.T) {
	share := Definition{Kind: KindShare, Direction: DirectionUp}
	refused := Definition{Kind: KindShare, Direction: DirectionDown}
	days := Definition{Kind: KindMean, Direction: DirectionDown}
	count := Definition{Kind: KindCount, Direction: DirectionUp}
	for _, test := range []struct {
		name            string
		def             Definition
		value, target   float64
		shown, distance float64
	}{
		{"just missed", share, 0.6999, 0.7, 0.699, -0.001},
		{"missed by less than binary numbers tell", share, 0.7 - 1e-13, 0.7, 0.7, 0},
		{"just reached", share, 0.7, 0.7, 0.7, 0},
		{"reached", share, 0.74567, 0.7, 0.746, 0.045},
		{"missed", share, 0.746, 0.8, 0.746, -0.054},
		{"down: missed", refused, 0.1001, 0.1, 0.101, -0.001},
		{"down: reached", refused, 0.0999, 0.1, 0.1, 0},
		{"days: missed", days, 5.01, 5, 5.1, -0.1},
		{"days: reached", days, 2.44, 5, 2.4, 2.5},
		{"a sum", count, 239999.97, 240000, 239999.9, -0.1},
	} {
		target := Target{Value: test.target}
		a := Assessment{Figure: Figure{Value: test.value, OK: true}, Definition: test.def, Judged: true, Target: target,
			Status: target.Judge(test.def, test.value, true)}
		if got := a.Shown(1); got != test.shown {
			t.Errorf("%s: shown as %v, want %v", test.name, got, test.shown)
		}
		if got := a.Distance(1); got != test.distance {
			t.Errorf("%s: distance %v, want %v", test.name, got, test.distance)
		}
	}
	without := Assessment{Figure: Figure{Value: 0.6999, OK: true}, Definition: share}
	if got := without.Shown(1); got != 0.7 {
		t.Errorf("without a target it is %v", got)
	}
	if got := without.Distance(1); got != 0 {
		t.Errorf("without a target it lies %v from it", got)
	}
}
