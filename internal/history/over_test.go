package history

import (
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// sized is a past of some size.
type sized int64

func (s sized) Look(int64, int64) (storage.Querier, [][2]int64, error) {
	return storage.NoopQuerier(), nil, nil
}
func (s sized) Keeps(labels.Labels) bool { return false }
func (s sized) Size() int64              { return int64(s) }

// What has no room beside closed days is the oldest; however large those have grown for a while, a quarter is the live
// store's. Right after a compaction the old blocks are there beside the new one, and count no more.
func TestOver(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	h, err := Open(t.Context(), Options{Path: t.TempDir(), Interval: time.Minute, Detail: 24 * time.Hour, Late: time.Hour, Lookback: time.Hour,
		Limits: Limits{Samples: 1000, Series: 10, Timeout: time.Second, AtOnce: 1}, Now: func() time.Time { return noon },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	h.live.DisableCompactions()
	appender := h.live.Appender(t.Context())
	for minute := range 12 * 60 {
		if _, err := appender.Append(0, labels.FromStrings("__name__", "a"), noon.Add(time.Duration(minute)*time.Minute).UnixMilli(), float64(minute*minute%997)); err != nil {
			t.Fatal(err)
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := h.live.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	blocks := h.live.Blocks()
	if len(blocks) < 3 {
		t.Fatalf("there are %d blocks", len(blocks))
	}
	all := h.live.Head().Size()
	for _, b := range blocks {
		all += b.Size()
	}
	oldest := blocks[0].Size()
	merged := merge(t, blocks[len(blocks)-2:])
	for _, test := range []struct {
		name   string
		blocks []*tsdb.Block
		most   int64
		past   sized
		want   int
	}{
		{"no limit", blocks, 0, 1 << 40, 0},
		{"all have room", blocks, all + 1000, 1000, 0},
		{"one has not", blocks, all + 999, 1000, 1},
		{"closed days have outgrown their share", blocks, 4 * all, 1 << 40, 0},
		{"and more so", blocks, 4 * (all - oldest), 1 << 40, 1},
		{"after a compaction", append([]*tsdb.Block{merged}, blocks...), all, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.options.MaxBytes = test.most
			h.SetPast(test.past)
			over := h.over(slices.Clone(test.blocks)) // which sorts them
			if len(over) != test.want {
				t.Errorf("%d blocks have to go, want %d", len(over), test.want)
			}
			if _, goes := over[blocks[0].Meta().ULID]; goes != (test.want > 0) {
				t.Errorf("the oldest goes: %v", goes)
			}
		})
	}
}

// merge makes one block of some, as the database does.
func merge(t *testing.T, parents []*tsdb.Block) *tsdb.Block {
	t.Helper()
	c, err := tsdb.NewLeveledCompactor(t.Context(), nil, slog.New(slog.DiscardHandler), []int64{1, 2}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var from []string
	for _, b := range parents {
		from = append(from, b.Dir())
	}
	ids, err := c.Compact(dir, from, nil)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	b, err := tsdb.OpenBlock(slog.New(slog.DiscardHandler), filepath.Join(dir, ids[0].String()), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
