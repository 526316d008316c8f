package ledger

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that callers tell apart.
var (
	// ErrCorrupt: the file is damaged or no ledger at all.
	ErrCorrupt = errors.New("the ledger is damaged")
	// ErrNewer: the file was written by a later version of kpiagent.
	ErrNewer = errors.New("the ledger is from a newer kpiagent")
	// ErrForeign: the file is a database of something else.
	ErrForeign = errors.New("the file is not a ledger")
	// ErrFull: there is no room left on the disk.
	ErrFull = errors.New("the disk is full")
	// ErrNotConfigured: the source does not stand in the configuration, or no longer does.
	ErrNotConfigured = errors.New("is not configured")
	// ErrBrokenOff: given to Run.Fail, it says that the end of the run tells nothing about the source.
	ErrBrokenOff = errors.New("broken off")
)

// errImpossible is a row that the ledger never wrote like that.
var errImpossible = errors.New("a row is not as it was written")

// errReadOnly is what a write into a ledger says that was opened with Options.ReadOnly.
var errReadOnly = errors.New("it is open for reading only")

// explain wraps an error of SQLite with what was being done, and with what to do next where that is known.
func (l *Ledger) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	switch {
	case errors.Is(err, ErrCorrupt):
		return err // it says all this already
	case errors.Is(err, errImpossible), errors.Is(err, errSegment):
		return l.corrupt(doing, err)
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("ledger %s: %s: %w: make room; nothing was lost and the next run goes on where this one stopped (%w)",
				l.path, doing, ErrFull, err)
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return l.corrupt(doing, err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return fmt.Errorf("ledger %s: %s: the file or its folder cannot be opened or written: check that it exists and who owns it: %w",
				l.path, doing, err)
		}
	}
	return fmt.Errorf("ledger %s: %s: %w", l.path, doing, err)
}

func (l *Ledger) corrupt(doing string, err error) error {
	return fmt.Errorf("ledger %s: %s: %w: restore it from a backup, or move it away: then everything is read again from the unit systems (%w)",
		l.path, doing, ErrCorrupt, err)
}
