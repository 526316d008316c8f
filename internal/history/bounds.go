package history

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// The bounds of what is asked, before anybody parses it. The parser and what follows take time and memory by the square of how
// deeply an expression is nested, and cannot be broken off; a selector of a list is looked up to its end.
const (
	longestQuery  = 32 << 10 // bytes
	deepestQuery  = 100      // brackets within one another, or signs in a row
	mostSelectors = 32       // of a list of series or labels
)

// tooLarge says why a request asks for too much to be looked at.
func tooLarge(form url.Values) error {
	queries := form["query"]
	if n := len(form["match[]"]); n > mostSelectors {
		return fmt.Errorf("there are %d selectors, %d are possible: ask for some of them", n, mostSelectors)
	}
	for _, query := range append(queries[:len(queries):len(queries)], form["match[]"]...) {
		if len(query) > longestQuery {
			return fmt.Errorf("the query has %d bytes, %d are possible", len(query), longestQuery)
		}
		if depth := depthOf(query); depth > deepestQuery {
			return fmt.Errorf("the query is nested %d deep, %d are possible", depth, deepestQuery)
		}
	}
	return nil
}

// depthOf counts how many brackets are open at most, with the signs before a term; what is between quotes does not count.
func depthOf(query string) (deepest int) {
	open, signs := 0, 0
	for i := 0; i < len(query); i++ {
		switch c := query[i]; c {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open--
		case '"', '\'', '`':
			for i++; i < len(query) && query[i] != c; i++ {
				if query[i] == '\\' && c != '`' {
					i++
				}
			}
		case '#':
			for i < len(query) && query[i] != '\n' {
				i++
			}
		}
		if i < len(query) {
			switch query[i] {
			case '+', '-':
				signs++
			case ' ', '\t', '\n', '\r':
			default:
				signs = 0
			}
		}
		deepest = max(deepest, open+signs)
	}
	return deepest
}

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
	return boundedEngine{h.engine, parser.NewParser(parser.Options{}), int64(h.options.Limits.Samples / share),
		subqueryStep(h.options)}
}

func (e boundedEngine) NewInstantQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, query string,
	at time.Time) (promql.Query, error) {
	if err := e.check(query, 0); err != nil {
		return nil, err
	}
	return e.Engine.NewInstantQuery(ctx, q, o, query, at)
}

func (e boundedEngine) NewRangeQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, query string,
	start, end time.Time, step time.Duration) (promql.Query, error) {
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
			err = fmt.Errorf("the subquery %s has %.0f steps, %d are possible: take a longer step or a shorter time",
				sub, steps, e.steps)
		}
		return nil
	})
	return err
}
