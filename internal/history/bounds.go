package history

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// boundedEngine is the engine for whoever asks over HTTP. The engine itself counts samples while it works, but takes the
// memory for all steps of a subquery before: one that goes through a year by the millisecond would end the agent.
type boundedEngine struct {
	*promql.Engine
	parser parser.Parser
	steps  int64         // that a subquery may have
	step   time.Duration // of a subquery that does not say it
}

func (h *History) newBoundedEngine() boundedEngine {
	const share = 5 // of the samples that a query may hold, for one series
	return boundedEngine{h.engine, parser.NewParser(parser.Options{}), int64(h.options.Limits.Samples / share), subqueryStep(h.options)}
}

func (e boundedEngine) NewInstantQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, query string, at time.Time) (promql.Query, error) {
	if err := e.check(query, 0); err != nil {
		return nil, err
	}
	return e.Engine.NewInstantQuery(ctx, q, o, query, at)
}

func (e boundedEngine) NewRangeQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, query string, start, end time.Time, step time.Duration) (promql.Query, error) {
	if err := e.check(query, end.Sub(start)); err != nil {
		return nil, err
	}
	return e.Engine.NewRangeQuery(ctx, q, o, query, start, end, step)
}

// check looks at the subqueries of a query over a time. What cannot be parsed is left to the engine.
func (e boundedEngine) check(query string, over time.Duration) (err error) {
	expr, problem := e.parser.ParseExpr(query)
	if problem != nil {
		return nil
	}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		sub, is := node.(*parser.SubqueryExpr)
		if !is {
			return nil
		}
		span, step := float64(over)+float64(sub.Range), sub.Step // the sum of some centuries is more than a Duration can hold
		for _, above := range path {
			if outer, is := above.(*parser.SubqueryExpr); is {
				span += float64(outer.Range)
			}
		}
		if step <= 0 {
			step = e.step
		}
		if steps := span / float64(step); steps > float64(e.steps) && err == nil {
			err = fmt.Errorf("the subquery %s has %.0f steps, %d are possible: take a longer step or a shorter time", sub, steps, e.steps)
		}
		return nil
	})
	return err
}
