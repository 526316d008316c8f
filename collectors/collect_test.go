package collectors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// play is a Source that a test writes out.
type play func(ctx context.Context, sink Sink) (Result, error)

func (p play) Read(ctx context.Context, _ Request, sink Sink) (Result, error) { return p(ctx, sink) }
func (p play) Close() error                                                   { return nil }

// counts is a mapping of observations: the shortest there is.
func counts(t testing.TB) *Mapping {
	t.Helper()
	mapping, err := NewMapping(config.Source{Unit: "u", ID: "s", Record: "observation", Mapping: config.Mapping{
		Measure: &config.Field{Constant: "m"}, Day: column("day"), Value: column("value"),
	}}, Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return mapping
}

var countsColumns = []string{"day", "value"}

func count(i int) []Value { return row("2026-03-02", i) }

// give passes on rows numbered from..to.
func give(sink Sink, from, to int) error {
	for i := from; i <= to; i++ {
		if err := sink.Row(Position{Number: int64(i)}, count(i)); err != nil {
			return err
		}
	}
	return nil
}

func TestCollectHandsOverAllRowsInOrder(t *testing.T) {
	source := play(func(_ context.Context, sink Sink) (Result, error) {
		if err := sink.Columns("", countsColumns); err != nil {
			return Result{}, err
		}
		if err := give(sink, 1, 10_007); err != nil {
			return Result{}, err
		}
		if err := sink.Malformed(10_008, `a "stray" line`, errors.New("a stray quote")); err != nil {
			return Result{}, err
		}
		return Result{State: "end", Complete: true}, nil
	})
	next, batches := 1.0, 0
	var last *kpi.Batch
	result, summary, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{BatchSize: 100}, func(b *kpi.Batch) error {
		batches++
		for _, r := range b.Records {
			if r.Observation.Value != next {
				return fmt.Errorf("%v instead of %v", r.Observation.Value, next)
			}
			next++
		}
		last = b
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Result{State: "end", Complete: true}, result); diff != "" {
		t.Error(diff)
	}
	want := Summary{Rows: 10_008, Records: 10_007, Batches: 101, Rejected: map[kpi.Reason]int64{kpi.MalformedRow: 1}, Warned: map[kpi.Reason]int64{}}
	if len(summary.Profile.Headers) != 1 || summary.Profile.Headers[0].Rows != 10_007 {
		t.Errorf("profiles %v", summary.Profile.Headers)
	}
	summary.Profile = nil
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Error(diff)
	}
	reject := kpi.Reject{Row: 10_008, Fault: kpi.Fault{Reason: kpi.MalformedRow, Detail: "a stray quote"}, Raw: `a "stray" line`}
	if diff := cmp.Diff([]kpi.Reject{reject}, last.Rejects); diff != "" {
		t.Error(diff)
	}
}

func TestASlowSourceDoesNotHoldItsRowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		source := play(func(_ context.Context, sink Sink) (Result, error) {
			if err := sink.Columns("", countsColumns); err != nil {
				return Result{}, err
			}
			for _, pause := range []time.Duration{0, time.Minute, time.Second} {
				time.Sleep(pause)
				if err := give(sink, 1, 3); err != nil {
					return Result{}, err
				}
			}
			time.Sleep(time.Minute)
			return Result{}, nil
		})
		var got []string
		_, _, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{}, func(b *kpi.Batch) error {
			got = append(got, fmt.Sprint(time.Since(begin), " ", b.Rows))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"2s 3", "1m2s 6"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReadingGoesOnWhileABatchIsTakenButNotFarAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		source := play(func(_ context.Context, sink Sink) (Result, error) {
			if err := sink.Columns("", countsColumns); err != nil {
				return Result{}, err
			}
			for i := 1; i <= 100; i++ {
				if err := give(sink, i, i); err != nil {
					return Result{}, err
				}
				given = i
			}
			return Result{}, nil
		})
		taken := 0
		_, _, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{BatchSize: 10}, func(b *kpi.Batch) error {
			time.Sleep(time.Hour)
			synctest.Wait()
			if ahead := given - taken; taken < 70 && ahead != 29 { // one is taken, one waits, one is full but for its last row
				t.Errorf("%d rows ahead", ahead)
			}
			taken += int(b.Rows)
			return nil
		})
		if err != nil || taken != 100 {
			t.Errorf("%d rows, %v", taken, err)
		}
	})
}

// endless returns rows until somebody ends it.
var endless = play(func(_ context.Context, sink Sink) (Result, error) {
	if err := sink.Columns("", countsColumns); err != nil {
		return Result{}, err
	}
	for {
		if err := give(sink, 1, 1000); err != nil {
			return Result{}, err
		}
	}
})

func TestEitherSideCanFail(t *testing.T) {
	mine := errors.New("the ledger is full")
	fails := func(err error) play {
		return func(_ context.Context, sink Sink) (Result, error) {
			if err := sink.Columns("", countsColumns); err != nil {
				return Result{}, err
			}
			if err := give(sink, 1, 25); err != nil {
				return Result{}, err
			}
			return Result{State: "never"}, err
		}
	}
	for _, test := range []struct {
		name   string
		source play
		emit   error
		want   error
		rows   int64
	}{
		{"the ledger", endless, mine, mine, 0},
		{"the source", fails(mine), nil, mine, 20},
		{"rows before columns", func(_ context.Context, sink Sink) (Result, error) { return Result{}, give(sink, 1, 1) }, nil, errNoColumns, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				result, summary, err := Collect(t.Context(), test.source, counts(t), Request{Now: noon}, Options{BatchSize: 10}, func(*kpi.Batch) error { return test.emit })
				if !errors.Is(err, test.want) || result != (Result{}) || summary.Rows > test.rows {
					t.Errorf("%v %+v %+v", err, result, summary)
				}
			})
		})
	}
}

func TestACancelledReadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		taken := 0
		_, _, err := Collect(ctx, endless, counts(t), Request{Now: noon}, Options{BatchSize: 10}, func(*kpi.Batch) error {
			if taken++; taken == 5 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAPanicIsAnErrorWithItsStack(t *testing.T) {
	begin := func(sink Sink) error { return sink.Columns("", countsColumns) }
	for name, source := range map[string]play{
		"source": func(_ context.Context, sink Sink) (Result, error) {
			var nobody []int
			return Result{}, fmt.Errorf("%w %d", begin(sink), nobody[0])
		},
		"mapping": func(_ context.Context, sink Sink) (Result, error) {
			if err := begin(sink); err != nil {
				return Result{}, err
			}
			return Result{}, sink.Row(Position{Number: 1}, nil)
		},
	} {
		_, _, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{}, func(*kpi.Batch) error { return nil })
		var panicked *PanicError
		if !errors.As(err, &panicked) || !strings.Contains(panicked.Stack, "collect_test.go") && !strings.Contains(panicked.Stack, "field.go") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "goroutine") {
			t.Errorf("%s: the stack is in the message", name)
		}
	}
}

func TestAnOrderedSourceMovesItsStateWithTheBatches(t *testing.T) {
	source := play(func(_ context.Context, sink Sink) (Result, error) {
		if err := sink.Columns("", countsColumns); err != nil {
			return Result{}, err
		}
		for i := 1; i <= 25; i++ {
			sink.Reached(fmt.Sprint("after ", i-1))
			if err := give(sink, i, i); err != nil {
				return Result{}, err
			}
			if i == 12 {
				sink.Warn(kpi.ChangedInFuture, "is from tomorrow")
			}
		}
		return Result{State: "after 25"}, nil
	})
	var got []string
	_, _, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{BatchSize: 10}, func(b *kpi.Batch) error {
		got = append(got, fmt.Sprint(b.Rows, " ", b.State, " ", b.Warnings))
		return nil
	})
	want := []string{"10 after 9 []", "10 after 19 [{12 m changed_in_future is from tomorrow}]", "5 after 24 []"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestManyLargeRejectsDoNotPileUp(t *testing.T) {
	cell := strings.Repeat("x", 100_000)
	source := play(func(_ context.Context, sink Sink) (Result, error) {
		if err := sink.Columns("", countsColumns); err != nil {
			return Result{}, err
		}
		for i := range 10_000 {
			if err := sink.Row(Position{Number: int64(i + 1)}, row("no day", cell)); err != nil {
				return Result{}, err
			}
		}
		return Result{}, nil
	})
	_, summary, err := Collect(t.Context(), source, counts(t), Request{Now: noon}, Options{}, func(b *kpi.Batch) error {
		size := 0
		for _, r := range b.Rejects {
			size += len(r.Raw)
		}
		if size > heaviest {
			t.Errorf("a batch of %d bytes", size)
		}
		return nil
	})
	if err != nil || summary.Rejected[kpi.BadDate] != 10_000 || summary.Batches < 5 {
		t.Errorf("%+v %v", summary, err)
	}
}

// BenchmarkMapping is the mapping alone: dossiers of typed values as a database gives them, and of texts.
func BenchmarkMapping(b *testing.B) {
	mapping, err := NewMapping(desk(), Checks{Procedure: func(string, string) bool { return true }}, vietnam)
	if err != nil {
		b.Fatal(err)
	}
	received := time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC)
	for name, values := range map[string][]Value{
		"typed": row("G02.01-20260302-0000001", "1.000123", 2, received, received, received, 9, nil, nil),
		"text":  row("G02.01-20260302-0000001", "1.000123", "2", "2026-03-02 08:15:00", "09/03/2026", "05/03/2026", "9", "", ""),
	} {
		b.Run(name, func(b *testing.B) {
			source := play(func(_ context.Context, sink Sink) (Result, error) {
				if err := sink.Columns("", deskColumns); err != nil {
					return Result{}, err
				}
				for i := range b.N {
					if err := sink.Row(Position{Number: int64(i + 1)}, values); err != nil {
						return Result{}, err
					}
				}
				return Result{}, nil
			})
			b.ReportAllocs()
			_, summary, err := Collect(b.Context(), source, mapping, Request{Now: noon}, Options{}, func(*kpi.Batch) error { return nil })
			if err != nil || summary.Records != int64(b.N) {
				b.Fatal(summary, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
