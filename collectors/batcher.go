package collectors

import (
	"context"
	"errors"
	"sync"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// batcher is the Sink of one read. The reading goroutine fills a batch; the emitting one takes it when it is full, or
// when its first row has waited long enough.
type batcher struct {
	ctx     context.Context // of the read: Sink has none of its own
	mapping *Mapping
	at      time.Time // of the read
	today   kpi.Day
	options Options

	changed chan struct{} // something is there for the emitting side
	room    chan struct{} // the waiting batch was taken
	ended   chan struct{} // the reading side is done

	mu       sync.Mutex
	binding  *Binding
	current  openBatch
	profiles profiles
	unmapped unmapped
	profile  *sourcelog.Profile // of the whole read
	rows     int64
	begun    time.Time  // when the current batch got its first row
	waiting  *kpi.Batch // full
	result   Result
	err      error
	done     bool
}

func newBatcher(ctx context.Context, mapping *Mapping, request Request, options Options) *batcher {
	return &batcher{
		ctx: ctx, mapping: mapping, options: options, at: request.Now, today: kpi.DayOf(request.Now.In(mapping.zones.own)),
		changed: make(chan struct{}, 1), room: make(chan struct{}, 1), ended: make(chan struct{}),
		current: openBatch{batch: &kpi.Batch{}},
	}
}

var errNoColumns = errors.New("the source gave a row before its columns")

func (b *batcher) Columns(origin string, names []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	binding, err := b.mapping.bound(b.binding, origin, names, b.today)
	if err == nil {
		b.binding = binding
		b.profiles.begin(binding)
	}
	return err
}

func (b *batcher) Row(at Position, values []Value) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.admit(); err != nil {
		return err
	}
	rejected, skipped := len(b.current.batch.Rejects), b.current.batch.Skipped
	b.binding.take(&b.current, at, values)
	if b.current.batch.Skipped == skipped {
		if b.options.Trial {
			b.unmapped.add(b.binding)
		}
		b.profiles.add(b.binding.row.values, len(b.current.batch.Rejects) == rejected)
	}
	return b.grown()
}

// admit reports whether another row may come; the lock is held.
func (b *batcher) admit() error {
	if b.binding == nil {
		return errNoColumns
	}
	if b.rows++; b.options.MaxRows > 0 && b.rows > b.options.MaxRows {
		return &TooManyRowsError{b.options.MaxRows}
	}
	return nil
}

func (b *batcher) Malformed(number int64, text string, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.admit(); err != nil {
		return err
	}
	b.binding.malformed(&b.current, number, text, err)
	return b.grown()
}

func (b *batcher) Warn(reason kpi.Reason, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.binding != nil {
		detail = kpi.In(detail, b.binding.origin)
	}
	b.current.warn(reason, detail)
}

func (b *batcher) Reached(state string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current.batch.State = state
}

// grown looks after the current batch when a row came; the lock is held, and given up while there is no room.
func (b *batcher) grown() error {
	if b.current.batch.Rows == 1 {
		b.begun = time.Now()
		signal(b.changed)
	}
	if max(b.current.batch.Rows, int64(len(b.current.batch.Records))) < int64(b.options.BatchSize) && b.current.weight < heaviest {
		return nil
	}
	for b.waiting != nil {
		b.mu.Unlock()
		select {
		case <-b.room:
		case <-b.ctx.Done():
		}
		b.mu.Lock()
		if err := b.ctx.Err(); err != nil {
			return context.Cause(b.ctx)
		}
	}
	if b.current.batch.Rows > 0 { // the emitting side may have taken it meanwhile
		b.waiting = b.cutOff()
		signal(b.changed)
	}
	return nil
}

// cutOff returns the current batch and begins another one as large.
func (b *batcher) cutOff() *kpi.Batch {
	batch := b.current.batch
	b.current.batch = &kpi.Batch{Records: make([]kpi.Record, 0, len(batch.Records))}
	b.current.weight = 0
	return batch
}

// finish tells the emitting side that no more rows come.
func (b *batcher) finish(result Result, err error) {
	b.mu.Lock()
	b.result, b.err, b.done = result, err, true
	b.profile = kept(b.profiles.list, b.today.Time())
	if before := b.options.Before; before != nil && before.Complete && result.Complete && !result.Present && !result.Unchanged {
		compare(before, b.profile, b.at)
	}
	b.current.doubts(b.profile)
	if b.binding != nil {
		b.binding.doubtHours(&b.current)
	}
	b.mu.Unlock()
	close(b.ended)
	signal(b.changed)
}

// drain hands over batches until the reading side is done, and returns emit's first error. What is still here when the
// reading side fails is not handed over: the next read brings it again.
func (b *batcher) drain(emit func(*kpi.Batch) error) error {
	timer := time.NewTimer(b.options.MaxBatchWait)
	defer timer.Stop()
	for {
		batch, wait, over := b.next()
		if batch != nil {
			if err := emit(batch); err != nil {
				return err
			}
			continue
		}
		if over {
			return nil
		}
		timer.Reset(wait)
		select {
		case <-b.changed:
		case <-timer.C:
		}
	}
}

// next returns the batch that is to be taken now, or how long to wait for it, or says that all is over.
func (b *batcher) next() (batch *kpi.Batch, wait time.Duration, over bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, 0, true
	}
	if batch = b.waiting; batch != nil {
		b.waiting = nil
		signal(b.room)
		return batch, 0, false
	}
	if b.current.empty() {
		return nil, b.options.MaxBatchWait, b.done
	}
	wait = b.options.MaxBatchWait - time.Since(b.begun)
	if b.done || wait <= 0 {
		return b.cutOff(), 0, false
	}
	return nil, wait, false
}

// signal leaves a note that is not lost and never blocks.
func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
