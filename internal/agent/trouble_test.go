package agent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/testserver"
)

// A database of one unit and a report of another one.
const databaseAndReport = `
units:
  - {id: bo, name: {vi: Bộ, en: Ministry}}
  - {id: xnk, parent: bo}
  - {id: hoachat, parent: bo}
procedures: [{unit: bo, code: "1.001"}]
sources:
  - unit: xnk
    id: motcua
    kind: sql
    timeout: 2s
    sql: {driver: postgres, dsn_env: DSN, query: "QUERY"}
    mapping: &mapping
      id: {column: ma}
      procedure: {column: thutuc}
      channel: {column: kenh, values: [{from: tt, to: online}, {from: tr, to: counter}]}
      received: {column: nhan, layouts: [yyyy-MM-dd]}
      due: {column: hen, layouts: [yyyy-MM-dd]}
      finished: {column: xong, layouts: [yyyy-MM-dd]}
      outcome: {constant: settled}
  - unit: hoachat
    id: baocao
    kind: file
    file: {path: hoachat.csv}
    mapping: *mapping
`

// Whatever happens to a unit's database: a message that says what to do, the figures stay, the other source goes on.
func TestTroubleOfADatabase(t *testing.T) {
	server, err := testserver.RunPostgreSQL()
	if err != nil {
		testserver.Refuse(t, err)
	}
	defer server.Close()
	s := newSite(t)
	dsn := server.Fresh(t)
	s.env["DSN"] = dsn
	s.write("hoachat.csv", hoachat)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`create table ho_so (ma text, thutuc text, kenh text, nhan date, hen date, xong date);
		insert into ho_so select 'X'||i, '1.001', 'tt', date '2026-03-02' + i % 10, date '2026-03-20', null from generate_series(1, 40) i;
		create view doc as select * from ho_so`)
	a := s.agent(strings.Replace(databaseAndReport, "QUERY", "select * from doc", 1))
	collect(t, a, CollectOptions{})
	before := tally(t, a, "xnk", "month")
	if before.Online != 40 {
		t.Fatalf("received %d, want 40", before.Online)
	}

	for _, trouble := range []struct {
		name, says   string
		break_, mend func()
		is           error
		again        bool // it may be over in a moment
	}{
		{"the server is down", "connect", func() { server.Stop() }, func() {
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
		}, nil, true},
		{"the password is wrong", "password", func() { s.env["DSN"] = strings.Replace(dsn, "throw-away", "hunter2", 1) },
			func() { s.env["DSN"] = dsn }, collectors.ErrAuth, false},
		{"the secret is gone", "DSN", func() { delete(s.env, "DSN") }, func() { s.env["DSN"] = dsn }, nil, false},
		{"the query hangs", "timeout", func() { exec("create or replace view doc as select h.* from ho_so h, pg_sleep(60)") },
			func() { exec("create or replace view doc as select * from ho_so") }, nil, false},
		{"a column vanishes", `"kenh"`, func() {
			exec("drop view doc; create view doc as select ma, thutuc, kenh as kenh_tiep_nhan, nhan, hen, xong from ho_so")
		},
			func() { exec("drop view doc; create view doc as select * from ho_so") }, nil, false},
		{"the table vanishes", "doc", func() { exec("drop view doc") }, func() { exec("create view doc as select * from ho_so") }, nil, false},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			trouble.break_()
			s.now = s.now.Add(time.Minute)
			began := time.Now()
			results, err := a.Collect(t.Context(), CollectOptions{Full: true})
			if err != nil {
				t.Fatal(err)
			}
			failed := results[0].Err
			if failed == nil || !strings.Contains(failed.Error(), trouble.says) {
				t.Fatalf("the error is %v, it should speak of %s", failed, trouble.says)
			}
			t.Log(failed)
			if trouble.is != nil && !errors.Is(failed, trouble.is) {
				t.Errorf("the error is not %q: %v", trouble.is, failed)
			}
			if _, again := collectors.Again(failed); again != trouble.again {
				t.Errorf("it is tried again in the same turn: %t, want %t", again, trouble.again)
			}
			if strings.Contains(failed.Error(), "throw-away") || strings.Contains(failed.Error(), "hunter2") {
				t.Errorf("the error tells the password: %v", failed)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s with a timeout of 2 s", took)
			}
			if results[1].Err != nil {
				t.Errorf("the other source failed too: %v", results[1].Err)
			}
			if got := tally(t, a, "xnk", "month"); got != before {
				t.Errorf("the figures moved: %+v", got)
			}
			wantSeries(t, a, map[string]float64{
				`egov_source_up{source="motcua",unit="xnk"}`:                                 0,
				`egov_source_up{source="baocao",unit="hoachat"}`:                             1,
				`egov_source_last_success_timestamp_seconds{source="baocao",unit="hoachat"}`: float64(s.now.Unix()),
			})
			trouble.mend()
			collect(t, a, CollectOptions{Full: true})
			if got := tally(t, a, "xnk", "month"); got != before {
				t.Errorf("mended, yet the figures are %+v", got)
			}
		})
	}

	t.Run("the query returns nothing", func(t *testing.T) {
		exec("create or replace view doc as select * from ho_so where false")
		if got := collect(t, a, CollectOptions{Full: true})["xnk/motcua"]; got.Held != 40 || got.Removed != 0 {
			t.Errorf("held %d, removed %d, want 40 and 0", got.Held, got.Removed)
		}
		if got := tally(t, a, "xnk", "month"); got != before {
			t.Errorf("the figures moved: %+v", got)
		}
	})
	runs, err := a.Ledger.Runs(context.Background(), "xnk/motcua", 100)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, run := range runs {
		if !run.OK && run.Error != "" {
			failed++
		}
	}
	if failed != 6 {
		t.Errorf("the run log has %d failures, want 6", failed)
	}
}

// A system that has refused the password is not asked again on schedule before the secret changes: accounts get locked.
func TestRefusedPasswordIsNotTriedAgain(t *testing.T) {
	s := newSite(t)
	log := new(lockedBuffer)
	s.log = log
	dsn := servers.PostgreSQL(t)
	s.env["DSN"] = strings.Replace(dsn, "throw-away", "hunter2", 1)
	s.write("hoachat.csv", hoachat)
	a := s.agent(strings.Replace(databaseAndReport, "QUERY", "select 'X' ma, '1.001' thutuc, 'tt' kenh, date '2026-03-02' nhan, null hen, null xong", 1))
	reads := func() int {
		runs, err := a.Ledger.Runs(t.Context(), "xnk/motcua", 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(runs)
	}
	turn := func(full bool) { a.readInTurn(t.Context(), t.Context(), a.readers[0], options{full: full}) }
	for range 5 {
		turn(false)
	}
	if n := reads(); n != 1 {
		t.Errorf("asked %d times with a password that was refused, want once", n)
	}
	turn(true)
	if n := reads(); n != 2 {
		t.Errorf("the complete read asked %d times in all, want 2", n)
	}
	s.env["DSN"] = dsn
	turn(false)
	wantSeries(t, a, map[string]float64{`egov_source_up{source="motcua",unit="xnk"}`: 0}) // the page is made by the publisher
	if err := a.publisher.builder.Publish(); err != nil {
		t.Fatal(err)
	}
	wantSeries(t, a, map[string]float64{`egov_source_up{source="motcua",unit="xnk"}`: 1})
	if strings.Contains(log.String(), "hunter2") || strings.Contains(log.String(), "throw-away") {
		t.Error("the log tells a password")
	}
}

// The same holds for a portal that refuses a token: neither the rest of the read nor the next ones show it again.
func TestRefusedTokenIsNotTriedAgain(t *testing.T) {
	asked := 0
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.Header.Get("Authorization") != "Bearer right" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, `[{"ma":"H1","thutuc":{"ma":"1.001"},"nhan":"2026-03-02"}]`)
	}))
	defer portal.Close()
	s := newSite(t)
	s.env["TOKEN"] = "hunter2"
	a := s.agent(`
units: [{id: bo}]
procedures: [{unit: bo, code: "1.001"}]
sources:
  - unit: bo
    id: cong
    kind: rest
    rest: {url: "` + portal.URL + `", auth: {kind: bearer, secret_env: TOKEN}}
    mapping: {id: {column: ma}, procedure: {column: thutuc.ma}, channel: {constant: online}, received: {column: nhan}}
`)
	turn := func() { a.readInTurn(t.Context(), t.Context(), a.readers[0], options{}) }
	for range 5 {
		turn()
	}
	if asked != 1 {
		t.Errorf("asked %d times with a token that was refused, want once", asked)
	}
	s.env["TOKEN"] = "right"
	turn()
	if asked != 2 || a.Sources()[0].Refused {
		t.Errorf("asked %d times in all after the token changed, want 2", asked)
	}
	runs, err := a.Ledger.Runs(t.Context(), "bo/cong", 10)
	if err != nil || len(runs) != 2 || !runs[0].OK {
		t.Errorf("%+v, %v", runs, err)
	}
}

// A mapping that fits no row is trouble, not a success with nothing in it.
func TestEveryRowRejectedIsAFailure(t *testing.T) {
	s := newSite(t)
	s.write("hoachat.csv", strings.ReplaceAll(hoachat, "1.001", "9.999"))
	s.write("dienluc.csv", dienluc)
	a := s.agent(twoReports)
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "every one of the 3 rows was rejected (3 × unknown_procedure): look at them with kpiagent collect --dry-run and correct the mapping"
	if got := results[0].Err; got == nil || got.Error() != want {
		t.Errorf("the error is %v", got)
	}
	findings, err := a.Ledger.Findings(t.Context(), "hoachat/baocao", 10)
	if err != nil || len(findings) != 3 {
		t.Errorf("%d rejected rows are kept, want 3 (%v)", len(findings), err)
	}
}

// Each row of totals has a bad cell, and each brings a record: as many rejects as rows are no failure.
func TestRowsWithOneBadTotalEachAreTaken(t *testing.T) {
	s := newSite(t)
	s.write("tonghop.csv", "ngay,nhan,tra_loi\n2026-01-31,5,x\n2026-02-28,7,y\n")
	a := s.agent(`
units: [{id: bo}]
measures: [{id: received, kind: flow}, {id: answered, kind: flow}]
sources:
  - unit: bo
    id: tonghop
    kind: file
    record: observation
    file: {path: tonghop.csv}
    mapping:
      day: {column: ngay}
      totals: [{column: nhan, measure: received}, {column: tra_loi, measure: answered}]
`)
	results, err := a.Collect(t.Context(), CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := results[0]; got.Err != nil || got.Rows != 2 || got.Added != 2 || got.Rejected != 2 {
		t.Errorf("%+v", got)
	}
	findings, err := a.Ledger.Findings(t.Context(), "bo/tonghop", 10)
	if err != nil || len(findings) != 2 || findings[0].Record != "answered" || findings[0].Field != "totals[1]" {
		t.Errorf("%+v, %v", findings, err)
	}
}

// Where months begin decides the days of rows that name a month; all rows are read again when it changes.
func TestAnotherCutOffAsksForAFullReadWhereRowsNameMonths(t *testing.T) {
	const configuration = `
periods: {cut_off: CUT}
units: [{id: bo}]
measures: [{id: trained, kind: flow}]
sources:
  - {unit: bo, id: form, kind: file, file: {path: a.csv, form: ii06a}}
  - {unit: bo, id: months, kind: file, record: observation, file: {path: a.csv}, mapping: {day: {column: thang, period: month}, measure: {constant: trained}, value: {column: so}}}
  - {unit: bo, id: days, kind: file, record: observation, file: {path: a.csv}, mapping: {day: {column: ngay}, measure: {constant: trained}, value: {column: so}}}
`
	s := newSite(t)
	calendar, nd09 := s.model(strings.Replace(configuration, "CUT", "calendar", 1)), s.model(strings.Replace(configuration, "CUT", "nd09", 1))
	for i, other := range []bool{true, true, false} {
		before, errBefore := calendar.Fingerprint(calendar.Config.Sources[i])
		after, errAfter := nd09.Fingerprint(nd09.Config.Sources[i])
		if errBefore != nil || errAfter != nil || (before != after) != other {
			t.Errorf("source %s: another fingerprint: %v, want %v (%v, %v)", calendar.Config.Sources[i].ID, before != after, other, errBefore, errAfter)
		}
	}
}
