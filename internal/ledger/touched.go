package ledger

import (
	"context"
	"database/sql"
	"time"

	"kpiagent/internal/kpi"
)

// Touched says since which day figures have changed.
type Touched struct {
	// From is the first day whose figures may be others than before; 0 where there is none.
	From kpi.Day
	// Serial is what to ask with the next time.
	Serial int64
	// Identity tells one ledger from another.
	Identity string
}

// everyDay is before any day that has a figure.
const everyDay kpi.Day = 1

// Touched says since which day figures have changed by what came into the ledger after an earlier answer's serial; 0 asks
// for all time. What it tells of is in the figures by then. Where the ledger has never given that serial, because an
// older copy of it was put in its place, all days may have changed. What another configuration changes is not in it.
func (l *Ledger) Touched(ctx context.Context, after int64) (t Touched, err error) {
	l.write.Lock() // a batch is in the ledger a moment before it is in the figures
	defer l.write.Unlock()
	var day sql.NullInt64
	err = l.reader.QueryRowContext(ctx, `select (select min(day) from touched where serial > ?),
		coalesce((select seq from sqlite_sequence where name = 'touched'), 0), (select value from meta where name = 'identity')`, after).
		Scan(&day, &t.Serial, &t.Identity)
	if err != nil {
		return t, l.explain("read which days have changed", err)
	}
	switch {
	case after > t.Serial:
		t.From = everyDay
	case day.Valid:
		t.From = kpi.DayFromUnix(int32(day.Int64))
	}
	return t, nil
}

// noPastDay is after every day: a change from it on, as of the procedures, changes no figure of a closed day.
var noPastDay = kpi.Date(9999, time.December, 31)

// touch notes in a transaction that figures change from a day on, and returns the number that the books have then. A day of 0
// changes nothing; the number is 0 then.
func touch(ctx context.Context, tx *sql.Tx, from kpi.Day) (serial int64, err error) {
	if from == 0 {
		return 0, nil
	}
	if _, err := tx.ExecContext(ctx, "delete from touched where day >= ?", from.Unix()); err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, "insert into touched (day) values (?)", from.Unix())
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// serial returns the number of the books that are stored.
func (l *Ledger) serial(ctx context.Context) (serial int64, err error) {
	err = l.reader.QueryRowContext(ctx, "select coalesce((select seq from sqlite_sequence where name = 'touched'), 0)").Scan(&serial)
	return serial, err
}

// follow lets the figures follow what is in the ledger now, in one step for those who read them: apply changes the books, which
// have the number serial from then on (0: as before), and where procedures says so, the register is made anew. An error
// means that the register stays as it was.
func (l *Ledger) follow(ctx context.Context, serial int64, procedures bool, apply func()) (err error) {
	var register *kpi.Register
	if procedures {
		register, err = l.register(ctx, &l.options)
	}
	l.read.Lock()
	defer l.read.Unlock()
	apply()
	if serial != 0 {
		l.figures.Serial = serial
	}
	if register != nil {
		l.figures.Register = register
		l.registers++
	}
	return l.explain("read the procedures", err)
}

// firstOf gives the first day of changes; 0 where there are none.
func firstOf(deltas []kpi.Delta, observed ...[]observedValue) (first kpi.Day) {
	note := func(day kpi.Day) {
		if first == 0 || day < first {
			first = day
		}
	}
	for i := range deltas {
		note(deltas[i].Day)
	}
	for _, list := range observed {
		for i := range list {
			note(list[i].day)
		}
	}
	return first
}
