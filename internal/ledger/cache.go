package ledger

import (
	"context"
	"fmt"
)

// writerCache is how much of the file the writing connection holds in memory while dossiers are taken, in KiB: a first import
// puts each id into its place in an index that grows to many megabytes. Whoever only reads has SQLite's own 2 MB: a list of
// dossiers goes through the file once, and what is read again comes from the system's cache.
const writerCache = 24_000

func (l *Ledger) widenCache(ctx context.Context) error {
	_, err := l.conn.ExecContext(ctx, fmt.Sprintf("pragma cache_size = -%d", writerCache))
	return err
}

// forgetPages gives the memory of the writing connection's cache back. It is for the end of a read of all that a system holds,
// which has gone through much of the file; between reads of what has changed the cache is worth what it takes.
func (l *Ledger) forgetPages(ctx context.Context) {
	if l.conn == nil {
		return // it was given up, and its cache with it
	}
	if _, err := l.conn.ExecContext(ctx, "pragma shrink_memory"); err != nil {
		l.log.Debug("SQLite did not give memory back; it does at the end of a later run", "err", err)
	}
}
