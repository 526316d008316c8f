package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"kpiagent/collectors"
)

// readSQLServer reads SQL Server. It knows no read-only transaction: the connection says that it only wants to read, which
// leads to a readable replica where there is one, and everything happens in a transaction that is rolled back.
func (s *Source) readSQLServer(ctx context.Context, dsn string, r *reading) error {
	config, err := parseSQLServer(dsn)
	if err != nil {
		return errDSN("sqlserver://user:password@host:1433?database=name")
	}
	lines := &dialled{rules: s.env.Network, host: config.Host}
	defer lines.watch(ctx)()
	return s.readStandard(ctx, r, standard{db: sql.OpenDB(connectorOfSQLServer(config, lines)), prepare: politely, session: s.location, kind: kindOfSQLServer})
}

// connectorOfSQLServer opens connections over lines.
func connectorOfSQLServer(config msdsn.Config, lines *dialled) *connector {
	made := mssql.NewConnectorConfig(config)
	made.Dialer = lines
	return &connector{lines: lines, open: made.Connect, of: made.Driver()}
}

// parseSQLServer reads a connection string: a URL, or server=…;user id=…. The connection is encrypted and the certificate
// verified unless it says otherwise, and it never changes a password.
func parseSQLServer(dsn string) (msdsn.Config, error) {
	config, err := msdsn.Parse(dsn)
	if err != nil {
		return config, err
	}
	if _, told := config.Parameters[msdsn.Encrypt]; !told {
		// The driver would otherwise encrypt the login alone, and trust whoever answers.
		if dsn, err = withParameter(dsn, msdsn.Encrypt, "true"); err != nil {
			return config, err
		}
		if config, err = msdsn.Parse(dsn); err != nil {
			return config, err
		}
	}
	if _, told := config.Parameters[msdsn.ApplicationIntent]; !told {
		config.ReadOnlyIntent = config.Database != "" // without a database the server refuses the wish
	}
	if _, told := config.Parameters[msdsn.AppName]; !told {
		config.AppName = "kpiagent"
	}
	if config.Parameters[msdsn.Server] == "" {
		return config, errors.New("no server is named")
	}
	standing, err := msdsn.Parse("sqlserver://localhost")
	config.DialTimeout, config.LogFlags, config.ChangePassword = connectTimeout, 0, ""
	config.Encoding = standing.Encoding // times show the clock face of the column, and GUIDs are bytes
	return config, err
}

func withParameter(dsn, name, value string) (string, error) {
	if !strings.HasPrefix(dsn, "sqlserver://") {
		return strings.TrimRight(dsn, "; ") + ";" + name + "=" + value, nil
	}
	address, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	query := address.Query()
	query.Set(name, value)
	address.RawQuery = query.Encode()
	return address.String(), nil
}

func sqlServerAddress(config msdsn.Config) string {
	if config.Instance != "" {
		return config.Host + `\` + config.Instance
	}
	port := config.Port
	if port == 0 {
		port = 1433
	}
	return net.JoinHostPort(config.Host, strconv.FormatUint(port, 10))
}

// politely keeps the agent from being in the way: it gives way in a deadlock, and does not wait for ever for a lock.
func politely(ctx context.Context, conn *sql.Conn) error {
	wait := int64(-1)
	if limit := timeLimit(ctx); limit > 0 {
		wait = limit.Milliseconds()
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("set deadlock_priority low; set lock_timeout %d", wait))
	return err
}

// kindOfSQLServer tells by the declared type what becomes of a column's values.
func kindOfSQLServer(name string) columnKind {
	switch name {
	case "DATE", "DATETIME", "DATETIME2", "SMALLDATETIME":
		return clockFace
	case "DATETIMEOFFSET":
		return instant
	case "TIME":
		return timeOfDay
	case "DECIMAL", "NUMERIC", "MONEY", "SMALLMONEY":
		return decimal
	case "UNIQUEIDENTIFIER":
		return guid
	case "BINARY", "VARBINARY", "IMAGE":
		return hexadecimal
	}
	return plain
}

// ofSQLServer tells by error number. A refused login comes with the reason before it.
func ofSQLServer(e mssql.Error) (string, error) {
	said := fmt.Sprintf("%s (error %d)", e.Message, e.Number)
	for _, one := range e.All {
		if one.Number == 4060 {
			return fmt.Sprintf("%s (error %d); correct the database in the connection string, or let the user into it", one.Message, one.Number), nil
		}
	}
	switch e.Number {
	case 18456, 18452, 18470, 18486, 18487, 18488:
		return said + "; correct user and password, or unlock the user", collectors.ErrAuth
	case 4060:
		return said + "; correct the database in the connection string, or let the user into it", nil
	case 229, 230, 916:
		return said + "; grant the user SELECT on it", nil
	case 207, 208, 102, 156, 4104, 245, 241:
		return said + "; correct the query or ask who changed the system", nil
	case 1222, 1205:
		return said + "; somebody else holds the rows, the next run tries again", nil
	case 3906, 978:
		return said + "; the agent only reads: the query must not write", nil
	case 6005, 17142, 18401, 40613, 40197, 40501:
		return said + "; the next run reads on once the server is back", nil
	}
	return said, nil
}
