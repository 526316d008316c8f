package sql

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/internal/kpi"
)

// reading is one read: what is asked, and what came.
type reading struct {
	source    *Source
	statement statement
	from      cursor.Cursor
	complete  bool // the query asks for every row
	ordered   bool // the rows come in the order of the change column
	moves     bool // the state moves with the rows
	sink      collectors.Sink
	tracker   *cursor.Tracker // nil without a change column
	number    int64
	now       time.Time
}

// plan decides between the whole and the changed rows.
func (s *Source) plan(request collectors.Request, sink collectors.Sink) *reading {
	r := &reading{source: s, statement: s.query, sink: sink, now: request.Now}
	incremental := s.config.Incremental
	if incremental == nil {
		r.complete = true
		return r
	}
	byNumber := incremental.Type == "number"
	r.tracker = &cursor.Tracker{Config: incremental, Dates: s.dates, Location: s.location, Now: request.Now, ByNumber: byNumber}
	stored := cursor.Parse(request.State, byNumber)
	r.complete = request.Full || !stored.Set
	if !r.complete {
		r.from = stored
		r.tracker.Reached = stored
	} else {
		r.statement = s.full
	}
	r.ordered = incremental.Ordered && r.statement == s.query
	// A complete read that only repeats must not set a later cursor back while it goes on.
	r.moves = r.ordered && !(r.complete && stored.Set)
	return r
}

// arguments returns what is bound to the placeholders; session is the zone of the server's session, where that matters.
func (r *reading) arguments(session *time.Location) []any {
	arguments := make([]any, r.statement.marks)
	if len(arguments) == 0 {
		return arguments
	}
	b := bounds{config: r.source.config.Incremental, driver: r.source.config.Driver, dates: r.source.dates, location: r.source.location, session: session}
	value := b.of(r.from)
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

// inAnotherZone reports whether SQLite holds a change time as a text with an offset. It compares texts: a wall time as :since
// would pass over rows whose text is in another zone. In a column declared as datetime the driver leaves no trace of it.
func (r *reading) inAnotherZone(value *collectors.Value) bool {
	return r.source.config.Driver == "sqlite" && r.tracker.Config.Layout == "" && value.Kind == collectors.Text
}

// pass hands one row over, and follows the change column.
func (r *reading) pass(values []collectors.Value) error {
	at := collectors.Position{Number: r.number}
	if r.tracker == nil {
		return r.sink.Row(at, values)
	}
	change, fault, err := r.tracker.Read(&values[r.tracker.At])
	if err != nil {
		return err
	}
	if fault != nil {
		return r.sink.Malformed(r.number, rowText(values), fault)
	}
	if value := &values[r.tracker.At]; change.Zoned() && r.inAnotherZone(value) {
		return fmt.Errorf("incremental.column %q holds times with a zone, such as %s; set incremental.layout to rfc3339", r.tracker.Config.Column, rowText(values[r.tracker.At:r.tracker.At+1]))
	}
	if r.ordered && r.tracker.Backwards(change) {
		return fmt.Errorf("row %d goes backwards in %q, although incremental.ordered is set; add an ORDER BY %s to the query, or take ordered away", r.number, r.tracker.Config.Column, r.tracker.Config.Column)
	}
	if complete, moved := r.tracker.Follow(change); moved && r.moves {
		r.sink.Reached(complete.Text(r.tracker.ByNumber))
	}
	at.Changed = change.Order
	err = r.sink.Row(at, values)
	if change.Warning != "" {
		r.sink.Warn(kpi.ChangedInFuture, change.Warning)
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
	result := collectors.Result{Complete: r.complete}
	if r.tracker == nil {
		return result
	}
	result.State = r.tracker.Reached.Text(r.tracker.ByNumber)
	if result.State == "" {
		result.State = request.State
	}
	return result
}
