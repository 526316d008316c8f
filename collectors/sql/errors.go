package sql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"
	oracle "github.com/sijms/go-ora/v2/network"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kpiagent/collectors"
	"kpiagent/internal/outbound"
)

// failure is an error told for the person who has to mend it. Its text never holds the password; the driver's own error
// stays reachable for errors.Is and errors.As.
type failure struct {
	text   string
	causes []error
}

func (f *failure) Error() string   { return f.text }
func (f *failure) Unwrap() []error { return f.causes }

// told is an error of ours that needs no explanation, as those of the drivers do.
type told struct{ error }

// errDSN hides what the drivers say of a connection string, because they repeat parts of it.
func errDSN(form string) error {
	return told{fmt.Errorf("the connection string cannot be read; write it as %s (its content is not shown)", form)}
}

// explain says what an error of a driver means. limit is how long the read was allowed to take.
func explain(ctx context.Context, err error, limit time.Duration, dsn, driver string) error {
	where, passwords := describe(dsn, driver)
	what, kind := meaning(ctx, err, limit)
	f := &failure{text: outbound.Hide(where+": "+what, passwords...), causes: []error{err}}
	if kind != nil {
		f.causes = append(f.causes, kind)
	}
	if ctx.Err() == nil && passing(err) {
		return collectors.Transient(f)
	}
	return f
}

// passing reports whether the cause of an error may be over in a moment.
func passing(err error) bool {
	var postgres *pgconn.PgError
	var maria *mysql.MySQLError
	var lite *sqlite.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, new(*outbound.RefusedError)):
		return false
	case errors.As(err, &postgres):
		// Connection trouble, no resources, the server stops or starts, a transaction gave way to another.
		return slices.Contains([]string{"08", "53", "40"}, postgres.Code[:min(2, len(postgres.Code))]) || strings.HasPrefix(postgres.Code, "57P")
	case errors.As(err, &maria):
		// Too many connections, the server stops, lock wait, deadlock, the query or connection was ended.
		return slices.Contains([]uint16{1040, 1053, 1203, 1205, 1213, 1317, 1927}, maria.Number)
	case errors.As(err, &lite):
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return errors.Is(err, syscall.ECONNREFUSED) || isTimeout(err) || isGone(err)
}

// describe names the database without its secrets, and returns its passwords, which must not turn up in a message.
func describe(dsn, driver string) (where string, passwords []string) {
	switch driver {
	case "postgres":
		if config, err := pgx.ParseConfig(dsn); err == nil {
			return fmt.Sprintf("database %s on %s", config.Database, net.JoinHostPort(config.Host, fmt.Sprint(config.Port))), []string{config.Password}
		}
	case "mysql":
		if config, err := mysql.ParseDSN(dsn); err == nil {
			return fmt.Sprintf("database %s on %s", config.DBName, config.Addr), []string{config.Passwd}
		}
	case "sqlserver":
		if config, err := parseSQLServer(dsn); err == nil {
			name := strings.TrimRight("database "+config.Database, " ") // without one it is the user's own
			return fmt.Sprintf("%s on %s", name, sqlServerAddress(config)), []string{config.Password}
		}
	case "oracle":
		if config, err := parseOracle(dsn); err == nil {
			return fmt.Sprintf("database %s on %s", config.ServiceName+config.SID, config.Servers[0].NetworkAddr()), []string{config.DatabaseInfo.Password, config.OSPassword}
		}
	case "sqlite":
		return "database file " + dsn, nil
	}
	return "the database", nil
}

// meaning returns the message for an error, and the class that callers look for.
func meaning(ctx context.Context, err error, limit time.Duration) (what string, kind error) {
	var postgres *pgconn.PgError
	var maria *mysql.MySQLError
	var lite *sqlite.Error
	var server mssql.Error
	var ora *oracle.OracleError
	var dns *net.DNSError
	var refused *outbound.RefusedError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return tooSlow(limit), collectors.ErrTimeout
	case ctx.Err() != nil:
		return "the read was broken off: " + context.Cause(ctx).Error(), context.Cause(ctx)
	case errors.As(err, &refused):
		return refused.Error(), nil
	case errors.As(err, &postgres):
		return ofPostgres(postgres, limit)
	case errors.As(err, &maria):
		return ofMySQL(maria, limit)
	case errors.As(err, &server):
		return ofSQLServer(server)
	case errors.As(err, &ora):
		return ofOracle(ora)
	case errors.As(err, &lite):
		return lite.Error() + "; correct the query or the file", nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses connections: is the server running, and are host and port right?", nil
	case errors.As(err, &dns):
		return fmt.Sprintf("the host %s is not known; correct the connection string or the name service", dns.Name), nil
	case isCertificate(err):
		return "its certificate is not taken: " + err.Error() + "; name the authority's file in the connection string, or ask the server's owner for a good one", nil
	case isTimeout(err):
		return fmt.Sprintf("does not answer within %s: is the server reachable from here?", connectTimeout), collectors.ErrTimeout
	case isGone(err):
		return "the connection broke while rows were read; the next run reads on: " + err.Error(), nil
	}
	return err.Error(), nil
}

func tooSlow(limit time.Duration) string {
	return fmt.Sprintf("took longer than timeout %s; raise the source's timeout or narrow the query", limit.Round(time.Second/10))
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// isCertificate reports whether the server showed a certificate that cannot be verified. Not every driver keeps the chain.
func isCertificate(err error) bool {
	var invalid *tls.CertificateVerificationError
	return errors.As(err, &invalid) || strings.Contains(err.Error(), "x509: ")
}

func isGone(err error) bool {
	var broken *net.OpError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, syscall.ECONNRESET) || errors.As(err, &broken)
}

// ofPostgres tells by SQLSTATE.
func ofPostgres(e *pgconn.PgError, limit time.Duration) (string, error) {
	said := fmt.Sprintf("%s (SQLSTATE %s)", e.Message, e.Code)
	switch {
	case strings.HasPrefix(e.Code, "28"):
		return said + "; correct user and password, or let the user in (pg_hba.conf)", collectors.ErrAuth
	case e.Code == "57014":
		return tooSlow(limit), collectors.ErrTimeout
	case strings.HasPrefix(e.Code, "57P"):
		return said + "; the next run reads on once the server is back", nil
	case e.Code == "42501":
		return said + "; grant the user SELECT on it", nil
	case e.Code == "42P01", e.Code == "42703", strings.HasPrefix(e.Code, "42"):
		return said + hint(e.Hint) + "; correct the query or ask who changed the system", nil
	case e.Code == "3D000":
		return said + "; correct the database in the connection string", nil
	case e.Code == "25006":
		return said + "; the agent only reads: the query must not write", nil
	case e.Code == "53300":
		return said + "; the server has no connection left", nil
	}
	return said + hint(e.Hint), nil
}

func hint(text string) string {
	if text == "" {
		return ""
	}
	return "; " + strings.TrimSuffix(text, ".")
}

// ofMySQL tells by error number.
func ofMySQL(e *mysql.MySQLError, limit time.Duration) (string, error) {
	said := fmt.Sprintf("%s (error %d)", e.Message, e.Number)
	switch e.Number {
	case 1045, 1698, 1862, 3118, 4151:
		return said + "; correct user and password, or unlock the user", collectors.ErrAuth
	case 1969, 3024:
		return tooSlow(limit), collectors.ErrTimeout
	case 1142, 1143, 1044:
		return said + "; grant the user SELECT on it", nil
	case 1146, 1054, 1064, 1305:
		return said + "; correct the query or ask who changed the system", nil
	case 1049:
		return said + "; correct the database in the connection string", nil
	case 1792:
		return said + "; the agent only reads: the query must not write", nil
	case 1053, 1927, 1317:
		return said + "; the next run reads on once the server is back", nil
	}
	return said, nil
}
