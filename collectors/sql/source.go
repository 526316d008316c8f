// Package sql reads the databases of unit systems: PostgreSQL, MySQL and MariaDB, SQL Server, Oracle, SQLite.
//
// Here live the connections, the incremental protocol and what each driver's values become. What a column means is the
// mapping's business. Every read opens its connection with the secret of the moment, in a read-only session, and closes it
// again: nothing stays open on a unit's database, and a changed password needs no restart.
package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Source is one query on one database.
type Source struct {
	config   config.SQL
	env      outbound.Env
	location *time.Location
	query    statement
	full     statement
	change   *cursor.Column // nil without one
}

// New prepares the source; nothing is connected before Read, which finds the connection string in env. Wall times are those
// of location. The error names the key that is wrong.
func New(given config.SQL, env outbound.Env, location *time.Location) (*Source, error) {
	dialect := dialects[given.Driver]
	env.Network = env.Rules()
	s := &Source{config: given, env: env, location: location}
	s.query = place(given.Query, dialect)
	s.full = s.query
	if given.FullQuery != "" {
		s.full = place(given.FullQuery, dialect)
	}
	var err error
	if s.change, err = cursor.NewColumn(given.Incremental, location); err != nil {
		return nil, fmt.Errorf("sql.%w", err)
	}
	if s.change == nil {
		if s.query.marks+s.full.marks > 0 {
			return nil, errors.New("sql.query uses :since, but sql.incremental does not say which column it is compared with")
		}
		return s, nil
	}
	if s.query.marks == 0 {
		return nil, errors.New("sql.query lacks :since: with sql.incremental it has to ask for rows changed after :since")
	}
	return s, nil
}

// Close does nothing: no connection stays open between two reads.
func (s *Source) Close() error { return nil }

// rows is a result on its way.
type rows interface {
	// columns names the columns.
	columns() []string
	// next reads one row into values; false at the end.
	next(values []collectors.Value) (bool, error)
}

// Read runs the query and streams its rows. State is "time:2026-03-02T10:00:00.123456Z" (without the Z
// for wall time) or "number:42": the greatest change of the rows read that does not lie after Request.Now.
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // breaks off what the server still sends
	reading := s.plan(request, sink)
	dsn, err := s.dsn()
	if err != nil {
		return collectors.Result{}, err
	}
	limit := timeLimit(ctx)
	err = s.stream(ctx, dsn, reading)
	var said told
	switch {
	case errors.As(err, &said):
		return collectors.Result{}, said.error
	case err != nil:
		return collectors.Result{}, explain(ctx, err, limit, dsn, s.config.Driver)
	}
	return reading.result(request), nil
}

func (s *Source) dsn() (string, error) {
	if s.config.Driver == "sqlite" {
		return s.config.Path, nil
	}
	dsn, err := s.config.DSN(s.env.LookupEnv, s.env.ReadFile)
	if err != nil {
		return "", fmt.Errorf("the connection string cannot be had: %w", err)
	}
	return dsn, nil
}

// stream connects, runs the query and feeds the reading.
func (s *Source) stream(ctx context.Context, dsn string, r *reading) error {
	switch s.config.Driver {
	case "postgres":
		return s.readPostgres(ctx, dsn, r)
	case "mysql":
		return s.readMySQL(ctx, dsn, r)
	case "sqlserver":
		return s.readSQLServer(ctx, dsn, r)
	case "oracle":
		return s.readOracle(ctx, dsn, r)
	}
	return s.readSQLite(ctx, dsn, r)
}

// timeLimit returns how long the read may take; 0 without a limit.
func timeLimit(ctx context.Context) time.Duration {
	deadline, limited := ctx.Deadline()
	if !limited {
		return 0
	}
	return time.Until(deadline)
}
