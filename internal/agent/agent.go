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
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// Agent is one running daemon.
type Agent struct {
	Ledger *ledger.Ledger
	// Page is what /metrics serves.
	Page    *exposition.Page
	Metrics *Metrics

	current   atomic.Pointer[inForce]
	around    Options
	publisher *publisher
	slots     *semaphore
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

// inForce is a configuration with what its connections share: what each host may be asked.
type inForce struct {
	model   *model.Model
	network *outbound.Rules
}

// Model is the configuration in force. It may be another one at the next call: ask once for what belongs together.
func (a *Agent) Model() *model.Model { return a.current.Load().model }

// Network has the rules for connections of the configuration in force.
func (a *Agent) Network() *outbound.Rules { return a.current.Load().network }

// Read lets do see the books that figures are computed from together with the configuration that they belong to: no batch
// and no reload comes in between. It should be quick, and ask the agent for nothing else.
func (a *Agent) Read(do func(m *model.Model, b *kpi.Books)) {
	a.Ledger.Read(func(b *kpi.Books) {
		m := a.Model()
		do(m, b.On(m.Today(a.around.Now())))
	})
}

// New opens the ledger, makes the sources and puts the figures that the ledger knows on the page. No source is read yet.
func New(ctx context.Context, m *model.Model, around Options) (*Agent, error) {
	l, err := OpenLedger(ctx, m, false, around.Log)
	if err != nil {
		return nil, err
	}
	a := &Agent{Ledger: l, Page: new(exposition.Page), Metrics: NewMetrics(), around: around, audits: newAudits(),
		firstRead: make(chan struct{}),
		slots:     newSemaphore(m.Config.Agent.Concurrency)}
	a.current.Store(&inForce{model: m, network: around.networkOf(m)})
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Agent) build(ctx context.Context) (err error) {
	if a.publisher, err = newPublisher(a); err != nil {
		return err
	}
	for _, source := range a.Model().Config.Sources {
		r, err := a.newReader(a.current.Load(), source)
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

func (a *Agent) newReader(c *inForce, source config.Source) (*reader, error) {
	around := a.around
	around.Network = c.network
	r, err := newReader(c.model, source, a.Ledger, around)
	if err == nil {
		r.changed = a.publisher.changed
	}
	return r, err
}

// introduce makes the series of new readers, and restores what the ledger remembers of their sources.
func (a *Agent) introduce(ctx context.Context, readers []*reader) error {
	last, err := a.Ledger.LastSuccess(ctx)
	notes, problem := a.Ledger.Notes(ctx)
	err = errors.Join(err, problem)
	held := a.Ledger.HeldBack()
	for _, r := range readers {
		r.metrics = a.Metrics.of(r.config)
		runs, problem := a.Ledger.Runs(ctx, r.name, 1)
		err = errors.Join(err, problem)
		r.status.restore(last[r.name], held[r.name], runs)
		r.status.refuse(refusal(notes[noteOfRefusal+r.name]))
		r.metrics.show(r.status.snapshot())
	}
	return err
}

// noteYears says which years' days off are known: without them the working time of that year is only nearly right.
func (a *Agent) noteYears() {
	m := a.Model()
	for _, year := range m.CurrentYears(a.around.Now()) {
		known := 0.0
		if m.Calendar.Known(year) {
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
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(a.Model().Location),
		gocron.WithLogger(a.around.Log.With("component", "scheduler")),
		gocron.WithStopTimeout(a.Model().Config.Agent.StopTimeout+5*time.Second))
	if err != nil {
		return fmt.Errorf("scheduler: %w", err)
	}
	scheduler.Start()
	for _, warning := range a.Model().Warnings(a.around.Now()) {
		a.around.Log.Warn(warning)
	}
	err = a.begin(&running{scheduler: scheduler, reading: reading, serving: ctx})
	if err == nil {
		a.work.Go(func() { a.publisher.run(ctx) })
		<-ctx.Done()
	}
	readers := a.end()
	grace := time.AfterFunc(a.Model().Config.Agent.StopTimeout, stopReading)
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

// end keeps further readers from being started, once a reload that is under way is done, and returns those that there are.
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

// Close closes the sources and the ledger.
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
