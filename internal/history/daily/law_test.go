package daily

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/kpi"
)

// Whatever the systems go through, what is kept step by step is what writing everything anew gives.
func TestWhatIsKeptIsWhatWritingAnewGives(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			playHistory(t, rand.New(rand.NewPCG(seed, 23)))
		})
	}
}

func playHistory(t *testing.T, r *rand.Rand) {
	m := newMinistry(t)
	m.moment.SeriesPerUnit = []int{0, 160}[r.IntN(2)] // the unit outgrows it one day
	folder := t.TempDir()
	s := open(t, Options{Folder: folder, Workers: 2})
	m.register(procedures("Thủ tục")...)
	var observed []kpi.Observation
	wrote := 0
	for step := range 7 {
		m.moment.Today += kpi.Day(r.IntN(5))
		what := ""
		switch source := []string{oneStop, portal}[r.IntN(2)]; r.IntN(8) {
		case 0:
			what = "reported"
			for range 1 + r.IntN(4) {
				observed = append(observed, kpi.Observation{Unit: []string{"xnk", "hc"}[r.IntN(2)], Measure: []string{"single_window_groups",
					"certificates_sent"}[r.IntN(2)], Day: start + kpi.Day(r.IntN(100)), Value: float64(r.IntN(20))})
			}
			slices.SortStableFunc(observed, func(a, b kpi.Observation) int { return int(a.Day - b.Day) })
			observed = slices.CompactFunc(observed, func(a, b kpi.Observation) bool { return a.Day == b.Day })
			m.readReport(observed)
		case 1:
			what = "renamed"
			m.known = procedures(fmt.Sprint("Tên ", step))
			m.readReport(observed)
		case 2:
			what = "configured"
			m.moment.Targets = append(slices.Clone(m.moment.Targets), kpi.Target{KPI: "overdue_open", Unit: "xnk", Year: 2024, Value: float64(step)})
		case 3:
			what = "deleted"
			for _, id := range slices.Sorted(maps.Keys(m.holds[source])) {
				if r.IntN(3) == 0 {
					delete(m.holds[source], id)
				}
			}
			m.readAll(source)
		default:
			what = "changed"
			from := max(start, m.moment.Today-kpi.Day(r.IntN(90)))
			for range 1 + r.IntN(30) {
				id := fmt.Sprintf("%s-%d", source[:2], r.IntN(80))
				m.holds[source][id] = randomDossier(r, id, unitOf(source), from, m.moment.Today)
			}
			m.readAll(source)
		}
		wrote += write(t, s, m.source()).Days
		if r.IntN(4) == 0 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, Options{Folder: folder})
		}
		kept := dump(t, s)
		same(t, fmt.Sprintf("step %d, %s on %s", step, what, m.moment.Today), m.anew(), kept)
		if again := write(t, s, m.source()); again.AllDays != 0 {
			t.Fatalf("step %d, %s: nothing has changed, and %d days are written again", step, what, again.AllDays)
		}
	}
	if wrote == 0 {
		t.Fatal("no day was ever written")
	}
}

func unitOf(source string) string {
	for i := range source {
		if source[i] == '/' {
			return source[:i]
		}
	}
	return source
}

// Each sample of a KPI is what the books say of it as of that day, and there is one on each day that has a figure.
func TestSamplesAreTheFiguresOfTheDay(t *testing.T) {
	m := newMinistry(t)
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	m.moment.Catalogue = catalogue
	r := rand.New(rand.NewPCG(4, 4))
	m.register(procedures("Thủ tục")...)
	for i := range 150 {
		id := fmt.Sprint(i)
		m.holds[oneStop][id] = randomDossier(r, id, "xnk", start, m.moment.Today)
		m.holds[portal][id] = randomDossier(r, id, "hc", start+30, m.moment.Today)
	}
	m.readAll(oneStop)
	m.readAll(portal)
	s := open(t, Options{Folder: t.TempDir()})
	write(t, s, m.source())
	got := dump(t, s, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "egov_kpi_value"))

	want := map[string]map[int64]float64{}
	m.source().Read(func(now Moment) {
		for day := now.Books.Begin(); day < now.Today; day++ {
			at, _ := EndOf(day, now.Zone)
			for _, unit := range units {
				for _, def := range now.Catalogue {
					for _, kind := range kpi.PeriodKinds() {
						p := kpi.PeriodOf(kind, day, now.CutOff).ToDate(day)
						f := now.Books.Figure(def, unit.ID, p)
						if !f.OK || def.CountsProcedures() || unit.ID == "hc" && !now.Books.Daybook.Unit("hc").KnownAt(day) {
							continue
						}
						name := labels.FromStrings(model.MetricNameLabel, "egov_kpi_value", "kpi", def.ID, "unit", unit.ID, "period", kind.String(),
							"job", "kpiagent", "instance", "kpi.example").String()
						if want[name] == nil {
							want[name] = map[int64]float64{}
						}
						want[name][at] = f.Value
					}
				}
			}
		}
	})
	if len(want) < 50 {
		t.Fatalf("only %d series", len(want))
	}
	addEnds(want, m)
	same(t, "values of KPIs", want, got)
}

// addEnds adds to values where they end: on the first day that has none.
func addEnds(values map[string]map[int64]float64, m *ministry) (ends int) {
	for _, samples := range values {
		for day := start + 1; day < m.moment.Today; day++ {
			before, _ := EndOf(day-1, m.moment.Zone)
			at, _ := EndOf(day, m.moment.Zone)
			_, there := samples[at]
			if v, was := samples[before]; was && v != end && !there {
				samples[at] = end
				ends++
			}
		}
	}
	return ends
}

// What a day has no more ends on it, so that nobody sees a value where there is none: also on the first day of a month, and
// also where another month is written than the one before it.
func TestWhatADayHasNoMoreEnds(t *testing.T) {
	m := filled(t, 100)
	s := open(t, Options{Folder: t.TempDir(), Workers: 2})
	write(t, s, m.source())
	got := dump(t, s)
	values, borders := map[string]map[int64]float64{}, 0
	for name, samples := range got {
		values[name] = maps.Clone(samples)
		maps.DeleteFunc(values[name], func(_ int64, v float64) bool { return v == end })
	}
	ends := addEnds(values, m)
	same(t, "values with their ends", values, got)
	for _, samples := range got {
		for at, v := range samples {
			if _, _, of := kpi.DayOf(time.UnixMilli(at).In(m.moment.Zone)).Civil(); v == end && of == 1 {
				borders++
			}
		}
	}
	if ends < 100 || borders == 0 {
		t.Errorf("%d ends, %d of them on the first of a month", ends, borders)
	}
	m.correct(start + 70) // of February: the months before stay
	write(t, s, m.source())
	same(t, "after a correction", m.anew(), dump(t, s))
}

// Where the days of a zone are 23 or 25 hours long, or one is left out, each day that there was has one sample, in order.
func TestEachDayIsThereOnce(t *testing.T) {
	tests := []struct {
		zone    string
		missing []kpi.Day
	}{
		{"Asia/Ho_Chi_Minh", nil},
		{"UTC", nil},
		{"Europe/Berlin", nil},
		{"America/Sao_Paulo", nil}, // summer time began at midnight
		{"Asia/Beirut", nil},       // and begins so
		{"America/St_Johns", nil},  // at one past midnight
		{"Pacific/Apia", []kpi.Day{kpi.Date(2011, time.December, 30)}},
	}
	for _, test := range tests {
		t.Run(test.zone, func(t *testing.T) {
			zone := location(t, test.zone)
			before := int64(0)
			var missing []kpi.Day
			for day := kpi.Date(2008, time.January, 1); day <= kpi.Date(2025, time.December, 31); day++ {
				at, exists := EndOf(day, zone)
				if !exists {
					missing = append(missing, day)
					continue
				}
				if at <= before || at%1000 != 0 || kpi.DayOf(time.UnixMilli(at).In(zone)) != day {
					t.Fatalf("the end of %s is %s, after %s", day, time.UnixMilli(at).In(zone), time.UnixMilli(before).In(zone))
				}
				if next := time.UnixMilli(at + 1000).In(zone); kpi.DayOf(next) == day {
					t.Fatalf("%s goes on after its end: %s", day, next)
				}
				before = at
			}
			if !slices.Equal(missing, test.missing) {
				t.Errorf("days that are not there: %v, want %v", missing, test.missing)
			}
		})
	}
}

func TestDaysAcrossSummerTime(t *testing.T) {
	m := newMinistry(t)
	m.moment.Zone = location(t, "America/Sao_Paulo") // until 2019
	first := kpi.Date(2018, time.October, 20)
	m.moment.Today = kpi.Date(2019, time.March, 1)
	m.register(procedures("Thủ tục")...)
	m.holds[oneStop]["1"] = &kpi.Dossier{ID: "1", Unit: "xnk", Procedure: "1.001", Channel: kpi.Online, Received: first.Stamp() + 3600}
	m.readAll(oneStop)
	s := open(t, Options{Folder: t.TempDir()})
	write(t, s, m.source())
	days := map[kpi.Day]int{}
	for at := range dump(t, s, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "egov_dossiers_open"),
		labels.MustNewMatcher(labels.MatchEqual, "unit", "xnk"), labels.MustNewMatcher(labels.MatchEqual, "state", "undated"))[labels.FromStrings(model.MetricNameLabel,
		"egov_dossiers_open", "unit", "xnk", "procedure", "1.001", "state", "undated", "job", "kpiagent", "instance", "kpi.example").String()] {
		days[kpi.DayOf(time.UnixMilli(at).In(m.moment.Zone))]++
	}
	if len(days) != int(m.moment.Today-first) {
		t.Errorf("%d days, want %d", len(days), m.moment.Today-first)
	}
	for day, n := range days {
		if n != 1 {
			t.Errorf("%s is there %d times", day, n)
		}
	}
}
