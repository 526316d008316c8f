package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"kpiagent/internal/kpi"
)

// manyDossiers makes dossiers as a department has them: 300 procedures, two years, two thirds finished.
func manyDossiers(n int) []kpi.Dossier {
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]kpi.Dossier, n)
	from := kpi.Date(2024, 1, 1)
	for i := range list {
		received := (from + kpi.Day(random.IntN(730))).Stamp() + kpi.Stamp(8*3600+random.IntN(8*3600))
		d := kpi.Dossier{ID: fmt.Sprintf("000.00.15.H29-%08d", i), Unit: "cuc-a", Procedure: fmt.Sprintf("1.%06d", random.IntN(300)),
			Channel: kpi.Channel(1 + random.IntN(3)), Received: received, Due: received + kpi.Stamp(random.IntN(20*86400)), FeeDue: kpi.Mark(random.IntN(3))}
		if random.IntN(3) > 0 {
			d.Finished, d.Outcome = received+kpi.Stamp(random.IntN(25*86400)), kpi.Settled
		}
		if random.IntN(10) == 0 {
			d.Pauses = []kpi.Pause{{From: received, To: received + 86400}}
		}
		list[i] = d
	}
	return list
}

// inBatches cuts dossiers into batches of n.
func inBatches(list []kpi.Dossier, n int) (batches []*kpi.Batch) {
	for begin := 0; begin < len(list); begin += n {
		b := &kpi.Batch{}
		for i := begin; i < min(begin+n, len(list)); i++ {
			b.Records = append(b.Records, kpi.Record{Dossier: &list[i], Changed: int64(i), Row: int64(i + 1)})
		}
		b.Rows = int64(len(b.Records))
		batches = append(batches, b)
	}
	return batches
}

func BenchmarkImport(b *testing.B) {
	list := manyDossiers(100_000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		l := opened(b, sampleOptions(b))
		batches := inBatches(list, 50_000)
		b.StartTimer()
		complete(b, l, sourceA, batches...)
		b.StopTimer()
		closed(b, l)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/dossier")
}

// large is a closed ledger with 200,000 dossiers.
func large(b *testing.B) (Options, []kpi.Dossier) {
	o, list := sampleOptions(b), manyDossiers(200_000)
	l := opened(b, o)
	complete(b, l, sourceA, inBatches(list, 50_000)...)
	closed(b, l)
	return o, list
}

func BenchmarkThousandChanged(b *testing.B) {
	o, list := large(b)
	l := opened(b, o)
	random := rand.New(rand.NewPCG(3, 4))
	b.ReportAllocs()
	changed := int64(len(list))
	for b.Loop() {
		b.StopTimer()
		batch := &kpi.Batch{Rows: 1000}
		for range 1000 {
			d := &list[random.IntN(len(list))]
			d.Due += 3600
			changed++
			batch.Records = append(batch.Records, kpi.Record{Dossier: d, Changed: changed})
		}
		b.StartTimer()
		incremental(b, l, sourceA, batch)
	}
}

func BenchmarkOpen(b *testing.B) {
	o, _ := large(b)
	b.ReportAllocs()
	for b.Loop() {
		l, err := Open(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		closed(b, l)
		b.StartTimer()
	}
}
