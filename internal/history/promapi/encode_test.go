package promapi

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// The answers are those that a Prometheus of the same release has for these values.
func TestValuesAreWrittenAsPrometheusWritesThem(t *testing.T) {
	metric := labels.FromStrings("__name__", "m", "tên", `"\ Bộ`)
	tests := []struct {
		name  string
		value parser.Value
		want  string
	}{
		{"nothing", promql.Vector{}, `{"resultType":"vector","result":[]}`},
		{"vector", promql.Vector{{Metric: metric, T: 1_500, F: 0.5}, {T: -5_250, F: math.NaN()}},
			`{"resultType":"vector","result":[{"metric":{"__name__":"m","tên":"\"\\ Bộ"},"value":[1.500,"0.5"]},{"metric":{},"value":[-5.250,"NaN"]}]}`},
		{"matrix", promql.Matrix{{Metric: metric, Floats: []promql.FPoint{{T: 1_796_097_844_007, F: 1e-7}, {T: 1_796_097_845_000, F: 1e21}}},
			{Floats: []promql.FPoint{{F: math.Inf(-1)}, {T: 60_000, F: 123_456_789_012_345_680}}}},
			`{"resultType":"matrix","result":[{"metric":{"__name__":"m","tên":"\"\\ Bộ"},"values":[[1796097844.007,"1e-07"],[1796097845,"1e+21"]]},` +
				`{"metric":{},"values":[[0,"-Inf"],[60,"123456789012345680"]]}]}`},
		{"scalar", promql.Scalar{T: 60_000, V: 1e-7}, `{"resultType":"scalar","result":[60,"0.0000001"]}`},
		{"text", promql.String{T: 60_000, V: "Bộ"}, `{"resultType":"string","result":[60,"Bộ"]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := encode(test.value)
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v\nwant %s", got, err, test.want)
			}
			if !json.Valid(got) {
				t.Error("that is no JSON")
			}
		})
	}
}

func BenchmarkEncodeYear(b *testing.B) {
	const series, days = 50, 365
	var m promql.Matrix
	for range series {
		s := promql.Series{Metric: labels.FromStrings("__name__", "egov_kpi_value", "unit", "xnk", "kpi", "online_share")}
		for d := range int64(days) {
			s.Floats = append(s.Floats, promql.FPoint{T: d * 86_400_000, F: float64(d) / 7})
		}
		m = append(m, s)
	}
	for b.Loop() {
		if _, err := encode(m); err != nil {
			b.Fatal(err)
		}
	}
}
