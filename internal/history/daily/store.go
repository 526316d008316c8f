package daily

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// Options say where the past lies and how much of it is kept.
type Options struct {
	// Folder is the store's own; whoever opens it sees to it that nobody else has it open.
	Folder string
	// Days is how many days are kept, in whole months; 0 keeps all. ProcedureDays is how many of them have what there is of
	// procedures; 0 is none.
	Days, ProcedureDays int
	// MaxBytes bounds the size of all blocks: the oldest months go first; 0 is no limit.
	MaxBytes int64
	// Workers is how many months are computed and written at once; 0 is one.
	Workers int
	// Room reports whether there is space on the disk; nil does not ask.
	Room func() error
	Now  func() time.Time
	Log  *slog.Logger
}

// Store is the open past. Its methods may be called by several goroutines.
type Store struct {
	options Options
	figures map[string]bool // the names of the series of figures

	writing  sync.Mutex // one Write at a time
	register any        // the register of procedures whose names were compared last; guarded by writing

	mu       sync.RWMutex // guards what follows
	manifest *manifest
	lastDay  kpi.Day // the last closed day, as of the last plan; 0 before
	blocks   map[piece]*tsdb.Block
	closed   bool
	retired  sync.WaitGroup // blocks that were replaced and are still being read
}

// damaged begins the names of blocks that were set aside.
const damaged = "damaged-"

// Open opens the past in a folder, or makes it. What a crash has left is removed; a block that is damaged is set aside with
// a message, and its month is behind.
func Open(o Options) (*Store, error) {
	s := &Store{options: o, figures: exposition.FigureNames(), blocks: map[piece]*tsdb.Block{}}
	if err := os.MkdirAll(o.Folder, 0o750); err != nil {
		return nil, fmt.Errorf("history of past days: %w; let the agent write there, or choose another place "+
			"for history.path", err)
	}
	m, err := readManifest(o.Folder)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("history of past days: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		m = newManifest()
	case err != nil:
		o.Log.Error("history: the list of past days is damaged; they are all written again from the ledger",
			"file", filepath.Join(o.Folder, manifestName), "err", err)
		m = newManifest()
	}
	s.manifest = m
	if err := s.removeLeftovers(); err != nil {
		return nil, fmt.Errorf("history of past days: %w", err)
	}
	s.openBlocks()
	return s, nil
}

// removeLeftovers removes what is not in the manifest: a crash has left it there.
func (s *Store) removeLeftovers() error {
	counts := map[string]bool{manifestName: true}
	for _, e := range s.manifest.Blocks {
		counts[e.Block] = true
	}
	entries, err := os.ReadDir(s.options.Folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !counts[e.Name()] && !strings.HasPrefix(e.Name(), damaged) {
			if err := os.RemoveAll(filepath.Join(s.options.Folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// openBlocks opens what the manifest names. The month of a block that is damaged counts no longer, and so is behind.
func (s *Store) openBlocks() {
	for piece, e := range s.manifest.Blocks {
		if e.Block == "" {
			continue
		}
		block, err := s.openBlock(&e)
		if err == nil {
			s.blocks[piece] = block
			continue
		}
		delete(s.manifest.Blocks, piece)
		s.manifest.Behind[piece] = true
		aside := filepath.Join(s.options.Folder, damaged+e.Block)
		if moving := os.Rename(filepath.Join(s.options.Folder, e.Block), aside); moving != nil &&
			!errors.Is(moving, fs.ErrNotExist) {
			aside, err = "", errors.Join(err, moving)
		}
		s.options.Log.Error("history: the days of a month were damaged; they are written again from the ledger", "month", piece,
			"set_aside", aside, "err", err)
	}
}

// openBlock opens a block where each of its files is what was written.
func (s *Store) openBlock(e *entry) (*tsdb.Block, error) {
	dir := filepath.Join(s.options.Folder, e.Block)
	for name, want := range e.Files {
		switch got, err := sumOf(filepath.Join(dir, name)); {
		case err != nil:
			return nil, err
		case got != want:
			return nil, fmt.Errorf("%s of block %s is not what was written", name, e.Block)
		}
	}
	return tsdb.OpenBlock(promslog.NewNopLogger(), dir, nil, nil)
}

// Close closes the blocks once all that read them are done.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.closed = true
	blocks := s.blocks
	s.blocks = nil
	s.mu.Unlock()
	var errs []error
	for _, b := range blocks {
		errs = append(errs, b.Close())
	}
	s.retired.Wait()
	return errors.Join(errs...)
}

// errClosed ends what is asked of a store after Close.
var errClosed = errors.New("the history of past days is closed")

// Through returns the time of the samples of the last day written, in milliseconds since 1970; 0 while there is none. What there
// is of procedures on that day may follow a moment later.
func (s *Store) Through() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	newest, any := s.manifest.newest(exposition.OfUnits)
	if !any {
		return 0
	}
	return s.manifest.Blocks[newest].To
}

// presentOnly are figures of the present: nobody knows how many procedures stood at which level on a past day, and whether
// the books balance is no figure of a day.
var presentOnly = []string{"egov_procedures", "egov_ledger_imbalance", "egov_series_over_budget", "egov_ledger_serial"}

// Keeps reports whether the past of a series is here once it is written. It is for all figures but those of which only the
// present is known. Of KPIs made of procedures there is nothing, and nothing is known: what a running agent saw would be
// another answer than that of pages and commands.
func (s *Store) Keeps(l labels.Labels) bool {
	name := l.Get(model.MetricNameLabel)
	return s.figures[name] && !slices.Contains(presentOnly, name)
}

// Extent returns the first and the last day written; both 0 while there is none.
func (s *Store) Extent() (first, last kpi.Day) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for piece, e := range s.manifest.Blocks {
		from, to, err := e.days()
		if err != nil || piece.part != exposition.OfUnits { // there is no error: it was checked when it was read
			continue
		}
		if first == 0 || from < first {
			first = from
		}
		last = max(last, to)
	}
	return first, last
}

// written returns up to which serial of the ledger the past is right, or known to be behind, and the last closed day; 0 before the
// first writing.
func (s *Store) written() (serial int64, last kpi.Day) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.manifest.Serial, s.lastDay
}

// Behind counts the months that are known to have to be written; one that lacks its units and its procedures counts twice.
func (s *Store) Behind() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.manifest.Behind)
}

// Size is the size of all blocks in bytes.
func (s *Store) Size() (bytes int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, e := range s.manifest.Blocks {
		bytes += e.bytes()
	}
	return bytes
}

// Querier looks at the days from mint to maxt, in milliseconds. A block that is replaced meanwhile is read to the end.
func (s *Store) Querier(mint, maxt int64) (storage.Querier, error) {
	q, _, err := s.Look(mint, maxt)
	return q, err
}

// Look is Querier with the times that the store answers for at that moment, of units: the first and the last millisecond of
// each, apart from one another, oldest first.
func (s *Store) Look(mint, maxt int64) (q storage.Querier, held [][2]int64, err error) {
	list, held, err := queriers(s, mint, maxt, tsdb.NewBlockQuerier)
	if err != nil {
		return nil, nil, err
	}
	return storage.NewMergeQuerier(list, nil, storage.ChainedSeriesMerge), held, nil
}

// ChunkQuerier is Querier for those who read whole chunks.
func (s *Store) ChunkQuerier(mint, maxt int64) (storage.ChunkQuerier, error) {
	list, _, err := queriers(s, mint, maxt, tsdb.NewBlockChunkQuerier)
	if err != nil {
		return nil, err
	}
	return storage.NewMergeChunkQuerier(list, nil, storage.NewCompactingChunkSeriesMerger(storage.ChainedSeriesMerge)), nil
}

func queriers[Q interface{ Close() error }](s *Store, mint, maxt int64,
	open func(tsdb.BlockReader, int64, int64) (Q, error)) (list []Q, held [][2]int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, nil, errClosed
	}
	for _, b := range s.blocks {
		if !b.OverlapsClosedInterval(mint, maxt) {
			continue
		}
		q, err := open(b, mint, maxt)
		if err != nil {
			for _, q := range list {
				err = errors.Join(err, q.Close())
			}
			return nil, nil, fmt.Errorf("history of past days: %w", err)
		}
		list = append(list, q)
	}
	return list, s.manifest.held(), nil
}

// put makes a manifest the one that counts, with the blocks that have changed: nil for one that is gone. The manifest is
// on the disk before anybody sees it.
func (s *Store) put(m *manifest, changed map[piece]*tsdb.Block) error {
	if err := m.write(s.options.Folder); err != nil {
		return fmt.Errorf("history of past days: its manifest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manifest = m
	for piece, b := range changed {
		if old := s.blocks[piece]; old != nil {
			s.retired.Go(func() { s.retire(old) })
		}
		if s.blocks[piece] = b; b == nil {
			delete(s.blocks, piece)
		}
	}
	return nil
}

// retire removes a block that counts no longer, once nobody reads it.
func (s *Store) retire(b *tsdb.Block) {
	err := b.Close()
	if err = errors.Join(err, os.RemoveAll(b.Dir())); err != nil {
		s.options.Log.Warn("history: an old block of past days could not be removed; the next start tries again",
			"block", b.Dir(), "err", err)
	}
}
