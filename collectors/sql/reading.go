package sql

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
)

// reading is one read: what is asked, and what came.
type reading struct {
	source    *Source
	statement statement
	sink      collectors.Sink
	tracker   *cursor.Tracker // nil without a change column
	number    int64
	now       time.Time
}

// plan decides between the whole and the changed rows.
func (s *Source) plan(request collectors.Request, sink collectors.Sink) *reading {
	r := &reading{source: s, statement: s.query, sink: sink, now: request.Now}
	if s.change == nil {
		return r
	}
	r.tracker = s.change.Track(request)
	r.tracker.Sort = fmt.Sprintf("add an ORDER BY %s to the query", s.change.Config.Column)
	r.tracker.Refuse = r.inAnotherZone
	if r.tracker.Complete {
		r.statement = s.full
		r.tracker.Ordered = r.tracker.Ordered && s.full == s.query
	}
	return r
}

// arguments returns what is bound to the placeholders; session is the zone of the server's session, where that matters.
func (r *reading) arguments(session *time.Location) []any {
	arguments := make([]any, r.statement.marks)
	if len(arguments) == 0 {
		return arguments
	}
	b := bounds{config: r.source.config.Incremental, driver: r.source.config.Driver, location: r.source.location, session: session}
	value := any(nil)
	if r.tracker != nil { // as a query without a change column has no mark
		b.dates = r.tracker.Dates
		value = b.of(r.tracker.From)
	}
	for i := range arguments {
		arguments[i] = value
	}
	return arguments
}

// feed passes all rows on.
func (r *reading) feed(rows rows) error {
	names := rows.columns()
	if err := r.begin(names); err != nil {
		return told{err}
	}
	values := make([]collectors.Value, len(names))
	for {
		more, err := rows.next(values)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		r.number++
		if err := r.pass(values); err != nil {
			return told{err}
		}
	}
}

func (r *reading) begin(names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("the query gives the column %q twice; name one of them otherwise with AS", name)
		}
	}
	if r.tracker != nil {
		column := r.tracker.Config.Column
		if r.tracker.At = slices.Index(names, column); r.tracker.At < 0 {
			return collectors.MissingColumns(names, collectors.MissingColumn{Field: "incremental.column", Column: column})
		}
	}
	return r.sink.Columns("", names)
}

// inAnotherZone refuses a change time that SQLite holds as a text with an offset. It compares texts: a wall time as :since
// would pass over rows whose text is in another zone. In a column declared as datetime the driver leaves no trace of it.
func (r *reading) inAnotherZone(change cursor.Change, value *collectors.Value) error {
	if !change.Zoned() || r.source.config.Driver != "sqlite" || r.tracker.Config.Layout != "" || value.Kind != collectors.Text {
		return nil
	}
	return fmt.Errorf("incremental.column %q holds times with a zone, such as %s; set incremental.layout to rfc3339", r.tracker.Config.Column, value)
}

// pass hands one row over, and follows the change column.
func (r *reading) pass(values []collectors.Value) error {
	at := collectors.Position{Number: r.number}
	if r.tracker == nil {
		return r.sink.Row(at, values)
	}
	fault, err := r.tracker.Row(r.sink, at, values)
	if fault != nil {
		return r.sink.Malformed(r.number, rowText(values), fault)
	}
	return err
}

// rowText shows a row whose change column cannot be read.
func rowText(values []collectors.Value) string {
	cells := make([]string, len(values))
	for i := range values {
		cells[i] = values[i].String()
	}
	return strings.Join(cells, " | ")
}

// result says what was read, once all of it was.
func (r *reading) result(request collectors.Request) collectors.Result {
	if r.tracker == nil {
		return collectors.Result{Complete: true}
	}
	return collectors.Result{Complete: r.tracker.Complete, State: r.tracker.State(request.State)}
}
