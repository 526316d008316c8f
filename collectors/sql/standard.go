package sql

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"kpiagent/collectors"
)

// standard is how a database is read through database/sql.
type standard struct {
	db *sql.DB
	// prepare sets what holds for the connection; nil for nothing.
	prepare     func(context.Context, *sql.Conn) error
	transaction sql.TxOptions
	// begin is a statement with which the transaction begins; "" for none.
	begin string
	// session is the zone of the server's session, where that matters; else nil.
	session *time.Location
	// kind tells by a column's declared type what becomes of its values; nil leaves them as the driver gives them.
	kind func(name string) columnKind
}

// readStandard reads through database/sql: at most two connections, one of them used, in a transaction that is rolled back.
func (s *Source) readStandard(ctx context.Context, r *reading, how standard) error {
	defer how.db.Close()
	how.db.SetMaxOpenConns(2)
	conn, err := connect(ctx, how.db, connectTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if how.prepare != nil {
		if err := how.prepare(ctx, conn); err != nil {
			return err
		}
	}
	tx, err := conn.BeginTx(ctx, &how.transaction)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if how.begin != "" {
		if _, err := tx.ExecContext(ctx, how.begin); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Rollback, which would otherwise read what the server still sends
	result, err := tx.QueryContext(ctx, r.statement.text, r.arguments(how.session)...)
	if err != nil {
		return err
	}
	defer result.Close()
	defer cancel()
	standard, err := newStandardRows(result, how, s.location)
	if err != nil {
		return err
	}
	return r.feed(standard)
}

// connect opens a connection within a limit of its own: some drivers wait for a server that says nothing as long as they may.
func connect(ctx context.Context, db *sql.DB, limit time.Duration) (*sql.Conn, error) {
	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := db.Conn(inner)
	if err != nil && inner.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: %v", context.DeadlineExceeded, err)
	}
	return conn, err
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
	decimal     // a number as text
	clockFace   // a time that shows the wall clock, whatever zone the driver gives it
	instant     // a time with its zone
	timeOfDay   // a time without a day
	guid        // 16 bytes in the order of SQL Server
	hexadecimal // bytes that are no text
)

func newStandardRows(result *sql.Rows, how standard, location *time.Location) (*standardRows, error) {
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
		s.cells[i] = standardCell{session: how.session, dates: dates, location: location}
		if how.kind != nil {
			s.cells[i].kind = how.kind(column.DatabaseTypeName())
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
		c.time(v)
	case []byte:
		c.bytes(v)
	case string:
		c.text(v)
	default:
		c.value = collectors.Value{Kind: collectors.Text, Text: fmt.Sprint(v)}
	}
	return nil
}

// time takes a time.
func (c *standardCell) time(given time.Time) {
	c.value = collectors.Value{Kind: collectors.Time, Time: given}
	switch c.kind {
	case clockFace:
	case timeOfDay:
		c.value = collectors.Value{Kind: collectors.Text, Text: given.Format("15:04:05.999999999")}
	case instant:
		c.value.Zoned = true
	default:
		c.value.Zoned = given.Location() != time.UTC
	}
}

// longestText bounds, in bytes, what one cell may hold.
const longestText = 4 << 20

// text takes a text, or a number that the driver gives as one.
func (c *standardCell) text(given string) {
	c.value = collectors.Value{Kind: collectors.Text, Text: given}
	switch {
	case len(given) > longestText:
		c.value = collectors.Value{Kind: collectors.Broken, Text: fmt.Sprintf("a text of %d bytes, and at most %d are read", len(given), longestText)}
	case c.kind == decimal:
		c.value.Plain = true
		if whole, err := strconv.ParseInt(given, 10, 64); err == nil && strconv.FormatInt(whole, 10) == given {
			c.value = collectors.Value{Kind: collectors.Int, Int: whole}
		}
	}
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
	switch c.kind {
	case guid:
		var id mssql.UniqueIdentifier
		if err := id.Scan(given); err == nil {
			c.value.Text = id.String()
			return
		}
	case hexadecimal:
		c.value.Text = strings.ToUpper(hex.EncodeToString(given))
		return
	}
	c.value.Text = string(given)
	if c.value.Plain = c.kind == decimal; c.value.Plain || c.kind != wallTime && c.kind != sessionTS {
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
