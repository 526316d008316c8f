package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Ending says how a read ended that went well.
type Ending struct {
	// State is where the next read goes on.
	State string
	// Complete says that every row the system holds was read.
	Complete bool
	// Drifts says of a complete read that rows may have moved while it went on: what it lacks is removed only where the complete
	// read before lacked it too.
	Drifts bool
	// Unchanged says that there was nothing new and no row was read.
	Unchanged bool
	// KeepMissing leaves what a complete read did not show where it is: the system shows recent dossiers only.
	KeepMissing bool
	// AcceptDrop removes what is missing even when it is more than half of what is stored.
	AcceptDrop bool
	// Profile is what the columns held; nil where that is not known.
	Profile *sourcelog.Profile
	Now     time.Time
}

// Finish ends a run that went well: what a complete read did not show is removed, unless that is more than half of what
// the ledger holds of the source: then it is held back and reported, because a system that suddenly shows next to nothing
// is more likely broken than empty. It is held back as well where a row could not be read at all, not even its id: any of
// the missing may be that row.
func (r *Run) Finish(ctx context.Context, e Ending) (sourcelog.Summary, error) {
	l := r.ledger
	l.write.Lock()
	defer l.write.Unlock()
	if err := r.refresh(); err != nil {
		return r.Summary, err
	}
	var end ending
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		end = ending{Ending: e, held: r.source.held, heldWhy: r.source.heldWhy}
		if e.Complete && !e.Unchanged {
			end.held, end.heldWhy = 0, ""
			if err := r.clearFindings(ctx, tx); err != nil {
				return err
			}
			if !e.KeepMissing {
				if err := r.removeMissing(ctx, tx, &end); err != nil {
					return err
				}
			}
		}
		if !r.source.established {
			if end.observed, err = r.reported(ctx, tx); err != nil {
				return err
			}
		}
		if end.serial, err = touch(ctx, tx, r.firstTouched(&end)); err != nil {
			return err
		}
		return r.close(ctx, tx, &end)
	})
	if err != nil {
		return r.Summary, l.explain("finish a run of "+r.source.name, err)
	}
	r.Removed, r.Unchanged = r.Removed+int64(end.gone.missing()), e.Unchanged
	r.source.held, r.source.heldWhy = end.held, end.heldWhy
	r.Held, r.HeldWhy = end.held, end.heldWhy
	r.source.state = e.State
	if e.Complete && !e.Unchanged {
		r.source.missed, r.Awaited = end.missed, int64(len(end.missed))
	}
	r.source.dossiers -= int64(len(end.gone.dossiers))
	if end.segmentBytes > 0 {
		l.grow(false, end.segmentBytes)
	}
	// The run is in the ledger: what follows happens also where ctx has ended by now.
	ctx = context.WithoutCancel(ctx)
	err = l.follow(ctx, end.serial, len(end.gone.procedures) > 0, func() { l.settle(r.source, &end) })
	if err != nil {
		return r.Summary, err
	}
	l.foldWhenDue(ctx)
	if e.Complete && !e.Unchanged {
		l.forgetPages(ctx)
	}
	return r.Summary, nil
}

// ending is what the end of a run does.
type ending struct {
	Ending
	gone         gone
	missed       map[string]bool // of gone, what another complete read has to lack first
	held         int64
	heldWhy      string
	deltas       []kpi.Delta
	segmentBytes int
	observed     []observedValue // all that the source has reported, where it counts only now
	serial       int64           // the number of the books then; 0 where no figure changes
}

// firstTouched gives the first day whose figures the end of a run changes: by what is gone, and by all of a source that
// counts only now. 0 where there is none.
func (r *Run) firstTouched(end *ending) kpi.Day {
	first := firstOf(end.deltas, end.gone.observations, end.observed)
	if first == 0 && len(end.gone.procedures) > 0 {
		first = noPastDay
	}
	if r.source.established {
		return first
	}
	l := r.ledger
	counted := l.figures.Daybook.FirstCount(l.booksOf(func(source string) bool { return source == r.source.name })...)
	if counted != 0 && (first == 0 || counted < first) {
		return counted
	}
	return first
}

// removeMissing takes out what the run has not shown, or holds it back.
func (r *Run) removeMissing(ctx context.Context, tx *sql.Tx, end *ending) (err error) {
	if end.gone, err = r.findGone(ctx, tx); err != nil {
		return err
	}
	missing := end.gone.missing()
	known := int64(end.gone.stored) - r.Added // a report that only shows others than before would else be half of all
	switch {
	case missing == 0 || end.AcceptDrop:
	case 2*int64(missing) > known:
		end.heldWhy = fmt.Sprintf("more than half of the %d that are known", known)
	case r.unreadable > 0:
		end.heldWhy = fmt.Sprintf("they may be the %d rows that could not be read, not even their id", r.unreadable)
	}
	if end.heldWhy != "" {
		end.held, end.gone = int64(missing), gone{}
		return nil
	}
	if e := &end.Ending; e.Drifts && !e.AcceptDrop {
		end.missed = end.gone.confirm(r.source.missed)
	}
	end.deltas, end.segmentBytes, err = r.remove(ctx, tx, &end.gone)
	return err
}

// close writes the end of a run.
func (r *Run) close(ctx context.Context, tx *sql.Tx, end *ending) error {
	_, err := tx.ExecContext(ctx, "update source set state = ?, established = 1, dossiers = dossiers - ?, held = ?, held_why = ? where id = ?",
		end.State, len(end.gone.dossiers), end.held, end.heldWhy, r.source.id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update run set ended = ?, ok = 1, removed = removed + ?, held = ? where id = ?",
		end.Now.Unix(), end.gone.missing(), end.held, r.id)
	if err != nil {
		return err
	}
	if err := r.noteParts(ctx, tx); err != nil {
		return err
	}
	if err := r.storeProfile(ctx, tx, &end.Ending); err != nil {
		return err
	}
	if err := r.noteEnd(ctx, tx, true, end.Now); err != nil {
		return err
	}
	return r.forgetOldRuns(ctx, tx)
}

// forgetOldRuns bounds the run log; the last run that went well stays in it, however many have failed since.
func (r *Run) forgetOldRuns(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `delete from run where source = ?1 and id <= (select id from run where source = ?1 order by id desc limit 1 offset ?2)
		and id <> (select coalesce(max(id), 0) from run where source = ?1 and ok = 1)`, r.source.id, r.ledger.options.KeptRuns)
	return err
}

// settle lets the figures follow the end of a run: a first one makes the source count.
func (l *Ledger) settle(s *source, end *ending) {
	l.figures.Daybook.Apply(end.deltas)
	for _, o := range end.gone.observations {
		l.figures.Observed.Remove(o.key, o.day)
	}
	if s.established {
		return
	}
	s.established = true
	l.figures.Daybook.Reveal(l.booksOf(func(source string) bool { return source == s.name })...)
	for _, o := range end.observed {
		l.figures.Observed.Set(o.key, o.day, o.value)
	}
}

// booksOf lists the books of some sources.
func (l *Ledger) booksOf(wanted func(source string) bool) (ids []kpi.BookID) {
	for id, key := range l.keys {
		if wanted(key.Source) {
			ids = append(ids, id)
		}
	}
	return ids
}

// foldWhenDue makes one base of the daybook's segments once the changes outweigh it. Where it cannot, the next run tries.
func (l *Ledger) foldWhenDue(ctx context.Context) {
	if !l.due(l.foldAt) {
		return
	}
	var s segments
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		l.read.RLock()
		defer l.read.RUnlock()
		s, err = fold(ctx, tx, l.figures.Daybook)
		return err
	})
	if err != nil {
		l.log.Warn("the daybook's changes could not be put together; the next run tries again", "err", l.explain("fold the daybook", err))
		return
	}
	l.segments = s
}

// Fail ends a run that went wrong. What it has taken stays: each row is true whatever became of the others. With ErrBrokenOff in
// cause, the day log does not count it.
func (r *Run) Fail(ctx context.Context, cause error, now time.Time) error {
	l := r.ledger
	l.write.Lock()
	defer l.write.Unlock()
	err := l.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "update run set ended = ?, error = ? where id = ? and ended is null", now.Unix(), cause.Error(), r.id); err != nil {
			return err
		}
		if err := r.noteParts(ctx, tx); err != nil {
			return err
		}
		if !errors.Is(cause, ErrBrokenOff) {
			if err := r.noteEnd(ctx, tx, false, now); err != nil {
				return err
			}
		}
		return r.forgetOldRuns(ctx, tx)
	})
	if r.full {
		l.forgetPages(ctx)
	}
	return l.explain("note the failure of a run of "+r.source.name, err)
}

const interrupted = "interrupted: the agent stopped in the middle of it"

// closeInterruptedRuns marks the runs that a killed agent left open.
func (l *Ledger) closeInterruptedRuns(ctx context.Context) error {
	if l.options.ReadOnly {
		return nil
	}
	err := l.transact(ctx, func(tx *sql.Tx) error { return l.interrupt(ctx, tx, "true") })
	if err = l.explain("close interrupted runs", err); errors.Is(err, ErrFull) {
		l.log.Warn("the figures are served all the same, but nothing new can be taken in", "err", err)
		return nil
	}
	return err
}
