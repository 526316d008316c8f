package sql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
	"kpiagent/internal/testserver"
)

// password is that of the test servers' users.
const password = "throw-away"

// wants compares an error with a pattern, and looks for the password in it.
func wants(t *testing.T, err error, pattern string) {
	t.Helper()
	if err == nil || !regexp.MustCompile(`(?s)^cannot read: `+pattern+`$`).MatchString(err.Error()) {
		t.Errorf("got  %v\nwant %s", err, pattern)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), password) {
			t.Errorf("the password is in %q", e.Error())
		}
	}
}

func TestAWrongPassword(t *testing.T) {
	for driver, pattern := range map[string]string{
		"postgres": `database test_\d+ on 127\.0\.0\.1:\d+: password authentication failed for user "[a-z]+" \(SQLSTATE 28P01\); correct user and password, or let the user in \(pg_hba\.conf\)`,
		"mysql":    `database test_\d+ on 127\.0\.0\.1:\d+: Access denied for user '[a-z]+'@'[a-z0-9.]+' \(using password: YES\) \(error 1045\); correct user and password, or unlock the user`,
	} {
		t.Run(driver, func(t *testing.T) {
			d := open(t, driver)
			d.dsn = strings.Replace(d.dsn, password, "hunter2-"+password, 1)
			_, err := collect(t.Context(), t, d.source(t, query, nil), collectors.Request{})
			wants(t, err, pattern)
			if !errors.Is(err, collectors.ErrAuth) {
				t.Error("is not an ErrAuth")
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter2") {
				t.Errorf("the password is in %+v", err)
			}
		})
	}
}

func TestAConnectionStringThatCannotBeRead(t *testing.T) {
	for driver, form := range map[string]string{"postgres": "postgres://user:password@host:5432/database", "mysql": "user:password@tcp(host:3306)/database"} {
		for _, dsn := range []string{"postgres://u:" + password + "@h:x/d", "u:" + password + "@host:3306/d", password} {
			source, err := New(config.SQL{Driver: driver, Query: "select 1", DSNEnv: "DSN"}, envOf(dsn, outbound.Open()), vietnam)
			if err != nil {
				t.Fatal(err)
			}
			_, err = collect(t.Context(), t, source, collectors.Request{})
			wants(t, err, regexp.QuoteMeta("the connection string cannot be read; write it as "+form+" (its content is not shown)"))
		}
	}
	source, err := New(config.SQL{Driver: "postgres", Query: "select 1", DSNEnv: "OTHER"}, envOf("", nil), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(t.Context(), t, source, collectors.Request{})
	wants(t, err, `the connection string cannot be had: the environment variable OTHER \(dsn_env\) is not set; set it to the connection string where the agent is started`)
}

func TestAServerThatIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	for driver, dsn := range map[string]string{
		"postgres": "postgres://agent:" + password + "@" + address + "/d",
		"mysql":    "agent:" + password + "@tcp(" + address + ")/d",
	} {
		d := database{driver: driver, dsn: dsn}
		_, err := collect(t.Context(), t, d.source(t, query, nil), collectors.Request{})
		wants(t, err, `database d on `+address+`: refuses connections: is the server running, and are host and port right\?`)
	}
	d := database{driver: "sqlite", dsn: filepath.Join(t.TempDir(), "a.db")}
	_, err = collect(t.Context(), t, d.source(t, query, nil), collectors.Request{})
	wants(t, err, regexp.QuoteMeta("there is no file "+d.dsn+"; correct sql.path: file does not exist"))
	d.dsn = t.TempDir()
	_, err = collect(t.Context(), t, d.source(t, query, nil), collectors.Request{})
	wants(t, err, regexp.QuoteMeta(d.dsn+" is a folder: name the database file in it"))
}

func TestWhatTheQueryAsksForIsGone(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		d.put(t, "H1", "2026-03-02 08:00:00", "", "", "", "2026-03-02 08:00:00")
		all := strings.Replace(query, "ma, tthc, kenh, nhan, hen, xong, tra, sua", "*", 1)
		named, star := d.source(t, query, nil), d.source(t, all, nil)
		mustCollect(t, named, collectors.Request{})
		mustCollect(t, star, collectors.Request{})
		d.exec(t, "alter table ho_so drop column hen")
		_, err := collect(t.Context(), t, named, collectors.Request{})
		wants(t, err, map[string]string{
			"postgres": `database test_\d+ on .*: column "hen" does not exist \(SQLSTATE 42703\).*; correct the query or ask who changed the system`,
			"mysql":    `database test_\d+ on .*: Unknown column 'hen' in '[a-zA-Z ]+' \(error 1054\); correct the query or ask who changed the system`,
			"sqlite":   `database file .*: SQL logic error: no such column: hen \(1\); correct the query or the file`,
		}[d.driver])
		_, err = collect(t.Context(), t, star, collectors.Request{})
		wants(t, err, `there is no column "hen" for mapping\.due; there are: ma, tthc, kenh, nhan, xong, tra, sua; correct the mapping or ask who changed the system`)
		d.exec(t, "drop table ho_so")
		_, err = collect(t.Context(), t, named, collectors.Request{})
		wants(t, err, map[string]string{
			"postgres": `database test_\d+ on .*: relation "ho_so" does not exist \(SQLSTATE 42P01\); correct the query or ask who changed the system`,
			"mysql":    `database test_\d+ on .*: Table 'test_\d+\.ho_so' doesn't exist \(error 1146\); correct the query or ask who changed the system`,
			"sqlite":   `database file .*: SQL logic error: no such table: ho_so \(1\); correct the query or the file`,
		}[d.driver])
	})
}

func TestTheChangeColumnMustFit(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		d.table(t)
		d.put(t, "H1", "2026-03-02 08:00:00", "", "", "", "2026-03-02 08:00:00")
		for want, change := range map[string]config.Incremental{
			`there is no column "sửa" for incremental.column (did you mean "sua"?); there are: ma, tthc, kenh, nhan, hen, xong, tra, sua; correct the mapping or ask who changed the system`: {Column: "sửa"},
			`incremental.column "kenh" holds the number 2, and incremental.type is time; set it to number, or give incremental.layout`:                                                       {Column: "kenh"},
		} {
			_, err := collect(t.Context(), t, d.source(t, query+" where sua > :since", &change), collectors.Request{})
			wants(t, err, regexp.QuoteMeta(want))
		}
		_, err := collect(t.Context(), t, d.source(t, query+" where kenh > :since", &config.Incremental{Column: "sua", Type: "number"}), collectors.Request{})
		wants(t, err, `incremental\.column "sua" holds .*, and incremental\.type is number; set it to time or name another column`)
		_, err = collect(t.Context(), t, d.source(t, "select ma, kenh as ma from ho_so", nil), collectors.Request{})
		wants(t, err, `the query gives the column "ma" twice; name one of them otherwise with AS`)
	})
}

func TestTheAgentOnlyReads(t *testing.T) {
	for driver, test := range map[string]struct{ statement, pattern string }{
		"postgres": {"insert into ho_so(ma) values ('x') returning ma", `.*cannot execute INSERT in a read-only transaction \(SQLSTATE 25006\); the agent only reads: the query must not write`},
		"mysql":    {"insert into ho_so(ma) values ('x') returning ma", `.*Cannot execute statement in a READ ONLY transaction \(error 1792\); the agent only reads: the query must not write`},
		"sqlite":   {"insert into ho_so(ma) values ('x') returning ma", `.*readonly database \(8\); correct the query or the file`},
	} {
		t.Run(driver, func(t *testing.T) {
			d := open(t, driver)
			d.table(t)
			_, err := collect(t.Context(), t, d.source(t, test.statement, nil), collectors.Request{})
			wants(t, err, test.pattern)
			var rows int
			if err := d.db.QueryRowContext(t.Context(), "select count(*) from ho_so").Scan(&rows); err != nil || rows != 0 {
				t.Errorf("%d rows, %v", rows, err)
			}
		})
	}
}

func TestASlowQueryIsCutByTheTimeout(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		slow := map[string]string{
			"postgres": "select pg_sleep(60)",
			"mysql":    "select sleep(60)",
			"sqlite":   "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n",
		}[d.driver]
		d.exec(t, "create table t(a int)")
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := collect(ctx, t, d.source(t, slow, nil), collectors.Request{})
		wants(t, err, `database .*: took longer than timeout 500ms; raise the source's timeout or narrow the query`)
		if !errors.Is(err, collectors.ErrTimeout) || errors.Is(err, collectors.ErrAuth) {
			t.Error("is not an ErrTimeout")
		}
		if took := time.Since(begin); took > 1500*time.Millisecond { // not a measure of speed: of whether it ends at all
			t.Errorf("ended after %s", took)
		}
	})
}

// TestAServerThatGoesDown kills the server while rows are read.
func TestAServerThatGoesDown(t *testing.T) {
	for _, k := range []struct {
		driver string
		run    func() (*testserver.Server, error)
		query  string
	}{
		{"postgres", testserver.RunPostgreSQL, "select i::text as ma, '1' as tthc, 2 as kenh, timestamp '2026-03-02' as nhan, null as hen, null as xong, null as tra from generate_series(1, 10000000) i"},
		{"mysql", testserver.RunMariaDB, "select seq as ma, '1' as tthc, 2 as kenh, timestamp '2026-03-02 00:00:00' as nhan, null as hen, null as xong, null as tra from seq_1_to_10000000"},
	} {
		t.Run(k.driver, func(t *testing.T) {
			server, err := k.run()
			if err != nil {
				testserver.Refuse(t, err)
			}
			t.Cleanup(server.Close)
			d := database{driver: k.driver, dsn: server.Fresh(t)}
			var once sync.Once
			source := d.source(t, k.query, nil)
			_, _, err = collectors.Collect(t.Context(), source, desk(t), collectors.Request{Now: noon}, collectors.Options{BatchSize: 1000}, func(*kpi.Batch) error {
				once.Do(server.Stop)
				return nil
			})
			wants(t, err, `database test_\d+ on .*(the next run reads on.*)`)
			if errors.Is(err, collectors.ErrAuth) {
				t.Error("is an ErrAuth")
			}
		})
	}
}

func TestAQueryAndAConfigurationThatDoNotFit(t *testing.T) {
	for want, given := range map[string]config.SQL{
		`sql.query uses :since, but sql.incremental does not say which column it is compared with`: {Driver: "mysql", Query: "select :since"},
		`sql.query lacks :since: with sql.incremental it has to ask for rows changed after :since`: {Driver: "mysql", Query: "select ':since'", Incremental: &config.Incremental{Column: "a"}},
	} {
		if _, err := New(given, outbound.Env{}, vietnam); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestPasswordsAreHiddenInEveryForm(t *testing.T) {
	const secret = "p@ss:w/ord"
	for driver, dsn := range map[string]string{
		"postgres": "postgres://u:" + url.QueryEscape(secret) + "@h:1/d", "mysql": "u:" + secret + "@tcp(h:1)/d",
	} {
		err := explain(t.Context(), fmt.Errorf("the driver repeats %s and %s", secret, url.QueryEscape(secret)), 0, dsn, driver)
		if want := "database d on h:1: the driver repeats [hidden] and [hidden]"; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}
