package testserver_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/testserver"
)

// own is how a package shares one server among its tests.
var own testserver.Pool

func TestMain(m *testing.M) {
	defer own.Close()
	m.Run()
}

// kinds of database server: how to get a database, how to run one, and what its driver is called.
var kinds = []struct {
	name, driver string
	fresh        func(testing.TB) string
	run          func() (*testserver.Server, error)
}{
	{"PostgreSQL", "pgx", own.PostgreSQL, testserver.RunPostgreSQL},
	{"MariaDB", "mysql", own.MariaDB, testserver.RunMariaDB},
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for range 2 {
				db := open(t, k.driver, k.fresh(t))
				mustExec(t, db, "create table ho_so(ma text, ten text)")
				mustExec(t, db, "insert into ho_so values ('1', 'Cấp giấy chứng nhận xuất xứ')")
				var name string
				if err := db.QueryRow("select ten from ho_so").Scan(&name); err != nil || name != "Cấp giấy chứng nhận xuất xứ" {
					t.Fatalf("read %q, %v", name, err)
				}
			}
		})
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			db := open(t, k.driver, strings.Replace(k.fresh(t), "throw-away", "wrong", 1))
			if err := db.PingContext(t.Context()); err == nil {
				t.Fatal("a wrong password was let in")
			}
		})
	}
}

func TestAServerCanGoDownAndComeBack(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			server := mustRun(t, k.run)
			dsn := server.Fresh(t)
			mustExec(t, open(t, k.driver, dsn), "create table ho_so(ma int)")
			server.Stop()
			if err := open(t, k.driver, dsn).PingContext(t.Context()); err == nil {
				t.Fatal("it still answers after Stop")
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			mustExec(t, open(t, k.driver, dsn), "select count(*) from ho_so")
		})
	}
}

func TestPrometheusRunsTheGivenConfiguration(t *testing.T) {
	url := testserver.Prometheus(t, "global: {scrape_interval: 17s}\n")
	response, err := http.Get(url + "/api/v1/status/config")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Contains(body, []byte("scrape_interval: 17s")) {
		t.Fatalf("the configuration is %s, %v", body, err)
	}
}

func TestPromtoolChecksMetrics(t *testing.T) {
	check := exec.CommandContext(t.Context(), testserver.Promtool(t), "check", "metrics")
	check.Stdin = strings.NewReader("# HELP egov_up Whether it is up.\n# TYPE egov_up gauge\negov_up 1\n")
	if output, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// orphanVariable makes TestBeAParent play the part of a test binary that gets killed.
const orphanVariable = "TESTSERVER_BE_A_PARENT"

func TestAServerDiesWithTheTestBinary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child together with its parent")
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			k.fresh(t) // skips where the server is not installed
			parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBeAParent$/^"+k.name+"$")
			parent.Env = append(os.Environ(), orphanVariable+"=1", "TMPDIR="+leftovers(t))
			output, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(output)
			dsn, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("no DSN: %q, %v", dsn, err)
			}
			db := open(t, k.driver, strings.TrimSpace(dsn))
			mustExec(t, db, "select 1")
			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait() // "signal: killed"
			for deadline := time.Now().Add(20 * time.Second); db.PingContext(t.Context()) == nil; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the server outlives the test binary")
				}
			}
		})
	}
}

func TestBeAParent(t *testing.T) {
	if os.Getenv(orphanVariable) == "" {
		t.Skip("only runs inside TestAServerDiesWithTheTestBinary")
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			server := mustRun(t, k.run)
			fmt.Println(server.Fresh(t))
			time.Sleep(time.Minute)
		})
	}
}

// leftovers is a folder for what a killed test binary cannot remove; unlike TempDir it lets other users in.
func leftovers(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "kpiagent-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func mustRun(t *testing.T, run func() (*testserver.Server, error)) *testserver.Server {
	t.Helper()
	server, err := run()
	if err != nil {
		testserver.Refuse(t, err)
	}
	t.Cleanup(server.Close)
	return server
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
