package agent

import (
	"context"
	"errors"
	"fmt"
	"kpiagent/internal/sourcelog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// start enters readers into the schedule, and has those read that are to be read at once. Agent.mu is held; nothing happens
// while the agent is not running. read is called when each of those was read, or has failed, for the first time.
func (a *Agent) start(readers []*reader, read func()) error {
	if a.run == nil {
		return nil
	}
	var errs []error
	for _, r := range readers {
		var stopReading, stopServing context.CancelCauseFunc
		r.reading, stopReading = context.WithCancelCause(a.run.reading)
		r.serving, stopServing = context.WithCancelCause(a.run.serving)
		r.stop = func(why error) {
			stopServing(why)
			stopReading(why)
		}
		errs = append(errs, a.schedule(r))
	}
	a.work.Go(func() { a.readAll(readers, read) })
	return errors.Join(errs...)
}

// schedule enters a source's two jobs: the frequent read and the complete one.
func (a *Agent) schedule(r *reader) error {
	zone := r.config.TimeZone
	if zone == "" {
		zone = a.Model().Location.String()
	}
	add := func(name, cron string, o options) error {
		job, err := a.run.scheduler.NewJob(gocron.CronJob("CRON_TZ="+zone+" "+cron, false),
			gocron.NewTask(func() { a.turn(r, o) }),
			gocron.WithName(name), gocron.WithSingletonMode(gocron.LimitModeReschedule))
		if err != nil {
			return fmt.Errorf("source %s: schedule %q: %w", r.name, cron, err)
		}
		r.jobs = append(r.jobs, job)
		return nil
	}
	if err := add(r.name, r.config.Schedule, options{}); err != nil {
		return err
	}
	if r.config.Reconcile.Schedule == "" {
		return nil
	}
	return add(r.name+" reconcile", r.config.Reconcile.Schedule, options{full: true})
}

// turn waits for the jitter and for a free slot, then reads. A full read that took something is followed by an audit of the
// daybook.
func (a *Agent) turn(r *reader, o options) {
	if !r.turns.begin() {
		return
	}
	defer r.turns.end()
	if r.config.Jitter > 0 {
		select {
		case <-time.After(rand.N(r.config.Jitter)):
		case <-r.serving.Done():
			return
		}
	}
	summary := a.readInTurn(r.reading, r.serving, r, o)
	if o.full && summary.Rows+summary.Removed > 0 && r.serving.Err() == nil {
		a.audits.do(r.serving, func() { a.audit(r.reading) })
	}
}

// readInTurn returns what the read did, also where it failed: nothing where there was none.
func (a *Agent) readInTurn(reading, serving context.Context, r *reader, o options) (summary sourcelog.Summary) {
	r.turn.Lock()
	defer r.turn.Unlock()
	if !o.full && r.refusedStill() {
		r.log.Warn("not read: the system refused the user or the password, and the secret is still the same; correct " +
			"it, or reload the configuration once the system lets the user in")
		return summary
	}
	if r.status.rests(a.around.Now(), o.full) {
		r.log.Debug("not read: the source rests", "until", r.status.snapshot().RestingUntil)
		return summary
	}
	for ; ; o.retries++ {
		var err error
		if summary, err = a.readInSlot(reading, serving, r, o); serving.Err() != nil {
			return summary
		}
		if o.tried != nil {
			o.tried()
		}
		wait, again := nextTry(r.config, err, o.retries)
		if !again {
			r.settle(err)
			return summary
		}
		r.metrics.retries.Inc()
		r.log.Info("it is tried again", "in", wait.Round(time.Second), "retry", o.retries+1, "of", r.config.Retries)
		select {
		case <-time.After(wait):
		case <-serving.Done():
			return summary
		}
	}
}

// readInSlot reads once a slot is free; the reader reports what became of it.
func (a *Agent) readInSlot(reading, serving context.Context, r *reader, o options) (summary sourcelog.Summary, err error) {
	if err := a.slots.acquire(serving); err != nil {
		return summary, err
	}
	defer a.slots.release()
	return r.read(reading, o)
}

// settle lets a source rest that fails turn after turn, or whose system has asked for it.
func (r *reader) settle(err error) {
	before := r.status.snapshot().RestingUntil
	failed, rest := r.status.settle(r.around.Now(), r.config, err)
	r.metrics.show(r.status.snapshot())
	r.changed(false)
	switch {
	case rest > 0:
		r.log.Warn("the source rests: it is left alone on schedule until then; a reload that changes it, or kpiagent "+
			"collect, asks at once",
			"failed_turns", failed, "until", r.status.snapshot().RestingUntil.Format(time.RFC3339))
	case err == nil && !before.IsZero():
		r.log.Info("the source answers again, and rests no more")
	}
}

// readAll is the first read of readers: first the sources of procedures, because dossiers of unknown procedures are rejected.
// read is called when each was tried once.
func (a *Agent) readAll(readers []*reader, read func()) {
	for _, procedures := range []bool{true, false} {
		var group, first sync.WaitGroup
		for _, r := range readers {
			if r.config.OnStart && (r.config.Record == "procedure") == procedures && r.turns.begin() {
				first.Add(1)
				group.Go(func() {
					defer r.turns.end()
					tried := sync.OnceFunc(first.Done)
					defer tried()
					a.readInTurn(r.reading, r.serving, r, options{tried: tried})
				})
			}
		}
		if !procedures {
			first.Wait()
			read()
		}
		group.Wait()
	}
}

// turns counts what a reader is doing, so that whoever ends it can wait until it is done.
type turns struct {
	mu     sync.Mutex
	closed bool
	open   sync.WaitGroup
}

// begin reports whether another turn may begin; end must follow it then.
func (t *turns) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.open.Add(1)
	}
	return !t.closed
}

func (t *turns) end() { t.open.Done() }

// close lets no turn begin any more and waits for those that have.
func (t *turns) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.open.Wait()
}
