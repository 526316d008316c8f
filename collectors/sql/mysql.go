package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// readMySQL reads MySQL and MariaDB. The session's zone is the agent's, at its present offset, so that TIMESTAMP columns
// are instants and NOW() in a query is local time. Dates come as text, because the driver would bend those that do not
// exist into others.
func (s *Source) readMySQL(ctx context.Context, dsn string, r *reading) error {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return errDSN("user:password@tcp(host:3306)/database")
	}
	_, offset := r.now.In(s.location).Zone()
	session := time.FixedZone("", offset)
	config.ParseTime = false
	config.MultiStatements = false
	config.InterpolateParams = false
	config.AllowAllFiles = false
	config.DialFunc = s.env.Network.Dial
	config.Logger = &mysql.NopLogger{}
	if config.Timeout == 0 {
		config.Timeout = connectTimeout
	}
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	config.Params["time_zone"] = "'" + offsetText(offset) + "'"
	config.ConnectionAttributes = strings.Trim(config.ConnectionAttributes+",program_name:kpiagent", ",")
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return errDSN("user:password@tcp(host:3306)/database")
	}
	return s.readStandard(ctx, r, standard{db: sql.OpenDB(connector), prepare: limitMySQL, transaction: sql.TxOptions{ReadOnly: true},
		session: session, kind: kindOfMySQL})
}

func offsetText(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
}

// unknownVariable is the server's error number for a variable that it does not have.
const unknownVariable = 1193

// limitMySQL bounds the time that the server gives a query; MariaDB and MySQL name it differently.
func limitMySQL(ctx context.Context, conn *sql.Conn) error {
	limit := timeLimit(ctx)
	if limit <= 0 {
		return nil
	}
	limit += time.Second
	_, err := conn.ExecContext(ctx, fmt.Sprintf("set session max_statement_time = %.3f", limit.Seconds()))
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && refused.Number == unknownVariable {
		_, err = conn.ExecContext(ctx, fmt.Sprintf("set session max_execution_time = %d", limit.Milliseconds()))
	}
	return err
}

// kindOfMySQL tells by the declared type what becomes of a column's values.
func kindOfMySQL(name string) columnKind {
	switch name {
	case "DATE", "DATETIME":
		return wallTime
	case "TIMESTAMP":
		return sessionTS
	case "BIT":
		return bits
	case "DECIMAL":
		return decimal
	}
	return plain
}
