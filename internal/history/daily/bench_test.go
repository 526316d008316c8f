package daily

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// largePast has three years of a ministry of twelve units, with about 5,000 series on its last day.
func largePast(b testing.TB) Source {
	const years = 3
	m := momentOf(b, location(b, "Asia/Ho_Chi_Minh"))
	catalogue, err := kpi.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	m.Catalogue = catalogue
	m.Today = kpi.Date(2026, time.November, 23)
	m.Units = []kpi.Unit{{ID: "bct"}}
	var ids []string
	for i := range 11 {
		ids = append(ids, fmt.Sprintf("don_vi_%d", i))
		m.Units = append(m.Units, kpi.Unit{ID: ids[i], Parent: "bct"})
	}
	for _, def := range m.Catalogue {
		m.Targets = append(m.Targets, kpi.Target{KPI: def.ID, Year: 2025, Value: 0.9, Margin: 0.02}, kpi.Target{KPI: def.ID, Year: 2026, Value: 0.9, Margin: 0.02})
	}
	calendar, err := kpi.NewCalendar(kpi.CalendarOptions{})
	if err != nil {
		b.Fatal(err)
	}
	rules := kpi.Rules{Calendar: calendar}
	m.Books = &kpi.Books{Daybook: kpi.NewDaybook(m.Units), Register: kpi.NewRegister(m.Units, nil), Observed: kpi.NewObserved(m.Units, nil)}
	r := rand.New(rand.NewPCG(1, 1))
	books := map[kpi.BookKey]kpi.BookID{}
	var deltas kpi.Deltas
	for i := range 40_000 {
		d := randomDossier(r, fmt.Sprint(i), ids[r.IntN(len(ids))], m.Today-years*365, m.Today)
		key := kpi.BookKey{Source: d.Unit + "/mot_cua", Unit: d.Unit, Procedure: d.Procedure}
		if books[key] == 0 {
			books[key] = kpi.BookID(len(books) + 1)
			m.Books.Daybook.AddBook(books[key], key)
			m.Books.Daybook.Reveal(books[key])
		}
		deltas.Put(books[key], rules, d)
	}
	m.Books.Daybook.Apply(deltas.Sum())
	return Source{Read: func(do func(Moment)) { do(m) }, Touched: func(context.Context, int64) (ledger.Touched, error) { return ledger.Touched{}, nil }}
}

// BenchmarkBackfill writes three years of about 5,000 series.
func BenchmarkBackfill(b *testing.B) {
	source := largePast(b)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			var done Progress
			var size int64
			before := processorTime(b)
			for b.Loop() {
				s := open(b, Options{Folder: b.TempDir(), Workers: workers, ProcedureDays: -1})
				done = write(b, s, source)
				size = s.Size()
			}
			b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op") // what it costs, however busy the machine is
			b.ReportMetric(float64(done.Samples)/float64(done.Days), "series/day")
			b.ReportMetric(float64(done.Days), "days")
			b.ReportMetric(float64(size)/(1<<20), "MiB")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkCompute is how long the books are held still for one day.
func BenchmarkCompute(b *testing.B) {
	source := largePast(b)
	days := newBuilder(source.Read, exposition.OfUnits, labels.EmptyLabels())
	_, last := source.Extent()
	for b.Loop() {
		source.Read(func(m Moment) { days.figures.Compute(m.past(last, days.part)) })
	}
}

// BenchmarkYear asks for a year of one figure of all units, as a board does.
func BenchmarkYear(b *testing.B) {
	source := largePast(b)
	s := open(b, Options{Folder: b.TempDir(), Workers: 2, ProcedureDays: -1})
	write(b, s, source)
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute})
	_, last := source.Extent()
	at, _ := EndOf(last, location(b, "Asia/Ho_Chi_Minh"))
	end := time.UnixMilli(at)
	for b.Loop() {
		q, err := engine.NewRangeQuery(context.Background(), s, nil, `last_over_time(egov_kpi_value{kpi="on_time_share",period="month"}[26h])`,
			end.AddDate(-1, 0, 0), end, 24*time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		result := q.Exec(context.Background())
		if matrix, err := result.Matrix(); err != nil || len(matrix) != 12 || len(matrix[0].Floats) < 360 {
			b.Fatalf("%v, %d series", err, len(matrix))
		}
		q.Close()
	}
}
