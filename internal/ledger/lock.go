package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// lock keeps a second agent from writing: the daybook in memory must be the only one that counts. The lock belongs to
// the open file and so ends with the process, however that ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("ledger %s: its lock file: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("ledger %s: its lock file: this file system cannot lock, choose another place for ledger.path: %w", path, err), f.Close())
		}
		holder, _ := io.ReadAll(io.LimitReader(f, 100))
		err = errors.Join(err, f.Close())
		who := strings.TrimSpace(string(holder))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("ledger %s: %w by %s: stop it first, or give this agent a ledger.path of its own (%w)", path, ErrInUse, who, err)
	}
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "kpiagent, process %d\n", os.Getpid())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("ledger %s: its lock file: %w", path, err), f.Close())
		}
	}
	return f, nil
}
