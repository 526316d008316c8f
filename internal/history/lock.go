package history

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrInUse is in the chain of the error where another process has the folder of history.
var ErrInUse = errors.New("is in use")

// Lock keeps a second process from writing into the folder of history, until the file that it returns is closed. The lock
// belongs to the open file and so ends with the process, however that ends. The error says who has it, and since when.
func Lock(path string, now time.Time) (*os.File, error) {
	name := filepath.Join(path, "agent.lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("history: its lock file: %w; let the agent write into history.path", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("history: lock file %s: this file system cannot lock, choose another place for history.path: %w", name, err), f.Close())
		}
		holder, _ := io.ReadAll(io.LimitReader(f, 300))
		err = errors.Join(err, f.Close())
		who := strings.TrimSpace(string(holder))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("history %s: %w by %s: stop it first, or give this agent a history.path of its own (%w)", path, ErrInUse, who, err)
	}
	if err := f.Truncate(0); err == nil {
		host, _ := os.Hostname() // for people only
		if _, err = fmt.Fprintf(f, "kpiagent, process %d on %s, since %s\n", os.Getpid(), host, now.Format(time.DateTime)); err != nil {
			return nil, errors.Join(fmt.Errorf("history: lock file %s: %w", name, err), f.Close())
		}
	}
	return f, nil
}
