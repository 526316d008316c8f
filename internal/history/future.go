package history

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// leaveFuture sets aside what was written while the clock was far ahead, as after a flat battery: the live store takes nothing
// that is much older than its newest sample, so it would take nothing until that time has come. What was written before goes
// into blocks, and stays; up to the end of its last block, two hours at most, new samples count as late ones.
func (h *History) leaveFuture(ctx context.Context) error {
	now := h.options.Now()
	bearable := now.Add(h.options.Late + 24*time.Hour).UnixMilli() // over a lesser one it is cheaper to wait
	newest := h.live.Head().MaxTime()
	for _, b := range h.live.Blocks() {
		newest = max(newest, b.MaxTime())
	}
	if newest <= bearable {
		return nil
	}
	if err := h.live.Compact(ctx); err != nil {
		return err
	}
	names := []string{"wal", "wbl", "chunks_head"}
	for _, b := range h.live.Blocks() {
		if b.MinTime() > now.UnixMilli() {
			names = append(names, filepath.Base(b.Dir()))
		}
	}
	if err := h.live.Close(); err != nil {
		return err
	}
	dir := filepath.Join(h.options.Path, liveFolder)
	why := fmt.Errorf("it was written while the clock showed up to %s; now it shows %s",
		time.UnixMilli(newest).UTC().Format(time.DateTime), now.UTC().Format(time.DateTime))
	err := h.setAside(dir, why, names...)
	var reopening error
	if h.live, reopening = h.tryLive(dir); reopening != nil {
		return errors.Join(err, reopening)
	}
	return err
}
