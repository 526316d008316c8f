package history

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// Limits bound what one query may cost: it ends with an error instead of taking the agent with it.
type Limits struct {
	Samples int           // that one query may hold at a time, 16 bytes each
	Series  int           // that an answer may list
	Timeout time.Duration // of a query
	AtOnce  int           // how many queries run at the same time; others wait
}

// Engine runs PromQL. A series holds its value for Options.Lookback, which is more than a day, since a closed day has one
// sample only: with Prometheus' five minutes the past would be a row of dots. Live series that end are ended by a sample
// that says so (see Record), so they do not go on for a day.
func (h *History) Engine() *promql.Engine { return h.engine }

func newEngine(o Options, m *metrics) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               o.Log,
		MaxSamples:           o.Limits.Samples,
		Timeout:              o.Limits.Timeout,
		ActiveQueryTracker:   newQueue(o.Limits.AtOnce, m),
		LookbackDelta:        o.Lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 {
			return subqueryStep(o).Milliseconds()
		},
		Parser: parser.NewParser(parser.Options{}),
	})
}

// subqueryStep is the step of a subquery that does not say it.
func subqueryStep(o Options) time.Duration { return max(o.Interval, time.Minute) }

// queue lets so many queries run at once.
type queue struct {
	slots   chan struct{}
	metrics *metrics
}

func newQueue(n int, m *metrics) *queue { return &queue{make(chan struct{}, n), m} }

func (q *queue) GetMaxConcurrent() int { return cap(q.slots) }

// Insert waits for a free place, as long as the query may take.
func (q *queue) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case q.slots <- struct{}{}:
		q.metrics.queries.Inc()
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (q *queue) Delete(int) { <-q.slots }

func (q *queue) Close() error { return nil }
