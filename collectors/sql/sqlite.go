package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver named sqlite

	"kpiagent/collectors"
)

// readSQLite reads a database file, which is opened for reading only.
func (s *Source) readSQLite(ctx context.Context, path string, r *reading) error {
	if err := readable(path); err != nil {
		return told{err}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	options := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(5000)"}}
	if _, err := time.LoadLocation(s.location.String()); err == nil {
		// Texts in columns that are declared as times come as times, with or without an offset: all as instants.
		options.Set("_timezone", s.location.String())
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return err
	}
	return s.readStandard(ctx, r, standard{db: db, transaction: sql.TxOptions{ReadOnly: true}})
}

func readable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s; correct sql.path: %w", path, fs.ErrNotExist)
	case err != nil:
		return fmt.Errorf("database file %s: %w", path, err)
	case info.IsDir():
		return fmt.Errorf("%s is a folder: name the database file in it", path)
	}
	opened, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("file %s may not be read; give the agent's user the right to read it: %w", path, fs.ErrPermission)
	}
	if err != nil {
		return fmt.Errorf("database file %s: %w", path, err)
	}
	return opened.Close()
}

var _ collectors.Source = (*Source)(nil)
