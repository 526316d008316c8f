package ledger

import (
	"context"
	"database/sql"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// keptDays is how many days the day log goes back: more than a year, so that a period can be held against last year's.
const keptDays = 400

// Days gives the day log of all sources for some days, both included, by source and day. Days without a run are not in it.
func (l *Ledger) Days(ctx context.Context, from, to kpi.Day) ([]sourcelog.Day, error) {
	var list []sourcelog.Day
	err := each(ctx, l.reader, func(scan func(...any) error) error {
		var d sourcelog.Day
		var day int32
		var last *int64
		err := scan(&d.Source, &day, &d.OK, &d.Failed, &d.Rows, &d.Rejected, &last)
		if d.Day = kpi.DayFromUnix(day); last != nil {
			d.LastOK = time.Unix(*last, 0)
		}
		list = append(list, d)
		return err
	}, `select name, day, ok, failed, rows, rejected, last_ok from source_day join source on source.id = source_day.source
		where day between ? and ? order by name, day`, from.Unix(), to.Unix())
	return list, l.explain("read the day log", err)
}

// dayOf gives the agent's local day of a moment.
func (l *Ledger) dayOf(at time.Time) kpi.Day {
	if l.options.Location == nil {
		return kpi.DayOf(at.UTC())
	}
	return kpi.DayOf(at.In(l.options.Location))
}

// ended is a run that has ended, as the day log counts it.
type ended struct {
	source, rows, rejected int64
	ok                     bool
	at                     time.Time
}

// noteDay adds a run that has ended to the day log.
func (l *Ledger) noteDay(ctx context.Context, tx *sql.Tx, run ended) error {
	var ok, failed int64 = 0, 1
	var last *int64
	if run.ok {
		at := run.at.Unix()
		ok, failed, last = 1, 0, &at
	}
	_, err := tx.ExecContext(ctx, `insert into source_day (source, day, ok, failed, rows, rejected, last_ok) values (?,?,?,?,?,?,?)
		on conflict (source, day) do update set ok = ok + excluded.ok, failed = failed + excluded.failed, rows = rows + excluded.rows,
		rejected = rejected + excluded.rejected, last_ok = coalesce(excluded.last_ok, last_ok)`,
		run.source, l.dayOf(run.at).Unix(), ok, failed, run.rows, run.rejected, last)
	return err
}

// noteEnd adds this run to the day log and forgets days of long ago.
func (r *Run) noteEnd(ctx context.Context, tx *sql.Tx, ok bool, at time.Time) error {
	if err := r.ledger.noteDay(ctx, tx, ended{r.source.id, r.Rows, r.Rejected, ok, at}); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "delete from source_day where source = ? and day < ?", r.source.id, r.ledger.dayOf(at).Unix()-keptDays)
	return err
}

// noteRuns adds runs of the run log to the day log: those that a condition, with its values, picks.
func (l *Ledger) noteRuns(ctx context.Context, tx *sql.Tx, where string, values ...any) error {
	var runs []ended
	err := each(ctx, tx, func(scan func(...any) error) error {
		var run ended
		var at int64
		err := scan(&run.source, &run.rows, &run.rejected, &run.ok, &at)
		run.at = time.Unix(at, 0)
		runs = append(runs, run)
		return err
	}, "select source, rows, rejected, ok, coalesce(ended, started) from run where "+where+" order by id", values...)
	for _, run := range runs {
		if err != nil {
			break
		}
		err = l.noteDay(ctx, tx, run)
	}
	return err
}

// interrupt closes runs that were left open: those that a condition, with its values, picks among them.
func (l *Ledger) interrupt(ctx context.Context, tx *sql.Tx, where string, values ...any) error {
	where = "ended is null and " + where
	if err := l.noteRuns(ctx, tx, where, values...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "update run set ended = started, error = ? where "+where, append([]any{interrupted}, values...)...)
	return err
}
