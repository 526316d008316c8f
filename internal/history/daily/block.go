package daily

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/fileutil"
	"github.com/prometheus/prometheus/tsdb/index"

	"kpiagent/internal/durable"
)

// temporary ends the name of a block that is not whole yet.
const temporary = ".tmp"

// segment bounds one file of chunks; the library takes that much of the disk at once, and returns what it did not need.
const segment = 32 << 20

// writeBlock writes series with their samples, in the order of their labels, as a block in a folder. It has its name once
// all of it is on the disk. There is no block where there is an error.
func writeBlock(ctx context.Context, folder string, id ulid.ULID, list []*series) (err error) {
	dir := filepath.Join(folder, id.String())
	tmp := dir + temporary
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if err := os.Mkdir(tmp, 0o750); err != nil {
		return err
	}
	metas, err := writeChunks(filepath.Join(tmp, "chunks"), list)
	if err != nil {
		return fmt.Errorf("write chunks: %w", err)
	}
	if err := writeIndex(ctx, filepath.Join(tmp, "index"), list, metas); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	meta, err := json.MarshalIndent(metaOf(id, list), "", "\t")
	if err != nil {
		return fmt.Errorf("describe the block: %w", err)
	}
	// With it, the folder is on the disk as well.
	if err := durable.Write(filepath.Join(tmp, "meta.json"), append(meta, '\n'), 0o640); err != nil {
		return err
	}
	return fileutil.Replace(tmp, dir)
}

func writeChunks(dir string, list []*series) (metas []chunks.Meta, err error) {
	w, err := chunks.NewWriter(dir, chunks.WithSegmentSize(segment))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	metas = make([]chunks.Meta, len(list))
	for i, s := range list {
		metas[i] = chunks.Meta{Chunk: s.chunk, MinTime: s.from, MaxTime: s.to}
	}
	return metas, w.WriteChunks(metas...)
}

func writeIndex(ctx context.Context, name string, list []*series, metas []chunks.Meta) (err error) {
	w, err := index.NewWriter(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	symbols := map[string]struct{}{}
	for _, s := range list {
		s.labels.Range(func(l labels.Label) { symbols[l.Name], symbols[l.Value] = struct{}{}, struct{}{} })
	}
	for _, symbol := range slices.Sorted(maps.Keys(symbols)) {
		if err := w.AddSymbol(symbol); err != nil {
			return err
		}
	}
	for i, s := range list {
		if err := w.AddSeries(storage.SeriesRef(i), s.labels, metas[i]); err != nil {
			return err
		}
	}
	return nil
}

func metaOf(id ulid.ULID, list []*series) *tsdb.BlockMeta {
	m := &tsdb.BlockMeta{ULID: id, Version: 1, MinTime: list[0].from,
		Compaction: tsdb.BlockMetaCompaction{Level: 1, Sources: []ulid.ULID{id}},
		Stats:      tsdb.BlockStats{NumSeries: uint64(len(list)), NumChunks: uint64(len(list))}}
	for _, s := range list {
		m.MinTime, m.MaxTime = min(m.MinTime, s.from), max(m.MaxTime, s.to+1)
		m.Stats.NumSamples += uint64(s.chunk.NumSamples())
	}
	m.Stats.NumFloatSamples = m.Stats.NumSamples
	return m
}

// sums returns size and checksum of each file of a block, by its path within the block.
func sums(dir string) (files map[string]sum, err error) {
	files = map[string]sum{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[name], err = sumOf(path)
		return err
	})
	return files, err
}

// sum reports whether a file is still what was written.
type sum struct {
	Bytes int64  `json:"bytes"`
	CRC   uint32 `json:"crc32c"`
}

func sumOf(path string) (s sum, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	crc := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	s.Bytes, err = io.Copy(crc, f)
	s.CRC = crc.Sum32()
	return s, err
}
