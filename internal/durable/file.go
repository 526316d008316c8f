// Package durable keeps small files safe: a file is replaced whole or not at all (Write), and one process at a time works in a
// place (Acquire).
//
// Here live the ways to write and to lock, for state, reports and exports alike. What a file means, and the ledger's and the
// history's own storage, belong to their packages.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Write replaces the file at path by one with this content and mode, whatever the umask. It is on the disk when Write returns;
// after an error or a crash the file is as it was. Its folder must be there.
func Write(path string, content []byte, mode fs.FileMode) error {
	return WriteFrom(path, mode, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteFrom is Write with the content that a function writes. Its error is returned as it is.
func WriteFrom(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	next, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(mode))
	if err != nil {
		return err
	}
	if err = write(next); err == nil {
		err = next.CloseAtomicallyReplace()
	}
	if err != nil {
		next.Cleanup() // best effort: there is an error to return already
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder puts onto the disk which files a folder has.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// RemoveLeftovers removes what processes that were killed have half written of a file. No other may be writing it.
func RemoveLeftovers(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, is := strings.CutPrefix(e.Name(), "."+filepath.Base(path)) // as the library names them
		if is && number != "" && strings.Trim(number, "0123456789") == "" {
			err = errors.Join(err, os.Remove(filepath.Join(filepath.Dir(path), e.Name())))
		}
	}
	return err
}
