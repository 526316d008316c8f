package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kpiagent/internal/kpi"
)

// Ending says how a read ended that went well.
type Ending struct {
	// State is where the next read goes on.
	State string
	// Complete says that every row the system holds was read.
	Complete bool
	// Unchanged says that there was nothing new and no row was read.
	Unchanged bool
	// KeepMissing leaves what a complete read did not show where it is: the system shows recent dossiers only.
	KeepMissing bool
	// AcceptDrop removes what is missing even when it is more than half of what is stored.
	AcceptDrop bool
	Now        time.Time
}

// Finish ends a run that went well: what a complete read did not show is removed, unless that is more than half of what
// the ledger holds of the source: then it is held back and reported, because a system that suddenly shows next to nothing
// is more likely broken than empty.
func (r *Run) Finish(ctx context.Context, e Ending) (Summary, error) {
	l := r.ledger
	l.write.Lock()
	defer l.write.Unlock()
	var g gone
	var deltas []kpi.Delta
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		if e.Complete && !e.Unchanged {
			if err := r.clearFindings(ctx, tx); err != nil {
				return err
			}
			if !e.KeepMissing {
				if g, err = r.findGone(ctx, tx); err != nil {
					return err
				}
				if 2*g.missing() > g.stored && !e.AcceptDrop {
					r.Held, g = int64(g.missing()), gone{}
				}
				if deltas, err = r.remove(ctx, tx, g); err != nil {
					return err
				}
			}
		}
		return r.close(ctx, tx, e, int64(len(g.dossiers)), int64(g.missing()))
	})
	if err != nil {
		return r.Summary, l.explain("finish a run of "+r.source.name, err)
	}
	r.Removed += int64(g.missing())
	r.Unchanged = e.Unchanged
	r.source.state, r.source.dossiers = e.State, r.source.dossiers-int64(len(g.dossiers))
	r.source.needsFull = r.source.needsFull && !r.full
	if len(deltas) > 0 {
		l.grow(false, len(deltas)*5)
	}
	l.read.Lock()
	l.settle(r.source, g, deltas)
	l.read.Unlock()
	if len(g.procedures) > 0 {
		if err := l.reregister(ctx, r.source); err != nil {
			return r.Summary, err
		}
	}
	return r.Summary, l.foldWhenDue(ctx)
}

// close writes the end of a run.
func (r *Run) close(ctx context.Context, tx *sql.Tx, e Ending, dossiersGone, gone int64) error {
	_, err := tx.ExecContext(ctx, `update source set state = ?, established = 1, dossiers = dossiers - ?,
		needs_full = case when ? then 0 else needs_full end where id = ?`, e.State, dossiersGone, r.full, r.source.id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update run set ended = ?, ok = 1, removed = removed + ?, held = ? where id = ?", e.Now.Unix(), gone, r.Held, r.id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "delete from run where source = ?1 and id <= (select id from run where source = ?1 order by id desc limit 1 offset ?2)",
		r.source.id, r.ledger.options.KeptRuns)
	return err
}

// settle lets the figures follow the end of a run: a first complete one makes the source count.
func (l *Ledger) settle(s *source, g gone, deltas []kpi.Delta) {
	l.figures.Daybook.Apply(deltas)
	for _, o := range g.observations {
		l.figures.Observed.Remove(o.key, o.day)
	}
	if s.established {
		return
	}
	s.established = true
	for id, key := range l.keys {
		if key.Source == s.name {
			l.figures.Daybook.Reveal(id)
		}
	}
}

// foldWhenDue makes one base of the daybook's segments once the changes outweigh it.
func (l *Ledger) foldWhenDue(ctx context.Context) error {
	if !l.due() {
		return nil
	}
	var s segments
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		l.read.RLock()
		defer l.read.RUnlock()
		s, err = fold(ctx, tx, l.figures.Daybook)
		return err
	})
	if err != nil {
		return l.explain("fold the daybook", err)
	}
	l.segments = s
	return nil
}

// Fail ends a run that went wrong. What it has taken stays: each row is true whatever became of the others.
func (r *Run) Fail(ctx context.Context, cause error, now time.Time) error {
	l := r.ledger
	l.write.Lock()
	defer l.write.Unlock()
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "update run set ended = ?, error = ? where id = ?", now.Unix(), cause.Error(), r.id)
		return err
	})
	return l.explain("note the failure of a run of "+r.source.name, err)
}

// closeInterruptedRuns marks the runs that a killed agent left open.
func (l *Ledger) closeInterruptedRuns(ctx context.Context) error {
	if l.options.ReadOnly {
		return nil
	}
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "update run set ended = started, error = 'interrupted: the agent stopped in the middle of it' where ended is null")
		return err
	})
	return l.explain("close interrupted runs", err)
}

// String is one line for people.
func (s Summary) String() string {
	if s.Unchanged {
		return "unchanged"
	}
	text := fmt.Sprintf("%d rows: %d added, %d changed, %d removed, %d rejected, %d warnings", s.Rows, s.Added, s.Changed, s.Removed, s.Rejected, s.Warned)
	if s.Held > 0 {
		text += fmt.Sprintf("; %d missing ones held back", s.Held)
	}
	return text
}
