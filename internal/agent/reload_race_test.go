package agent

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The units of the race: two with a database that is read by what has changed, two with a report that is replaced.
const racing = `
ledger: {path: LEDGER}
agent: {concurrency: CONCURRENCY}
units: [{id: bo}, {id: xnk, parent: bo}, {id: hoachat, parent: bo}, {id: dienluc, parent: PARENT}, {id: attp, parent: bo}]
procedures: [{unit: bo, code: "1.001"}, {unit: bo, code: "2.002"}MORE]
calendar: {days_off: [DAYSOFF]}
targets: [{kpi: online_filing_share, year: 2026, value: TARGET}]
sources:
`

func racingDatabase(unit, more string) string {
	return fmt.Sprintf(`
  - unit: %[1]s
    id: motcua
    kind: sql
    schedule: "@every 1s"
    jitter: 0s
    %[2]s
    sql:
      driver: sqlite
      path: %[1]s.db
      query: "select * from ho_so where doi >= :since order by doi"
      incremental: {column: doi, type: number, ordered: true}
    mapping:
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {column: kenh, values: [{from: tt, to: online}, {from: tr, to: counter}]}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
      due: {column: hen, layouts: [yyyy-MM-dd]}
      finished: {column: xong, layouts: [yyyy-MM-dd]}
      outcome: {constant: settled}
`, unit, more)
}

func racingReport(unit, more string) string {
	return fmt.Sprintf(`
  - unit: %[1]s
    id: baocao
    kind: file
    schedule: "@every 1s"
    jitter: 0s
    %[2]s
    file: {path: %[1]s.csv}
    mapping:
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {column: kenh, values: [{from: tt, to: online}, {from: tr, to: counter}]}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
      due: {column: hen, layouts: [yyyy-MM-dd]}
      finished: {column: xong, layouts: [yyyy-MM-dd]}
      outcome: {constant: settled}
`, unit, more)
}

// racingConfiguration is one of many that differ in everything that a reload can change.
func racingConfiguration(random *rand.Rand, ledger string) string {
	pick := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	text := strings.NewReplacer("LEDGER", ledger, "CONCURRENCY", pick("1", "2", "4"), "PARENT", pick("bo", "bo", "xnk"), "MORE", pick("", `, {unit: xnk, code: "3.003"}`, `, {unit: bo, code: "3.003"}`), "DAYSOFF", pick("", "2026-03-04", "2026-03-04, 2026-03-05"), "TARGET", pick("0.5", "0.9")).Replace(racing)
	text += racingDatabase("xnk", pick("", "", "timeout: 5m", "supplement_clock: pause"))
	if random.IntN(3) > 0 {
		text += racingDatabase("hoachat", pick("", "stale_after: 2h"))
	}
	text += racingReport("dienluc", pick("", "", "on_start: false"))
	if random.IntN(3) > 0 {
		text += racingReport("attp", "")
	}
	return text
}

// finalConfiguration has all sources and all procedures: each row that was rejected meanwhile is good now.
func finalConfiguration(ledger string) string {
	return strings.NewReplacer("LEDGER", ledger, "CONCURRENCY", "2", "PARENT", "xnk", "MORE", `, {unit: bo, code: "3.003"}`, "DAYSOFF", "2026-03-04", "TARGET", "0.7").Replace(racing) +
		racingDatabase("xnk", "") + racingDatabase("hoachat", "") + racingReport("dienluc", "") + racingReport("attp", "")
}

// office writes a unit's system while it is read.
type office struct {
	random  *rand.Rand
	version int64
	rows    map[string]string // the CSV line by id
}

func (o *office) work() (id, thutuc, kenh, nhan, hen, xong string) {
	id = fmt.Sprintf("D%03d", o.random.IntN(80))
	day := func(from, n int) string { return fmt.Sprintf("2026-03-%02d", from+o.random.IntN(n)) }
	xong = ""
	if o.random.IntN(2) == 0 {
		xong = day(10, 8)
	}
	return id, []string{"1.001", "2.002", "3.003"}[o.random.IntN(3)], []string{"tt", "tr"}[o.random.IntN(2)], day(1, 9), day(10, 15), xong
}

func (o *office) updateDatabase(ctx context.Context, db *sql.DB) error {
	for range 5 {
		o.version++
		id, thutuc, kenh, nhan, hen, xong := o.work()
		_, err := db.ExecContext(ctx, "insert into ho_so values (?, ?, ?, ?, ?, ?, ?) on conflict (ma) do update set (thutuc, kenh, nhan, hen, xong, doi) = (excluded.thutuc, excluded.kenh, excluded.nhan, excluded.hen, excluded.xong, excluded.doi)",
			id, thutuc, kenh, nhan, hen, xong, o.version)
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *office) replaceReport(path string) error {
	for range 5 {
		id, thutuc, kenh, nhan, hen, xong := o.work()
		o.rows[id] = strings.Join([]string{"R" + id, thutuc, kenh, nhan, hen, xong}, ",")
	}
	var text strings.Builder
	text.WriteString(header)
	for _, line := range o.rows {
		text.WriteString(line + "\n")
	}
	if err := os.WriteFile(path+".new", []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// offices makes the four systems, and has them change until stop is called.
func offices(t *testing.T, s *site) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	begin := func(seed uint64, do func(*office) error) {
		o := &office{random: rand.New(rand.NewPCG(seed, 1)), rows: map[string]string{}}
		if err := do(o); err != nil {
			t.Fatal(err)
		}
		working.Go(func() {
			for ctx.Err() == nil {
				if err := do(o); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	for i, unit := range []string{"xnk", "hoachat"} {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(s.folder, unit+".db")+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(10000)&_pragma=synchronous(off)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if _, err := db.Exec("create table ho_so (ma text primary key, thutuc text, kenh text, nhan text, hen text, xong text, doi integer)"); err != nil {
			t.Fatal(err)
		}
		begin(uint64(i), func(o *office) error { return o.updateDatabase(t.Context(), db) })
	}
	for i, unit := range []string{"dienluc", "attp"} {
		begin(uint64(i+10), func(o *office) error { return o.replaceReport(filepath.Join(s.folder, unit+".csv")) })
	}
	return func() {
		cancel()
		working.Wait()
	}
}

// Many reloads while four systems change and are read: in the end the books balance, and the figures are those that an agent
// computes that reads everything for the first time.
func TestManyReloadsDuringCollection(t *testing.T) {
	s := newSite(t)
	stop := offices(t, s)
	random := rand.New(rand.NewPCG(7, 7))
	a := s.agent(racingConfiguration(random, "kpiagent.db"))
	end := runs(t, a)
	for range 12 {
		if err := s.reload(a, racingConfiguration(random, "kpiagent.db")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		if _, ok := value(scrape(a), `egov_config_last_reload_successful`); !ok {
			t.Fatal("the page is gone")
		}
		a.Sources()
	}
	stop()
	if err := s.reload(a, finalConfiguration("kpiagent.db")); err != nil {
		t.Fatal(err)
	}
	end()
	collect(t, a, CollectOptions{Full: true, AcceptDrop: true})

	differences, err := a.Ledger.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for unit, n := range differences {
		if n != 0 {
			t.Errorf("%s: %d counts of the daybook differ from a full count", unit, n)
		}
	}
	first := s.agent(finalConfiguration("first.db"))
	collect(t, first, CollectOptions{})
	if diff := cmp.Diff(figuresOf(first), figuresOf(a)); diff != "" {
		t.Errorf("(-read for the first time +reloaded many times):\n%s", diff)
	}
	if n := len(figuresOf(a)); n < 200 {
		t.Errorf("only %d series were compared", n)
	}
}

// figuresOf gives the series of a page that are made from the books.
func figuresOf(a *Agent) (lines []string) {
	for line := range strings.Lines(scrape(a)) {
		for _, family := range []string{"egov_dossiers_", "egov_kpi_", "egov_procedure", "egov_handling_", "egov_unit_", "egov_ledger_imbalance"} {
			if strings.HasPrefix(line, family) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
