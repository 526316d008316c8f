package sql

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"kpiagent/collectors"
)

// connectTimeout bounds the way to a server that does not answer.
const connectTimeout = 10 * time.Second

// readPostgres reads through pgx itself: rows come from the socket as they are asked for, and values need no detour over
// text or reflection.
func (s *Source) readPostgres(ctx context.Context, dsn string, r *reading) error {
	conn, err := s.connectPostgres(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	if err := s.limitPostgres(ctx, tx); err != nil {
		return err
	}
	arguments := append([]any{pgx.QueryExecModeDescribeExec, binaryFormats()}, r.arguments(nil)...)
	result, err := tx.Query(ctx, r.statement.text, arguments...)
	if err != nil {
		return err
	}
	// pgx tells the columns, and a query that failed, only with the first row.
	rows := &postgresRows{rows: result, first: result.Next()}
	if err := result.Err(); err != nil {
		return err
	}
	if err := r.feed(rows); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (s *Source) connectPostgres(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errDSN("postgres://user:password@host:5432/database")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	// The dialer looks names up itself, so that it knows them.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.DialFunc = pgconn.DialFunc(s.env.Network.Returning())
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "kpiagent"
	}
	const readOnly = "default_transaction_read_only"
	config.RuntimeParams[readOnly] = "on"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil && strings.Contains(err.Error(), "unsupported startup parameter") {
		// A connection pooler in between may not pass it on; the transaction is read-only all the same.
		delete(config.RuntimeParams, readOnly)
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	return conn, err
}

// limitPostgres sets what holds for this transaction only: the time that the server gives the query, should our wish to
// cancel not reach it, and the time zone, so that casts to dates are local days.
func (s *Source) limitPostgres(ctx context.Context, tx pgx.Tx) error {
	if limit := timeLimit(ctx); limit > 0 {
		milliseconds := fmt.Sprint((limit + time.Second).Milliseconds())
		if _, err := tx.Exec(ctx, "select set_config('statement_timeout', $1, true)", pgx.QueryExecModeExec, milliseconds); err != nil {
			return err
		}
	}
	if name := s.location.String(); name == "Local" || name != "UTC" && !strings.Contains(name, "/") {
		return nil // no name that a server knows
	}
	// In a transaction of its own, because a server may lack the zone. pg_timezone_names would say so too, but lists all zones
	// from the disk, which takes longer than most queries.
	savepoint, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = savepoint.Exec(ctx, "select set_config('TimeZone', $1, true)", pgx.QueryExecModeExec, s.location.String())
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == pgInvalidParameter {
		return savepoint.Rollback(ctx)
	}
	if err != nil {
		return err
	}
	return savepoint.Commit(ctx)
}

// pgInvalidParameter is the SQLSTATE of a setting's value that the server does not take.
const pgInvalidParameter = "22023"

// binaryFormats asks for the types that are cheaper to read in binary form; all others come as text, exactly as psql
// shows them.
func binaryFormats() pgx.QueryResultFormatsByOID {
	formats := pgx.QueryResultFormatsByOID{}
	for _, oid := range []uint32{
		pgtype.BoolOID, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID,
		pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID,
	} {
		formats[oid] = pgx.BinaryFormatCode
	}
	return formats
}

type postgresRows struct {
	rows   pgx.Rows
	fields []uint32 // the types of the columns
	first  bool     // the first row is there, and not yet given
}

func (p *postgresRows) columns() []string {
	var names []string
	for _, field := range p.rows.FieldDescriptions() {
		names = append(names, field.Name)
		p.fields = append(p.fields, field.DataTypeOID)
	}
	return names
}

func (p *postgresRows) next(values []collectors.Value) (bool, error) {
	if !p.first && !p.rows.Next() {
		return false, p.rows.Err()
	}
	p.first = false
	for i, raw := range p.rows.RawValues() {
		values[i] = postgresValue(p.fields[i], raw)
	}
	return true, nil
}

// postgresValue reads one cell. A text that is no longer than its type needs is taken as text, so nothing can go wrong.
func postgresValue(oid uint32, raw []byte) collectors.Value {
	if raw == nil {
		return collectors.Value{}
	}
	switch {
	case oid == pgtype.BoolOID && len(raw) == 1:
		return collectors.Value{Kind: collectors.Bool, Int: int64(raw[0])}
	case oid == pgtype.Int2OID && len(raw) == 2:
		return collectors.Value{Kind: collectors.Int, Int: int64(int16(binary.BigEndian.Uint16(raw)))}
	case oid == pgtype.Int4OID && len(raw) == 4:
		return collectors.Value{Kind: collectors.Int, Int: int64(int32(binary.BigEndian.Uint32(raw)))}
	case oid == pgtype.Int8OID && len(raw) == 8:
		return collectors.Value{Kind: collectors.Int, Int: int64(binary.BigEndian.Uint64(raw))}
	case oid == pgtype.Float4OID && len(raw) == 4:
		return collectors.Value{Kind: collectors.Float, Float: float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))}
	case oid == pgtype.Float8OID && len(raw) == 8:
		return collectors.Value{Kind: collectors.Float, Float: math.Float64frombits(binary.BigEndian.Uint64(raw))}
	case oid == pgtype.DateOID && len(raw) == 4:
		return postgresTime(int64(int32(binary.BigEndian.Uint32(raw))), math.MaxInt32, math.MinInt32, 86400*1_000_000, false)
	case oid == pgtype.TimestampOID && len(raw) == 8:
		return postgresTime(int64(binary.BigEndian.Uint64(raw)), math.MaxInt64, math.MinInt64, 1, false)
	case oid == pgtype.TimestamptzOID && len(raw) == 8:
		return postgresTime(int64(binary.BigEndian.Uint64(raw)), math.MaxInt64, math.MinInt64, 1, true)
	}
	return collectors.Value{Kind: collectors.Text, Text: string(raw), Plain: oid == pgtype.NumericOID}
}

// postgresEpoch is 2000-01-01, from which PostgreSQL counts, in seconds since 1970.
const postgresEpoch = 946684800

// postgresTime makes a time of a count of days or microseconds; the greatest and the smallest count are the infinities.
func postgresTime(count, infinity, minusInfinity, micros int64, zoned bool) collectors.Value {
	switch count {
	case infinity:
		return collectors.Value{Kind: collectors.Text, Text: "infinity"}
	case minusInfinity:
		return collectors.Value{Kind: collectors.Text, Text: "-infinity"}
	}
	perSecond := 1_000_000 / micros // 0 for days
	seconds, rest := count*86400, int64(0)
	if perSecond > 0 {
		seconds, rest = count/perSecond, count%perSecond
	}
	return collectors.Value{Kind: collectors.Time, Time: time.Unix(postgresEpoch+seconds, rest*1000).UTC(), Zoned: zoned}
}
