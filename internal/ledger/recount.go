package ledger

import (
	"context"
	"database/sql"

	"kpiagent/internal/kpi"
)

// recountChunk is how many dossiers are counted between two additions to the daybook: it bounds the memory.
const recountChunk = 50_000

// counting is what it takes to count the dossiers of configured sources.
type counting struct {
	keys  map[kpi.BookID]kpi.BookKey
	rules map[int64]kpi.Rules // by source
}

// counting gives what is known now; a batch that goes in later may add books to keys.
func (l *Ledger) counting(o *Options) counting {
	c := counting{l.keys, map[int64]kpi.Rules{}}
	for name, r := range o.Rules {
		if s := l.sources[name]; s != nil {
			c.rules[s.id] = r
		}
	}
	return c
}

const allDossiers = "select " + dossierColumns + " from dossier"

// countAnew counts all dossiers of configured sources into an empty daybook. It is what the daybook must always equal.
func (c *counting) countAnew(rows *sql.Rows, daybook *kpi.Daybook) error {
	for id, key := range c.keys {
		daybook.AddBook(id, key)
	}
	var sums kpi.Deltas
	counted := 0
	err := eachOf(rows, func(scan func(...any) error) error {
		s, err := scanDossier(scan, c.keys)
		if err != nil {
			return err
		}
		r, configured := c.rules[s.source]
		if !configured {
			return nil
		}
		sums.Put(s.book, r, &s.dossier)
		if counted++; counted%recountChunk == 0 {
			daybook.Apply(sums.Sum())
			sums.Reset()
		}
		return nil
	})
	daybook.Apply(sums.Sum())
	return err
}

// countInto counts all dossiers anew into an empty daybook.
func (l *Ledger) countInto(ctx context.Context, q querier, o *Options, daybook *kpi.Daybook) error {
	rows, err := q.QueryContext(ctx, allDossiers)
	if err != nil {
		return err
	}
	c := l.counting(o)
	return c.countAnew(rows, daybook)
}

// recount makes a full count by the options given, and stores it as the daybook; only in memory where the ledger is
// read-only.
func (l *Ledger) recount(ctx context.Context, o *Options, daybook *kpi.Daybook) error {
	if o.ReadOnly {
		return l.countInto(ctx, l.reader, o, daybook)
	}
	var folded segments
	bases := make(map[*source]string, len(l.sources))
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		if err := l.countInto(ctx, tx, o, daybook); err != nil {
			return err
		}
		if folded, err = fold(ctx, tx, daybook); err != nil {
			return err
		}
		for name, s := range l.sources {
			bases[s] = "" // not configured: counted when it is again
			if r, configured := o.Rules[name]; configured {
				bases[s] = basis(r)
			}
			if _, err := tx.ExecContext(ctx, "update source set basis = ? where id = ?", bases[s], s.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.segments = folded
	for s, now := range bases {
		s.basis = now
	}
	return nil
}
