package history_test

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"kpiagent/internal/exposition"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/history"
	"kpiagent/internal/kpi"
)

// days is a past in a database of its own.
type days struct {
	storage.Queryable
	held [][2]int64
	size *atomic.Int64
}

func (d days) Size() int64 { return d.size.Load() }

func (d days) Look(mint, maxt int64) (storage.Querier, [][2]int64, error) {
	q, err := d.Querier(mint, maxt)
	return q, d.held, err
}

// Keeps leaves out what nobody knows of the past.
func (d days) Keeps(l labels.Labels) bool {
	name := l.Get(model.MetricNameLabel)
	return name != "egov_source_up" && name != "egov_procedures" && l.Get("kpi") != "service_level_share"
}

// newDays makes a past of so many days up to the one before noon's, with one value each: how many days ago that was.
func newDays(t testing.TB, n int, texts ...string) history.Past {
	t.Helper()
	var ago []int
	for d := n; d > 0; d-- {
		ago = append(ago, d)
	}
	return newDaysAgo(t, ago, texts...)
}

// newDaysAgo makes a past of some days only.
func newDaysAgo(t testing.TB, ago []int, texts ...string) history.Past {
	t.Helper()
	dir := t.TempDir()
	w, err := tsdb.NewBlockWriter(promslog.NewNopLogger(), dir, int64(1000*24*time.Hour/time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	midnight := noon.Truncate(24 * time.Hour)
	var held [][2]int64
	app := w.Appender(t.Context())
	for _, d := range ago {
		begin, end := midnight.AddDate(0, 0, -d).UnixMilli(), midnight.AddDate(0, 0, 1-d).UnixMilli()-1
		if last := len(held) - 1; last >= 0 && held[last][1]+1 == begin {
			held[last][1] = end
		} else {
			held = append(held, [2]int64{begin, end})
		}
		for _, text := range texts {
			l := expositiontest.Labels(text, labels.Label{Name: "job", Value: "kpiagent"}, labels.Label{Name: "instance", Value: "here"})
			if _, err := app.Append(0, l, end, float64(d)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	o := tsdb.DefaultOptions()
	o.RetentionDuration = math.MaxInt64 / 4
	db, err := tsdb.Open(dir, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return days{db, held, new(atomic.Int64)}
}

// Closed days come from the past store alone, later ones from the live store, and everything else from the live store: no
// day is doubled, and a corrected past shows.
func TestNoDayIsDoubled(t *testing.T) {
	const (
		level = `egov_procedures{unit="xnk",field="Hóa chất",level="4"}`
		share = `egov_kpi_value{kpi="service_level_share",unit="xnk",period="month"}`
	)
	s := newSite(t)
	s.now = noon.Add(-30 * time.Hour)
	s.open()
	for hours := -30; hours <= 0; hours++ { // the day before yesterday's evening until now
		s.record(time.Duration(hours)*time.Hour, true, map[string]float64{value: 1000 + float64(hours), level: 4, share: 0.5})
	}
	count := func(after time.Duration, selector, window string) string {
		for _, v := range s.samples(after, selector, window) {
			return v
		}
		return ""
	}
	if got := count(0, value, "40h"); got != "31" {
		t.Fatalf("before there is a past: %s samples", got)
	}
	s.SetPast(newDays(t, 10, value))
	// 13 of today, from midnight to noon, and one of each of the 10 days before.
	if got := count(0, value, "20d"); got != "23" {
		t.Errorf("figures: %s samples", got)
	}
	if got := count(0, "egov_source_up", "20d"); got != "31" {
		t.Errorf("others: %s samples", got)
	}
	for _, selector := range []string{level, share} {
		if got := count(0, selector, "20d"); got != "31" {
			t.Errorf("%s, of which the past is not known: %s samples", selector, got)
		}
	}
	if got := count(0, `{__name__=~"egov_kpi_value|egov_source_up",unit="xnk",kpi=~".*time.*"}`, "20d"); got != "23" {
		t.Errorf("by pattern: %s samples", got)
	}
	at := func(after time.Duration) string {
		for _, v := range s.values(after, value) {
			return v
		}
		return ""
	}
	for after, want := range map[time.Duration]string{
		0: "1000", -11 * time.Hour: "989", // today, as it was then
		-13 * time.Hour: "2", -5 * 24 * time.Hour: "6", // a closed day holds until the next one ends
		-20 * 24 * time.Hour: "",
	} {
		if got := at(after); got != want {
			t.Errorf("%v after noon: %q, want %q", after, got, want)
		}
	}
}

// What the past store does not have, because it is not written yet, was damaged or had no room, comes from the live store: no
// day is missing, and none is doubled.
func TestWhatThePastDoesNotHaveIsLive(t *testing.T) {
	gone := strings.Replace(value, "xnk", "gone", 1)
	tests := []struct {
		name string
		ago  []int
		want string // of 10 days and the 12 hours of today, with a page every six hours
	}{
		{"nothing", nil, "43"},
		{"all", []int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, "13"},
		{"the newest", []int{2, 1}, "37"},
		{"the oldest", []int{10, 9}, "37"},
		{"between", []int{6, 5}, "37"},
		{"with holes", []int{10, 8, 7, 3, 2}, "28"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.now = noon.Add(-252 * time.Hour)
			s.open()
			for hours := -252; hours <= 0; hours += 6 {
				s.record(time.Duration(hours)*time.Hour, true, map[string]float64{value: 1000 + float64(hours)})
			}
			s.SetPast(newDaysAgo(t, test.ago, value, gone))
			if got := s.valueAt(0, "count_over_time("+value+"[20d])"); got != test.want {
				t.Errorf("%s samples, want %s", got, test.want)
			}
			midnight := noon.Truncate(24 * time.Hour)
			for d := 1; d <= 10; d++ {
				held := slices.Contains(test.ago, d)
				evening := midnight.AddDate(0, 0, 1-d).Sub(noon) - time.Millisecond
				want := fmt.Sprint(1000 - 12 - 24*(d-1) - 6) // of 18:00
				if held {
					want = fmt.Sprint(d)
				}
				if got := s.valueAt(evening, value); got != want {
					t.Errorf("%d days ago: %q, want %q", d, got, want)
				}
				// A series that the live store has never had ends with its first page after the past.
				if got := s.valueAt(evening, gone); (got != "") != held {
					t.Errorf("%d days ago: %q of a series that only the past has", d, got)
				}
			}
			if got := s.valueAt(0, gone); got != "" {
				t.Errorf("now: %q of a series that only the past has", got)
			}
		})
	}
}

// Each day is answered for by its own values: yesterday's close says nothing of today. What the first page of a day has is so from
// the beginning of the day on, also where the agent was started late; what it does not have may begin later.
func TestADayIsAnsweredByItsOwnValues(t *testing.T) {
	s := newSite(t).open()
	s.SetPast(newDays(t, 2, value))
	other := strings.Replace(value, "xnk", "other", 1)
	if got := s.valueAt(-5*time.Hour, value); got != "" {
		t.Errorf("before the first page: %q", got)
	}
	s.record(-4*time.Hour, true, map[string]float64{other: 5})
	s.record(-3*time.Hour, true, map[string]float64{value: 77, other: 6})
	for half, want := range map[int]string{-25: "2", -24: "", -10: "", -8: "", -7: "", -6: "77", -5: "77"} {
		if got := s.valueAt(time.Duration(half)*30*time.Minute, value); got != want {
			t.Errorf("%d half hours: %q, want %q", half, got, want)
		}
	}
	for half, want := range map[int]string{-25: "", -24: "5", -10: "5", -8: "5", -7: "5", -6: "6"} {
		if got := s.valueAt(time.Duration(half)*30*time.Minute, other); got != want {
			t.Errorf("%d half hours: %q of the other, want %q", half, got, want)
		}
	}
	if got := s.valueAt(-150*time.Minute, "count_over_time("+value+"[13h:30m])"); got != "8" { // 2 from 21:00 to 23:30, 77 at 9:00 and 9:30
		t.Errorf("a curve has %s values, want 8", got)
	}
}

// A little before the last page, and over an hour of absence, there is what was true then, and never yesterday's close.
func TestNowIsNeverYesterday(t *testing.T) {
	procedure := `egov_dossiers_carried_over{unit="xnk",procedure="1.001",period="day"}`
	s := newSite(t).open()
	past := newDays(t, 3, procedure, value)
	s.SetPast(past)
	for _, step := range []struct {
		after time.Duration
		do    func()
	}{
		{0, func() {
			s.record(0, true, map[string]float64{value: 70})
			s.Record(s.now, figures(t), expositiontest.Samples(nil), false)
		}},
		{time.Hour, func() {
			check(t, s.Close())
			s.open()
			s.SetPast(past)
			s.record(time.Hour, true, map[string]float64{value: 71})
			s.Record(s.now, figures(t), expositiontest.Samples(nil), false)
		}},
	} {
		s.now = noon.Add(step.after)
		step.do()
		for _, lag := range []time.Duration{0, time.Second, 10 * time.Second, 5 * time.Minute} {
			want := "70"
			if step.after > 0 && lag == 0 {
				want = "71"
			}
			if got := s.valueAt(step.after-lag, value); got != want {
				t.Errorf("%v after noon, asked %v late: %q, want %q", step.after, lag, got, want)
			}
			if got := s.valueAt(step.after-lag, procedure); got != "1" {
				t.Errorf("%v after noon, asked %v late: %q dossiers of the procedure, want 1", step.after, lag, got)
			}
		}
	}
	if got := s.valueAt(-13*time.Hour, procedure); got != "2" {
		t.Errorf("yesterday: %q", got)
	}
}

// Series per procedure are not in the live store: the page says what they are now, the past store what they were.
func TestProceduresArePresentAndPast(t *testing.T) {
	gone := `egov_dossiers_carried_over{unit="xnk",procedure="9.999",period="day"}`
	there := `egov_dossiers_carried_over{unit="xnk",procedure="1.001",period="day"}`
	s := newSite(t).open()
	s.SetPast(newDays(t, 3, gone, there, value))
	s.record(0, true, map[string]float64{value: 0.5, there: 7})
	s.Record(s.now, figures(t), expositiontest.Samples(nil), false)

	const rest = `{__name__="egov_dossiers_carried_over", instance="here", job="kpiagent", period="day", procedure=%q, unit="xnk"}`
	want(t, map[string]string{fmt.Sprintf(rest, "1.001"): "1"}, s.values(time.Minute, `egov_dossiers_carried_over{unit="xnk",procedure!="",period="day"}`))
	want(t, map[string]string{fmt.Sprintf(rest, "1.001"): "2", fmt.Sprintf(rest, "9.999"): "2"},
		s.values(-13*time.Hour, `egov_dossiers_carried_over{unit="xnk",procedure!="",period="day"}`))
	if got := s.values(time.Minute, `count(egov_handling_time_workdays_bucket{procedure="1.001"})`); got["{}"] == "" {
		t.Errorf("buckets: %v", got)
	}
	if _, a := s.ask("GET", "/label/procedure/values", nil); !strings.Contains(string(a.Data), "1.001") {
		t.Errorf("procedures: %s", a.Data)
	}
	if got := s.values(time.Minute, `egov_procedure_info{name=~"Cấp.*"}`); len(got) != 2 { // of the unit and of the ministry above
		t.Errorf("by name: %v", got)
	}
}

// figures returns those of a ministry with one unit, one procedure and one open dossier.
func figures(t testing.TB) *exposition.Samples {
	t.Helper()
	units := []kpi.Unit{{ID: "bo"}, {ID: "xnk", Parent: "bo"}}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	books := kpi.Books{
		Daybook:  kpi.NewDaybook(units),
		Register: kpi.NewRegister(units, []kpi.Procedure{{Unit: "bo", Code: "1.001", Name: "Cấp giấy phép"}}),
		Observed: kpi.NewObserved(units, nil),
	}
	key := kpi.BookKey{Source: "xnk/mot_cua", Unit: "xnk", Procedure: "1.001"}
	books.Daybook.AddBook(1, key)
	books.Daybook.Reveal(1)
	var deltas kpi.Deltas
	deltas.Put(1, kpi.Rules{Calendar: calendar}, &kpi.Dossier{ID: "1", Unit: "xnk", Procedure: "1.001", Channel: kpi.Online, Received: kpi.Date(2026, 3, 1).Stamp()})
	if unknown := books.Daybook.Apply(deltas.Sum()); unknown != 0 {
		t.Fatal(unknown)
	}
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return new(exposition.Figures).Compute(exposition.Input{Books: &books, Units: units, Catalogue: catalogue, Today: kpi.Date(2026, 3, 2), ProcedureLabels: true, SeriesPerUnit: 50_000})
}
