package testserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// startTimeout bounds how long a server may take until it answers; a loaded machine with two cores needs seconds.
	startTimeout = 60 * time.Second
	// tries is how often a start is repeated: between finding a free port and using it, somebody else may take it.
	tries = 3
)

// password is what the databases ask for, so that a test can also bring a wrong one.
const password = "throw-away"

// Server is a running database server.
type Server struct {
	kind      kind
	folder    string
	port      int
	process   *process
	databases atomic.Int64
}

// kind is what sets one database server apart from another.
type kind struct {
	name   string
	driver string // as database/sql knows it
	// prepare makes the files of an empty server in folder, which belongs to the account.
	prepare func(folder string, as account) error
	// command is the server's own process, in the foreground.
	command func(folder string, port int, as account) command
	dsn     func(port int, database string) string
	admin   string // the database that is always there
	account string // who runs it when the tests run as root
}

// run makes an empty server of that kind and starts it.
func run(k kind) (*Server, error) {
	as, err := accountFor(k.account)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.name, err)
	}
	folder, err := newFolder(as)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.name, err)
	}
	s := &Server{kind: k, folder: folder}
	if err := k.prepare(folder, as); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: making an empty server: %w", k.name, err)
	}
	for range tries {
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.Start(); err == nil {
			return s, nil
		}
	}
	s.Close()
	return nil, err
}

// Fresh makes an empty database for the test and gives its DSN. It goes with the server.
func (s *Server) Fresh(t testing.TB) (dsn string) {
	t.Helper()
	db, err := sql.Open(s.kind.driver, s.kind.dsn(s.port, s.kind.admin))
	if err != nil {
		t.Fatalf("%s: %v", s.kind.name, err)
	}
	defer db.Close()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if _, err := db.ExecContext(t.Context(), "create database "+name); err != nil {
		t.Fatalf("%s: making database %s: %v", s.kind.name, name, err)
	}
	return s.kind.dsn(s.port, name)
}

// Stop ends the server at once, as a crash would; what was committed stays.
func (s *Server) Stop() {
	if s.process != nil {
		s.process.stop()
		s.process = nil
	}
}

// Start starts the server again after Stop, on the same port with the same data, and waits until it answers.
func (s *Server) Start() error {
	as, err := accountFor(s.kind.account)
	if err != nil {
		return fmt.Errorf("%s: %w", s.kind.name, err)
	}
	s.process, err = start(s.kind.command(s.folder, s.port, as), s.folder)
	if err != nil {
		return fmt.Errorf("%s: %w", s.kind.name, err)
	}
	if err := s.process.await(s.answers); err != nil {
		s.Stop()
		return fmt.Errorf("%s: %w", s.kind.name, err)
	}
	return nil
}

func (s *Server) answers(ctx context.Context) error {
	db, err := sql.Open(s.kind.driver, s.kind.dsn(s.port, s.kind.admin))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}

// Close stops the server and removes its files.
func (s *Server) Close() {
	s.Stop()
	os.RemoveAll(s.folder)
}

// newFolder makes a temporary folder that belongs to the account. Not testing's TempDir: that one is closed to others,
// and its path can be too long for a socket.
func newFolder(as account) (string, error) {
	folder, err := os.MkdirTemp("", "kpiagent-test-")
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Mkdir(filepath.Join(folder, "data"), 0o700), as.own(folder, filepath.Join(folder, "data"))); err != nil {
		os.RemoveAll(folder)
		return "", err
	}
	return folder, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
