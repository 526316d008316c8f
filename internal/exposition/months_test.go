package exposition_test

import (
	"math/rand/v2"
	"testing"

	"kpiagent/internal/kpi"
)

// A closed month that ended before a unit's first data has no value, also of KPIs that count what there is (overdue
// dossiers, procedures): 0 would look like a fact.
func TestNoMonthValueBeforeTheFirstData(t *testing.T) {
	units := []kpi.Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}, {ID: "hc", Parent: "bct"}}
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 9))
		days, registered := 1+r.IntN(300), today-kpi.Day(1+r.IntN(300))
		m := newMinistry(t, units, []kpi.Procedure{{Unit: "xnk", Code: "1.000000.000.00.00.H01", Level: 3, Online: "partial", From: registered}})
		dossiers := randomDossiers(r, 50, days, []string{"xnk"}, 2)
		first := today
		for _, d := range dossiers {
			first = min(first, d.Received.Day())
		}
		m.take(dossiers...)
		in := m.input()
		in.Catalogue = append(in.Catalogue, kpi.Definition{ID: "online_procedures", Kind: kpi.KindCount, Direction: kpi.DirectionUp,
			Numerator: []kpi.Term{{Count: kpi.CountProcedures, Level: []string{"full", "partial"}}}})
		known := map[string]kpi.Day{}
		for _, def := range in.Catalogue {
			if known[def.ID] = first; def.OfProcedures() {
				known[def.ID] = registered
			}
		}
		values := map[string]int{}
		for _, sample := range families(t, text(t, publish(t, in)))["egov_kpi_month_value"].GetMetric() {
			month, err := kpi.ParsePeriod(label(sample, "month"), today, in.CutOff)
			if err != nil {
				t.Fatal(err)
			}
			id, unit := label(sample, "kpi"), label(sample, "unit")
			if unit == "hc" || month.To < known[id] {
				t.Errorf("seed %d: %s of %s is %v in %s: its first data are of %s", seed, id, unit, sample.GetGauge().GetValue(), month.Label, known[id])
			}
			values[id+" "+unit]++
		}
		for _, id := range []string{"overdue_open", "online_procedures"} {
			var want int
			for _, month := range kpi.ClosedMonths(today, in.CutOff, 13) {
				if month.To >= known[id] {
					want++
				}
			}
			if values[id+" bct"] != want {
				t.Errorf("seed %d: %s has values of %d months, want %d", seed, id, values[id+" bct"], want)
			}
		}
	}
}
