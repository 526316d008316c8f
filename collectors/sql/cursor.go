package sql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// cursor is how far a source has been read: the greatest change time, or number, of a row that was.
type cursor struct {
	moment collectors.Moment // of a time
	number int64
	set    bool
}

const (
	timePrefix   = "time:"
	numberPrefix = "number:"
	wallForm     = "2006-01-02T15:04:05.999999"
)

// text gives the stored form: time:2026-03-02T10:00:00.123456Z for an instant, without the Z for wall time, or number:42.
func (c cursor) text(byNumber bool) string {
	if !c.set {
		return ""
	}
	if byNumber {
		return numberPrefix + strconv.FormatInt(c.number, 10)
	}
	form := timePrefix + c.moment.Time(time.UTC).Format(wallForm)
	if c.moment.Zoned {
		form += "Z"
	}
	return form
}

// cursorOf reads a stored form. One of another kind, as after a change of the configuration, is no cursor: all is read.
func cursorOf(text string, byNumber bool) cursor {
	if byNumber {
		digits, found := strings.CutPrefix(text, numberPrefix)
		number, err := strconv.ParseInt(digits, 10, 64)
		return cursor{number: number, set: found && err == nil}
	}
	face, found := strings.CutPrefix(text, timePrefix)
	face, zoned := strings.CutSuffix(face, "Z")
	t, err := time.Parse(wallForm, face)
	return cursor{moment: collectors.MomentOf(t, zoned), set: found && err == nil}
}

// tracker follows the change column through one read.
type tracker struct {
	config   *config.Incremental
	dates    *collectors.Dates
	location *time.Location
	now      time.Time

	at       int // the column's place in the row
	byNumber bool
	reached  cursor // the greatest so far that is not in the future
	last     cursor // of the row before
}

// slack is how far a row's change time may lie ahead before it is warned about: clocks of two machines differ a little.
const slack = time.Minute

// change is what one row's change column says.
type change struct {
	order   int64 // for kpi.Record.Changed
	known   bool  // false for a NULL
	cursor  cursor
	future  bool
	warning string
}

// read reads the change column of a row. A fault is the row's own; an error says that the column holds something else
// than the configuration says.
func (t *tracker) read(value *collectors.Value) (change, *kpi.Fault, error) {
	if value.Kind == collectors.Null {
		return change{}, nil, nil
	}
	if t.byNumber {
		number, err := wholeNumber(value)
		if err != nil {
			return change{}, nil, fmt.Errorf("incremental.column %q holds %w, and incremental.type is number; set it to time or name another column", t.config.Column, err)
		}
		return change{order: number, known: true, cursor: cursor{number: number, set: true}}, nil, nil
	}
	switch value.Kind {
	case collectors.Time, collectors.Text, collectors.Int:
	default:
		return change{}, nil, fmt.Errorf("incremental.column %q holds no time; set incremental.type to number or name another column", t.config.Column)
	}
	if value.Kind == collectors.Int && t.config.Layout == "" {
		return change{}, nil, fmt.Errorf("incremental.column %q holds the number %d, and incremental.type is time; set it to number, or give incremental.layout", t.config.Column, value.Int)
	}
	moment, fault := t.dates.Read(value)
	if fault != nil {
		fault.Field = "incremental.column"
		return change{}, fault, nil
	}
	c := change{order: moment.Micros(), known: true, cursor: cursor{moment: moment, set: true}}
	if ahead := moment.Time(t.location).Sub(t.now); ahead > 0 {
		c.future = true
		if ahead > slack {
			c.warning = fmt.Sprintf("%s is %s after the agent's clock; the row is read again until then",
				moment.Time(t.location).Format(time.DateTime), ahead.Round(time.Second))
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
func (c cursor) less(other cursor) bool {
	if c.number != other.number {
		return c.number < other.number
	}
	if c.moment.Seconds != other.moment.Seconds {
		return c.moment.Seconds < other.moment.Seconds
	}
	return c.moment.Nanos < other.moment.Nanos
}

// follow takes a row's change into account. complete is the cursor whose rows have all been read, when it moved: only
// with the next greater value is it known that no row of the last one is missing.
func (t *tracker) follow(c change) (complete cursor, moved bool) {
	if !c.known {
		return cursor{}, false
	}
	complete, moved = t.reached, t.reached.set && t.last.set && t.last.less(c.cursor) && !c.future
	t.last = c.cursor
	if !c.future && (!t.reached.set || t.reached.less(c.cursor)) {
		t.reached = c.cursor
	}
	return complete, moved
}

// backwards says whether a row breaks the order.
func (t *tracker) backwards(c change) bool { return c.known && t.last.set && c.cursor.less(t.last) }

// smallestNumber is bound where everything is wanted: the least that every integer type of every database can hold.
const smallestNumber = math.MinInt16

// bounds makes what is bound to :since.
type bounds struct {
	config   *config.Incremental
	driver   string
	dates    *collectors.Dates
	location *time.Location
	session  *time.Location // of MySQL's session
}

// of gives the value for a read that starts at the cursor, less the overlap; without a cursor, one before all rows.
func (b bounds) of(from cursor) any {
	if b.config.Type == "number" {
		if !from.set || from.number < smallestNumber+b.config.Back {
			return int64(smallestNumber)
		}
		return from.number - b.config.Back
	}
	since := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case from.set:
		since = from.moment.Time(b.location).Add(-b.config.Overlap)
	case b.config.Layout == config.LayoutUnix:
		return int64(math.MinInt32)
	case b.driver == "mysql" && b.config.Layout == "":
		since = time.Date(1000, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	return b.write(since, from.set)
}

// offsets reach from -12 to +14 hours: a text with an offset may show a clock face so much earlier than UTC's.
const earliestOffset = 12 * time.Hour

func (b bounds) write(since time.Time, local bool) any {
	if local {
		since = since.In(b.location)
	}
	switch {
	case b.config.Layout == config.LayoutUnix:
		return since.Unix()
	case b.config.Layout == config.LayoutUnixMillis:
		return since.UnixMilli()
	case b.config.Layout == config.LayoutISO && local:
		return since.UTC().Add(-earliestOffset).Format(time.DateTime)
	case b.config.Layout == config.LayoutISO:
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
