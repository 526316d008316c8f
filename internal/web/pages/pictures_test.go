package pages

import (
	"testing"

	"kpiagent/internal/kpi"
	"kpiagent/internal/web/chart"
)

// No two values beside an axis read the same, however small the figures are and however close to each other.
func TestValuesOfAnAxisDiffer(t *testing.T) {
	for _, lang := range []string{"vi", "en"} {
		for _, kind := range []string{kpi.KindShare, kpi.KindMean} {
			write := localeOf(t, lang).tick(kpi.Definition{Kind: kind})
			for _, high := range []float64{0.0005, 0.001, 0.0102, 0.2, 0.95, 1} {
				if kind == kpi.KindMean {
					high *= 50 // working days
				}
				for _, low := range []float64{0, high / 2, high * 0.98, high} {
					year := chart.Year{Now: []chart.Moment{{At: 0.1, Value: chart.Value{V: low, OK: true}}, {At: 0.2, Value: chart.Value{V: high, OK: true}}}}
					seen := map[string]bool{}
					for _, label := range year.Layout(limitOf(kpi.Definition{Kind: kind}), write).Values {
						if seen[label.Text] {
							t.Errorf("%s, from %v to %v: %q stands there twice", lang, low, high, label.Text)
						}
						seen[label.Text] = true
					}
				}
			}
		}
	}
}
