package agent

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-co-op/gocron/v2"

	"kpiagent/config"
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
	around    Options
	publisher *publisher
	slots     *gate
	audits    *audits
	firstRead chan struct{}  // closed when Run has read all sources for the first time
	work      sync.WaitGroup // all goroutines of Run
	reloading sync.Mutex     // one reload at a time
	ended     bool           // Run has ended, or is about to; guarded by reloading

	mu      sync.Mutex // guards what a reload changes
	readers []*reader  // in the order of the configuration
	run     *running   // nil while Run does not run
}

// running is what Run has set up.
type running struct {
	scheduler gocron.Scheduler
	reading   context.Context // of reads: it outlives serving by agent.stop_timeout
	serving   context.Context // of everything else
}

// Setup is the configuration in force. It may be another one at the next call: ask once for what belongs together.
func (a *Agent) Setup() *Setup { return a.setup.Load() }

// Read lets do see the books that figures are computed from together with the configuration that they belong to: no batch
// and no reload comes in between. It should be quick, and ask the agent for nothing else.
func (a *Agent) Read(do func(s *Setup, b *kpi.Books)) {
	a.Ledger.Read(func(b *kpi.Books) { do(a.Setup(), b) })
}

// New opens the ledger, makes the sources and puts the figures that the ledger knows on the page. No source is read yet.
func New(ctx context.Context, setup *Setup, around Options) (*Agent, error) {
	l, err := setup.OpenLedger(ctx, false, around.Log)
	if err != nil {
		return nil, err
	}
	a := &Agent{Ledger: l, Page: new(exposition.Page), Metrics: NewMetrics(), around: around, audits: newAudits(), firstRead: make(chan struct{}),
		slots: newGate(setup.Config.Agent.Concurrency)}
	a.setup.Store(setup)
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Agent) build(ctx context.Context) (err error) {
	if a.publisher, err = newPublisher(a); err != nil {
		return err
	}
	for _, source := range a.Setup().Config.Sources {
		r, err := a.newReader(a.Setup(), source)
		if err != nil {
			return err
		}
		a.readers = append(a.readers, r)
	}
	if err := a.introduce(ctx, a.readers); err != nil {
		return err
	}
	a.Metrics.reloaded(true, a.around.Now())
	return a.publisher.publish()
}

func (a *Agent) newReader(s *Setup, source config.Source) (*reader, error) {
	r, err := s.newReader(source, a.Ledger, a.around)
	if err == nil {
		r.changed = a.publisher.changed
	}
	return r, err
}

// introduce gives new readers their series, and lets them know what the ledger remembers of their sources.
func (a *Agent) introduce(ctx context.Context, readers []*reader) error {
	last, err := a.Ledger.LastSuccess(ctx)
	notes, problem := a.Ledger.Notes(ctx)
	err = errors.Join(err, problem)
	held := a.Ledger.HeldBack()
	for _, r := range readers {
		r.metrics = a.Metrics.of(r.config)
		runs, problem := a.Ledger.Runs(ctx, r.name, 1)
		err = errors.Join(err, problem)
		r.condition.restore(last[r.name], held[r.name], runs)
		r.condition.refuse(refusal(notes[noteOfRefusal+r.name]))
		r.metrics.show(r.condition.seen())
	}
	return err
}

// noteYears says which years' days off are known: without them the working time of that year is only nearly right.
func (a *Agent) noteYears() {
	setup := a.Setup()
	for _, year := range setup.currentYears(a.around.Now()) {
		known := 0.0
		if setup.Calendar.Known(year) {
			known = 1
		}
		a.Metrics.yearKnown.WithLabelValues(strconv.Itoa(year)).Set(known)
	}
}

// Run reads the sources on their schedules until ctx ends; reads that are under way then have agent.stop_timeout to end.
func (a *Agent) Run(ctx context.Context) error {
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReading()
	// gocron's patience is longer than ours: the reads themselves are waited for below.
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(a.Setup().Location), gocron.WithLogger(a.around.Log.With("component", "scheduler")),
		gocron.WithStopTimeout(a.Setup().Config.Agent.StopTimeout+5*time.Second))
	if err != nil {
		return fmt.Errorf("scheduler: %w", err)
	}
	scheduler.Start()
	for _, warning := range a.Setup().Warnings(a.around.Now()) {
		a.around.Log.Warn(warning)
	}
	err = a.begin(&running{scheduler: scheduler, reading: reading, serving: ctx})
	if err == nil {
		a.work.Go(func() { a.publisher.run(ctx) })
		<-ctx.Done()
	}
	readers := a.end()
	grace := time.AfterFunc(a.Setup().Config.Agent.StopTimeout, stopReading)
	defer grace.Stop()
	stopped := scheduler.Shutdown()
	if errors.Is(stopped, gocron.ErrStopJobsTimedOut) {
		stopped = nil
	}
	for _, r := range readers {
		r.turns.close()
	}
	a.work.Wait()
	return errors.Join(err, stopped)
}

// FirstRead is closed when Run has read each source that is read at the start for the first time, or has failed to.
func (a *Agent) FirstRead() <-chan struct{} { return a.firstRead }

// begin starts all readers.
func (a *Agent) begin(run *running) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run = run
	return a.start(a.readers, sync.OnceFunc(func() { close(a.firstRead) }))
}

// end lets no reader be started any more, once a reload that is under way is done, and gives those that there are.
func (a *Agent) end() []*reader {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	a.ended = true
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run = nil
	for _, r := range a.readers {
		r.jobs = nil
	}
	return a.readers
}

// Close gives up the sources and the ledger.
func (a *Agent) Close() error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	a.ended = true
	var errs []error
	for _, r := range a.readers {
		errs = append(errs, r.source.Close())
	}
	return errors.Join(append(errs, a.Ledger.Close())...)
}

// Figures is what the figures of a day are computed from.
func (s *Setup) Figures(b *kpi.Books, today kpi.Day) exposition.Input {
	return exposition.Input{Books: b, Units: s.Units, Catalogue: s.Catalogue, Targets: s.Config.Targets, CutOff: s.CutOff,
		Today: today, ProcedureLabels: s.Config.Metrics.ProcedureLabels, SeriesPerUnit: s.Config.Metrics.SeriesPerUnit}
}
