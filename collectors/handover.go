package collectors

import (
	"context"
	"errors"
	"sync"
	"time"

	"kpiagent/internal/kpi"
)

// handover is the Sink of one read. The reading goroutine fills a batch; the emitting one takes it when it is full, or
// when its first row has waited long enough.
type handover struct {
	ctx     context.Context // of the read: Sink has none of its own
	mapping *Mapping
	today   kpi.Day
	options Options

	changed chan struct{} // something is there for the emitting side
	room    chan struct{} // the waiting batch was taken
	ended   chan struct{} // the reading side is done

	mu      sync.Mutex
	binding *Binding
	current gathering
	rows    int64
	begun   time.Time  // when the current batch got its first row
	waiting *kpi.Batch // full
	result  Result
	err     error
	done    bool
}

func newHandover(ctx context.Context, mapping *Mapping, request Request, options Options) *handover {
	return &handover{
		ctx: ctx, mapping: mapping, options: options, today: kpi.DayOf(request.Now.In(mapping.location)),
		changed: make(chan struct{}, 1), room: make(chan struct{}, 1), ended: make(chan struct{}),
		current: gathering{batch: &kpi.Batch{}},
	}
}

var errNoColumns = errors.New("the source gave a row before its columns")

func (h *handover) Columns(origin string, names []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.binding == nil {
		binding, err := h.mapping.Bind(names, h.today)
		if err != nil {
			return err
		}
		binding.origin = origin
		h.binding = binding
		return nil
	}
	return h.binding.rebind(origin, names)
}

func (h *handover) Row(at Position, values []Value) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.admit(); err != nil {
		return err
	}
	h.binding.take(&h.current, at, values)
	return h.grown()
}

// admit says whether another row may come; the lock is held.
func (h *handover) admit() error {
	if h.binding == nil {
		return errNoColumns
	}
	if h.rows++; h.options.MaxRows > 0 && h.rows > h.options.MaxRows {
		return &TooManyRowsError{h.options.MaxRows}
	}
	return nil
}

func (h *handover) Malformed(number int64, text string, err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.admit(); err != nil {
		return err
	}
	h.binding.malformed(&h.current, number, text, err)
	return h.grown()
}

func (h *handover) Warn(reason kpi.Reason, detail string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current.warn(reason, detail)
}

func (h *handover) Reached(state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current.batch.State = state
}

// grown looks after the current batch when a row came; the lock is held, and given up while there is no room.
func (h *handover) grown() error {
	if h.current.batch.Rows == 1 {
		h.begun = time.Now()
		signal(h.changed)
	}
	if max(h.current.batch.Rows, int64(len(h.current.batch.Records))) < int64(h.options.BatchSize) && h.current.weight < heaviest {
		return nil
	}
	for h.waiting != nil {
		h.mu.Unlock()
		select {
		case <-h.room:
		case <-h.ctx.Done():
		}
		h.mu.Lock()
		if err := h.ctx.Err(); err != nil {
			return context.Cause(h.ctx)
		}
	}
	if h.current.batch.Rows > 0 { // the emitting side may have taken it meanwhile
		h.waiting = h.cutOff()
		signal(h.changed)
	}
	return nil
}

// cutOff gives the current batch and begins another one as large.
func (h *handover) cutOff() *kpi.Batch {
	batch := h.current.batch
	h.current.batch = &kpi.Batch{Records: make([]kpi.Record, 0, len(batch.Records))}
	h.current.weight = 0
	return batch
}

// finish tells the emitting side that no more rows come.
func (h *handover) finish(result Result, err error) {
	h.mu.Lock()
	h.result, h.err, h.done = result, err, true
	h.mu.Unlock()
	close(h.ended)
	signal(h.changed)
}

// drain hands over batches until the reading side is done, and returns emit's first error. What is still here when the
// reading side fails is not handed over: the next read brings it again.
func (h *handover) drain(emit func(*kpi.Batch) error) error {
	timer := time.NewTimer(h.options.MaxBatchWait)
	defer timer.Stop()
	for {
		batch, wait, over := h.next()
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
		case <-h.changed:
		case <-timer.C:
		}
	}
}

// next gives the batch that is to be taken now, or how long to wait for it, or says that all is over.
func (h *handover) next() (batch *kpi.Batch, wait time.Duration, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return nil, 0, true
	}
	if batch = h.waiting; batch != nil {
		h.waiting = nil
		signal(h.room)
		return batch, 0, false
	}
	if h.current.batch.Rows == 0 {
		return nil, h.options.MaxBatchWait, h.done
	}
	wait = h.options.MaxBatchWait - time.Since(h.begun)
	if h.done || wait <= 0 {
		return h.cutOff(), 0, false
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
