// Package testserver starts real, throw-away servers for tests: PostgreSQL, MariaDB, Prometheus, VictoriaMetrics, Alertmanager, and a browser;
// each on a free loopback port with its data in a temporary folder. They stop with the test that asked for them, and die
// with the test binary whatever happens to it.
//
// It is for tests only: nothing that ships may import it. Stand-ins and sample data do not live here.
//
// One server for all tests of a package, each with a database of its own:
//
//	var servers testserver.Pool
//
//	func TestMain(m *testing.M) {
//		defer servers.Close()
//		m.Run()
//	}
//
//	func TestRead(t *testing.T) {
//		dsn := servers.PostgreSQL(t)
//		...
//	}
package testserver

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
)

// PostgreSQL starts a server for this test alone and gives the URL of an empty database on it, as pgx reads it.
func PostgreSQL(t testing.TB) (dsn string) {
	t.Helper()
	return alone(t, RunPostgreSQL)
}

// MariaDB starts a server for this test alone and gives the DSN of an empty database on it, as go-sql-driver reads it.
func MariaDB(t testing.TB) (dsn string) {
	t.Helper()
	return alone(t, RunMariaDB)
}

func alone(t testing.TB, run func() (*Server, error)) string {
	t.Helper()
	server, err := run()
	if err != nil {
		Refuse(t, err)
	}
	t.Cleanup(server.Close)
	return server.Fresh(t)
}

// Pool shares one server of each kind among the tests of a package; a server starts when the first test wants it. The
// zero Pool is ready; whoever made it calls Close after the last test.
type Pool struct {
	postgreSQL, mariaDB shared
}

type shared struct {
	once   sync.Once
	server *Server
	err    error
}

// PostgreSQL gives the URL of a database that is this test's own and empty.
func (p *Pool) PostgreSQL(t testing.TB) (dsn string) {
	t.Helper()
	return p.postgreSQL.fresh(t, RunPostgreSQL)
}

// MariaDB gives the DSN of a database that is this test's own and empty.
func (p *Pool) MariaDB(t testing.TB) (dsn string) {
	t.Helper()
	return p.mariaDB.fresh(t, RunMariaDB)
}

// Close stops what was started and removes its files.
func (p *Pool) Close() {
	for _, s := range []*shared{&p.postgreSQL, &p.mariaDB} {
		if s.server != nil {
			s.server.Close()
		}
	}
}

func (s *shared) fresh(t testing.TB, run func() (*Server, error)) string {
	t.Helper()
	s.once.Do(func() { s.server, s.err = run() })
	if s.err != nil {
		Refuse(t, s.err)
	}
	return s.server.Fresh(t)
}

// MissingError says that a server's program is not installed.
type MissingError struct {
	Program string // for example mariadbd
	Package string // the Debian package that holds it
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed: run apt-get install -y --no-install-recommends %s", e.Program, e.Package)
}

// Refuse ends a test for want of a server. A missing program only skips it on a developer's machine; where CI is true the test counts, so
// there it fails.
func Refuse(t testing.TB, err error) {
	t.Helper()
	var missing *MissingError
	strict, _ := strconv.ParseBool(os.Getenv("CI"))
	if errors.As(err, &missing) && !strict {
		t.Skipf("NOT TESTED: %v", err)
	}
	t.Fatal(err)
}
