package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-co-op/gocron/v2"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/ledger"
)

// Agent is one running daemon.
type Agent struct {
	Ledger *ledger.Ledger
	// Page is what /metrics serves.
	Page    *exposition.Page
	Metrics *Metrics

	setup     atomic.Pointer[Setup]
	around    Surroundings
	publisher *publisher
	slots     chan struct{} // one for each read that may run at the same time
	audits    *audits
	work      sync.WaitGroup

	mu      sync.Mutex // guards the list of readers and their jobs
	readers []*reader
}

// Setup is the configuration in force. It may be another one at the next call: ask once for what belongs together.
func (a *Agent) Setup() *Setup { return a.setup.Load() }

// Read lets do see the books that figures are computed from together with the configuration that they belong to: no batch
// and no reload comes in between. It should be quick, and ask the agent for nothing else.
func (a *Agent) Read(do func(s *Setup, b *kpi.Books)) {
	a.Ledger.Read(func(b *kpi.Books) { do(a.Setup(), b) })
}

// New opens the ledger, makes the sources and puts the figures that the ledger knows on the page. No source is read yet.
func New(ctx context.Context, setup *Setup, around Surroundings) (*Agent, error) {
	l, err := setup.OpenLedger(ctx, false, around.Log)
	if err != nil {
		return nil, err
	}
	a := &Agent{Ledger: l, Page: new(exposition.Page), Metrics: NewMetrics(), around: around, audits: newAudits(),
		slots: make(chan struct{}, setup.Config.Agent.Concurrency)}
	a.setup.Store(setup)
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Agent) build(ctx context.Context) error {
	last, err := a.Ledger.LastSuccess(ctx)
	if err != nil {
		return err
	}
	held := a.Ledger.HeldBack()
	if a.publisher, err = newPublisher(a); err != nil {
		return err
	}
	for _, source := range a.Setup().Config.Sources {
		r, err := a.Setup().newReader(source, a.Ledger, a.Metrics, a.around)
		if err != nil {
			return err
		}
		r.changed = a.publisher.changed
		runs, err := a.Ledger.Runs(ctx, r.name, 1)
		if err != nil {
			return err
		}
		r.condition.restore(last[r.name], held[r.name], runs)
		r.metrics.show(r.condition.seen())
		a.readers = append(a.readers, r)
	}
	a.Metrics.reloadOK.Set(1)
	a.Metrics.reloadTime.Set(float64(a.around.Now().Unix()))
	return a.publisher.publish()
}

// noteYears says which years' days off are known: without them the working time of that year is only nearly right.
func (a *Agent) noteYears() {
	for _, year := range a.Setup().currentYears(a.around.Now()) {
		known := 0.0
		if a.Setup().Calendar.Known(year) {
			known = 1
		}
		a.Metrics.yearKnown.WithLabelValues(strconv.Itoa(year)).Set(known)
	}
}

// Run reads the sources on their schedules until ctx ends; reads that are under way then have agent.stop_timeout to end.
func (a *Agent) Run(ctx context.Context) error {
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReading()
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(a.Setup().Location), gocron.WithLogger(a.around.Log.With("component", "scheduler")),
		gocron.WithStopTimeout(a.Setup().Config.Agent.StopTimeout+5*time.Second))
	if err != nil {
		return fmt.Errorf("scheduler: %w", err)
	}
	if err := a.scheduleAll(reading, ctx, scheduler); err != nil {
		return errors.Join(err, scheduler.Shutdown())
	}
	for _, warning := range a.Setup().Warnings(a.around.Now()) {
		a.around.Log.Warn(warning)
	}
	a.work.Go(func() { a.publisher.run(ctx) })
	a.work.Go(func() { a.readAll(reading, ctx) })
	scheduler.Start()

	<-ctx.Done()
	grace := time.AfterFunc(a.Setup().Config.Agent.StopTimeout, stopReading)
	defer grace.Stop()
	a.unschedule()
	err = scheduler.Shutdown()
	a.work.Wait()
	if errors.Is(err, gocron.ErrStopJobsTimedOut) {
		err = nil // its own patience; the reads themselves were waited for
	}
	return err
}

func (a *Agent) scheduleAll(reading, running context.Context, scheduler gocron.Scheduler) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.readers {
		if err := a.schedule(reading, running, scheduler, r); err != nil {
			return err
		}
	}
	return nil
}

// unschedule forgets the jobs of a scheduler that ends.
func (a *Agent) unschedule() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.readers {
		r.jobs = nil
	}
}

// schedule enters a source's two jobs: the frequent read and the complete one.
func (a *Agent) schedule(reading, running context.Context, scheduler gocron.Scheduler, r *reader) error {
	zone := r.config.TimeZone
	if zone == "" {
		zone = a.Setup().Location.String()
	}
	add := func(name, cron string, o options) error {
		job, err := scheduler.NewJob(gocron.CronJob("CRON_TZ="+zone+" "+cron, false),
			gocron.NewTask(func() {
				a.work.Add(1)
				defer a.work.Done()
				a.turn(reading, running, r, o)
			}),
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
func (a *Agent) turn(reading, running context.Context, r *reader, o options) {
	if r.config.Jitter > 0 {
		select {
		case <-time.After(rand.N(r.config.Jitter)):
		case <-running.Done():
			return
		}
	}
	summary := a.readInTurn(reading, running, r, o)
	if o.full && summary.Rows+summary.Removed > 0 && running.Err() == nil {
		a.audits.do(running, func() { a.audit(reading) })
	}
}

// readInTurn gives what the read did, also where it failed: nothing where there was none.
func (a *Agent) readInTurn(reading, running context.Context, r *reader, o options) (summary ledger.Summary) {
	r.turn.Lock()
	defer r.turn.Unlock()
	if !o.full && r.refusedStill() {
		r.log.Warn("not read: the system refused the user or the password, and the secret is still the same; correct it, or start the agent anew once the system lets it in")
		return summary
	}
	select {
	case a.slots <- struct{}{}:
	case <-running.Done():
		return summary
	}
	defer func() { <-a.slots }()
	if running.Err() == nil {
		summary, _ = r.read(reading, o) // the reader has reported the error
	}
	return summary
}

// readAll is the read at the start: first the sources of procedures, because dossiers of unknown procedures are rejected.
func (a *Agent) readAll(reading, running context.Context) {
	for _, procedures := range []bool{true, false} {
		var group sync.WaitGroup
		for _, r := range a.readers {
			if r.config.OnStart && (r.config.Record == "procedure") == procedures {
				group.Go(func() { a.readInTurn(reading, running, r, options{}) })
			}
		}
		group.Wait()
	}
}

// Close gives up the sources and the ledger.
func (a *Agent) Close() error {
	var errs []error
	for _, r := range a.readers {
		errs = append(errs, r.source.Close())
	}
	return errors.Join(append(errs, a.Ledger.Close())...)
}

// Input is what the metrics page is made from on a day.
func (s *Setup) input(b *kpi.Books, today kpi.Day) exposition.Input {
	return exposition.Input{Books: b, Units: s.Units, Catalogue: s.Catalogue, Targets: s.Config.Targets, CutOff: s.CutOff,
		Today: today, ProcedureLabels: s.Config.Metrics.ProcedureLabels, SeriesPerUnit: s.Config.Metrics.SeriesPerUnit}
}
