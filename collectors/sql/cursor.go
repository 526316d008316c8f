package sql

import (
	"math"
	"time"

	"github.com/golang-sql/civil"
	oracle "github.com/sijms/go-ora/v2"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/config"
	"kpiagent/config/layout"
)

// smallestNumber is bound where everything is wanted: the least that every integer type of every database can hold.
const smallestNumber = math.MinInt16

// bounds makes what is bound to :since.
type bounds struct {
	config   *config.Incremental
	driver   string
	dates    *collectors.Dates
	location *time.Location
	session  *time.Location // of the server's session, where that matters
}

// of returns the value for a read that starts at the cursor, less the overlap; without a cursor, one before all rows.
func (b bounds) of(from cursor.Cursor) any {
	if b.config.Type == "number" {
		if !from.Set || from.Number < smallestNumber+b.config.Back {
			return int64(smallestNumber)
		}
		return from.Number - b.config.Back
	}
	since := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case from.Set:
		since = from.Moment.Time(b.location).Add(-b.config.Overlap)
	case b.config.Layout == layout.Unix:
		return int64(math.MinInt32)
	case b.driver == "mysql" && b.config.Layout == "":
		since = time.Date(1000, 1, 2, 0, 0, 0, 0, time.UTC)
	case b.driver == "sqlserver" && b.config.Layout == "": // the first year of its datetime
		since = time.Date(1753, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	if b.config.Layout == "" && (b.driver == "sqlserver" || b.driver == "oracle") {
		return b.typed(since, from)
	}
	return b.write(since, from.Set)
}

// typed returns a time in the type that compares as the column does. SQL Server would take a time with an offset for an instant
// and the wall time in a column for UTC's, so it gets the wall time where the column shows that. Oracle compares a TIMESTAMP
// with columns of every kind in the zone of the session.
func (b bounds) typed(since time.Time, from cursor.Cursor) any {
	switch {
	case from.Set && !from.Moment.Zoned:
		since = since.In(b.location)
	case from.Set && b.driver == "sqlserver":
		return since.In(b.location)
	case from.Set:
		since = since.In(b.session)
	}
	if b.driver == "oracle" {
		return oracle.TimeStamp(since)
	}
	return civil.DateTimeOf(since)
}

// offsets reach from -12 to +14 hours: a text with an offset may show a clock face so much earlier than UTC's.
const earliestOffset = 12 * time.Hour

func (b bounds) write(since time.Time, local bool) any {
	if local {
		since = since.In(b.location)
	}
	switch {
	case b.config.Layout == layout.Unix:
		return since.Unix()
	case b.config.Layout == layout.UnixMillis:
		return since.UnixMilli()
	case b.config.Layout == layout.ISO && local:
		return since.UTC().Add(-earliestOffset).Format(time.DateTime)
	case b.config.Layout == layout.ISO:
		return since.Format(time.DateTime)
	case b.config.Layout != "":
		return b.dates.Write(since)
	case b.driver == "mysql":
		if local {
			since = since.In(b.session)
		}
		return since.Format("2006-01-02 15:04:05.000000")
	case b.driver == "sqlite":
		return since.Format(time.DateTime)
	}
	return since
}
