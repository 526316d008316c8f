package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql knows it as pgx
)

// RunPostgreSQL starts a PostgreSQL server; its user postgres may do everything. The caller closes it.
func RunPostgreSQL() (*Server, error) {
	programs, err := postgreSQLPrograms()
	if err != nil {
		return nil, err
	}
	return run(kind{
		name: "PostgreSQL", driver: "pgx", admin: "postgres", account: "postgres",
		prepare: func(folder string, as account) error {
			secret := filepath.Join(folder, "password")
			if err := os.WriteFile(secret, []byte(password), 0o644); err != nil {
				return err
			}
			return command{path: filepath.Join(programs, "initdb"), as: as, end: syscall.SIGKILL, args: []string{
				"--pgdata=" + filepath.Join(folder, "data"), "--username=postgres", "--pwfile=" + secret,
				"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
			}}.finish(folder)
		},
		command: func(folder string, port int, as account) command {
			// SIGQUIT stops the server at once and still takes its shared memory away.
			return command{path: filepath.Join(programs, "postgres"), as: as, end: syscall.SIGQUIT, args: append(
				[]string{"-D", filepath.Join(folder, "data"), "-p", strconv.Itoa(port)}, postgreSQLSettings()...)}
		},
		dsn: func(port int, database string) string {
			return fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/%s?sslmode=disable", password, port, database)
		},
	})
}

// postgreSQLSettings trade safety against a lost machine, which throw-away data does not need, for speed.
func postgreSQLSettings() []string {
	var args []string
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=50",
		"fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"shared_buffers=64MB", "autovacuum=off", "jit=off",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// postgreSQLPrograms finds the folder of the newest version: Debian keeps each version in its own, outside PATH.
func postgreSQLPrograms() (string, error) {
	newest, folder := 0, ""
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	for _, path := range found {
		version, err := strconv.Atoi(strings.Split(path, "/")[4])
		if err == nil && version > newest {
			newest, folder = version, filepath.Dir(path)
		}
	}
	if folder != "" {
		return folder, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", &MissingError{Program: "PostgreSQL (initdb)", Package: "postgresql"}
}
