package history_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/exposition"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/history"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// sampleFigures are the figures of the sample ministry's size that are not of a procedure: 8 units, the built-in KPIs.
func sampleFigures(t testing.TB) (units []string, figures map[string]float64) {
	t.Helper()
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	figures = map[string]float64{}
	for u := range 8 {
		unit := fmt.Sprintf("unit_%d", u)
		units = append(units, unit)
		for k, d := range catalogue {
			for p, period := range []string{"day", "month", "quarter", "half", "year", "rolling_30d"} {
				for f, family := range []string{"value", "numerator", "denominator", "target", "lacking", "projection", "required", "status"} {
					figures[fmt.Sprintf(`egov_kpi_%s{kpi=%q,unit=%q,period=%q}`, family, d.ID, unit, period)] = float64(k*p + f)
				}
			}
		}
		figures[fmt.Sprintf(`egov_unit_info{unit=%q,parent="",name=%q,name_en=""}`, unit, unit)] = 1
	}
	return units, figures
}

// A page is written in a cycle of reading and publishing, which takes some hundred times as long as this.
func BenchmarkRecord(b *testing.B) {
	_, figures := sampleFigures(b)
	for i := range 50_000 { // what is passed over
		figures[fmt.Sprintf(`egov_dossiers_finished{unit="unit_1",procedure="1.%06d",timeliness="early",period="month"}`, i)] = 1
	}
	pages := []*exposition.Samples{expositiontest.Samples(figures)}
	changed := 0
	for series := range figures {
		if strings.HasPrefix(series, "egov_kpi_") && changed < 500 {
			figures[series]++
			changed++
		}
	}
	pages = append(pages, expositiontest.Samples(figures))
	own := expositiontest.Samples(nil)
	for _, test := range []struct {
		name  string
		step  time.Duration
		pages []*exposition.Samples
	}{{"everything", time.Minute, pages[:1]}, {"what has changed", 100 * time.Millisecond, pages}} {
		b.Run(test.name, func(b *testing.B) {
			s := newSite(b).open()
			s.Record(s.now, test.pages[0], own, true)
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				s.now = s.now.Add(test.step)
				s.Record(s.now, test.pages[i%len(test.pages)], own, true)
			}
			if why := s.Problem(); why != "" {
				b.Fatal(why)
			}
		})
	}
}

// The panels of the overview over a year of closed days, at the steps that Grafana asks for: all of them, one after the
// other; the slowest is reported as well.
func BenchmarkQueryRangeYear(b *testing.B) {
	units, figures := sampleFigures(b)
	var texts []string
	for text := range figures {
		texts = append(texts, text)
	}
	s := newSite(b).open(func(o *history.Options) {
		o.Limits = history.Limits{Samples: 5_000_000, Series: 50_000, Timeout: time.Minute, AtOnce: 2}
	})
	s.SetPast(newDays(b, 366, texts...))
	s.record(0, true, figures)
	queries := overview(b, units)
	var slowest time.Duration
	for b.Loop() {
		for _, query := range queries {
			began := time.Now()
			q, err := s.Engine().NewRangeQuery(b.Context(), s.Queryable(), promql.NewPrometheusQueryOpts(false, 0), query, noon.AddDate(-1, 0, 0), noon, 6*time.Hour)
			if err != nil {
				b.Fatal(err)
			}
			if result := q.Exec(b.Context()); result.Err != nil {
				b.Fatalf("%s: %v", query, result.Err)
			}
			q.Close()
			slowest = max(slowest, time.Since(began))
		}
	}
	b.ReportMetric(float64(len(queries)), "queries")
	b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
}

// overview gives the queries of the overview that are asked over time.
func overview(t testing.TB, units []string) (queries []string) {
	t.Helper()
	c := &config.Config{TimeZone: "Asia/Ho_Chi_Minh", Boards: config.Boards{Prefix: "kpiagent", Folder: "KPI", Languages: []string{"en"}, Selector: `job="kpiagent"`}}
	for i, u := range units {
		unit := config.Unit{ID: u, Name: kpi.Text{"vi": u, "en": u}}
		if i > 0 {
			unit.Parent = units[0]
		}
		c.Units = append(c.Units, unit)
	}
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	made, err := dashboards.Render(dashboards.FromModel(m))
	if err != nil {
		t.Fatal(err)
	}
	replace := strings.NewReplacer("$unit", units[1], "$period", "year", "$ranking", "online_filing_share")
	for _, board := range made.Boards {
		if !strings.Contains(board.File, "overview") {
			continue
		}
		type panel struct {
			Targets []struct {
				Expr  string
				Range bool
			}
			Panels []json.RawMessage
		}
		var content struct{ Panels []json.RawMessage }
		if err := json.Unmarshal(board.JSON, &content); err != nil {
			t.Fatal(err)
		}
		for todo := content.Panels; len(todo) > 0; {
			var p panel
			if err := json.Unmarshal(todo[0], &p); err != nil {
				t.Fatal(err)
			}
			todo = append(todo[1:], p.Panels...)
			for _, target := range p.Targets {
				if target.Range {
					queries = append(queries, replace.Replace(target.Expr))
				}
			}
		}
	}
	if len(queries) == 0 {
		t.Fatal("the overview asks nothing over time")
	}
	return queries
}
