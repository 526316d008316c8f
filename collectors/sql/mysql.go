package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"kpiagent/collectors"
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
	config.DialFunc = s.network.Dial
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
	return s.readStandard(ctx, sql.OpenDB(connector), limitMySQL, r, session)
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

// readStandard reads through database/sql: at most two connections, one of them used, a read-only transaction.
func (s *Source) readStandard(ctx context.Context, db *sql.DB, limit func(context.Context, *sql.Conn) error, r *reading, session *time.Location) error {
	defer db.Close()
	db.SetMaxOpenConns(2)
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := limit(ctx, conn); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Rollback, which would otherwise read what the server still sends
	result, err := tx.QueryContext(ctx, r.statement.text, r.arguments(session)...)
	if err != nil {
		return err
	}
	defer result.Close()
	defer cancel()
	standard, err := newStandardRows(result, session, s.location)
	if err != nil {
		return err
	}
	return r.feed(standard)
}

// standardRows are rows of database/sql.
type standardRows struct {
	rows    *sql.Rows
	names   []string
	cells   []standardCell
	targets []any
}

// columnKind is what a column's declared type makes of its values.
type columnKind uint8

const (
	plain     columnKind = iota
	wallTime             // text or a time that shows the wall clock
	sessionTS            // likewise, of the session's zone
	bits
	decimal // a number as text
)

func newStandardRows(result *sql.Rows, session, location *time.Location) (*standardRows, error) {
	types, err := result.ColumnTypes()
	if err != nil {
		return nil, err
	}
	dates, err := collectors.NewDates(nil)
	if err != nil {
		return nil, err
	}
	s := &standardRows{rows: result, cells: make([]standardCell, len(types)), targets: make([]any, len(types))}
	for i, column := range types {
		s.names = append(s.names, column.Name())
		s.cells[i] = standardCell{kind: plain, session: session, dates: dates, location: location}
		if session != nil { // MySQL
			switch column.DatabaseTypeName() {
			case "DATE", "DATETIME":
				s.cells[i].kind = wallTime
			case "TIMESTAMP":
				s.cells[i].kind = sessionTS
			case "BIT":
				s.cells[i].kind = bits
			case "DECIMAL":
				s.cells[i].kind = decimal
			}
		}
		s.targets[i] = &s.cells[i]
	}
	return s, nil
}

func (s *standardRows) columns() []string { return s.names }

func (s *standardRows) next(values []collectors.Value) (bool, error) {
	if !s.rows.Next() {
		return false, s.rows.Err()
	}
	if err := s.rows.Scan(s.targets...); err != nil {
		return false, err
	}
	for i := range s.cells {
		values[i] = s.cells[i].value
	}
	return true, nil
}

// standardCell takes one value from the driver, without a copy of its bytes in between.
type standardCell struct {
	value    collectors.Value
	kind     columnKind
	session  *time.Location
	location *time.Location
	dates    *collectors.Dates
}

// Scan takes what the driver gives.
func (c *standardCell) Scan(given any) error {
	switch v := given.(type) {
	case nil:
		c.value = collectors.Value{}
	case int64:
		c.value = collectors.Value{Kind: collectors.Int, Int: v}
	case float64:
		c.value = collectors.Value{Kind: collectors.Float, Float: v}
	case float32:
		c.value = collectors.Value{Kind: collectors.Float, Float: float64(v)}
	case bool:
		c.value = collectors.Value{Kind: collectors.Bool}
		if v {
			c.value.Int = 1
		}
	case time.Time:
		c.value = collectors.Value{Kind: collectors.Time, Time: v, Zoned: v.Location() != time.UTC}
	case []byte:
		c.bytes(v)
	case string:
		c.value = collectors.Value{Kind: collectors.Text, Text: v}
	default:
		c.value = collectors.Value{Kind: collectors.Text, Text: fmt.Sprint(v)}
	}
	return nil
}

func (c *standardCell) bytes(given []byte) {
	c.value = collectors.Value{Kind: collectors.Text}
	if c.kind == bits && len(given) <= 8 {
		var number int64
		for _, b := range given {
			number = number<<8 | int64(b)
		}
		c.value = collectors.Value{Kind: collectors.Int, Int: number}
		return
	}
	c.value.Text = string(given)
	if c.value.Plain = c.kind == decimal; c.value.Plain || c.kind == plain {
		return
	}
	if strings.HasPrefix(c.value.Text, "0000-00-00") { // MySQL's way to say that there is no date
		c.value = collectors.Value{}
		return
	}
	moment, fault := c.dates.Read(&c.value)
	if fault != nil {
		return // stays as text, for the mapping to refuse
	}
	zone := time.UTC
	if c.kind == sessionTS {
		zone = c.session
	}
	c.value = collectors.Value{Kind: collectors.Time, Time: moment.Time(zone), Zoned: c.kind == sessionTS}
}
