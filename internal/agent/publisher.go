package agent

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
)

// publisher keeps the metrics page in step with the ledger, the calendar and the configuration.
type publisher struct {
	agent   *Agent
	dirty   chan struct{}
	figures atomic.Bool // the figures are among what has changed

	mu      sync.Mutex // one page at a time
	builder *exposition.Builder
	day     kpi.Day
	broken  map[string]int64 // the imbalances that were logged last
}

// refresh is how often the agent's own metrics are renewed on the page when nothing else happens.
const refresh = 5 * time.Second

// breath is how many times as long as a page took to make the next one waits: a first import brings changes without a
// pause, and pages that are replaced at once must not take the processor from it.
const breath = 3

func newPublisher(a *Agent) (*publisher, error) {
	builder, err := exposition.NewBuilder(a.Page, a.Metrics.Registry)
	return &publisher{agent: a, builder: builder, dirty: make(chan struct{}, 1)}, err
}

// changed asks for a new page, with new figures or only with what the agent says of itself; any number of changes before
// it is made lead to one page.
func (p *publisher) changed(figures bool) {
	if figures {
		p.figures.Store(true)
	}
	select {
	case p.dirty <- struct{}{}:
	default:
	}
}

// run makes new pages until ctx ends: at each change, at midnight, and now and then for the agent's own metrics.
func (p *publisher) run(ctx context.Context) {
	ticker := time.NewTicker(refresh)
	defer ticker.Stop()
	for {
		changed := false
		select {
		case <-ctx.Done():
			return
		case <-p.dirty:
			changed = true
		case <-ticker.C:
		}
		began := time.Now()
		if err := p.renew(changed); err != nil {
			p.agent.around.Log.Error("the metrics page is not complete", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(breath*time.Since(began), refresh)):
		}
	}
}

// renew makes a new page, with new figures only where they have changed or a new day has begun. changed says that something
// has happened to a source.
func (p *publisher) renew(changed bool) error {
	if p.figures.Swap(false) {
		return p.publish()
	}
	p.mu.Lock()
	day := p.day
	p.mu.Unlock()
	if p.agent.Model().Today(p.agent.around.Now()) != day {
		return p.publish()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.show(changed)
}

// show puts what was computed last, and what the agent says of itself, on the page, and has it recorded.
func (p *publisher) show(changed bool) error {
	err := p.builder.Publish()
	for _, r := range p.agent.around.Recorders {
		r.Record(p.agent.around.Now(), p.builder.Samples(), p.builder.Own(), changed)
	}
	return err
}

// publish computes all figures and makes a new page.
func (p *publisher) publish() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.agent.noteYears()
	p.agent.Read(func(m *model.Model, b *kpi.Books) {
		p.day = m.Today(p.agent.around.Now())
		p.builder.Compute(exposition.InputOf(m, b, p.day))
	})
	broken := map[string]int64{}
	for _, i := range p.builder.Imbalances() {
		broken[i.Unit] = i.Dossiers
		if p.broken[i.Unit] != i.Dossiers {
			p.agent.around.Log.Error("the books do not balance; please report it", "unit", i.Unit, "dossiers", i.Dossiers)
		}
	}
	p.broken = broken
	return p.show(true)
}
