package exposition_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// sums adds up the values of a family by some of its labels.
func sums(f *dto.MetricFamily, by ...string) map[string]float64 {
	total := map[string]float64{}
	for _, m := range f.GetMetric() {
		var key []string
		for _, name := range by {
			key = append(key, label(m, name))
		}
		total[strings.Join(key, " ")] += m.GetGauge().GetValue()
	}
	return total
}

func TestTheBooksBalanceOnThePage(t *testing.T) {
	units := []kpi.Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}, {ID: "xnk_hn", Parent: "xnk"}, {ID: "hc", Parent: "bct"}}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := newMinistry(t, units, nil)
		m.rules.Clock = kpi.SupplementClock(r.IntN(4))
		m.take(randomDossiers(r, 1+r.IntN(400), 1+r.IntN(400), []string{"bct", "xnk", "xnk_hn", "hc"}, 4)...)
		in := m.input()
		in.ProcedureLabels = seed%3 > 0
		in.CutOff = kpi.CutOff(seed % 2)
		page := families(t, text(t, publish(t, in)))

		received := sums(page["egov_dossiers_received"], "unit", "procedure", "period")
		carried := sums(page["egov_dossiers_carried_over"], "unit", "procedure", "period")
		finished := sums(page["egov_dossiers_finished"], "unit", "procedure", "period")
		open := sums(page["egov_dossiers_open"], "unit", "procedure")
		if len(received) == 0 {
			t.Fatal("no dossiers are on the page")
		}
		for key := range received {
			unitAndProcedure := key[:strings.LastIndex(key, " ")]
			if in, out := received[key]+carried[key], finished[key]+open[unitAndProcedure]; in != out {
				t.Errorf("seed %d, %q: received and carried over %v, finished and open %v", seed, key, in, out)
			}
		}
		for unit, imbalance := range sums(page["egov_ledger_imbalance"], "unit") {
			if imbalance != 0 {
				t.Errorf("seed %d, %s: imbalance %v", seed, unit, imbalance)
			}
		}
		if !in.ProcedureLabels {
			continue
		}
		inRoot := sums(page["egov_dossiers_received"], "unit", "period")
		for _, kind := range kpi.PeriodKinds() {
			want := m.books.Daybook.Unit("bct").Tally(kpi.PeriodOf(kind, today, in.CutOff).ToDate(today))
			if got := inRoot["bct "+kind.String()]; got != float64(want.Total-want.CarriedOver) {
				t.Errorf("seed %d, %s: the root's procedures add up to %v, want %d", seed, kind, got, want.Total-want.CarriedOver)
			}
		}
	}
}

func TestTheHistogramCountsAllThatWereEverSettledOrRefused(t *testing.T) {
	m := newMinistry(t, []kpi.Unit{{ID: "bct"}}, nil)
	m.take(randomDossiers(rand.New(rand.NewPCG(3, 4)), 500, 900, []string{"bct"}, 3)...)
	family := families(t, text(t, publish(t, m.input())))["egov_handling_time_workdays"]
	if len(family.Metric) != 3 {
		t.Fatalf("%d procedures have handling times, want 3", len(family.Metric))
	}
	for _, metric := range family.Metric {
		h := metric.GetHistogram()
		want := m.books.Daybook.Procedure("bct", label(metric, "procedure")).HandlingTimeEver(today)
		if h.GetSampleCount() != uint64(want.Count) || h.GetSampleSum() != want.Workdays() {
			t.Errorf("count %d, sum %v, want %d, %v", h.GetSampleCount(), h.GetSampleSum(), want.Count, want.Workdays())
		}
		for _, b := range h.GetBucket() {
			within := want.Count
			if !math.IsInf(b.GetUpperBound(), 1) {
				within = want.Within(b.GetUpperBound())
			}
			if b.GetCumulativeCount() != uint64(within) {
				t.Errorf("%d took at most %v days, want %d", b.GetCumulativeCount(), b.GetUpperBound(), within)
			}
		}
	}
}

func TestSeriesBudget(t *testing.T) {
	tests := []struct {
		name      string
		labels    bool
		budget    int
		want      []string // procedures of unit xnk
		wantOver  float64
		wantInfos int
	}{
		{"within", true, 1000, []string{"1.000001", "1.000002"}, 0, 3},
		{"no budget", true, 0, []string{"1.000001", "1.000002"}, 0, 3},
		{"beyond", true, 100, []string{""}, 1, 0},
		{"no labels", false, 1000, []string{""}, 0, 0},
		{"no labels, beyond", false, 100, []string{""}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := tiny(t).input()
			in.ProcedureLabels, in.SeriesPerUnit = test.labels, test.budget
			page := families(t, text(t, publish(t, in)))
			procedures := map[string]bool{}
			for _, m := range page["egov_dossiers_open"].Metric {
				if label(m, "unit") == "xnk" {
					procedures[label(m, "procedure")] = true
				}
			}
			if got := slices.Sorted(maps.Keys(procedures)); !slices.Equal(got, test.want) {
				t.Errorf("procedures %q, want %q", got, test.want)
			}
			if got := sums(page["egov_series_over_budget"], "unit")["xnk"]; got != test.wantOver {
				t.Errorf("over budget: %v, want %v", got, test.wantOver)
			}
			if got := sums(page["egov_procedure_info"], "unit")["xnk"]; got != float64(test.wantInfos) {
				t.Errorf("%v procedures have a name, want %d", got, test.wantInfos)
			}
			if got := sums(page["egov_dossiers_received"], "unit", "period")["xnk year"]; got != 5 {
				t.Errorf("received %v, want 5", got)
			}
		})
	}
}

// The number of series that the budget reckons with is the number that a procedure really has.
func TestSeriesOfAProcedure(t *testing.T) {
	count := func(procedures int) int {
		m := newMinistry(t, []kpi.Unit{{ID: "bct"}}, nil)
		for i := range procedures {
			m.take(kpi.Dossier{ID: "x", Unit: "bct", Procedure: fmt.Sprint(i), Channel: kpi.Online, Received: at(1, 8)})
		}
		return strings.Count(string(text(t, publish(t, m.input()))), `procedure="`)
	}
	each := count(2) - count(1)
	m := newMinistry(t, []kpi.Unit{{ID: "bct"}}, nil)
	m.take(kpi.Dossier{ID: "x", Unit: "bct", Procedure: "1", Channel: kpi.Online, Received: at(1, 8)})
	for budget, want := range map[int]float64{each - 1: 1, each: 0} {
		in := m.input()
		in.SeriesPerUnit = budget
		page := families(t, text(t, publish(t, in)))
		if got := sums(page["egov_series_over_budget"], "unit")["bct"]; got != want {
			t.Errorf("a budget of %d with %d series: over budget is %v", budget, each, got)
		}
	}
}

func TestFiguresAgainstTargets(t *testing.T) {
	in := tiny(t).input()
	in.Targets = []kpi.Target{
		{KPI: "online_filing_share", Year: 2026, Value: 0.5, Margin: 0.05},
		{KPI: "overdue_open", Unit: "xnk", Year: 2026, Value: 0},
		{KPI: "certificates_exchanged", Unit: "xnk", Year: 2026, Value: 100},
		{KPI: "on_time_share", Year: 2025, Value: 0.9},
	}
	page := families(t, text(t, publish(t, in)))
	tests := []struct {
		family, kpi, unit, period string
		want                      float64 // NaN: not on the page
	}{
		{"egov_kpi_value", "online_filing_share", "bct", "year", 0.6},
		{"egov_kpi_numerator", "online_filing_share", "bct", "year", 3},
		{"egov_kpi_denominator", "online_filing_share", "bct", "year", 5},
		{"egov_kpi_target", "online_filing_share", "bct", "year", 0.5},
		{"egov_kpi_status", "online_filing_share", "bct", "year", 3},
		{"egov_kpi_value", "online_filing_share", "hc", "year", math.NaN()},
		{"egov_kpi_numerator", "online_filing_share", "hc", "year", 0},
		{"egov_kpi_denominator", "online_filing_share", "hc", "year", 0},
		{"egov_kpi_status", "online_filing_share", "hc", "year", 0},
		{"egov_kpi_target", "online_filing_share", "hc", "year", 0.5},
		{"egov_kpi_status", "overdue_open", "xnk", "day", 1},
		{"egov_kpi_status", "overdue_open", "bct", "day", math.NaN()}, // has a figure but no target
		{"egov_kpi_projection", "overdue_open", "xnk", "year", math.NaN()},
		{"egov_kpi_target", "certificates_exchanged", "xnk", "year", 100},
		{"egov_kpi_target", "certificates_exchanged", "xnk", "month", math.NaN()},
		{"egov_kpi_status", "certificates_exchanged", "xnk", "year", 3},
		{"egov_kpi_required", "certificates_exchanged", "xnk", "year", 0},
		{"egov_kpi_projection", "certificates_exchanged", "xnk", "rolling_30d", math.NaN()},
		{"egov_kpi_target", "on_time_share", "bct", "year", math.NaN()}, // last year's
	}
	for _, test := range tests {
		got := math.NaN()
		if v, found := sums(page[test.family], "kpi", "unit", "period")[test.kpi+" "+test.unit+" "+test.period]; found {
			got = v
		}
		if got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s{kpi=%q,unit=%q,period=%q} is %v, want %v", test.family, test.kpi, test.unit, test.period, got, test.want)
		}
	}
}

func TestAKPIBeforeItsTimeIsLeftOut(t *testing.T) {
	in := tiny(t).input()
	in.Catalogue = kpi.Catalogue{{ID: "new", Kind: kpi.KindCount, Numerator: []kpi.Term{{Count: "received"}}, From: "2026-02-01", To: "2026-03-09"}}
	page := families(t, text(t, publish(t, in)))
	if f := page["egov_kpi_value"]; f != nil {
		t.Errorf("after its last day it has figures: %v", f)
	}
	months := sums(page["egov_kpi_month_value"], "unit", "month")
	if want := map[string]float64{"bct 2026-02": 0, "xnk 2026-02": 0}; !maps.Equal(months, want) {
		t.Errorf("its months are %v, want %v", months, want)
	}
}

func TestImbalancesAreReported(t *testing.T) {
	m := tiny(t)
	m.books.Daybook.Apply([]kpi.Delta{{Book: 1, Measure: 20, Day: today, N: 2}}) // cleared, but never due
	page := new(exposition.Page)
	builder := newBuilder(t, page, noMetrics{})
	builder.Compute(m.input())
	if err := builder.Publish(); err != nil {
		t.Fatal(err)
	}
	found := builder.Imbalances()
	if len(found) != 2 || found[0].Unit != "bct" || found[0].Dossiers < 1 {
		t.Errorf("found %v", found)
	}
	if got := sums(families(t, text(t, page))["egov_ledger_imbalance"], "unit")["xnk"]; got < 1 {
		t.Errorf("the page says %v", got)
	}
}

// noMetrics is a gatherer that has nothing.
type noMetrics struct{}

func (noMetrics) Gather() ([]*dto.MetricFamily, error) { return nil, nil }
