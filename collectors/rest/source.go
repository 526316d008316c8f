// Package rest reads systems that answer HTTP requests with JSON.
//
// Here live the requests with their pages, credentials and repeats, and what the members of an answer become. What a column
// means is the mapping's business. Answers are read page by page, none larger than the configuration allows; the secret of
// the moment is taken at each read, and nothing stays open between two reads.
package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"
	"golang.org/x/time/rate"

	"kpiagent/collectors"
	"kpiagent/config"
)

// Surroundings are what a source takes from the process it runs in.
type Surroundings struct {
	// Secret gives the password, token or key, "" where none is needed.
	Secret func() (string, error)
	// Now is the clock by which tokens run out.
	Now func() time.Time
	// Wait pauses between two tries; nil sleeps.
	Wait func(ctx context.Context, pause time.Duration) error
}

// Source is one address of one system.
type Source struct {
	config   config.REST
	names    []string // of the columns
	around   Surroundings
	location *time.Location
	dates    *collectors.Dates // of the change column; nil without one
	limiter  *rate.Limiter

	rows, next, more, total, token, lifetime *gojq.Code // nil where not configured
}

// New prepares the source; nothing is connected before Read. columns are those that the mapping names. Wall times are those
// of location. The error names the key that is wrong.
func New(given config.REST, columns []string, around Surroundings, location *time.Location) (*Source, error) {
	s := &Source{config: given, names: columns, around: around, location: location,
		limiter: rate.NewLimiter(rate.Limit(given.RequestsPerSecond), 1)}
	if s.around.Wait == nil {
		s.around.Wait = sleep
	}
	if err := s.compile(); err != nil {
		return nil, err
	}
	incremental := given.Incremental
	if incremental == nil {
		return s, nil
	}
	if !slices.Contains(columns, incremental.Column) {
		s.names = append(append([]string(nil), columns...), incremental.Column)
	}
	var layouts []string
	if incremental.Layout != "" {
		layouts = []string{incremental.Layout}
	}
	dates, err := collectors.NewDates(layouts)
	if err != nil {
		return nil, fmt.Errorf("rest.incremental.layout: %w", err)
	}
	s.dates = dates
	return s, nil
}

func (s *Source) compile() error {
	type expression struct {
		key, text string
		into      **gojq.Code
	}
	list := []expression{{"rows", s.config.Rows, &s.rows}}
	if p := s.config.Pages; p != nil {
		list = append(list, expression{"pages.next", p.Next, &s.next}, expression{"pages.more", p.More, &s.more}, expression{"pages.total", p.Total, &s.total})
	}
	if a := s.config.Auth; a != nil && a.Kind == "login" {
		list = append(list, expression{"auth.token_at", a.TokenAt, &s.token}, expression{"auth.lifetime_at", a.LifetimeAt, &s.lifetime})
	}
	for _, e := range list {
		if e.text == "" {
			continue
		}
		query, err := gojq.Parse(e.text)
		if err != nil {
			return fmt.Errorf("rest.%s is not jq: %w", e.key, err)
		}
		if *e.into, err = gojq.Compile(query); err != nil {
			return fmt.Errorf("rest.%s is not jq: %w", e.key, err)
		}
	}
	return nil
}

// Close does nothing: no connection stays open between two reads.
func (s *Source) Close() error { return nil }

// restarts is how often a read begins anew because rows vanished while its pages were read.
const restarts = 2

// Read asks for all pages and streams their rows. State is a cursor where the source is incremental; without pages it is
// the mark by which the system knows whether its answer is still the same (a JSON object with etag and modified).
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	limit := timeLimit(ctx)
	secret := ""
	if s.config.Auth != nil {
		var err error
		if secret, err = s.around.Secret(); err != nil {
			return collectors.Result{}, fmt.Errorf("the secret cannot be had: %w", err)
		}
	}
	r, err := s.begin(request, sink, secret)
	if err != nil {
		return collectors.Result{}, s.explain(ctx, err, limit, secret)
	}
	defer r.caller.close()
	for begun := 0; ; begun++ {
		err = r.pages(ctx)
		if !errors.Is(err, errShrunk) || begun == restarts {
			break
		}
		r.again()
	}
	var passed passedError
	switch {
	case errors.As(err, &passed):
		return collectors.Result{}, passed.error
	case errors.Is(err, errEnough):
		return collectors.Result{State: request.State}, nil
	case errors.Is(err, errUnchanged):
		return collectors.Result{State: request.State, Unchanged: true}, nil
	case err != nil:
		return collectors.Result{}, s.explain(ctx, err, limit, secret)
	}
	return r.result(), nil
}

// passedError is an error of the sink or one that is already told as it should be.
type passedError struct{ error }

func (e passedError) Unwrap() error { return e.error }

var (
	errEnough    = errors.New("enough rows")
	errUnchanged = errors.New("unchanged")
)

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// timeLimit gives how long the read may take; 0 without a limit.
func timeLimit(ctx context.Context) time.Duration {
	deadline, limited := ctx.Deadline()
	if !limited {
		return 0
	}
	return time.Until(deadline)
}

// place names the address without its parameters.
func place(address string) string {
	where, _, _ := strings.Cut(address, "?")
	return where
}
