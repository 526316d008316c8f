package demo_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/collectors/file"
	"kpiagent/collectors/network"
	"kpiagent/collectors/sql"
	"kpiagent/config"
	"kpiagent/internal/demo"
	"kpiagent/internal/kpi"
)

var hanoi = time.FixedZone("+07", 7*3600)

// someTime is a Friday afternoon.
var someTime = time.Date(2026, 11, 20, 15, 30, 0, 0, hanoi)

func build(t testing.TB, dir string, now time.Time) *demo.Ministry {
	t.Helper()
	m, err := demo.Build(t.Context(), dir, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func short(t testing.TB, dir string, now time.Time) *demo.Ministry {
	t.Helper()
	m, err := demo.BuildShort(t.Context(), dir, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// gathered is what the real collectors made of the ministry's systems.
type gathered struct {
	config   *config.Config
	clock    map[string]kpi.SupplementClock // by unit
	dossiers map[string][]kpi.Dossier
	observed []kpi.Observation
	rejects  map[string]map[kpi.Reason]int
	state    map[string]string
}

// collect reads every source of the written configuration as the agent does.
func collect(t testing.TB, m *demo.Ministry, now time.Time) gathered {
	t.Helper()
	c, err := config.Load(t.Context(), config.Options{File: m.Config})
	if err != nil {
		t.Fatal(err)
	}
	g := gathered{config: c, clock: map[string]kpi.SupplementClock{}, dossiers: map[string][]kpi.Dossier{}, rejects: map[string]map[kpi.Reason]int{}, state: map[string]string{}}
	for _, s := range c.Sources {
		g.clock[s.Unit], _ = kpi.ParseSupplementClock(s.SupplementClock)
		g.rejects[s.Unit] = map[kpi.Reason]int{}
		result, summary, err := collectors.Collect(t.Context(), sourceOf(t, s), mappingOf(t, c, s), collectors.Request{Now: now}, collectors.Options{}, func(b *kpi.Batch) error {
			for _, r := range b.Records {
				if r.Dossier != nil {
					g.dossiers[s.Unit] = append(g.dossiers[s.Unit], *r.Dossier)
				} else {
					g.observed = append(g.observed, *r.Observation)
				}
			}
			for _, r := range b.Rejects {
				g.rejects[s.Unit][r.Fault.Reason]++
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s/%s: %v", s.Unit, s.ID, err)
		}
		if !result.Complete || len(summary.Warned) > 0 {
			t.Errorf("%s/%s: complete is %v, warnings %v", s.Unit, s.ID, result.Complete, summary.Warned)
		}
		g.state[s.Unit] = result.State
	}
	return g
}

func sourceOf(t testing.TB, s config.Source) collectors.Source {
	t.Helper()
	location := locationOf(t)
	var source collectors.Source
	var err error
	if s.Kind == "sql" {
		source, err = sql.New(*s.SQL, func() (string, error) { return "", errors.New("a file needs no secret") }, network.Open(), location)
	} else {
		source, err = file.New(*s.File, file.Surroundings{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func locationOf(t testing.TB) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func mappingOf(t testing.TB, c *config.Config, s config.Source) *collectors.Mapping {
	t.Helper()
	known := map[string]bool{}
	for _, p := range c.Procedures {
		known[p.Unit+"/"+p.Code] = true
	}
	checks := collectors.Checks{Procedure: func(unit, code string) bool { return known[unit+"/"+code] }}
	for _, u := range c.Units {
		checks.Units = append(checks.Units, u.ID)
	}
	mapping, err := collectors.NewMapping(s, checks, locationOf(t))
	if err != nil {
		t.Fatal(err)
	}
	return mapping
}

// The whole history, late in a year and early in one.
func TestTwoYears(t *testing.T) {
	for _, now := range []time.Time{someTime, time.Date(2026, 1, 30, 10, 0, 0, 0, hanoi)} {
		m := build(t, t.TempDir(), now)
		g := collect(t, m, now)
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			t.Run("counts", func(t *testing.T) { checkCounts(t, m, g) })
			t.Run("plausible", func(t *testing.T) { checkPlausible(t, g, now) })
			t.Run("targets", func(t *testing.T) { checkTargets(t, g, now) })
			t.Run("slip", func(t *testing.T) { checkSlip(t, g, now) })
		})
	}
}

func checkCounts(t *testing.T, m *demo.Ministry, g gathered) {
	compareCounts(t, m, g)
	total := 0
	for _, c := range m.Counts() {
		total += c.Received
		if len(c.Rejects) < 3 || c.Open == 0 {
			t.Errorf("%s has nothing to look at: %+v", c.Unit, c)
		}
	}
	if total < 17_000 || total > 23_000 {
		t.Errorf("%d dossiers, want about 20,000", total)
	}
}

// The agent's own collectors read what the ministry says that it holds, and refuse exactly what is wrong on purpose.
func TestCollectorsReadWhatIsThere(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(2026, 2, 25, 9, 0, 0, 0, hanoi), // just after Tết, which the wrong rows reach over
		time.Date(2027, 1, 3, 3, 0, 0, 0, hanoi),  // a Sunday night
	} {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) {
			m := short(t, t.TempDir(), now)
			compareCounts(t, m, collect(t, m, now))
		})
	}
}

func compareCounts(t *testing.T, m *demo.Ministry, g gathered) {
	t.Helper()
	for _, want := range m.Counts() {
		got := demo.Count{Unit: want.Unit, Received: len(g.dossiers[want.Unit]), Rejects: g.rejects[want.Unit]}
		for _, d := range g.dossiers[want.Unit] {
			if d.Finished.IsZero() {
				got.Open++
			} else {
				got.Finished++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed (-) and read (+):\n%s", diff)
		}
	}
	if n := len(g.rejects["moit"]); n > 0 {
		t.Errorf("%d rows of the totals were refused: %v", n, g.rejects["moit"])
	}
}

func mustCalendar(t testing.TB) *kpi.Calendar {
	t.Helper()
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

// checkPlausible wants unique ids, working hours, nothing in the future, and a quiet Tết.
func checkPlausible(t *testing.T, g gathered, at time.Time) {
	calendar, now := mustCalendar(t), kpi.StampOf(at)
	seen, perDay, waits := map[string]bool{}, map[kpi.Day]int{}, 0
	for unit, dossiers := range g.dossiers {
		for _, d := range dossiers {
			if seen[d.ID] {
				t.Errorf("%s stands twice", d.ID)
			}
			seen[d.ID] = true
			perDay[d.Received.Day()]++
			waits += len(d.Pauses)
			if d.Received > now || d.Finished > now {
				t.Errorf("%s lies in the future: %s, %s", d.ID, d.Received, d.Finished)
			}
			for _, at := range []kpi.Stamp{d.Received, d.Finished} {
				hour := at.SecondOfDay() / 3600
				inHours := at.SecondOfDay() == 0 || hour >= 8 && hour < 12 || hour >= 13 && at.SecondOfDay() <= 17*3600
				if at != 0 && (!calendar.IsWorkday(at.Day()) || !inHours && unit != "hoachat") {
					t.Errorf("%s was handled out of hours, at %s", d.ID, at)
				}
			}
		}
	}
	if waits < 500 {
		t.Errorf("%d supplements, want some hundreds", waits)
	}
	average := func(from, to kpi.Day) float64 {
		n, days := 0, 0
		for d := from; d <= to; d++ {
			if calendar.IsWorkday(d) {
				n, days = n+perDay[d], days+1
			}
		}
		return float64(n) / float64(days)
	}
	tet, spring := average(kpi.Date(2025, 1, 21), kpi.Date(2025, 2, 6)), average(kpi.Date(2025, 3, 3), kpi.Date(2025, 4, 3))
	if tet > 0.75*spring {
		t.Errorf("%.1f dossiers a day around Tết, %.1f in spring: Tết should be quiet", tet, spring)
	}
}

func booksOf(t testing.TB, g gathered) (*kpi.Books, kpi.Catalogue) {
	t.Helper()
	calendar := mustCalendar(t)
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var units []kpi.Unit
	for _, u := range g.config.Units {
		units = append(units, kpi.Unit{ID: u.ID, Parent: u.Parent, Name: u.Name})
	}
	var procedures []kpi.Procedure
	for _, p := range g.config.Procedures {
		procedures = append(procedures, kpi.Procedure{Unit: p.Unit, Code: p.Code, Level: uint8(p.Level), Online: p.Online})
	}
	books := &kpi.Books{Daybook: kpi.NewDaybook(units), Register: kpi.NewRegister(units, procedures), Observed: kpi.NewObserved(units, []string{"single_window_groups"})}
	for _, o := range g.observed {
		books.Observed.Set(kpi.ObservationKey{Source: "moit/tong_hop", Unit: o.Unit, Measure: o.Measure}, o.Day, o.Value)
	}
	var deltas kpi.Deltas
	for i, u := range units {
		id := kpi.BookID(i + 1)
		books.Daybook.AddBook(id, kpi.BookKey{Source: u.ID, Unit: u.ID})
		books.Daybook.Reveal(id)
		for _, d := range g.dossiers[u.ID] {
			deltas.Put(id, kpi.Rules{Calendar: calendar, Clock: g.clock[u.ID]}, &d)
		}
	}
	books.Daybook.Apply(deltas.Sum())
	return books, catalogue
}

// checkTargets wants targets that are met, at risk and missed.
func checkTargets(t *testing.T, g gathered, now time.Time) {
	books, catalogue := booksOf(t, g)
	today := kpi.DayOf(now)
	year := kpi.PeriodOf(kpi.PeriodYear, today, kpi.CutCalendar).ToDate(today)
	found := map[kpi.Status]int{}
	for _, def := range catalogue {
		for _, u := range g.config.Units {
			target, ok := kpi.TargetFor(g.config.Targets, def.ID, u.ID, now.Year())
			if !ok {
				continue
			}
			f := books.Figure(def, u.ID, year)
			status := target.Judge(f.Value, f.OK, def.Direction)
			found[status]++
			t.Logf("%-28s %-8s %10.4f of %8.4g  %s", def.ID, u.ID, f.Value, target.Value, status)
		}
	}
	if found[kpi.StatusMet] < 5 || found[kpi.StatusAtRisk] < 3 || found[kpi.StatusMissed] < 5 {
		t.Errorf("statuses: %v", found)
	}
}

// checkSlip wants one unit that has been losing ground for three months, and one that has not.
func checkSlip(t *testing.T, g gathered, now time.Time) {
	books, catalogue := booksOf(t, g)
	onTime, _ := catalogue.Find("on_time_share")
	share := func(unit string, from, to kpi.Day) float64 {
		return books.Figure(onTime, unit, kpi.Period{From: from, To: to}).Value
	}
	today := kpi.DayOf(now)
	before, after := share("dienluc", today-400, today-120), share("dienluc", today-45, today)
	if before < 0.88 || after > before-0.15 {
		t.Errorf("dienluc was on time in %.3f of its dossiers, and is in %.3f: it should slip", before, after)
	}
	if steady := share("xnk", today-45, today); steady < 0.97 {
		t.Errorf("xnk is on time in %.3f of its dossiers, and should do well", steady)
	}
}

func TestConfigurationIsReadable(t *testing.T) {
	m := short(t, t.TempDir(), someTime)
	g := collect(t, m, someTime)
	if g.config.Units[0].Name.Vi != "Bộ Công Thương (dữ liệu mẫu)" || g.config.Procedures[0].Name != "Cấp Giấy chứng nhận xuất xứ hàng hoá (C/O) mẫu D" {
		t.Errorf("names: %q, %q", g.config.Units[0].Name.Vi, g.config.Procedures[0].Name)
	}
	if filepath.Dir(g.config.Sources[0].SQL.Path) != m.Dir {
		t.Errorf("the database is looked for in %s", g.config.Sources[0].SQL.Path)
	}
}
