package daily

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/tsdb"
	"golang.org/x/sync/errgroup"

	"kpiagent/internal/kpi"
)

// Progress says how far a Write is.
type Progress struct {
	Days, AllDays int
	Samples       int64
	Last          kpi.Day // that was computed
}

// Write brings the days from one to another, both included, up to date with the ledger and the configuration; 0 asks for no
// bound. Only months are written that are missing or no longer right, the newest first: what leaders look at is there first,
// and each month is whole when it is seen. With an error, months that were written stay written, and the next Write goes
// on with the others. progress, where it is set, is told after each day, by one goroutine at a time.
func (s *Store) Write(ctx context.Context, source Source, from, to kpi.Day, progress func(Progress)) (done Progress, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosed() {
		return done, errClosed
	}
	p, err := s.plan(ctx, source)
	if err != nil {
		return done, err
	}
	w := &writer{store: s, plan: p, read: source.Read, tell: progress}
	for piece := range p.manifest.Behind {
		days := of(p.days, piece)
		if (from == 0 || days.last >= from) && (to == 0 || days.first <= to) {
			w.left = append(w.left, piece)
			w.done.AllDays += int(days.last-days.first) + 1
		}
	}
	slices.SortFunc(w.left, piece.before)
	group, ctx := errgroup.WithContext(ctx)
	for range min(max(s.options.Workers, 1), len(w.left)) {
		group.Go(func() error { return w.work(ctx) })
	}
	err = group.Wait()
	return w.done, errors.Join(err, s.shrink()) // what was written before an error takes room as well
}

func (s *Store) isClosed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// writer writes pieces until none is left.
type writer struct {
	store *Store
	plan  *plan
	read  func(do func(Moment))
	tell  func(Progress)

	mu   sync.Mutex // guards what follows, and the manifest that is on the disk
	left []piece    // that nobody has taken yet
	done Progress
}

func (w *writer) take() (p piece, any bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.left) == 0 {
		return p, false
	}
	p, w.left = w.left[0], w.left[1:]
	return p, true
}

func (w *writer) work(ctx context.Context) error {
	var b *builder
	for {
		p, any := w.take()
		if !any {
			return nil
		}
		if b == nil || b.part != p.part {
			b = newBuilder(w.read, p.part, w.plan.labels)
		}
		if err := w.write(ctx, b, p); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("history of %s: %w", p, err)
		}
	}
}

// write computes a piece and puts its block in the place of the one before.
func (w *writer) write(ctx context.Context, b *builder, p piece) error {
	if w.store.options.Room != nil {
		if err := w.store.options.Room(); err != nil {
			return err
		}
	}
	defer b.clear()
	days := of(w.plan.days, p)
	before, _ := EndOf(days.first-1, w.plan.zone)
	e := entry{First: days.first.String(), Last: days.last.String(), From: before + 1}
	b.begin(days.first, w.plan.begin, w.plan.zone)
	for day := days.first; day <= days.last; day++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		at, exists := EndOf(day, w.plan.zone)
		samples := 0
		if exists {
			var err error
			if samples, err = b.add(day, at); err != nil {
				return err
			}
			e.To = at
		}
		w.progress(day, samples)
	}
	if len(b.month) == 0 {
		return w.commit(p, e) // nothing is known of it, only of later days
	}
	id, err := ulid.New(ulid.Timestamp(w.store.options.Now()), rand.Reader)
	if err != nil {
		return fmt.Errorf("the name of a block: %w", err)
	}
	if err := writeBlock(ctx, w.store.options.Folder, id, b.sorted()); err != nil {
		return err
	}
	e.Block = id.String()
	return w.commit(p, e)
}

func (w *writer) progress(day kpi.Day, samples int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done.Days++
	w.done.Samples += int64(samples)
	w.done.Last = day
	if w.tell != nil {
		w.tell(w.done)
	}
}

// commit lets a block count; an entry without a block says that there is nothing in it.
func (w *writer) commit(p piece, e entry) (err error) {
	s := w.store
	var block *tsdb.Block
	if e.Block != "" {
		if e.Files, err = sums(filepath.Join(s.options.Folder, e.Block)); err != nil {
			return err
		}
		if block, err = tsdb.OpenBlock(promslog.NewNopLogger(), filepath.Join(s.options.Folder, e.Block), nil, nil); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.plan.manifest.clone()
	next.Blocks[p] = e
	delete(next.Behind, p)
	if err := s.put(next, map[piece]*tsdb.Block{p: block}); err != nil {
		if block != nil {
			s.retire(block)
		}
		return err
	}
	w.plan.manifest = next
	return nil
}

// shrink removes the oldest months where all together are too large: of procedures before those of units. The newest of
// each stays.
func (s *Store) shrink() error {
	if s.options.MaxBytes <= 0 || s.Size() <= s.options.MaxBytes {
		return nil
	}
	s.mu.RLock()
	m := s.manifest.clone()
	s.mu.RUnlock()
	list := slices.SortedFunc(maps.Keys(m.Blocks), piece.before)
	slices.Reverse(list)
	size, gone := s.Size(), map[piece]*tsdb.Block{}
	for _, p := range list {
		if newest, _ := m.newest(p.part); size <= s.options.MaxBytes || p == newest {
			continue
		}
		e := m.Blocks[p]
		size -= e.bytes()
		gone[p] = nil
		delete(m.Blocks, p)
		maps.DeleteFunc(m.Dropped, func(other piece, _ bool) bool { return other.part == p.part })
		m.Dropped[p], m.AtLimit = true, s.options.MaxBytes
	}
	if len(gone) == 0 {
		return nil
	}
	s.options.Log.Warn("history: past months were removed to keep to the size limit",
		"months", len(gone), "limit_bytes", s.options.MaxBytes)
	return s.put(m, gone)
}
