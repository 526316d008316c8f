package agent

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"kpiagent/internal/kpi"
)

// The same one-stop table in three databases: one unit each, so that their figures can be laid side by side.
const threeDatabases = `
units:
  - {id: bo, name: {vi: Bộ, en: Ministry}}
  - {id: postgres, parent: bo}
  - {id: mariadb, parent: bo}
  - {id: sqlite, parent: bo}
procedures:
  - {unit: bo, code: "1.001"}
  - {unit: bo, code: "1.002"}
sources:
`

func databaseSource(unit, driver, access string) string {
	return fmt.Sprintf(`
  - unit: %s
    id: motcua
    kind: sql
    supplement_clock: pause
    sql:
      driver: %s
      %s
      query: |
        select ma, thu_tuc, kenh, tiep_nhan, hen_tra, ket_thuc, trang_thai, bo_sung_tu, bo_sung_den, cap_nhat
        from ho_so where cap_nhat >= :since
      incremental: {column: cap_nhat, overlap: 1h%s}
    mapping:
      id: {column: ma}
      procedure: {column: thu_tuc}
      channel: {column: kenh, values: [{from: "1", to: counter}, {from: "2", to: online}, {from: "3", to: postal}]}
      received: {column: tiep_nhan, layouts: ["yyyy-MM-dd HH:mm:ss"]}
      due: {column: hen_tra, layouts: ["yyyy-MM-dd HH:mm:ss"]}
      finished: {column: ket_thuc, layouts: ["yyyy-MM-dd HH:mm:ss"]}
      outcome:
        column: trang_thai
        values: [{from: "4", to: ""}, {from: "5", to: ""}, {from: "7", to: withdrawn}, {from: "9", to: settled}]
      paused_from: {column: bo_sung_tu, layouts: ["yyyy-MM-dd HH:mm:ss"]}
      paused_to: {column: bo_sung_den, layouts: ["yyyy-MM-dd HH:mm:ss"]}
`, unit, driver, access, map[bool]string{true: `, layout: "yyyy-MM-dd HH:mm:ss"`}[driver == "sqlite"])
}

// oneStop is the table in one database; what is done to one is done to all three.
type oneStop struct {
	unit    string
	db      *sql.DB
	dollars bool // placeholders are $1, $2, …
}

func (o oneStop) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if o.dollars {
		for i := 1; strings.Contains(query, "?"); i++ {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", i), 1)
		}
	}
	if _, err := o.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Errorf("%s: %s: %v", o.unit, query, err)
	}
}

func TestSameDossiersInThreeDatabases(t *testing.T) {
	s := newSite(t)
	s.env["PG"], s.env["MY"] = servers.PostgreSQL(t), servers.MariaDB(t)
	file := filepath.Join(s.folder, "motcua.db")
	var all []oneStop
	for _, o := range []struct{ unit, driver, dsn, moment string }{
		{"postgres", "pgx", s.env["PG"], "timestamp"}, {"mariadb", "mysql", s.env["MY"], "datetime"}, {"sqlite", "sqlite", "file:" + file + "?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)", "text"},
	} {
		db, err := sql.Open(o.driver, o.dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		one := oneStop{o.unit, db, o.driver == "pgx"}
		one.exec(t, strings.ReplaceAll(`create table ho_so (ma varchar(40) primary key, thu_tuc varchar(20), kenh int, tiep_nhan MOMENT, hen_tra MOMENT,
			ket_thuc MOMENT, trang_thai int, bo_sung_tu MOMENT, bo_sung_den MOMENT, cap_nhat MOMENT)`, "MOMENT", o.moment))
		all = append(all, one)
	}
	a := s.agent(threeDatabases + databaseSource("postgres", "postgres", "dsn_env: PG") + databaseSource("mariadb", "mysql", "dsn_env: MY") +
		databaseSource("sqlite", "sqlite", "path: motcua.db"))

	random := rand.New(rand.NewPCG(1, 2))
	insertDossiers(t, all, random, "2026-03-18 12:00:00", 0, 600)
	collect(t, a, CollectOptions{})
	first := wantSameFigures(t, a)
	if first.Total == 0 || first.Late == 0 || first.Exits == 0 || first.Paused == 0 || first.OpenUndated == 0 {
		t.Fatalf("the sample lacks something: %+v", first)
	}

	// Rows change while they are read: the reads in between see some of it, the last one sees all.
	var changing sync.WaitGroup
	changing.Go(func() {
		for step := range 20 {
			insertDossiers(t, all, random, "2026-03-19 16:00:00", 600+step*5, 5)
			for _, o := range all {
				o.exec(t, "update ho_so set ket_thuc = ?, trang_thai = 9, cap_nhat = ? where ma = ?",
					"2026-03-19 10:00:00", "2026-03-19 16:00:00", fmt.Sprintf("HS-%04d", step*7))
			}
		}
	})
	for range 4 {
		collect(t, a, CollectOptions{})
	}
	changing.Wait()
	collect(t, a, CollectOptions{})
	if second := wantSameFigures(t, a); second == first {
		t.Error("the figures have not moved")
	}

	// Deleted rows are found by a complete read.
	for _, o := range all {
		o.exec(t, "delete from ho_so where ma like 'HS-05%'")
	}
	if got := collect(t, a, CollectOptions{})["postgres/motcua"]; got.Removed != 0 {
		t.Errorf("an incremental read removed %d", got.Removed)
	}
	if got := collect(t, a, CollectOptions{Full: true})["postgres/motcua"]; got.Removed != 100 {
		t.Errorf("a full read removed %d, want 100", got.Removed)
	}
	wantSameFigures(t, a)
	differences, err := a.Ledger.Audit(t.Context())
	for unit, n := range differences {
		if n != 0 {
			t.Errorf("the daybook of %s differs from a full count in %d counts", unit, n)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// insertDossiers makes the same rows in every database.
func insertDossiers(t *testing.T, all []oneStop, random *rand.Rand, changed string, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		received := kpi.Date(2025, 11, 3).Stamp() + kpi.Stamp(random.IntN(130*86400))
		due := any((received + kpi.Stamp(random.IntN(20*86400))).String())
		var finished, pausedFrom, pausedTo any
		status := 4
		if random.IntN(10) == 0 {
			due = nil
		}
		if random.IntN(4) == 0 {
			status = 5
			pausedFrom = (received + 3600).String()
			if random.IntN(2) == 0 {
				pausedTo = (received + 5*86400).String()
			}
		}
		if random.IntN(3) > 0 {
			status = 9
			if random.IntN(12) == 0 {
				status = 7
			}
			finished = (received + kpi.Stamp(random.IntN(6*86400)+7200)).String()
		}
		for _, o := range all {
			o.exec(t, "insert into ho_so values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", fmt.Sprintf("HS-%04d", i), fmt.Sprintf("1.00%d", 1+i%2), 1+i%3,
				received.String(), due, finished, status, pausedFrom, pausedTo, changed)
		}
	}
}

// wantSameFigures compares the form of the three units for several periods and gives that of the year.
func wantSameFigures(t *testing.T, a *Agent) (year kpi.Tally) {
	t.Helper()
	for _, period := range []string{"2025-11", "2025-12", "2026-01", "2026-02", "month", "2025-Q4", "year", "2026-03-16"} {
		year = tally(t, a, "postgres", period)
		for _, other := range []string{"mariadb", "sqlite"} {
			if got := tally(t, a, other, period); got != year {
				t.Errorf("%s of %s: %+v\nof postgres: %+v", period, other, got, year)
			}
		}
		if n := year.Imbalance(); n != 0 {
			t.Errorf("%s is out of balance by %d", period, n)
		}
	}
	return tally(t, a, "postgres", "rolling_30d")
}
