package sql

import (
	"runtime"
	"testing"

	"kpiagent/collectors"
	"kpiagent/internal/kpi"
)

// BenchmarkPostgres reads a table of a million dossiers through the mapping, as a first import does. MB-in-use shows that
// neither the driver nor the loop holds the result.
func BenchmarkPostgres(b *testing.B) {
	const rows = 1_000_000
	d := open(b, "postgres")
	d.exec(b, `create table ho_so as select 'G02.01-' || lpad(i::text, 7, '0') ma, '1.' || lpad((i % 300)::text, 6, '0') tthc, 1 + i % 2 kenh,
		timestamp '2025-01-01' + i * interval '30 seconds' nhan, timestamp '2025-01-06' + i * interval '30 seconds' hen,
		timestamp '2025-01-04' + i * interval '30 seconds' xong, null::boolean tra, timestamp '2025-01-04' + i * interval '30 seconds' sua
		from generate_series(1, 1000000) i`)
	source := d.source(b, query, nil)
	mapping := desk(b)
	b.ReportAllocs()
	var peak uint64
	for b.Loop() {
		_, summary, err := collectors.Collect(b.Context(), source, mapping, collectors.Request{Now: noon}, collectors.Options{}, func(*kpi.Batch) error {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse+m.StackInuse)
			return nil
		})
		if err != nil || summary.Records != rows {
			b.Fatal(summary, err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "MB-in-use")
}
