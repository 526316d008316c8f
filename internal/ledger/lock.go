package ledger

import (
	"fmt"
	"io"
	"os"

	"kpiagent/internal/durable"
)

// lock keeps a second agent from writing: the daybook in memory must be the only one that counts.
func lock(path string) (io.Closer, error) {
	l, err := durable.Acquire(path+".lock", fmt.Sprintf("kpiagent, process %d", os.Getpid()), "ledger.path")
	if err != nil {
		return nil, fmt.Errorf("ledger %s: the ledger %w", path, err)
	}
	return l, nil
}
