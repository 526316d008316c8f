package exposition_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

func TestSamplesAreTheLinesOfThePage(t *testing.T) {
	m := newMinistry(t, []kpi.Unit{{ID: "bct", Name: kpi.Text{Vi: `Bộ "Công Thương" = 1`}}, {ID: "xnk", Parent: "bct"}}, nil)
	m.take(randomDossiers(rand.New(rand.NewPCG(5, 6)), 300, 500, []string{"bct", "xnk"}, 3)...)
	in := m.input()
	in.ProcedureLabels = true

	var want []string
	for line := range strings.Lines(string(text(t, publish(t, in)))) {
		if !strings.HasPrefix(line, "#") {
			want = append(want, strings.TrimSuffix(line, "\n"))
		}
	}
	figures := exposition.NewFigures()
	for range 2 { // the memory of the first time is used again
		figures.Compute(in)
		var got []string
		for series, value := range figures.Samples() {
			got = append(got, string(series)+" "+strconv.FormatFloat(value, 'g', -1, 64))
		}
		if len(got) < 500 {
			t.Fatalf("only %d samples", len(got))
		}
		if diff := cmp.Diff(numbers(t, want), numbers(t, got)); diff != "" {
			t.Errorf("samples differ from the page (-page +samples):\n%s", diff)
		}
	}
}

func TestOwnSamplesAreTheOtherLinesOfThePage(t *testing.T) {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "requests", Buckets: []float64{1}}, []string{"of"})
	registry.MustRegister(requests)
	requests.WithLabelValues(`a "b"`).Observe(0.5)
	page := new(exposition.Page)
	b, err := exposition.NewBuilder(page, registry)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for series, value := range b.Own() {
		got = append(got, string(series)+" "+strconv.FormatFloat(value, 'g', -1, 64))
	}
	want := []string{`requests_bucket{of="a \"b\"",le="1"} 1`, `requests_bucket{of="a \"b\"",le="+Inf"} 1`, `requests_sum{of="a \"b\""} 0.5`, `requests_count{of="a \"b\""} 1`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// numbers gives each line with its number in one way of writing.
func numbers(t *testing.T, lines []string) []string {
	t.Helper()
	lines = slices.Clone(lines)
	for i, line := range lines {
		cut := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[cut+1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = line[:cut+1] + strconv.FormatFloat(value, 'g', -1, 64)
	}
	return lines
}
