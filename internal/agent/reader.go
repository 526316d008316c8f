package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-co-op/gocron/v2"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
)

// reader reads one source into the ledger; never twice at the same time.
type reader struct {
	config    config.Source
	name      string
	mapping   atomic.Pointer[mappingVersion]
	source    collectors.Source
	ledger    *ledger.Ledger
	metrics   *sourceMetrics
	around    Options
	log       *slog.Logger
	progress  func(rows int64)   // may be nil
	changed   func(figures bool) // called after each batch, and after each read
	warned    string             // what was warned of last
	status    sourceStatus
	succeeded bool         // it was read well since the agent started
	turn      sync.Mutex   // held while it is read or about to be
	jobs      []gocron.Job // on the schedule; guarded by Agent.mu

	// While the agent runs: what reads, and all else, may go on in; and what ends both, with the reason.
	reading, serving context.Context
	stop             func(why error)
	turns            turns
}

// mappingVersion is what the rest of the configuration decides of a source's reads: another unit or procedure changes them, while
// the source itself stays.
type mappingVersion struct {
	fingerprint string
	mapping     *collectors.Mapping
}

func newMappingVersion(m *model.Model, source config.Source, l *ledger.Ledger) (*mappingVersion, error) {
	fingerprint, err := m.Fingerprint(source)
	if err != nil {
		return nil, err
	}
	mapping, err := NewMapping(m, source, func() (register *kpi.Register) {
		l.Read(func(b *kpi.Books) { register = b.Register })
		return register
	})
	return &mappingVersion{fingerprint, mapping}, err
}

// newReader makes a reader; its metrics are still missing.
func newReader(m *model.Model, source config.Source, l *ledger.Ledger, around Options) (*reader, error) {
	r := &reader{config: source, name: model.SourceName(source), ledger: l, around: around,
		log: around.Log.With("from", model.SourceName(source)), changed: func(bool) {}}
	t, err := newMappingVersion(m, source, l)
	if err != nil {
		return nil, err
	}
	r.mapping.Store(t)
	r.source, err = NewSource(m, source, around)
	return r, err
}

// options of one read.
type options struct {
	full       bool
	acceptDrop bool
	retries    int    // done in this turn
	once       bool   // it is not tried again
	tried      func() // called when it was tried once; may be nil
}

// read reads the source once. Whatever goes wrong, also a panic, ends in the error, the metrics and the run log.
func (r *reader) read(ctx context.Context, o options) (summary sourcelog.Summary, err error) {
	started, secret := r.around.Now(), r.secretDigest()
	r.status.begun(started)
	defer func() {
		if value := recover(); value != nil {
			err = &collectors.PanicError{Value: value, Stack: string(debug.Stack())}
		}
		err = replaced(ctx, err)
		r.noteRefusal(secret, err)
		r.report(started, summary, err, o)
		r.changed(false)
	}()
	if ctx.Err() != nil {
		return summary, context.Cause(ctx)
	}
	version := r.mapping.Load()
	state, planned := r.ledger.Plan(r.name, version.fingerprint)
	o.full = o.full || planned
	run, err := r.ledger.Begin(ctx, r.name, version.fingerprint, o.full, started)
	if err != nil {
		return summary, storing(err)
	}
	result, profile, err := r.collect(ctx, run, version.mapping, collectors.Request{State: state, Full: o.full, Now: started})
	if err == nil && o.full && run.Rejected > 0 && run.Good == 0 {
		err = fmt.Errorf("every one of the %d rows was rejected (%s): look at them with kpiagent collect --dry-run "+
			"and correct the mapping", run.Rows-run.Skipped, sourcelog.Reasons(run.ByReason))
	}
	if err = replaced(ctx, err); err != nil {
		// The context may be the reason: the run log is written all the same.
		noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return run.Summary, errors.Join(err, storing(run.Fail(noting, err, r.around.Now())))
	}
	summary, err = run.Finish(ctx, ledger.Ending{State: result.State, Complete: result.Complete, Drifts: result.Drifts, Unchanged: result.Unchanged,
		KeepMissing: result.Present || r.config.Reconcile.Deletions == "ignore", AcceptDrop: o.acceptDrop, Profile: profile,
		Now: r.around.Now()})
	err = storing(err)
	if err == nil && (!r.succeeded || planned || summary.Added+summary.Changed+summary.Removed > 0) {
		r.succeeded = true
		r.changed(true) // a first success makes the source count, even where it brought nothing new
	}
	return summary, err
}

// replaced returns errReplaced for an error that only shows that the source was taken out of the configuration or has another
// one now.
func replaced(ctx context.Context, err error) error {
	if err != nil && (errors.Is(context.Cause(ctx), errReplaced) || errors.Is(err, ledger.ErrNotConfigured)) {
		return fmt.Errorf("%w: %w", ledger.ErrBrokenOff, errReplaced)
	}
	return err
}

func (r *reader) collect(ctx context.Context, run *ledger.Run, mapping *collectors.Mapping,
	request collectors.Request) (collectors.Result, *sourcelog.Profile, error) {
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	before, err := profileBefore(ctx, r.ledger, r.config)
	if err != nil {
		return collectors.Result{}, nil, storing(err)
	}
	var rows int64
	result, summary, err := collectors.Collect(limited, r.source, mapping, request, collectors.Options{MaxRows: r.config.MaxRows, Before: before},
		func(b *kpi.Batch) error {
			if err := run.Take(limited, b); err != nil && limited.Err() == nil {
				return storing(err)
			} else if err != nil {
				return err
			}
			if rows += b.Rows; r.progress != nil {
				r.progress(rows)
			}
			r.changed(run.Added+run.Changed > 0)
			return nil
		})
	if err != nil && limited.Err() != nil && ctx.Err() == nil && !errors.Is(err, collectors.ErrTimeout) {
		return result, nil, fmt.Errorf("it took longer than timeout: %s; raise the timeout of the source or read less at once: %w",
			r.config.Timeout, err)
	}
	return result, summary.Profile, err
}

// profileBefore returns what the next complete read of a source is compared with: nothing where the source shows recent rows only.
func profileBefore(ctx context.Context, l *ledger.Ledger, source config.Source) (*sourcelog.Profile, error) {
	if source.Reconcile.Deletions == "ignore" {
		return nil, nil
	}
	return l.Profile(ctx, model.SourceName(source))
}

// warn warns once of the same thing: a row that is bad is bad at every read.
func (r *reader) warn(message string, attributes []any, what string) {
	level := slog.LevelWarn
	if what == r.warned {
		level = slog.LevelDebug
	}
	r.warned = what
	r.log.Log(context.Background(), level, message, attributes...)
}

// report says what became of a read, to the metrics and to the log.
func (r *reader) report(started time.Time, summary sourcelog.Summary, err error, o options) {
	ended := r.around.Now()
	_, again := nextTry(r.config, err, o.retries)
	again = again && !o.once
	r.status.ended(ended, summary, err, again)
	r.metrics.show(r.status.snapshot())
	r.metrics.add(ended.Sub(started), summary, err)
	took := ended.Sub(started).Round(time.Millisecond)
	if errors.Is(err, errReplaced) {
		r.log.Info("the read was broken off, because the source's configuration has changed; what is known stays",
			"took", took, "rows", summary.Rows)
		return
	}
	if err != nil {
		attributes := []any{"took", took, "rows", summary.Rows, "err", err}
		if again {
			r.log.Warn("reading failed, and is tried again", attributes...)
			return
		}
		var panicked *collectors.PanicError
		if errors.As(err, &panicked) {
			attributes = append(attributes, "stack", panicked.Stack)
		}
		r.log.Error("reading failed; what is known stays", attributes...)
		return
	}
	attributes := []any{"took", took, "rows", summary.Rows, "added", summary.Added, "changed", summary.Changed,
		"removed", summary.Removed, "rejected", summary.Rejected, "warnings", summary.Warned, "skipped", summary.Skipped}
	if summary.Skipped > 0 {
		attributes = append(attributes, "skipped_by", sourcelog.Skipped(summary.SkippedBy))
	}
	switch {
	case summary.Held > 0:
		r.warn("records are missing from the source: they are held back, not removed; if it shows recent ones only, write "+
			"reconcile: {deletions: ignore}; if they are really gone, stop the agent and run: kpiagent collect --config FILE "+
			"--source "+r.name+" --full --accept-drop",
			append(attributes, "missing", summary.Held, "because", summary.HeldWhy), fmt.Sprint(summary.Held, summary.HeldWhy))
	case summary.Rejected > 0:
		r.warn("read, with rejected rows", append(attributes, "reasons", sourcelog.Reasons(summary.ByReason)),
			sourcelog.Reasons(summary.ByReason))
	case summary.Unchanged:
		r.log.Debug("read, nothing new", "took", took)
	default:
		r.log.Info("read", attributes...)
	}
}
