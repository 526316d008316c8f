package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

// longestBlock bounds how long a block's time may be, and so what one compaction has to hold and a lost block can cost.
const longestBlock = 31 * 24 * time.Hour

// liveOptions are for one agent's thousands of series, where the library's defaults are for a server with millions.
func (h *History) liveOptions() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = h.options.Detail.Milliseconds()
	o.BlocksToDelete = h.over
	o.MaxBlockDuration = min(longestBlock, max(h.options.Detail/10, 4*time.Hour)).Milliseconds()
	o.OutOfOrderTimeWindow = h.options.Late.Milliseconds()
	o.WALCompression = compression.Snappy
	o.WALSegmentSize = 16 << 20 // what is no longer needed goes by whole segments
	o.StripeSize = 64
	o.HeadChunksWriteBufferSize = 64 << 10
	o.NoLockfile = true // Lock covers the whole folder, and says who has it
	return o
}

// over returns the blocks of the live store that are too old, and those that have no room beside the closed days. The database
// asks now and then, newest blocks first in mind: they stay as long as there is room. Closed days that have outgrown their
// share for a while, as when they are written anew, count with their share only: they can be computed again, and what the
// live store has cannot.
func (h *History) over(blocks []*tsdb.Block) map[ulid.ULID]struct{} {
	db := h.opened.Load()
	if db == nil {
		return nil // it is being opened, and asks again in a minute
	}
	over := tsdb.DefaultBlocksToDelete(db)(blocks) // which brings the newest to the front
	if h.options.MaxBytes <= 0 {
		return over
	}
	room := h.options.MaxBytes - db.Head().Size()
	if past := h.past.Load(); past != nil {
		room -= min((*past).Size(), PastShare(h.options.MaxBytes))
	}
	merged := parents(blocks)
	for _, b := range blocks {
		if merged[b.Meta().ULID] {
			continue
		}
		if room -= b.Size(); room < 0 {
			over[b.Meta().ULID] = struct{}{}
		}
	}
	return over
}

// parents are the blocks that others were made of: the database asks right after a compaction, and removes them by itself.
func parents(blocks []*tsdb.Block) map[ulid.ULID]bool {
	merged := map[ulid.ULID]bool{}
	for _, b := range blocks {
		for _, parent := range b.Meta().Compaction.Parents {
			merged[parent.ULID] = true
		}
	}
	return merged
}

// openLive opens the live store. Where it does not open because of damage, first the blocks that cannot be read are set
// aside, then what was not yet in blocks.
func (h *History) openLive() (*tsdb.DB, error) {
	dir := filepath.Join(h.options.Path, liveFolder)
	if err := h.setAsideBlocks(dir, describes); err != nil {
		return nil, wrapLive(dir, err)
	}
	db, err := h.tryLive(dir)
	if err == nil || errors.Is(err, os.ErrPermission) {
		return db, wrapLive(dir, err)
	}
	first := err
	for _, step := range []func() error{
		func() error { return h.setAsideBlocks(dir, opens) },
		// What was not yet in blocks: some hours at most.
		func() error { return h.setAside(dir, first, "wal", "wbl", "chunks_head") },
	} {
		if err := step(); err != nil {
			return nil, wrapLive(dir, errors.Join(first, err))
		}
		if db, err = h.tryLive(dir); err == nil {
			return db, nil
		}
	}
	return nil, wrapLive(dir, err)
}

func wrapLive(dir string, err error) error {
	if err != nil {
		return fmt.Errorf("history: %s cannot be opened: %w; move that folder away to begin a new one", dir, err)
	}
	return nil
}

func (h *History) tryLive(dir string) (*tsdb.DB, error) {
	h.opened.Store(nil)
	registry := prometheus.NewRegistry() // of this attempt: a failed one leaves its metrics behind
	db, err := tsdb.Open(dir, slog.New(warnings{h.options.Log.Handler()}).With("component", "history"), registry,
		h.liveOptions(), nil)
	if err != nil {
		return nil, err
	}
	h.metrics.library = registry
	h.opened.Store(db)
	if n := sum(registry, "prometheus_tsdb_wal_corruptions_total"); n > 0 {
		h.metrics.damaged.Add(n)
		h.aside = append(h.aside, "the journal in "+dir+" had a damaged end")
		h.options.Log.Error("history: what was written last before the agent ended was damaged; all up to there was kept, "+
			"the rest is lost", "folder", dir)
	}
	return db, nil
}

// warnings leaves out what the database logs of its everyday work.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// setAsideBlocks moves away the blocks that do not pass a test.
func (h *History) setAsideBlocks(dir string, sound func(block string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := ulid.ParseStrict(e.Name()); err != nil || !e.IsDir() {
			continue
		}
		if broken := sound(filepath.Join(dir, e.Name())); broken != nil {
			if err := h.setAside(dir, broken, e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// describes reports whether a block has a description of itself. The database goes on without one that has none, but logs that
// every minute.
func describes(block string) error {
	content, err := os.ReadFile(filepath.Join(block, "meta.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, new(tsdb.BlockMeta))
}

// opens reports whether a block can be opened.
func opens(block string) error {
	b, err := tsdb.OpenBlock(promslog.NewNopLogger(), block, nil, nil)
	if err != nil {
		return err
	}
	return b.Close()
}

// setAside moves folders of the live store to where nobody reads them, and says so.
func (h *History) setAside(dir string, why error, names ...string) error {
	target := filepath.Join(h.options.Path, damagedFolder, h.options.Now().UTC().Format("20060102T150405.000000000"))
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(target, name)); err != nil &&
			!errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	h.metrics.damaged.Inc()
	h.aside = append(h.aside, fmt.Sprintf("%s: %v", target, why))
	h.options.Log.Error("history: a damaged part was set aside, the agent goes on without it; its time is missing on the boards",
		"moved", names, "to", target, "err", why)
	return nil
}
