package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	_ "github.com/go-sql-driver/mysql" // database/sql knows it as mysql
)

// RunMariaDB starts a MariaDB server; its user kpiagent may do everything. The caller closes it.
func RunMariaDB() (*Server, error) {
	server, err1 := program("mariadbd")
	installer, err2 := program("mariadb-install-db")
	if err1 != nil || err2 != nil {
		return nil, &MissingError{Program: "MariaDB (mariadbd)", Package: "mariadb-server"}
	}
	return run(kind{
		name: "MariaDB", driver: "mysql", admin: "mysql", account: "mysql",
		prepare: func(folder string, as account) error {
			// Run at each start, so it must not mind what is there already.
			grant := "create user if not exists kpiagent@'%' identified by '" + password + "';\n" +
				"grant all on *.* to kpiagent@'%' with grant option;\n"
			if err := os.WriteFile(filepath.Join(folder, "grant.sql"), []byte(grant), 0o644); err != nil {
				return err
			}
			return command{path: installer, as: as, end: syscall.SIGKILL, args: append([]string{
				"--no-defaults", "--datadir=" + filepath.Join(folder, "data"),
				"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
			}, mariaDBSettings()...)}.finish(folder)
		},
		command: func(folder string, port int, as account) command {
			return command{path: server, as: as, end: syscall.SIGKILL, args: append([]string{
				"--no-defaults", "--datadir=" + filepath.Join(folder, "data"), "--init-file=" + filepath.Join(folder, "grant.sql"),
				"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--socket=" + filepath.Join(folder, "s.sock"),
				"--pid-file=" + filepath.Join(folder, "pid"), "--skip-name-resolve", "--max-connections=50",
				"--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci",
			}, mariaDBSettings()...)}
		},
		dsn: func(port int, database string) string {
			return fmt.Sprintf("kpiagent:%s@tcp(127.0.0.1:%d)/%s", password, port, database)
		},
	})
}

// mariaDBSettings trade safety against a lost machine, which throw-away data does not need, for speed.
func mariaDBSettings() []string {
	return []string{
		"--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0",
		"--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M", "--innodb-use-native-aio=0", "--performance-schema=off",
	}
}

// program finds a program in PATH, or where Debian keeps servers and users have no PATH to.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}
