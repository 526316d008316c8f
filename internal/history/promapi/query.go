package promapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/prometheus/prometheus/promql"
)

// mostPoints is how many steps a range query may have, as with Prometheus.
const mostPoints = 11_000

func (a *API) query(r *http.Request) (reply, error) {
	at, err := timeOf(r, "time", a.Now())
	if err != nil {
		return reply{}, err
	}
	return a.run(r, func(ctx context.Context, o promql.QueryOpts, query string) (promql.Query, error) {
		return a.Engine.NewInstantQuery(ctx, a.Queryable, o, query, at)
	})
}

func (a *API) queryRange(r *http.Request) (reply, error) {
	const needed = "it is needed"
	for _, name := range []string{"start", "end", "step"} {
		if r.FormValue(name) == "" {
			return reply{}, invalid(name, errors.New(needed))
		}
	}
	start, err := timeOf(r, "start", minTime)
	if err != nil {
		return reply{}, err
	}
	end, err := timeOf(r, "end", maxTime)
	if err != nil {
		return reply{}, err
	}
	step, err := durationOf(r, "step")
	switch {
	case err != nil:
		return reply{}, err
	case end.Before(start):
		return reply{}, invalid("end", errors.New("end timestamp must not be before start time"))
	case step <= 0:
		return reply{}, invalid("step",
			errors.New("zero or negative query resolution step widths are not accepted. Try a positive integer"))
	case end.Sub(start)/step > mostPoints:
		return reply{}, badData{errors.New("exceeded maximum resolution of 11,000 points per timeseries. " +
			"Try decreasing the query resolution (?step=XX)")}
	}
	return a.run(r, func(ctx context.Context, o promql.QueryOpts, query string) (promql.Query, error) {
		return a.Engine.NewRangeQuery(ctx, a.Queryable, o, query, start, end, step)
	})
}

// run evaluates the query of a request.
func (a *API) run(r *http.Request, prepare func(context.Context, promql.QueryOpts, string) (promql.Query, error)) (reply, error) {
	limit, err := numberOf(r, "limit")
	if err != nil {
		return reply{}, err
	}
	timeout, err := durationOf(r, "timeout")
	if err != nil {
		return reply{}, err
	}
	lookback, err := durationOf(r, "lookback_delta")
	if err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	text := r.FormValue("query")
	query, err := prepare(ctx, promql.NewPrometheusQueryOpts(false, lookback), text)
	if err != nil {
		return reply{}, invalid("query", err)
	}
	defer query.Close() // which the values must not outlive
	result := query.Exec(ctx)
	if result.Err != nil {
		return reply{}, result.Err
	}
	var found reply
	found.note(result.Warnings, text)
	value, cut := cutTo(result.Value, limit)
	if cut {
		found.warnings = append(found.warnings, truncated)
	}
	found.data, err = encode(value)
	return found, err
}

func (a *API) formatQuery(r *http.Request) (reply, error) {
	expr, err := a.Parser.ParseExpr(r.FormValue("query"))
	if err != nil {
		return reply{}, invalid("query", err)
	}
	return reply{data: expr.Pretty(0)}, nil
}
