package agent

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
)

// crowd is an agent of many units that are all due at the same moment: one half has a database, the other a portal.
type crowd struct {
	agent   *Agent
	rows    int          // of each system
	version atomic.Int64 // of the answers: each brings other due dates
	now     gauge        // requests to the portals
	dbs     []*sql.DB
}

// gauge counts who is inside, and the most who ever were.
type gauge struct{ inside, most atomic.Int64 }

func (g *gauge) enter() {
	n := g.inside.Add(1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
}

func (g *gauge) leave() { g.inside.Add(-1) }

const crowdSources = 200

func newCrowd(tb testing.TB, concurrency, rows int) *crowd {
	c := &crowd{rows: rows}
	portals := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.now.enter()
		defer c.now.leave()
		time.Sleep(5 * time.Millisecond) // a system elsewhere
		io.WriteString(w, "[")
		for i := range rows {
			if i > 0 {
				io.WriteString(w, ",")
			}
			fmt.Fprintf(w, `{"ma":"%s-%d","nhan":"2026-03-02","hen":"%s"}`, r.URL.Path, i, c.due(i))
		}
		io.WriteString(w, "]")
	}))
	tb.Cleanup(portals.Close)
	folder := tb.TempDir()
	text := fmt.Sprintf(`
agent: {concurrency: %d}
network: {requests_per_second: 100000, requests_at_once: 1000}
units:
  - {id: bo}
`, concurrency)
	sources := "procedures: [{unit: bo, code: \"1.001\"}]\nsources:\n"
	const mapping = `
    mapping: {id: {column: ma}, procedure: {constant: "1.001"}, channel: {constant: online}, received: {column: nhan}, due: {column: hen}}
`
	for i := range crowdSources {
		unit := fmt.Sprintf("dv%03d", i)
		text += fmt.Sprintf("  - {id: %s, parent: bo}\n", unit)
		sources += fmt.Sprintf("  - unit: %s\n    id: nguon\n    schedule: '0 0 1 1 *'\n    jitter: 0s\n", unit)
		if i%2 == 0 {
			sources += fmt.Sprintf("    kind: rest\n    rest: {url: '%s/%s', requests_per_second: 100000}", portals.URL, unit) + mapping
			continue
		}
		c.addDatabase(tb, filepath.Join(folder, unit+".db"), unit)
		sources += fmt.Sprintf("    kind: sql\n    sql: {driver: sqlite, path: %s.db, query: 'select ma, nhan, hen from ho_so'}", unit) + mapping
	}
	s := &site{folder: folder, env: map[string]string{}, now: time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), log: io.Discard}
	c.agent = s.crowded(tb, text+sources)
	return c
}

// crowded makes an agent also for a benchmark.
func (s *site) crowded(tb testing.TB, text string) *Agent {
	tb.Helper()
	file := filepath.Join(s.folder, "kpiagent.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	c, err := config.Load(tb.Context(), config.Options{File: file})
	if err != nil {
		tb.Fatal(err)
	}
	m, err := model.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := New(tb.Context(), m, s.surroundings())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { a.Close() })
	return a
}

func (c *crowd) due(i int) string {
	return fmt.Sprintf("2026-03-%02d", 3+(int(c.version.Load())+i)%20)
}

func (c *crowd) addDatabase(tb testing.TB, path, unit string) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(off)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	if _, err := db.Exec("create table ho_so (ma text, nhan text, hen text)"); err != nil {
		tb.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf(`with recursive n(i) as (values (0) union all select i + 1 from n where i < %d)
		insert into ho_so select '%s-' || i, '2026-03-02', '2026-03-10' from n`, c.rows-1, unit)); err != nil {
		tb.Fatal(err)
	}
	c.dbs = append(c.dbs, db)
}

// change gives every dossier of every system another due date.
func (c *crowd) change(tb testing.TB) {
	c.version.Add(1)
	for i, db := range c.dbs {
		if _, err := db.Exec("update ho_so set hen = ?", c.due(i)); err != nil {
			tb.Fatal(err)
		}
	}
}

// scraping scrapes all the time, over HTTP, until stop is called; stop gives how long each scrape took.
func scraping(tb testing.TB, a *Agent) (stop func() []time.Duration) {
	server := httptest.NewServer(a.Page)
	over := make(chan struct{})
	var took []time.Duration
	var work sync.WaitGroup
	work.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(5 * time.Millisecond):
			}
			began := time.Now()
			response, err := http.Get(server.URL)
			if err != nil {
				tb.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				tb.Error(err)
			}
			response.Body.Close()
			took = append(took, time.Since(began))
		}
	})
	return func() []time.Duration {
		close(over)
		work.Wait()
		server.Close()
		slices.Sort(took)
		return took
	}
}

// counted counts the reads that are under way. None goes on before so many have met, and no more may.
type counted struct {
	collectors.Source
	reads *gauge
	want  int64
	met   chan struct{}
	once  *sync.Once
}

func (c counted) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	c.reads.enter()
	defer c.reads.leave()
	if c.reads.inside.Load() >= c.want {
		c.once.Do(func() { close(c.met) })
	}
	select {
	case <-c.met:
	case <-ctx.Done():
		return collectors.Result{}, ctx.Err()
	}
	return c.Source.Read(ctx, request, sink)
}

// Two hundred sources that are due together: all are read, never more at once than agent.concurrency allows.
func TestTwoHundredSourcesDueTogether(t *testing.T) {
	const concurrency = 5
	c := newCrowd(t, concurrency, 10)
	var reads gauge
	met, once := make(chan struct{}), new(sync.Once)
	for _, r := range c.agent.readers {
		r.source = counted{r.source, &reads, concurrency, met, once}
	}
	runs(t, c.agent)
	eventually(t, "a good read of all sources", func() bool {
		return !slices.ContainsFunc(c.agent.Sources(), func(s sourcelog.Status) bool { return !s.Up })
	})
	if most := reads.most.Load(); most != concurrency {
		t.Errorf("at most %d sources were read at once, want %d", most, concurrency)
	}
	if most := c.now.most.Load(); most > concurrency {
		t.Errorf("the portals saw %d requests at once", most)
	}
	wantEventually(t, c.agent, `egov_dossiers_received{unit="bo",procedure="1.001",channel="online",period="month"}`, crowdSources*10)
}

// BenchmarkTwoHundredSources reads 200 sources that are due together, each with 100 dossiers that have all changed, while
// /metrics is scraped all the time; it gives the time of a scrape besides.
func BenchmarkTwoHundredSources(b *testing.B) {
	c := newCrowd(b, 4, 100)
	for _, r := range c.agent.readers {
		r.reading, r.serving = b.Context(), b.Context()
	}
	c.agent.readAll(c.agent.readers, func() {})
	var publishing sync.WaitGroup
	ctx, stopPublishing := context.WithCancel(b.Context())
	publishing.Go(func() { c.agent.publisher.run(ctx) })
	idle := scraping(b, c.agent)
	time.Sleep(2 * time.Second)
	quiet := idle()
	stop := scraping(b, c.agent)
	for b.Loop() {
		b.StopTimer()
		c.change(b)
		b.StartTimer()
		c.agent.readAll(c.agent.readers, func() {})
	}
	took := stop()
	stopPublishing()
	publishing.Wait()
	for _, s := range c.agent.Sources() {
		if !s.Up {
			b.Fatalf("%s was not read", s.Name)
		}
	}
	b.ReportMetric(float64(crowdSources*c.rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	for name, times := range map[string][]time.Duration{"idle": quiet, "busy": took} {
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, name+"-scrape-p50-ms")
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, name+"-scrape-p99-ms")
	}
	b.ReportMetric(float64(strings.Count(scrape(c.agent), "\n")), "series")
}
