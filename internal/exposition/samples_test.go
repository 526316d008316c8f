package exposition_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"kpiagent/internal/exposition"
	"kpiagent/internal/exposition/expositiontest"
	"kpiagent/internal/kpi"
)

func TestSamplesAreTheLinesOfThePage(t *testing.T) {
	m := newMinistry(t, []kpi.Unit{{ID: "bct", Name: kpi.Text{"vi": `Bộ "Công Thương" = 1`}}, {ID: "xnk", Parent: "bct"}}, nil)
	m.take(randomDossiers(rand.New(rand.NewPCG(5, 6)), 300, 500, []string{"bct", "xnk"}, 3)...)
	in := m.input()
	in.ProcedureLabels = true

	want := map[string]float64{}
	for line := range strings.Lines(string(text(t, publish(t, in)))) {
		if !strings.HasPrefix(line, "#") {
			cut := strings.LastIndexByte(line, ' ')
			value, err := strconv.ParseFloat(strings.TrimSpace(line[cut:]), 64)
			if err != nil {
				t.Fatal(err)
			}
			want[expositiontest.Labels(line[:cut]).WithoutEmpty().String()] = value
		}
	}
	figures := new(exposition.Figures)
	for range 2 { // the second time with what the first one has left
		samples := figures.Compute(in)
		got := map[string]float64{}
		for series, value := range samples.All() {
			got[series.Labels(labels.EmptyLabels()).String()] = value
		}
		if len(got) < 500 || len(got) != samples.Len() {
			t.Fatalf("there are %d samples, and Len is %d", len(got), samples.Len())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("samples differ from the page (-page +samples):\n%s", diff)
		}
	}
}

// The series of procedures that a query finds, and all others, are all series.
func TestSeriesOfProceduresAreFoundByTheirLabels(t *testing.T) {
	m := newMinistry(t, []kpi.Unit{{ID: "bct"}, {ID: "xnk", Parent: "bct"}}, nil)
	m.take(randomDossiers(rand.New(rand.NewPCG(5, 6)), 300, 500, []string{"bct", "xnk"}, 3)...)
	samples := new(exposition.Figures).Compute(m.input())
	job := labels.FromStrings("job", "kpiagent")
	for _, selector := range []string{
		`{procedure!=""}`, `egov_dossiers_received`, `{unit="xnk",period="month"}`, `{period=""}`, `{le=~"1.0|2.0"}`, `{job="kpiagent",channel!~"online"}`,
		`{job="other"}`, `{__name__=~".*_count"}`, `{procedure="1.000001.000.00.00.H01"}`, `{unit!="xnk"}`, `{kpi="on_time_share"}`,
	} {
		matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(selector)
		if err != nil {
			t.Fatal(err)
		}
		want, got := map[string]float64{}, map[string]float64{}
		for series, value := range samples.All() {
			l := series.Labels(job)
			is := l.Get("procedure") != ""
			for _, m := range matchers {
				is = is && m.Matches(l.Get(m.Name))
			}
			if is {
				want[series.Labels(labels.EmptyLabels()).String()] = value
			}
		}
		for series, value := range samples.OfProcedures(job, matchers...) {
			got[series.Labels(labels.EmptyLabels()).String()] = value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", selector, diff)
		}
	}
	others := 0
	for series := range samples.WithoutProcedures() {
		if others++; series.Labels(labels.EmptyLabels()).Has("procedure") {
			t.Errorf("%s is of a procedure", series.Labels(labels.EmptyLabels()))
		}
	}
	ofProcedures := 0
	for range samples.OfProcedures(job) {
		ofProcedures++
	}
	if others == 0 || others+ofProcedures != samples.Len() {
		t.Errorf("%d series are of procedures, %d are not, there are %d", ofProcedures, others, samples.Len())
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
	for series, value := range b.Own().All() {
		got = append(got, string(exposition.AppendSeries(nil, series.Labels(labels.EmptyLabels())))+" "+strconv.FormatFloat(value, 'g', -1, 64))
	}
	want := []string{`requests_bucket{le="+Inf",of="a \"b\""} 1`, `requests_bucket{le="1",of="a \"b\""} 1`, `requests_count{of="a \"b\""} 1`, `requests_sum{of="a \"b\""} 0.5`}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
