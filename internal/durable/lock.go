package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// ErrInUse is in the chain of the error where another process has the lock.
var ErrInUse = errors.New("is in use")

// Acquire locks the file at path, which it makes where it is missing, until the returned file is closed. The lock belongs to
// the open file and so ends with the process, however that ends. holder is what others are told of this process: "kpiagent,
// process 7"; key is the key of the configuration that names the place.
func Acquire(path, holder, key string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("cannot be locked: %w; let the agent write there, or choose another place for %s", err, key)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close() // nothing was written
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("cannot be locked: the file system of %s cannot lock, choose another place for %s: %w", path,
				key, err)
		}
		other, _ := io.ReadAll(io.LimitReader(f, 300)) // for people only
		who := strings.TrimSpace(string(other))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("%w by %s: stop it first, or give this agent a %s of its own (%w)", ErrInUse, who, key, err)
	}
	if err := f.Truncate(0); err == nil {
		if _, err = fmt.Fprintln(f, holder); err != nil {
			return nil, errors.Join(fmt.Errorf("cannot be locked: %w", err), f.Close())
		}
	}
	return f, nil
}
