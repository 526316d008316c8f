package daily

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
	for month := range p.manifest.Behind {
		days := p.days.within(month.first(), month.last())
		if (from == 0 || days.last >= from) && (to == 0 || days.first <= to) {
			w.months = append(w.months, month)
			w.done.AllDays += int(days.last-days.first) + 1
		}
	}
	slices.Sort(w.months)
	group, ctx := errgroup.WithContext(ctx)
	for range min(max(s.options.Workers, 1), len(w.months)) {
		group.Go(func() error { return w.work(ctx) })
	}
	err = group.Wait()
	if err == nil {
		err = s.shrink()
	}
	return w.done, err
}

func (s *Store) isClosed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// writer writes months until none is left.
type writer struct {
	store *Store
	plan  *plan
	read  func(do func(Moment))
	tell  func(Progress)

	mu     sync.Mutex // guards what follows, and the manifest that is on the disk
	months []month    // that nobody has taken yet; the newest is the last
	done   Progress
}

func (w *writer) take() (m month, any bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.months) - 1
	if last < 0 {
		return 0, false
	}
	m, w.months = w.months[last], w.months[:last]
	return m, true
}

func (w *writer) work(ctx context.Context) error {
	g := newGatherer(w.read, w.plan.labels)
	for {
		m, any := w.take()
		if !any {
			return nil
		}
		if err := w.write(ctx, g, m); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("history of %s: %w", m, err)
		}
	}
}

// write computes a month and puts its block in the place of the one before.
func (w *writer) write(ctx context.Context, g *gatherer, m month) error {
	if w.store.options.Room != nil {
		if err := w.store.options.Room(); err != nil {
			return err
		}
	}
	defer g.clear()
	days := w.plan.days.within(m.first(), m.last())
	e := entry{First: days.first.String(), Last: days.last.String()}
	for day := days.first; day <= days.last; day++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		at, exists := EndOf(day, w.plan.zone)
		samples := 0
		if exists {
			var err error
			if samples, err = g.add(day, at); err != nil {
				return err
			}
			e.To = at
		}
		w.progress(day, samples)
	}
	if len(g.month) == 0 {
		return errors.New("it has no figures: what it had was removed meanwhile")
	}
	id, err := ulid.New(ulid.Timestamp(w.store.options.Now()), rand.Reader)
	if err != nil {
		return fmt.Errorf("the name of a block: %w", err)
	}
	if err := writeBlock(ctx, w.store.options.Folder, id, g.sorted()); err != nil {
		return err
	}
	e.Block = id.String()
	return w.commit(m, e)
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

// commit lets a block count.
func (w *writer) commit(m month, e entry) (err error) {
	s := w.store
	if e.Files, err = sums(filepath.Join(s.options.Folder, e.Block)); err != nil {
		return err
	}
	block, err := tsdb.OpenBlock(promslog.NewNopLogger(), filepath.Join(s.options.Folder, e.Block), nil, nil)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.plan.manifest.clone()
	next.Months[m] = e
	delete(next.Behind, m)
	if err := s.put(next, map[month]*tsdb.Block{m: block}); err != nil {
		s.retire(block)
		return err
	}
	w.plan.manifest = next
	return nil
}

// shrink removes the oldest months where all together are too large; the newest stays.
func (s *Store) shrink() error {
	if s.options.MaxBytes <= 0 || s.Size() <= s.options.MaxBytes {
		return nil
	}
	s.mu.RLock()
	m := s.manifest.clone()
	s.mu.RUnlock()
	size, gone := s.Size(), map[month]*tsdb.Block{}
	months := m.oldest()
	for _, month := range months[:len(months)-1] {
		if size <= s.options.MaxBytes {
			break
		}
		e := m.Months[month]
		size -= e.bytes()
		gone[month] = nil
		delete(m.Months, month)
		m.Dropped, m.AtLimit = month, s.options.MaxBytes
	}
	s.options.Log.Warn("history: past months were removed to keep to the size limit", "through", m.Dropped, "limit_bytes", s.options.MaxBytes)
	return s.put(m, gone)
}
