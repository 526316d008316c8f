// Package cursor follows the change column of a source that is read for what changed.
//
// Here live the cursor, its stored form, and how it moves with the rows. How a system is asked for what changed since a
// cursor is the business of the collector.
package cursor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/config/layout"
	"kpiagent/internal/kpi"
)

// Cursor is how far a source has been read: the greatest change time, or number, of a row that was.
type Cursor struct {
	Moment layout.Moment // of a time
	Number int64
	Set    bool
}

const (
	timePrefix   = "time:"
	numberPrefix = "number:"
	wallForm     = "2006-01-02T15:04:05.999999"
)

// Text returns the stored form: time:2026-03-02T10:00:00.123456Z for an instant, without the Z for wall time, or number:42.
func (c Cursor) Text(byNumber bool) string {
	if !c.Set {
		return ""
	}
	if byNumber {
		return numberPrefix + strconv.FormatInt(c.Number, 10)
	}
	form := timePrefix + c.Moment.Time(time.UTC).Format(wallForm)
	if c.Moment.Zoned {
		form += "Z"
	}
	return form
}

// Parse reads a stored form. One of another kind, as after a change of the configuration, is no cursor: all is read.
func Parse(text string, byNumber bool) Cursor {
	if byNumber {
		digits, found := strings.CutPrefix(text, numberPrefix)
		number, err := strconv.ParseInt(digits, 10, 64)
		return Cursor{Number: number, Set: found && err == nil}
	}
	face, found := strings.CutPrefix(text, timePrefix)
	face, zoned := strings.CutSuffix(face, "Z")
	t, err := time.Parse(wallForm, face)
	return Cursor{Moment: layout.MomentOf(t, zoned), Set: found && err == nil}
}

// Column is the change column of a source.
type Column struct {
	Config   *config.Incremental
	Dates    *collectors.Dates
	Location *time.Location
}

// NewColumn compiles the change column; nil where none is configured. Wall times are those of location.
func NewColumn(given *config.Incremental, location *time.Location) (*Column, error) {
	if given == nil {
		return nil, nil
	}
	var layouts []string
	if given.Layout != "" {
		layouts = []string{given.Layout}
	}
	dates, err := collectors.NewDates(layouts)
	if err != nil {
		return nil, fmt.Errorf("incremental.layout: %w", err)
	}
	return &Column{given, dates, location}, nil
}

// Tracker follows the change column through one read.
type Tracker struct {
	*Column
	From     Cursor // where the read begins; not Set for a complete one
	Complete bool   // every row is asked for
	Ordered  bool   // the rows come in the order of the column
	At       int    // the column's place in the row
	// Sort is what to do where rows are not in order: "add an ORDER BY to the query".
	Sort string
	// Refuse returns what is wrong with a change that is read otherwise than the system compares it; may be nil.
	Refuse func(change Change, value *collectors.Value) error

	now      time.Time
	byNumber bool
	repeats  bool   // a complete read, although there is a cursor already
	reached  Cursor // the greatest so far that is not in the future
	last     Cursor // of the row before
}

// Track decides between the whole and the changed rows, and begins with the first.
func (c *Column) Track(request collectors.Request) *Tracker {
	t := &Tracker{Column: c, Ordered: c.Config.Ordered, now: request.Now, byNumber: c.Config.Type == "number"}
	stored := Parse(request.State, t.byNumber)
	t.Complete = request.Full || !stored.Set
	t.repeats = t.Complete && stored.Set
	if !t.Complete {
		t.From = stored
	}
	t.Again()
	return t
}

// Again begins with the first row again.
func (t *Tracker) Again() { t.reached, t.last = t.From, Cursor{} }

// State returns what the next read brings along: before where no row had a change.
func (t *Tracker) State(before string) string {
	if state := t.reached.Text(t.byNumber); state != "" {
		return state
	}
	return before
}

// Row hands a row to sink, and its state where that moves. A fault of the change column makes the row a malformed one, which is
// left to the caller.
func (t *Tracker) Row(sink collectors.Sink, at collectors.Position, values []collectors.Value) (*kpi.Fault, error) {
	value := &values[t.At]
	change, fault, err := t.read(value)
	if fault != nil || err != nil {
		return fault, err
	}
	if t.Refuse != nil {
		if err := t.Refuse(change, value); err != nil {
			return nil, err
		}
	}
	if t.Ordered && change.known && t.last.Set && change.cursor.less(t.last) {
		return nil, fmt.Errorf("row %d goes backwards in %q, although incremental.ordered is set; %s, or take ordered away", at.Number, t.Config.Column, t.Sort)
	}
	// A complete read that only repeats must not set a later cursor back while it goes on.
	if complete, moved := t.follow(change); moved && t.Ordered && !t.repeats {
		sink.Reached(complete.Text(t.byNumber))
	}
	at.Changed = change.Order
	err = sink.Row(at, values)
	if change.Warning != "" {
		sink.Warn(kpi.ChangedInFuture, change.Warning)
	}
	return nil, err
}

// Zoned reports whether the change time is an instant rather than a wall time.
func (c Change) Zoned() bool { return c.cursor.Moment.Zoned }

// slack is how far a row's change time may lie ahead before it is warned about: clocks of two machines differ a little.
const slack = time.Minute

// Change is what one row's change column says.
type Change struct {
	Order   int64  // for kpi.Record.Changed
	Warning string // not empty for a row from the future
	known   bool   // false for a NULL
	cursor  Cursor
	future  bool
}

// read reads the change column of a row. A fault is the row's own; an error says that the column holds something else
// than the configuration says.
func (t *Tracker) read(value *collectors.Value) (Change, *kpi.Fault, error) {
	if value.Kind == collectors.Null {
		return Change{}, nil, nil
	}
	if t.byNumber {
		number, err := wholeNumber(value)
		if err != nil {
			return Change{}, nil, fmt.Errorf("incremental.column %q holds %w, and incremental.type is number; set it to time or name another column", t.Config.Column, err)
		}
		return Change{Order: number, known: true, cursor: Cursor{Number: number, Set: true}}, nil, nil
	}
	switch value.Kind {
	case collectors.Time, collectors.Text, collectors.Int:
	default:
		return Change{}, nil, fmt.Errorf("incremental.column %q holds no time; set incremental.type to number or name another column", t.Config.Column)
	}
	if value.Kind == collectors.Int && t.Config.Layout == "" {
		return Change{}, nil, fmt.Errorf("incremental.column %q holds the number %d, and incremental.type is time; set it to number, or give incremental.layout", t.Config.Column, value.Int)
	}
	moment, fault := t.Dates.Read(value)
	if fault != nil {
		fault.Field = "incremental.column"
		return Change{}, fault, nil
	}
	c := Change{Order: moment.Micros(), known: true, cursor: Cursor{Moment: moment, Set: true}}
	if ahead := moment.Time(t.Location).Sub(t.now); ahead > 0 {
		c.future = true
		if ahead > slack {
			c.Warning = fmt.Sprintf("%s is %s after the agent's clock; the row is read again until then",
				moment.Time(t.Location).Format(time.DateTime), ahead.Round(time.Second))
		}
	}
	return c, nil, nil
}

func wholeNumber(value *collectors.Value) (int64, error) {
	switch value.Kind {
	case collectors.Int:
		return value.Int, nil
	case collectors.Float:
		if value.Float == math.Trunc(value.Float) && math.Abs(value.Float) < 1<<53 {
			return int64(value.Float), nil
		}
		return 0, fmt.Errorf("%g", value.Float)
	case collectors.Text:
		number, err := strconv.ParseInt(strings.TrimSpace(value.Text), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%.40q", value.Text)
		}
		return number, nil
	case collectors.Time:
		return 0, fmt.Errorf("a time, %s", value.Time.Format(time.DateTime))
	}
	return 0, fmt.Errorf("no number")
}

// less orders two cursors of one kind.
func (c Cursor) less(other Cursor) bool {
	if c.Number != other.Number {
		return c.Number < other.Number
	}
	if c.Moment.Seconds != other.Moment.Seconds {
		return c.Moment.Seconds < other.Moment.Seconds
	}
	return c.Moment.Nanos < other.Moment.Nanos
}

// follow takes a row's change into account. complete is the cursor whose rows have all been read, when it moved: only
// with the next greater value is it known that no row of the last one is missing.
func (t *Tracker) follow(c Change) (complete Cursor, moved bool) {
	if !c.known {
		return Cursor{}, false
	}
	complete, moved = t.reached, t.reached.Set && t.last.Set && t.last.less(c.cursor) && !c.future
	t.last = c.cursor
	if !c.future && (!t.reached.Set || t.reached.less(c.cursor)) {
		t.reached = c.cursor
	}
	return complete, moved
}
