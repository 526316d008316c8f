package history

import (
	"fmt"
	"syscall"
)

// reserve is the free space below which nothing is written. The database ends the whole process where it cannot write the
// few megabytes that it holds back, so it must not find the disk full.
const reserve = 128 << 20

func freeBytes(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Room reports whether there is space on the disk to write, into this store or another in the same folder.
func (h *History) Room() error {
	free, err := h.options.FreeBytes(h.options.Path)
	if err != nil {
		return fmt.Errorf("the free space of %s is not known: %w", h.options.Path, err)
	}
	if free < reserve {
		return fmt.Errorf("the disk of %s is full: less than %d MB are free; make room, or write less with "+
			"history.max_megabytes", h.options.Path, reserve>>20)
	}
	return nil
}
