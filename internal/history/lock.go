package history

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kpiagent/internal/durable"
)

// Lock keeps a second process from writing into the folder of history, until what it returns is closed. The error says who has
// it, and since when; durable.ErrInUse is in its chain.
func Lock(path string, now time.Time) (io.Closer, error) {
	host, _ := os.Hostname() // for people only
	holder := fmt.Sprintf("kpiagent, process %d on %s, since %s", os.Getpid(), host, now.Format(time.DateTime))
	l, err := durable.Acquire(filepath.Join(path, "agent.lock"), holder, "history.path")
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	return l, nil
}
