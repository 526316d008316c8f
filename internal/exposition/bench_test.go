package exposition_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// largeMinistry has so many units below its root, each with so many procedures that have dossiers of two years.
func largeMinistry(b testing.TB, units, procedures, dossiers int) *ministry {
	tree := []kpi.Unit{{ID: "bct", Name: kpi.Text{"vi": "Bộ Công Thương"}}}
	var ids []string
	for i := range units {
		id := fmt.Sprintf("don_vi_%02d", i)
		ids = append(ids, id)
		tree = append(tree, kpi.Unit{ID: id, Parent: "bct", Name: kpi.Text{"vi": "Cục Xuất nhập khẩu"}})
	}
	m := newMinistry(b, tree, nil)
	m.take(randomDossiers(rand.New(rand.NewPCG(1, 2)), dossiers, 730, ids, procedures)...)
	return m
}

func withTargets(in exposition.Input) exposition.Input {
	for _, def := range in.Catalogue {
		in.Targets = append(in.Targets, kpi.Target{KPI: def.ID, Year: 2026, Value: 0.9, Margin: 0.02})
	}
	return in
}

// BenchmarkBuild is what a change costs: all figures anew, encoded and compressed.
func BenchmarkBuild(b *testing.B) {
	for _, size := range []struct{ units, procedures int }{{12, 20}, {24, 20}, {24, 50}} {
		m := largeMinistry(b, size.units, size.procedures, 100_000)
		in := withTargets(m.input())
		builder := newBuilder(b, new(exposition.Page), prometheus.NewRegistry())
		builder.Compute(in)
		b.Run(fmt.Sprintf("series=%d/compute", builder.Samples().Len()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				builder.Compute(in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(builder.Samples().Len()), "ns/line")
		})
		b.Run(fmt.Sprintf("series=%d/publish_all", builder.Samples().Len()), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				fresh := newBuilder(b, new(exposition.Page), prometheus.NewRegistry())
				fresh.Compute(in)
				b.StartTimer()
				if err := fresh.Publish(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("series=%d/publish_after_one_dossier", builder.Samples().Len()), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				m.take(kpi.Dossier{ID: "x", Unit: "don_vi_00", Procedure: "1.000000.000.00.00.H01", Channel: kpi.Online, Received: at(0, 9)})
				builder.Compute(in)
				b.StartTimer()
				if err := builder.Publish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// discard takes a response and forgets it.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkScrape is what a scrape of about 100,000 series costs the server, the network left out.
func BenchmarkScrape(b *testing.B) {
	m := largeMinistry(b, 25, 50, 50_000)
	page := publish(b, m.input())
	for _, encoding := range []string{"identity", "gzip"} {
		request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		request.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
		request.Header.Set("Accept-Encoding", encoding)
		b.Run(encoding+"/one", func(b *testing.B) {
			for b.Loop() {
				page.ServeHTTP(&discard{http.Header{}}, request)
			}
		})
		b.Run(encoding+"/40_at_once", func(b *testing.B) {
			b.SetParallelism(20) // on two cores
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					page.ServeHTTP(&discard{http.Header{}}, request)
				}
			})
		})
	}
}
