package sql

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx, for the tests' own statements

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
	"kpiagent/internal/testserver"
)

var servers testserver.Pool

func TestMain(m *testing.M) {
	defer servers.Close()
	m.Run()
}

var (
	vietnam = mustLoad("Asia/Ho_Chi_Minh")
	noon    = time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)
)

func mustLoad(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // no zone data: no test can say anything
	}
	return location
}

// database is an empty database of one of the three kinds.
type database struct {
	driver string // of the configuration
	dsn    string
	db     *sql.DB
}

// each runs a test on every kind of database.
func each(t *testing.T, test func(t *testing.T, d database)) {
	for _, driver := range []string{"postgres", "mysql", "sqlite"} {
		t.Run(driver, func(t *testing.T) { test(t, open(t, driver)) })
	}
}

func open(t testing.TB, driver string) database {
	t.Helper()
	d := database{driver: driver}
	name := driver
	switch driver {
	case "postgres":
		d.dsn, name = servers.PostgreSQL(t), "pgx"
	case "mysql":
		d.dsn = servers.MariaDB(t)
	case "sqlite":
		d.dsn = filepath.Join(t.TempDir(), "một cửa?.db")
		name = "sqlite"
	}
	address := d.dsn
	if driver == "sqlite" {
		address = "file:" + strings.ReplaceAll(strings.ReplaceAll(d.dsn, "%", "%25"), "?", "%3F") + "?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(name, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d.db = db
	return d
}

func (d database) exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// source reads the database with a query.
func (d database) source(t testing.TB, query string, change *config.Incremental) *Source {
	t.Helper()
	return d.with(t, config.SQL{Query: query, Incremental: change})
}

// envOf has a connection string in the variable DSN.
func envOf(dsn string, rules *outbound.Rules) outbound.Env {
	return outbound.Env{Network: rules, LookupEnv: func(name string) (string, bool) { return dsn, name == "DSN" }}
}

func (d database) with(t testing.TB, given config.SQL) *Source {
	t.Helper()
	given.Driver = d.driver
	if d.driver == "sqlite" {
		given.Path = d.dsn
	}
	given.DSNEnv = "DSN"
	source, err := New(given, envOf(d.dsn, nil), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

const query = "select ma, tthc, kenh, nhan, hen, xong, tra, sua from ho_so"

// desk is the mapping that reads the columns of query.
func desk(t testing.TB) *collectors.Mapping {
	t.Helper()
	column := func(name string, layouts ...string) *config.Field {
		return &config.Field{Column: name, Layouts: layouts}
	}
	mapping, err := collectors.NewMapping(config.Source{Unit: "so-tnmt", ID: "mot-cua", Mapping: config.Mapping{
		ID: column("ma"), Procedure: column("tthc"),
		Channel:  &config.Field{Column: "kenh", Values: []config.ValueMap{{From: "1", To: "counter"}, {From: "2", To: "online"}}},
		Received: column("nhan"), Due: column("hen"), Finished: column("xong"), PaidOnline: column("tra"),
		Outcome: &config.Field{Constant: "settled"},
	}}, collectors.Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return mapping
}

// got is what a read brought.
type got struct {
	Rows    []string // id, changed and the rest of each record
	Rejects []string
	Warned  []string
	States  []string // of the batches
	Result  collectors.Result
}

func (g got) ids() string {
	var ids []string
	for _, row := range g.Rows {
		id, _, _ := strings.Cut(row, " ")
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func collect(ctx context.Context, t testing.TB, source *Source, request collectors.Request) (got, error) {
	t.Helper()
	if request.Now.IsZero() {
		request.Now = noon
	}
	var g got
	var err error
	g.Result, _, err = collectors.Collect(ctx, source, desk(t), request, collectors.Options{BatchSize: 3}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			d := r.Dossier
			g.Rows = append(g.Rows, fmt.Sprintf("%s %s %s %s|%s|%s %s %q %d", d.ID, d.Procedure, d.Channel, d.Received, d.Due, d.Finished, d.Outcome, d.PaidOnline, r.Changed))
		}
		for _, r := range b.Rejects {
			g.Rejects = append(g.Rejects, fmt.Sprintf("%d %s: %s", r.Row, r.ID, r.Fault.Error()))
		}
		for _, w := range b.Warnings {
			g.Warned = append(g.Warned, fmt.Sprintf("%s %s: %s", w.ID, w.Reason, w.Detail))
		}
		g.States = append(g.States, b.State)
		return nil
	})
	return g, err
}

func mustCollect(t testing.TB, source *Source, request collectors.Request) got {
	t.Helper()
	g, err := collect(t.Context(), t, source, request)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// table makes the table of a one-stop desk, with the types that each database has for it.
func (d database) table(t testing.TB) {
	t.Helper()
	types := map[string][]string{
		"postgres": {"smallint", "timestamp", "date", "timestamptz", "boolean", "timestamp(6)"},
		"mysql":    {"tinyint", "datetime", "date", "datetime(3)", "bit(1)", "datetime(6)"},
		"sqlite":   {"integer", "text", "date", "datetime", "boolean", "text"},
	}[d.driver]
	d.exec(t, fmt.Sprintf("create table ho_so(ma varchar(40) primary key, tthc text, kenh %s, nhan %s, hen %s, xong %s, tra %s, sua %s)",
		types[0], types[1], types[2], types[3], types[4], types[5]))
	if d.driver == "postgres" {
		d.exec(t, "set timezone to 'Asia/Ho_Chi_Minh'")
		d.db.SetMaxOpenConns(1) // so that the zone holds for all that the test writes
	}
}

func (d database) put(t testing.TB, id, received, due, finished, paid, changed string) {
	t.Helper()
	text := func(s string) string {
		if s == "" {
			return "null"
		}
		return "'" + s + "'"
	}
	if d.driver != "postgres" {
		paid = map[string]string{"true": "1", "false": "0", "": "null"}[paid]
	} else if paid == "" {
		paid = "null"
	}
	d.exec(t, "delete from ho_so where ma = "+text(id), fmt.Sprintf("insert into ho_so values (%s, '1.001', 2, %s, %s, %s, %s, %s)",
		text(id), text(received), text(due), text(finished), paid, text(changed)))
}

func TestThreeDatabasesGiveTheSameRecords(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		d.put(t, "H1", "2026-03-02 08:15:00", "2026-03-09", "2026-03-05 16:00:00.250", "true", "2026-03-05 16:00:01.000123")
		d.put(t, "H2", "2026-03-02 23:59:59", "", "", "", "")
		d.put(t, "H3/Đỗ", "2026-02-28 00:00:00", "2026-03-02", "", "false", "2026-02-28 00:00:00")
		d.exec(t, "update ho_so set kenh = 7 where ma = 'H2'")
		g := mustCollect(t, d.source(t, query+" where sua > :since or sua is null order by ma", &config.Incremental{Column: "sua", Overlap: time.Minute}), collectors.Request{})
		want := got{
			Rows: []string{
				`H1 1.001 online 2026-03-02 08:15:00|2026-03-09 00:00:00|2026-03-05 16:00:00 settled "yes" 1772726401000123`,
				`H3/Đỗ 1.001 online 2026-02-28 00:00:00|2026-03-02 00:00:00|  "no" 1772236800000000`,
			},
			Rejects: []string{`2 H2: unknown_channel: channel: "7" is not mapped; mapped are "1", "2"`},
			States:  []string{""},
			Result:  collectors.Result{State: "time:2026-03-05T16:00:01.000123", Complete: true},
		}
		if diff := cmp.Diff(want, g); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheSecondReadBringsWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		d.put(t, "H1", "2026-03-02 08:00:00", "", "", "", "2026-03-02 08:00:00")
		d.put(t, "H2", "2026-03-02 08:00:00", "", "", "", "2026-03-02 10:00:00.5")
		source := d.source(t, query+" where sua > :since order by ma", &config.Incremental{Column: "sua", Overlap: 10 * time.Minute})
		first := mustCollect(t, source, collectors.Request{})
		if first.ids() != "H1 H2" || first.Result != (collectors.Result{State: "time:2026-03-02T10:00:00.5", Complete: true}) {
			t.Fatalf("%+v", first)
		}
		// Committed late: its change time lies before the cursor, within the overlap.
		d.put(t, "H3", "2026-03-02 08:00:00", "", "", "", "2026-03-02 09:55:00")
		d.put(t, "H4", "2026-03-02 08:00:00", "", "", "", "2026-03-02 09:45:00")
		second := mustCollect(t, source, collectors.Request{State: first.Result.State})
		if second.ids() != "H2 H3" || second.Result != (collectors.Result{State: "time:2026-03-02T10:00:00.5"}) {
			t.Errorf("%+v", second)
		}
		full := mustCollect(t, source, collectors.Request{State: first.Result.State, Full: true})
		if full.ids() != "H1 H2 H3 H4" || !full.Result.Complete || full.Result.State != first.Result.State {
			t.Errorf("%+v", full)
		}
		d.exec(t, "delete from ho_so")
		if none := mustCollect(t, source, collectors.Request{State: first.Result.State}); none.ids() != "" || none.Result.State != first.Result.State {
			t.Errorf("%+v", none)
		}
	})
}

func TestARowFromTheFutureDoesNotHideLaterOnes(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		d.put(t, "H1", "2026-03-02 08:00:00", "", "", "", "2026-03-10 11:00:00")
		d.put(t, "H2", "2026-03-02 08:00:00", "", "", "", "2026-03-11 12:00:00")
		source := d.source(t, query+" where sua > :since order by ma", &config.Incremental{Column: "sua", Overlap: time.Minute})
		first := mustCollect(t, source, collectors.Request{})
		want := []string{"H2 changed_in_future: 2026-03-11 12:00:00 is 24h0m0s after the agent's clock; the row is read again until then"}
		if diff := cmp.Diff(want, first.Warned); diff != "" || first.Result.State != "time:2026-03-10T11:00:00" {
			t.Error(diff, first.Result)
		}
		d.put(t, "H3", "2026-03-02 08:00:00", "", "", "", "2026-03-10 11:30:00")
		second := mustCollect(t, source, collectors.Request{State: first.Result.State})
		if second.ids() != "H1 H2 H3" || second.Result.State != "time:2026-03-10T11:30:00" {
			t.Errorf("%+v", second)
		}
	})
}

func TestAnOrderedReadGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		for i, changed := range []string{"01", "02", "02", "02", "03", "04", "04"} {
			d.put(t, fmt.Sprint("H", i+1), "2026-03-02 08:00:00", "", "", "", "2026-03-02 10:00:"+changed)
		}
		ordered := &config.Incremental{Column: "sua", Ordered: true}
		source := d.source(t, query+" where sua > :since order by sua, ma", ordered)
		g := mustCollect(t, source, collectors.Request{})
		// A state holds only once all rows with its change time have been read.
		want := []string{"time:2026-03-02T10:00:01", "time:2026-03-02T10:00:03", ""}
		if diff := cmp.Diff(want, g.States); diff != "" || g.Result.State != "time:2026-03-02T10:00:04" {
			t.Error(diff, g.Result)
		}
		rest := mustCollect(t, source, collectors.Request{State: g.States[0]})
		if rest.ids() != "H2 H3 H4 H5 H6 H7" {
			t.Error(rest.ids())
		}
		again := mustCollect(t, source, collectors.Request{State: g.Result.State, Full: true})
		if diff := cmp.Diff([]string{"", "", ""}, again.States); diff != "" { // must not set the later cursor back
			t.Error(diff)
		}

		source = d.source(t, query+" where sua > :since order by sua desc, ma", ordered)
		_, err := collect(t.Context(), t, source, collectors.Request{})
		const message = `cannot read: row 3 goes backwards in "sua", although incremental.ordered is set; add an ORDER BY sua to the query, or take ordered away`
		if err == nil || err.Error() != message {
			t.Error(err)
		}
	})
}

func TestTheFirstRowsOnly(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		for i := range 10 {
			d.put(t, fmt.Sprint("H", i), "2026-03-02 08:00:00", "", "", "", "2026-03-02 08:00:00")
		}
		g := mustCollect(t, d.source(t, query+" order by ma", nil), collectors.Request{Limit: 4, State: "as before"})
		if g.ids() != "H0 H1 H2 H3" || g.Result != (collectors.Result{State: "as before"}) {
			t.Errorf("%+v", g)
		}
	})
}
