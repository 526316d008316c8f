package exposition_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// A past day says the same whatever came later: of the same units and procedures, and of new ones.
func TestThePastKnowsNothingOfWhatCameLater(t *testing.T) {
	units := []kpi.Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}, {ID: "hc", Parent: "bct"}}
	samples := func(m *ministry, day kpi.Day, budget int) map[string]float64 {
		in := m.input()
		in.Today, in.Past, in.SeriesPerUnit = day, exposition.Whole, budget
		in.Targets = []kpi.Target{{KPI: "online_filing_share", Value: 0.5, Year: 2026}, {KPI: "on_time_share", Value: 0.5, Year: 2025}}
		all := map[string]float64{}
		for series, value := range new(exposition.Figures).Compute(in).All() {
			all[string(exposition.AppendSeries(nil, series.Labels(labels.EmptyLabels())))] = value
		}
		return all
	}
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 3))
		day := today - kpi.Day(30+r.IntN(60))
		m := newMinistry(t, units, []kpi.Procedure{{Unit: "bct", Code: "1.000000.000.00.00.H01", Name: "Cấp phép", Online: "full"}})
		for _, d := range randomDossiers(r, 200, 400, []string{"bct", "xnk"}, 2) {
			if d.Received.Day() <= day && d.Finished.Day() <= day && d.Due.Day() <= day && d.Pauses == nil {
				m.take(d)
			}
		}
		for _, budget := range []int{0, 250} {
			before := samples(m, day, budget)
			if len(before) < 200 {
				t.Fatalf("only %d samples", len(before))
			}
			for series := range before {
				for _, unknown := range []string{"egov_procedures{", "service_level", "egov_ledger", "egov_series_over", `unit="hc"`} {
					if strings.Contains(series, unknown) {
						t.Errorf("it has %s", series)
					}
				}
			}
			m.take(randomDossiers(r, 60, int(today-day), []string{"bct", "xnk", "hc"}, 9)...)
			m.observe("hc", "single_window_groups", day+1, 5)
			if diff := cmp.Diff(before, samples(m, day, budget)); diff != "" {
				t.Fatalf("seed %d, budget %d: later dossiers have changed %s (-before +after):\n%s", seed, budget, day, diff)
			}
		}
	}
}
