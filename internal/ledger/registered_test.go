package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/kpi"
)

func procedures(list ...kpi.Procedure) *kpi.Batch {
	b := &kpi.Batch{}
	for i := range list {
		b.Records = append(b.Records, kpi.Record{Procedure: &list[i]})
	}
	return numbered(b)
}

// observations are reported values of days in March.
func observations(unit, measure string, values map[int]float64) *kpi.Batch {
	b := &kpi.Batch{}
	for day, value := range values {
		b.Records = append(b.Records, kpi.Record{Observation: &kpi.Observation{Unit: unit, Measure: measure, Day: on(day).Day(), Value: value}})
	}
	return numbered(b)
}

func observed(l *Ledger, unit, measure string) (value float64, ok bool) {
	l.Read(func(b *kpi.Books) { value, ok = b.Observed.Value(unit, measure, march) })
	return value, ok
}

func registered(l *Ledger, unit string) (list []kpi.Procedure) {
	l.Read(func(b *kpi.Books) { list = b.Register.Procedures(unit) })
	return list
}

func TestProceduresInChangedGone(t *testing.T) {
	o := sampleOptions(t)
	o.Declared = []kpi.Procedure{{Unit: "bo", Code: "0.001", Name: "khai trong cấu hình"}}
	l := opened(t, o)
	birth := kpi.Procedure{Unit: "cuc-a", Code: "1.001", Name: "Khai sinh", Field: "Hộ tịch", Level: 4, Online: "full", StatutoryDay: 1.5, WorkingDays: true,
		Fee: kpi.No, Group: "hộ tịch", From: kpi.Date(2020, 1, 1), To: kpi.Date(2030, 1, 1)}
	death := kpi.Procedure{Unit: "cuc-a", Code: "1.002", Name: "Khai tử"}
	third := kpi.Procedure{Unit: "cuc-b", Code: "1.003"}

	if got := complete(t, l, sourceP, procedures(birth, death, third)); got.Added != 3 {
		t.Errorf("first: %s", got)
	}
	if got := complete(t, l, sourceP, procedures(birth, death, third)); got.Added+got.Changed+got.Removed != 0 {
		t.Errorf("again: %s", got)
	}
	death.Name = "Đăng ký khai tử"
	if got := complete(t, l, sourceP, procedures(birth, death)); got.Changed != 1 || got.Removed != 1 {
		t.Errorf("changed and gone: %s", got)
	}
	for range 2 {
		if diff := cmp.Diff([]kpi.Procedure{o.Declared[0], birth, death}, registered(l, "bo")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		l = reopened(t, l)
	}
	if l.Count() != 0 {
		t.Errorf("%d dossiers: procedures are none", l.Count())
	}
}

func TestObservationsInChangedGone(t *testing.T) {
	l := opened(t, sampleOptions(t))
	complete(t, l, sourceP, observations("cuc-a", "hai_long", map[int]float64{1: 10, 2: 20, 3: 30}), observations("bo", "nhom_mot_cua", map[int]float64{1: 14, 20: 16}))
	check := func(flow, level float64) {
		t.Helper()
		for range 2 {
			if got, _ := observed(l, "bo", "hai_long"); got != flow {
				t.Errorf("flow %v, want %v", got, flow)
			}
			if got, _ := observed(l, "bo", "nhom_mot_cua"); got != level {
				t.Errorf("level %v, want %v", got, level)
			}
			l = reopened(t, l)
		}
	}
	check(60, 16)
	got := complete(t, l, sourceP, observations("cuc-a", "hai_long", map[int]float64{1: 10, 2: 21, 3: 30}), observations("bo", "nhom_mot_cua", map[int]float64{1: 14}))
	if got.Added != 0 || got.Changed != 1 || got.Removed != 1 {
		t.Errorf("%s", got)
	}
	check(61, 14)
	if l.Count() != 0 {
		t.Errorf("%d dossiers: observations are none", l.Count())
	}
}

// Two rows of one read that contradict each other: the first stays, as with dossiers, so that each read says the same.
func TestContradictingProceduresAndObservations(t *testing.T) {
	one, other := kpi.Procedure{Unit: "bo", Code: "1.001", Name: "một"}, kpi.Procedure{Unit: "bo", Code: "1.001", Name: "hai"}
	l := opened(t, sampleOptions(t))
	for range 2 {
		got := complete(t, l, sourceP, procedures(one, other, one), observations("bo", "hai_long", map[int]float64{1: 5}), observations("bo", "hai_long", map[int]float64{1: 6}))
		if got.Changed != 0 || got.ByReason[kpi.ConflictingRow] != 2 {
			t.Errorf("%s %v", got, got.ByReason)
		}
		if diff := cmp.Diff([]kpi.Procedure{one}, registered(l, "bo")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if v, _ := observed(l, "bo", "hai_long"); v != 5 {
			t.Errorf("observed %v", v)
		}
	}
	later := records(kpi.Record{Procedure: &other, Changed: 2}, kpi.Record{Procedure: &one, Changed: 1})
	if got := complete(t, l, sourceP, later, observations("bo", "hai_long", map[int]float64{1: 5})); got.Changed != 1 || got.Rejected != 0 {
		t.Errorf("the later version wins: %s %v", got, got.ByReason)
	}
}

// A total of the year so far that falls counts, in each read with a warning; that of a new year begins anew, and no other measure is judged.
func TestARunningTotalThatFalls(t *testing.T) {
	options := sampleOptions(t)
	options.Running = []string{"hai_long"}
	l := opened(t, options)
	total := func(measure string, day kpi.Day, value float64) kpi.Record {
		return kpi.Record{Observation: &kpi.Observation{Unit: "bo", Measure: measure, Day: day, Value: value}}
	}
	first := on(1).Day()
	for range 2 {
		got := complete(t, l, sourceP, records(total("hai_long", first, 210), total("hai_long", first+30, 150), total("hai_long", first+365, 20),
			total("nhom_mot_cua", first, 14), total("nhom_mot_cua", first+30, 3)))
		if got.Warned != 1 || got.Rejected != 0 {
			t.Errorf("%s", got)
		}
		if list := findingsOf(t, l, sourceP); len(list) != 1 || !strings.Contains(list[0].Detail, "is below the 210 of 2026-03-01") {
			t.Errorf("%+v", list)
		}
	}
}

// A value that one read gives twice counts once, and somebody should look; a newer version of it and the next read are no repeats.
func TestAValueTwiceInOneRead(t *testing.T) {
	l := opened(t, sampleOptions(t))
	value := func(changed int64) kpi.Record {
		return kpi.Record{Observation: &kpi.Observation{Unit: "bo", Measure: "hai_long", Day: on(1).Day(), Value: 5}, Changed: changed}
	}
	for _, test := range []struct {
		batches []*kpi.Batch
		warned  int64
	}{
		{[]*kpi.Batch{records(value(0))}, 0},
		{[]*kpi.Batch{records(value(0))}, 0},
		{[]*kpi.Batch{records(value(0), value(0))}, 1},
		{[]*kpi.Batch{records(value(0)), records(value(0))}, 1},
		{[]*kpi.Batch{records(value(1), value(2), value(1))}, 0},
	} {
		got := complete(t, l, sourceP, test.batches...)
		if got.Warned != test.warned || got.Rejected != 0 {
			t.Errorf("%s, want %d warnings", got, test.warned)
		}
		if found := findingsOf(t, l, sourceP); len(found) != int(test.warned) || test.warned > 0 && found[0].Reason != string(kpi.RepeatedRow) {
			t.Errorf("found %v", found)
		}
		if v, _ := observed(l, "bo", "hai_long"); v != 5 {
			t.Errorf("observed %v", v)
		}
	}
}

// A bad row is still a row: what it is about is not gone.
func TestRejectedProceduresAndObservationsStay(t *testing.T) {
	l := opened(t, sampleOptions(t))
	other := kpi.Procedure{Unit: "bo", Code: "1.002"}
	complete(t, l, sourceP, procedures(kpi.Procedure{Unit: "bo", Code: "1.001"}, other, kpi.Procedure{Unit: "bo", Code: "1.003"}),
		observations("bo", "hai_long", map[int]float64{1: 5, 2: 6}))
	got := complete(t, l, sourceP, procedures(other), rejects(rejected("1.001", kpi.BadValue, "{}"), rejected("hai_long", kpi.BadDate, "{}")))
	if got.Removed != 1 || got.Held != 0 {
		t.Errorf("%s", got)
	}
	if n := len(registered(l, "bo")); n != 2 {
		t.Errorf("%d procedures", n)
	}
	if v, _ := observed(l, "bo", "hai_long"); v != 11 {
		t.Errorf("observed %v", v)
	}
}

// The timeless zero day of a procedure is no day in the file either.
func TestDayRoundTrip(t *testing.T) {
	for _, d := range []kpi.Day{0, kpi.Date(1945, 9, 2), kpi.Date(2026, 3, 1)} {
		if got := dayFrom(dayTo(d)); got != d {
			t.Errorf("%s became %s", d, got)
		}
	}
}
