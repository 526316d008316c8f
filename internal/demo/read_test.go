package demo_test

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/demo"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

var hanoi = time.FixedZone("+07", 7*3600)

// someTime is a Friday afternoon.
var someTime = time.Date(2026, 11, 20, 15, 30, 0, 0, hanoi)

// closed closes the ministry at the end of the test.
func closed(t testing.TB, m *demo.Ministry, err error) *demo.Ministry {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Sizes of ministries: three months or two years, with a fraction of the dossiers.
var (
	shortSize = demo.Size{Days: 90, Share: 0.04}
	thinSize  = demo.Size{Days: 730, Share: 0.05}
)

func short(t testing.TB, dir string, now time.Time) *demo.Ministry {
	t.Helper()
	m, err := demo.Build(t.Context(), dir, 1, now, shortSize)
	return closed(t, m, err)
}

// gathered is what the real collectors made of the ministry's systems.
type gathered struct {
	model      *model.Model
	clock      map[string]kpi.SupplementClock // by unit
	procedures []kpi.Procedure
	dossiers   map[string][]kpi.Dossier
	observed   map[string][]kpi.Observation // by source
	rejects    map[string]map[kpi.Reason]int
	state      map[string]string // by source
}

func around(now time.Time) agent.Options {
	return agent.Options{Env: outbound.Env{Now: func() time.Time { return now }, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, Log: slog.New(slog.DiscardHandler)}
}

func modelOf(t testing.TB, m *demo.Ministry) *model.Model {
	t.Helper()
	c, err := config.Load(t.Context(), config.Options{File: m.Config})
	if err != nil {
		t.Fatal(err)
	}
	made, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// collect reads every source of the written configuration as the agent does: procedures first.
func collect(t testing.TB, m *demo.Ministry, now time.Time) gathered {
	t.Helper()
	g := gathered{model: modelOf(t, m), clock: map[string]kpi.SupplementClock{}, dossiers: map[string][]kpi.Dossier{}, observed: map[string][]kpi.Observation{},
		rejects: map[string]map[kpi.Reason]int{}, state: map[string]string{}}
	for _, procedures := range []bool{true, false} {
		for _, s := range g.model.Config.Sources {
			if (s.Record == "procedure") == procedures {
				g.read(t, s, now)
			}
		}
	}
	return g
}

func (g *gathered) read(t testing.TB, s config.Source, now time.Time) {
	t.Helper()
	name := model.SourceName(s)
	rejects := map[kpi.Reason]int{}
	result, summary, err := g.fetch(t, s, collectors.Request{Now: now}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			switch {
			case r.Dossier != nil:
				g.dossiers[r.Dossier.Unit] = append(g.dossiers[r.Dossier.Unit], *r.Dossier)
			case r.Procedure != nil:
				g.procedures = append(g.procedures, *r.Procedure)
			default:
				g.observed[name] = append(g.observed[name], *r.Observation)
			}
		}
		for _, r := range b.Rejects {
			rejects[r.Fault.Reason]++
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !result.Complete || len(summary.Warned) > 0 {
		t.Errorf("%s: complete is %v, warnings %v", name, result.Complete, summary.Warned)
	}
	g.state[name] = result.State
	if s.Record == "dossier" {
		g.clock[s.Unit], _ = kpi.ParseSupplementClock(s.SupplementClock)
		g.rejects[s.Unit] = rejects
	} else if len(rejects) > 0 {
		t.Errorf("%s: rows were refused: %v", name, rejects)
	}
}

// fetch reads one source.
func (g *gathered) fetch(t testing.TB, s config.Source, request collectors.Request, take func(*kpi.Batch) error) (collectors.Result, collectors.Summary, error) {
	t.Helper()
	source, err := agent.NewSource(g.model, s, around(request.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	register := kpi.NewRegister(g.model.Tree.Units(), g.procedures)
	mapping, err := agent.NewMapping(g.model, s, func() *kpi.Register { return register })
	if err != nil {
		t.Fatal(err)
	}
	return collectors.Collect(t.Context(), source, mapping, request, collectors.Options{}, take)
}

func (g *gathered) source(t testing.TB, name string) config.Source {
	t.Helper()
	for _, s := range g.model.Config.Sources {
		if model.SourceName(s) == name {
			return s
		}
	}
	t.Fatalf("there is no source %s", name)
	return config.Source{}
}

// The whole history, late in a year and early in one.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{someTime, time.Date(2026, 1, 30, 10, 0, 0, 0, hanoi)} {
		m, err := demo.Build(t.Context(), t.TempDir(), 1, now, thinSize)
		closed(t, m, err)
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
	for _, c := range m.Counts() {
		if len(c.Rejects) < 3 || c.Open == 0 {
			t.Errorf("%s has nothing to look at: %+v", c.Unit, c)
		}
	}
}

// The whole ministry: golden numbers, so that a change of the generator does not go unnoticed.
func TestDossiersOfTwoYears(t *testing.T) {
	t.Parallel()
	want := map[string]int{"xnk": 74282, "tmdt": 29024, "hoachat": 15627, "xttm": 10853, "ktat": 8642, "dienluc": 6338, "trongnuoc": 6288, "canhtranh": 2895}
	if diff := cmp.Diff(want, demo.Dossiers(t, 2026, someTime)); diff != "" {
		t.Errorf("dossiers (-want +got):\n%s", diff)
	}
}

// The agent's own collectors read what the ministry says that it holds, and refuse exactly what is wrong on purpose.
func TestCollectorsReadWhatIsThere(t *testing.T) {
	t.Parallel()
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
				inHours := at.SecondOfDay() == 0 || hour >= 8 && at.SecondOfDay() <= 12*3600 || hour >= 13 && at.SecondOfDay() <= 17*3600
				if at != 0 && (!calendar.IsWorkday(at.Day()) || !inHours && unit != "hoachat") {
					t.Errorf("%s was handled out of hours, at %s", d.ID, at)
				}
			}
		}
	}
	if waits < 100 {
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

func booksOf(t testing.TB, g gathered) *kpi.Books {
	t.Helper()
	units := g.model.Tree.Units()
	books := &kpi.Books{Daybook: kpi.NewDaybook(units), Register: kpi.NewRegister(units, g.procedures), Observed: kpi.NewObserved(units, g.model.Levels)}
	for source, list := range g.observed {
		for _, o := range list {
			books.Observed.Set(kpi.ObservationKey{Source: source, Unit: o.Unit, Measure: o.Measure}, o.Day, o.Value)
		}
	}
	var deltas kpi.Deltas
	for i, u := range units {
		id := kpi.BookID(i + 1)
		books.Daybook.AddBook(id, kpi.BookKey{Source: u.ID, Unit: u.ID})
		books.Daybook.Reveal(id)
		for _, d := range g.dossiers[u.ID] {
			deltas.Put(id, kpi.Rules{Calendar: g.model.Calendar, Clock: g.clock[u.ID]}, &d)
		}
	}
	books.Daybook.Apply(deltas.Sum())
	return books
}

// checkTargets wants targets that are met, at risk and missed.
func checkTargets(t *testing.T, g gathered, now time.Time) {
	books := booksOf(t, g)
	today := kpi.DayOf(now)
	year := kpi.PeriodOf(kpi.PeriodYear, today, kpi.CutCalendar).ToDate(today)
	found := map[kpi.Status]int{}
	for _, def := range g.model.Catalogue {
		for _, u := range g.model.Tree.Units() {
			target, ok := kpi.TargetFor(g.model.Config.Targets, def.ID, u.ID, now.Year())
			if !ok {
				continue
			}
			f := books.Figure(def, u.ID, year)
			status := target.Judge(def, f.Value, f.OK)
			found[status]++
			t.Logf("%-28s %-9s %10.4f of %8.4g  %s", def.ID, u.ID, f.Value, target.Value, status)
			if u.ID == "moit" && !f.OK && now.Month() > time.January { // some things are reported when a month is over
				t.Errorf("the ministry has no figure for %s", def.ID)
			}
		}
	}
	if found[kpi.StatusMet] < 20 || found[kpi.StatusAtRisk] < 5 || found[kpi.StatusMissed] < 10 {
		t.Errorf("statuses: %v", found)
	}
}

// checkSlip wants one unit that has been losing ground for weeks, in one field, and others that have not.
func checkSlip(t *testing.T, g gathered, now time.Time) {
	books := booksOf(t, g)
	onTime, _ := g.model.Catalogue.Find("on_time_share")
	share := func(unit string, from, to kpi.Day) float64 {
		return books.Figure(onTime, unit, kpi.Period{From: from, To: to}).Value
	}
	today := kpi.DayOf(now)
	for unit, slips := range map[string]bool{"dienluc": true, "xnk": false, "tmdt": false, "hoachat": false} {
		before, after := share(unit, today-400, today-100), share(unit, today-35, today)
		t.Logf("%s: %.3f, %.3f", unit, before, after)
		if before < 0.88 || slips != (after < before-0.15) {
			t.Errorf("%s was on time in %.3f of its dossiers, and is in %.3f; slips: %v", unit, before, after, slips)
		}
	}
	late, field := map[string]int{}, map[string]string{}
	for _, p := range g.procedures {
		field[p.Unit+p.Code] = p.Field
	}
	for _, d := range g.dossiers["dienluc"] {
		if d.Finished.Day() > d.Due.Day() && d.Finished.Day() > today-35 {
			late[field[d.Unit+d.Procedure]]++
		}
	}
	others := 0
	for name, n := range late {
		if name != "Giấy phép hoạt động điện lực" {
			others += n
		}
	}
	if late["Giấy phép hoạt động điện lực"] < 2*others {
		t.Errorf("late dossiers of dienluc by field: %v; the licences should explain them", late)
	}
}

// Levels rise over the two years.
func TestLevelsRise(t *testing.T) {
	t.Parallel()
	m := short(t, t.TempDir(), someTime)
	books := booksOf(t, collect(t, m, someTime))
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	def, _ := catalogue.Find("service_level_share")
	var shares []string
	for _, back := range []kpi.Day{729, 365, 0} {
		day := kpi.DayOf(someTime) - back
		f := books.Figure(def, "moit", kpi.Period{From: day, To: day})
		shares = append(shares, fmt.Sprintf("%.0f/%.0f", f.Numerator, f.Denominator))
	}
	if diff := cmp.Diff([]string{"187/291", "222/291", "251/291"}, shares); diff != "" {
		t.Errorf("procedures at level 3 or 4 (-want +got):\n%s", diff)
	}
}

func TestConfigurationIsReadable(t *testing.T) {
	m := short(t, t.TempDir(), someTime)
	g := collect(t, m, someTime)
	if name := g.model.Tree.Units()[0].Name["vi"]; name != "Bộ Công Thương (dữ liệu mẫu)" || g.procedures[0].Name != "Cấp Giấy chứng nhận xuất xứ hàng hoá (C/O) mẫu D" {
		t.Errorf("names: %q, %q", name, g.procedures[0].Name)
	}
}
