package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// transact runs do in one transaction on the writing connection; the caller holds write. The end of ctx ends what do
// does, and rolls it back; when transact returns, the connection is out of the transaction or given up.
//
// The transaction itself is not given ctx: when that ends, database/sql rolls back in a goroutine of its own, and lets Commit and
// Rollback return before it has. On a busy machine the next begin came earlier, and failed.
func (l *Ledger) transact(ctx context.Context, do func(tx *sql.Tx) error) (err error) {
	if l.options.ReadOnly {
		return errReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.conn == nil {
		if err := l.connect(ctx); err != nil {
			return err
		}
	}
	tx, err := l.conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return errors.Join(err, l.giveUpConnection())
	}
	ended := false
	defer func() { // also of a panic in do
		if !ended && tx.Rollback() != nil {
			// Mostly SQLite has rolled back by itself, as when the disk is full. If not, closing the connection does.
			err = errors.Join(err, l.giveUpConnection())
		}
	}()
	if err := do(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ended = true
	if err := tx.Commit(); err != nil {
		return errors.Join(err, l.giveUpConnection())
	}
	return nil
}

// connect gives the ledger its own connection: the writing one, or the only one when read-only.
func (l *Ledger) connect(ctx context.Context) (err error) {
	if l.conn, err = l.db.Conn(ctx); err != nil {
		return err
	}
	if !l.options.ReadOnly {
		return l.widenCache(ctx)
	}
	return nil
}

// giveUpConnection closes the writing connection, with whatever transaction is open on it; the next write has a new one.
func (l *Ledger) giveUpConnection() error {
	conn := l.conn
	l.conn = nil
	// database/sql keeps a connection that is given back, but closes one that is said to be bad.
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		return errors.Join(err, conn.Close())
	}
	return nil
}
