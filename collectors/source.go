// Package collectors reads unit systems and turns their rows into records.
//
// Here live the Source interface, the raw row, the mapping from rows to records, and the loop that joins them; each kind
// of system has a package of its own below. Nothing here knows of the ledger, of metrics or of schedules.
package collectors

import (
	"context"
	"time"

	"kpiagent/internal/kpi"
)

// Source reads the rows of one unit system. An implementation belongs to one source of the configuration, is used by one
// goroutine at a time, and holds nothing open between two reads but a connection pool.
type Source interface {
	// Read streams the rows to sink. It honours ctx within a second. An error that sink returns ends the read; what the
	// source makes of it does not matter, because the function Read returns it as it is. Every other error names the system,
	// the place and what to do next, and carries no secret. Callers use the function Read.
	Read(ctx context.Context, request Request, sink Sink) (Result, error)
	// Close returns up what the source holds.
	Close() error
}

// Request says what to read.
type Request struct {
	// State is the Result.State of the last read that the ledger took; "" for none. Its form is the source's own.
	State string
	// Full asks for everything, whatever State says.
	Full bool
	// Limit ends the read after so many rows, from the first one on; 0 reads all. The function Read sees to it; a source may
	// use it to ask the system for less.
	Limit int
	// Now is the time of the read: no cursor moves beyond it, so a row dated in the future cannot hide later ones.
	Now time.Time
}

// Result says what was read.
type Result struct {
	// State is what the next Request brings along. One that begins with kpi.Kept is no cursor but memory: it comes along with
	// a full read as well, and stays when the configuration changes.
	State string
	// Complete is true when every row that the system holds was read: a dossier that did not appear is gone from it.
	Complete bool
	// Drifts is true of a complete read whose rows may have moved while they were read, as between numbered pages: what it
	// lacks is gone only where a second complete read lacks it too.
	Drifts bool
	// Present is true when the rows say what holds at the moment of the reading, as a page without dates does: what earlier
	// readings brought still holds, also where this one does not show it.
	Present bool
	// Unchanged is true when the system had nothing new and no row was read (a file with the same content).
	Unchanged bool
}

// Sink takes rows. It belongs to one read and is used by one goroutine.
type Sink interface {
	// Columns names the columns of the rows that follow. It comes before the first row, and again where they change
	// (the next file of a glob). origin names the place where a source has several (the file), else it is "".
	Columns(origin string, names []string) error
	// Row takes one row; values has one Value per column and is only valid during the call.
	Row(at Position, values []Value) error
	// Warn says something about the row that was taken last.
	Warn(reason kpi.Reason, detail string)
	// Malformed takes a row that could not be read as one, with its text. A *kpi.Fault in err says the reason; without
	// one it is kpi.MalformedRow.
	Malformed(number int64, text string, err error) error
	// Reached says that state holds once all rows so far are in the ledger. Only for a source that reads in the order
	// of its cursor.
	Reached(state string)
}

// Position says where a row stands in its source.
type Position struct {
	// Number counts the rows from 1; in a file it is the line on which the row begins.
	Number int64
	// Changed orders the versions of a dossier, as kpi.Record has it; 0 where the source has no change column.
	Changed int64
	// Fault, where it is not nil, is what the source knows to be wrong with the row: it is rejected with it and with its id.
	Fault *kpi.Fault
}

// Kind says which field of a Value holds its content.
type Kind uint8

// The kinds of Value.
const (
	Null Kind = iota
	Text
	Int
	Float
	Bool // Int is 0 or 1
	Time
	Broken // Text is the error that the system shows instead of a value, such as #N/A
)

// Value is one cell as the system gave it, without a detour over text.
type Value struct {
	Kind  Kind
	Text  string
	Int   int64
	Float float64
	Time  time.Time
	// Plain says that Text is a number as machines write it, 1234.50, of more digits than Int and Float hold exactly.
	Plain bool
	// Zoned says that Time is an instant; without it, Time's clock face is the local wall time, whatever its location.
	Zoned bool
}
