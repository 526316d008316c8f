package collectors

import (
	"context"
	"errors"
	"runtime/debug"

	"kpiagent/internal/kpi"
)

// Read runs one read of a source. It looks after what all kinds have in common, so that none of them has to: it ends the
// read after Request.Limit rows, returns an error of sink's Row and Malformed as it is, whatever the source made of it, and
// turns a panic into a *PanicError. An error of Columns is about the system, and the source adds its place.
func Read(ctx context.Context, source Source, request Request, sink Sink) (result Result, err error) {
	defer func() {
		if value := recover(); value != nil {
			result, err = Result{}, &PanicError{Value: value, Stack: string(debug.Stack())}
		}
	}()
	limited := &limitedSink{Sink: sink, left: request.Limit}
	request.Full = request.Full || request.Limit > 0
	result, err = source.Read(ctx, request, limited)
	switch {
	case limited.err == errEnough:
		return Result{State: request.State}, nil
	case limited.err != nil:
		return Result{}, limited.err
	case err != nil:
		return Result{}, err
	}
	return result, nil
}

// errEnough ends a read that wanted the first rows only.
var errEnough = errors.New("enough rows")

// limitedSink passes rows on to a sink until there are enough, and remembers the first error of a row.
type limitedSink struct {
	Sink
	left int // rows until the limit; 0 or less at the beginning: no limit
	err  error
}

func (s *limitedSink) Row(at Position, values []Value) error {
	if s.err == nil {
		s.passed(s.Sink.Row(at, values))
	}
	return s.err
}

func (s *limitedSink) Malformed(number int64, text string, err error) error {
	if s.err == nil {
		s.passed(s.Sink.Malformed(number, text, err))
	}
	return s.err
}

// passed counts a row that the sink was given.
func (s *limitedSink) passed(err error) {
	if s.err = err; err != nil {
		return
	}
	if s.left--; s.left == 0 {
		s.err = errEnough
	}
}

// Warn also takes the warning of the last row within the limit.
func (s *limitedSink) Warn(reason kpi.Reason, detail string) {
	if s.err == nil || s.err == errEnough {
		s.Sink.Warn(reason, detail)
	}
}
