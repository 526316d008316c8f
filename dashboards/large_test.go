package dashboards_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"kpiagent/config"
	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// The largest ministry for which boards have to stay quick.
const (
	manyUnits, manyKPIs = 30, 20
	sourcesPerUnit      = 3
	manyProcedures      = 400 // of one unit, so that its board is as full as a board gets
	someProcedures      = 22  // of each other unit
)

// Thirty units, twenty KPIs and more than a thousand procedures: no query gives more than a thousand series, which is what a
// browser still draws at once.
func TestBoardsOfALargeMinistryStayQuick(t *testing.T) {
	t.Parallel()
	c := largeMinistry()
	made := hurried(t, c, "5s")
	p := startPrometheus(t, made, "5s", largePage(t, c))
	p.await(`unit:egov_data_stale:max{unit="bo"}`)
	list := boards(t, made)
	unit := "cuc_0"
	fill := strings.NewReplacer("$unit", unit, "$procedure", procedureCode(unit, 0), "$period", "year", "$ranking", "online_filing_share")

	most := map[string]int{}
	for q, got := range p.askAll(queriesOf(list, fill)) {
		if got.err != nil {
			t.Errorf("%v\n%s", got.err, q.expr)
		}
		most[q.expr] = len(got.series)
		if len(got.series) > 1000 {
			t.Errorf("%d series are too many for\n%s", len(got.series), q.expr)
		}
	}
	// What is known to be much is there: else nothing was measured.
	for _, b := range list {
		full := 0
		for _, panel := range b.all(true) {
			for _, q := range panel.Targets {
				full = max(full, most[fill.Replace(q.Expr)])
			}
		}
		least := manyUnits
		switch {
		case strings.Contains(b.UID, "-unit-"):
			least = 150
		case strings.Contains(b.UID, "-overview-"):
			least = manyUnits * 5
		case strings.Contains(b.UID, "-quality-"):
			least = manyUnits * sourcesPerUnit * 5
		case strings.Contains(b.UID, "-procedure-"):
			least = 4
		}
		if full < least {
			t.Errorf("%s: no query gives more than %d series, at least %d are there", b.UID, full, least)
		}
	}
}

func largeMinistry() *config.Config {
	c := ministry(manyUnits, manyKPIs)
	c.Sources = nil
	for _, u := range c.Units {
		for i := range sourcesPerUnit {
			c.Sources = append(c.Sources, config.Source{Unit: u.ID, ID: fmt.Sprintf("nguon_%d", i)})
		}
	}
	for i := range c.Targets {
		c.Targets[i].Year = time.Now().Year()
	}
	for i := range manyKPIs {
		c.Measures = append(c.Measures, config.Measure{ID: fmt.Sprintf("measure_%d", i), Kind: "flow", Name: kpi.Text{"vi": fmt.Sprintf("Đại lượng %d", i)}})
	}
	return c
}

func procedureCode(unit string, n int) string { return fmt.Sprintf("%s.%06d", unit, n) }

// largePage is /metrics of an agent that has read all that.
func largePage(t *testing.T, c *config.Config) *exposition.Page {
	t.Helper()
	builtin, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var units []kpi.Unit
	for _, u := range c.Units {
		units = append(units, kpi.Unit{ID: u.ID, Parent: u.Parent, Name: u.Name})
	}
	today := kpi.DayOf(time.Now())
	page := new(exposition.Page)
	builder, err := exposition.NewBuilder(page, sourceMetrics(t, c))
	if err != nil {
		t.Fatal(err)
	}
	builder.Compute(exposition.Input{
		Books: inventedBooks(t, units, c, today), Units: units, Catalogue: builtin.With(c.KPIs), Targets: c.Targets, Today: today,
		ProcedureLabels: true, SeriesPerUnit: 50_000,
	})
	if err := builder.Publish(); err != nil {
		t.Fatal(err)
	}
	return page
}

// inventedBooks has for each procedure of each unit some dossiers of the past weeks, and for each measure a report of today.
func inventedBooks(t *testing.T, units []kpi.Unit, c *config.Config, today kpi.Day) *kpi.Books {
	t.Helper()
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rules := kpi.Rules{Calendar: calendar}
	random := rand.New(rand.NewPCG(1, 2))
	books := &kpi.Books{Daybook: kpi.NewDaybook(units), Observed: kpi.NewObserved(units, nil)}
	var procedures []kpi.Procedure
	var deltas kpi.Deltas
	var ids []kpi.BookID
	for _, u := range units[1:] {
		n := someProcedures
		if u.ID == "cuc_0" {
			n = manyProcedures
		}
		for i := range n {
			code := procedureCode(u.ID, i)
			procedures = append(procedures, kpi.Procedure{Unit: u.ID, Code: code, Name: "Thủ tục số " + code, Field: fmt.Sprintf("Lĩnh vực %d", i%60), Level: uint8(1 + i%4), Online: []string{"full", "partial"}[i%2]})
			id := kpi.BookID(len(ids) + 1)
			ids = append(ids, id)
			books.Daybook.AddBook(id, kpi.BookKey{Source: u.ID + "/nguon_0", Unit: u.ID, Procedure: code})
			for range 3 {
				received := (today - kpi.Day(random.IntN(300))).Stamp() + kpi.Stamp(9*3600)
				d := kpi.Dossier{ID: "x", Unit: u.ID, Procedure: code, Channel: kpi.Channel(1 + random.IntN(3)), Received: received, Due: received + 10*86400}
				if random.IntN(3) > 0 {
					d.Finished, d.Outcome = min(received+kpi.Stamp(random.IntN(15)*86400), today.Stamp()), kpi.Settled
					d.Finished = max(d.Finished, received)
				}
				deltas.Put(id, rules, &d)
			}
		}
		for _, m := range c.Measures {
			books.Observed.Set(kpi.ObservationKey{Source: u.ID + "/nguon_1", Unit: u.ID, Measure: m.ID}, today, float64(random.IntN(1000)))
		}
	}
	books.Daybook.Reveal(ids...)
	if unknown := books.Daybook.Apply(deltas.Sum()); unknown != 0 {
		t.Fatalf("%d counts of unknown books", unknown)
	}
	books.Register = kpi.NewRegister(units, procedures)
	return books
}

// sourceMetrics are the series that an agent has of its sources and of itself.
func sourceMetrics(t *testing.T, c *config.Config) *client.Registry {
	t.Helper()
	values := map[string]float64{"egov_source_last_success_timestamp_seconds": float64(time.Now().Unix()), "egov_source_stale_after_seconds": 86400}
	registry := client.NewRegistry()
	for _, f := range exposition.AgentFamilies() {
		if !slices.Equal(f.Labels, []string{"unit", "source"}) && !slices.Equal(f.Labels, []string{"unit", "source", "reason"}) {
			continue
		}
		gauge := client.NewGaugeVec(client.GaugeOpts{Name: f.Name, Help: f.Help}, f.Labels)
		registry.MustRegister(gauge)
		for _, s := range c.Sources {
			labels := []string{s.Unit, s.ID, "bad_date"}[:len(f.Labels)]
			value, is := values[f.Name]
			if !is {
				value = 1
			}
			gauge.WithLabelValues(labels...).Set(value)
		}
	}
	return registry
}
