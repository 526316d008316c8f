package kpi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The catalogue knows a procedure's level from the day on which its entry came into force; of one without that day only today's.
func TestLevelsOn(t *testing.T) {
	units := []Unit{{ID: "bo"}, {ID: "cuc", Parent: "bo"}}
	register := NewRegister(units, []Procedure{
		{Unit: "cuc", Code: "1", Online: "full", From: day(t, "2025-03-01")},
		{Unit: "cuc", Code: "2", Online: "partial", From: day(t, "2020-01-01")},
		{Unit: "cuc", Code: "3", From: day(t, "2020-01-01"), To: day(t, "2025-06-30")},
		{Unit: "bo", Code: "4", Online: "full"},
	})
	today := day(t, "2026-03-20")
	for _, test := range []struct {
		unit, day string
		want      Levels
	}{
		{"bo", "2025-02-28", Levels{Partial: 1, None: 1, Unknown: 2}},
		{"bo", "2025-03-01", Levels{Full: 1, Partial: 1, None: 1, Unknown: 1}},
		{"bo", "2025-07-01", Levels{Full: 1, Partial: 1, Unknown: 1}},
		{"bo", "2026-03-20", Levels{Full: 2, Partial: 1}},
		{"cuc", "2026-03-20", Levels{Full: 1, Partial: 1}},
		{"nobody", "2026-03-20", Levels{}},
	} {
		if diff := cmp.Diff(test.want, register.LevelsOn(test.unit, day(t, test.day), today)); diff != "" {
			t.Errorf("%s on %s: %s", test.unit, test.day, diff)
		}
	}
	came := register.CameInForce("bo", Period{From: day(t, "2020-01-01"), To: today})
	if len(came) != 2 || came[0].Code != "1" || came[1].Code != "2" {
		t.Errorf("the last changes are %+v", came)
	}
}
