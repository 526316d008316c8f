package agent

import (
	"context"
	"sync/atomic"
	"time"

	"kpiagent/internal/exposition"
	"kpiagent/internal/kpi"
)

// publisher keeps the metrics page in step with the ledger and the calendar. Its methods but changed belong to one
// goroutine.
type publisher struct {
	agent   *Agent
	builder *exposition.Builder
	dirty   chan struct{}
	figures atomic.Bool // the figures are among what has changed
	day     kpi.Day
	broken  map[string]int64 // the imbalances that were logged last
}

// refresh is how often the agent's own metrics are renewed on the page when nothing else happens.
const refresh = 5 * time.Second

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
		select {
		case <-ctx.Done():
			return
		case <-p.dirty:
		case <-ticker.C:
			if p.agent.Setup().Today(p.agent.around.Now()) != p.day {
				p.figures.Store(true)
			}
		}
		err := error(nil)
		if p.figures.Swap(false) {
			err = p.publish()
		} else {
			err = p.builder.Publish()
		}
		if err != nil {
			p.agent.around.Log.Error("the metrics page is not complete", "err", err)
		}
	}
}

// publish computes all figures and makes a new page.
func (p *publisher) publish() error {
	if today := p.agent.Setup().Today(p.agent.around.Now()); today != p.day {
		p.day = today
		p.agent.noteYears()
	}
	p.agent.Read(func(s *Setup, b *kpi.Books) { p.builder.Compute(s.input(b, p.day)) })
	broken := map[string]int64{}
	for _, i := range p.builder.Imbalances() {
		broken[i.Unit] = i.Dossiers
		if p.broken[i.Unit] != i.Dossiers {
			p.agent.around.Log.Error("the books do not balance; please report it", "unit", i.Unit, "dossiers", i.Dossiers)
		}
	}
	p.broken = broken
	return p.builder.Publish()
}
