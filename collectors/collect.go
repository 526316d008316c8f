package collectors

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// Options bound the batches; zero values take the defaults.
type Options struct {
	BatchSize    int           // rows of a batch; default 25,000
	MaxBatchWait time.Duration // how long a row waits for its batch to fill; default 2 s
	MaxRows      int64         // a read that brings more ends in a *TooManyRowsError; 0 is no limit
	// Before is what the columns of the last complete read held: a complete read is compared with it. Nil where that is not known, or
	// where the list shows recent rows only.
	Before *sourcelog.Profile
	// Trial has all values noted that nothing says the meaning of.
	Trial bool
}

const (
	defaultBatchSize = 25_000
	defaultBatchWait = 2 * time.Second
)

// Summary counts what a read brought.
type Summary struct {
	Rows    int64
	Records int64
	Skipped int64 // rows that are no records, or none yet
	// SkippedBy divides them by what passed them over, as kpi.Batch has it.
	SkippedBy map[string]int64
	Rejected  map[kpi.Reason]int64
	Warned    map[kpi.Reason]int64
	Batches   int64
	// Unmapped are the values that nothing says the meaning of, of a trial.
	Unmapped []Unmapped
	// Profile is what the columns held.
	Profile *sourcelog.Profile
}

// Collect reads rows from source, maps them, and hands them to emit in batches, in the order in which they were read.
//
// Reading goes on while emit works; at most one full batch waits, so memory stays bounded whatever the source holds. emit
// runs in the caller's goroutine and keeps the batch. A batch of an ordered source carries State; for the others the
// caller stores Result.State once the last batch is taken.
//
// The first error ends both sides: that of emit as it is, that of the source, ctx's, a *MissingColumnError where the
// rows lack a column, a *TooManyRowsError, or a *PanicError. The summary counts what emit took, also with an error.
func Collect(ctx context.Context, source Source, mapping *Mapping, request Request, options Options, emit func(*kpi.Batch) error) (Result, Summary, error) {
	if options.BatchSize <= 0 {
		options.BatchSize = defaultBatchSize
	}
	if options.MaxBatchWait <= 0 {
		options.MaxBatchWait = defaultBatchWait
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b := newBatcher(ctx, mapping, request, options)
	go func() {
		result, err := read(ctx, source, request, b)
		b.finish(result, err)
	}()
	summary := Summary{Rejected: map[kpi.Reason]int64{}, Warned: map[kpi.Reason]int64{}}
	errEmit := b.drain(func(batch *kpi.Batch) error {
		if err := guarded(emit, batch); err != nil {
			return err
		}
		summary.count(batch)
		return nil
	})
	if errEmit != nil {
		cancel(errStopped)
		<-b.ended
		return Result{}, summary, errEmit
	}
	summary.Profile, summary.Unmapped = b.profile, b.unmapped.list()
	return b.result, summary, b.err
}

// errStopped ends a read whose batches are no longer taken.
var errStopped = errors.New("the batches are no longer taken")

func (s *Summary) count(batch *kpi.Batch) {
	s.Batches++
	s.Rows += batch.Rows
	s.Records += int64(len(batch.Records))
	s.Skipped += batch.Skipped
	if s.SkippedBy == nil && batch.SkippedBy != nil {
		s.SkippedBy = map[string]int64{}
	}
	for by, rows := range batch.SkippedBy {
		s.SkippedBy[by] += rows
	}
	for i := range batch.Rejects {
		s.Rejected[batch.Rejects[i].Fault.Reason]++
	}
	for i := range batch.Warnings {
		s.Warned[batch.Warnings[i].Reason]++
	}
}

// read is Read with the error of a run.
func read(ctx context.Context, source Source, request Request, sink Sink) (Result, error) {
	result, err := Read(ctx, source, request, sink)
	if err != nil && !errors.As(err, new(*PanicError)) {
		err = fmt.Errorf("cannot read: %w", err)
	}
	return result, err
}

func guarded(emit func(*kpi.Batch) error, batch *kpi.Batch) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: string(debug.Stack())}
		}
	}()
	return emit(batch)
}
