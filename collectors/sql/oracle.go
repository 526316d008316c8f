package sql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	oracle "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/configurations"
	ora "github.com/sijms/go-ora/v2/network"

	"kpiagent/collectors"
)

// readOracle reads Oracle, in a read-only transaction. The session's zone is the agent's, at its present offset, so that
// TIMESTAMP WITH LOCAL TIME ZONE and CURRENT_DATE are local.
func (s *Source) readOracle(ctx context.Context, dsn string, r *reading) error {
	config, err := parseOracle(dsn)
	if err != nil {
		return errDSN("oracle://user:password@host:1521/service")
	}
	if limit := timeLimit(ctx); limit > 0 {
		config.Timeout = limit + time.Second // how long the server may say nothing
	}
	_, offset := r.now.In(s.location).Zone()
	zone := func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "alter session set time_zone = '"+offsetText(offset)+"'")
		return err
	}
	lines := &dialled{rules: s.env.Network}
	defer lines.watch(ctx)()
	return s.readStandard(ctx, r, standard{db: sql.OpenDB(connectorOfOracle(config, lines)), prepare: zone, begin: "set transaction read only",
		session: time.FixedZone("", offset), kind: kindOfOracle})
}

// parseOracle reads a connection string. What it says of traces is left out: they would hold the password.
func parseOracle(dsn string) (*configurations.ConnectionConfig, error) {
	if !strings.HasPrefix(dsn, "oracle://") {
		return nil, errors.New("it is no address of the form oracle://")
	}
	config, err := configurations.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.TraceFilePath, config.TraceDir = "", ""
	config.Lob = configurations.INLINE
	config.ProgramName = "kpiagent"
	return config, nil
}

// connectorOfOracle opens connections over lines.
func connectorOfOracle(given *configurations.ConnectionConfig, lines *dialled) *connector {
	open := func(ctx context.Context) (driver.Conn, error) {
		config := *given
		config.Dialer = lines
		conn, err := oracle.NewConnection("", &config)
		if err != nil {
			return nil, err
		}
		return conn, conn.OpenWithContext(ctx)
	}
	return &connector{lines: lines, open: open, of: oracle.NewDriver()}
}

// kindOfOracle tells by the driver's name of the type what becomes of a column's values. Numbers come as texts, exactly.
func kindOfOracle(name string) columnKind {
	switch name {
	case "NUMBER", "FLOAT", "VarNum":
		return decimal
	case "DATE", "TIMESTAMP", "TimeStampDTY":
		return clockFace
	case "TimeStampTZ", "TimeStampTZ_DTY", "TimeStampeLTZ", "TimeStampLTZ_DTY":
		return instant
	case "RAW", "LongRaw", "VarRaw":
		return hexadecimal
	}
	return plain
}

// ofOracle tells by error number.
func ofOracle(e *ora.OracleError) (string, error) {
	said := e.Error()
	if at := strings.Index(said, " error occur at position"); at >= 0 {
		said = said[:at]
	}
	said = strings.TrimRight(said, "\n. ")
	if code := fmt.Sprintf("ORA-%05d", e.ErrCode); !strings.Contains(said, code) {
		said = strings.TrimPrefix(said, fmt.Sprintf("ORA-%d", e.ErrCode))
		said = strings.TrimSpace(code + " " + said)
	}
	switch e.ErrCode {
	case 1017, 1005, 1004, 28000, 28001, 28002, 28003, 28011, 28030, 1045:
		return said + "; correct user and password, unlock the user, or grant it CREATE SESSION", collectors.ErrAuth
	case 12514, 12505, 12506, 12516, 12518, 12519, 12520:
		return said + "; correct the service in the connection string, or ask whether the database is open", nil
	case 1031, 41900:
		return said + "; grant the user SELECT on it", nil
	case 942:
		return said + "; correct the query, or grant the user SELECT on the table", nil
	case 1456:
		return said + "; the agent only reads: the query must not write", nil
	case 1555:
		return said + "; the query takes longer than the server keeps old rows: narrow it, or read at night", nil
	case 28, 1012, 1033, 1034, 1089, 3113, 3114, 3135, 12528, 12537:
		return said + "; the next run reads on once the server is back", nil
	}
	if e.ErrCode >= 900 && e.ErrCode < 1000 || e.ErrCode >= 1830 && e.ErrCode < 1870 {
		return said + "; correct the query or ask who changed the system", nil
	}
	return said, nil
}
