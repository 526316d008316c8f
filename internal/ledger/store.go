package ledger

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"strings"
)

// store writes new and changed dossiers in the transaction that is open. New ones get their keys here, in the order of
// their hashes, so that the index grows from left to right within a batch while the table itself is only appended to.
func (l *Ledger) store(ctx context.Context, added, changed []*stored) error {
	slices.SortFunc(added, func(a, b *stored) int { return cmp.Compare(a.hash, b.hash) })
	whole := len(added) / rowsTogether
	err := l.execEach(ctx, insertion(rowsTogether), whole, func(i int, values []driver.Value) []driver.Value {
		for _, s := range added[i*rowsTogether : (i+1)*rowsTogether] {
			values = l.newState(s, values)
		}
		return values
	})
	if err != nil {
		return err
	}
	rest := added[whole*rowsTogether:]
	err = l.execEach(ctx, insertion(1), len(rest), func(i int, values []driver.Value) []driver.Value { return l.newState(rest[i], values) })
	if err != nil {
		return err
	}
	slices.SortFunc(changed, func(a, b *stored) int { return cmp.Compare(a.key, b.key) })
	return l.execEach(ctx, `update dossier set book = ?, channel = ?, received = ?, due = ?, finished = ?, outcome = ?,
		marks = ?, pauses = ?, changed = ? where key = ?`, len(changed),
		func(i int, values []driver.Value) []driver.Value {
			s := changed[i]
			return append(s.state(append(values, int64(s.book))), s.key)
		})
}

// rowsTogether is how many rows one statement inserts: starting a statement costs half as much as inserting a row.
const rowsTogether = 32

func insertion(rows int) string {
	const row = "(?,?,?,?,?,?,?,?,?,?,?,?,?)"
	return "insert into dossier (" + dossierColumns + ") values " + row + strings.Repeat(","+row, rows-1)
}

// newState gives a new dossier its key and appends its row.
func (l *Ledger) newState(s *stored, values []driver.Value) []driver.Value {
	s.key = l.nextKey
	l.nextKey++
	return s.state(append(values, s.key, int64(s.hash), s.source, int64(s.book), s.dossier.ID))
}

// state appends what changes in a dossier, in the order of dossierColumns.
func (s *stored) state(values []driver.Value) []driver.Value {
	d := &s.dossier
	return append(values, int64(d.Channel), d.Received.Unix(), stampTo(d.Due), stampTo(d.Finished), int64(d.Outcome), marksOf(d),
		pausesText(d.Pauses), s.changed)
}

// execEach executes a statement n times, each with the values that row appends. It talks to the driver itself: for each
// row, database/sql would convert every value and watch ctx, which costs as much as SQLite's own work.
func (l *Ledger) execEach(ctx context.Context, statement string, n int, row func(i int, values []driver.Value) []driver.Value) error {
	if n == 0 {
		return nil
	}
	return l.conn.Raw(func(connection any) (err error) {
		prepared, err := connection.(driver.ConnPrepareContext).PrepareContext(ctx, statement)
		if err != nil {
			return err
		}
		defer prepared.Close()
		execute := prepared.(driver.StmtExecContext)
		unwatched := context.WithoutCancel(ctx)
		var values []driver.Value
		var named []driver.NamedValue
		for i := range n {
			if i%32 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			values, named = row(i, values[:0]), named[:0]
			for at, value := range values {
				named = append(named, driver.NamedValue{Ordinal: at + 1, Value: value})
			}
			if _, err := execute.ExecContext(unwatched, named); err != nil {
				return err
			}
		}
		return nil
	})
}
