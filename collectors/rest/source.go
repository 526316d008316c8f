// Package rest reads systems that answer HTTP requests with JSON.
//
// Here live the pages of a long answer, and what its members become. How a system is asked is the business of httpclient, what
// a column means that of the mapping. Answers are read page by page, none larger than the configuration allows.
package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kpiagent/collectors"
	"kpiagent/collectors/cursor"
	"kpiagent/collectors/httpclient"
	"kpiagent/collectors/jq"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Source is one address of one system.
type Source struct {
	config   config.REST
	columns  []column
	names    []string // of the columns
	key      []string // the columns that tell a record from others; none where that is not known
	client   *httpclient.Client
	location *time.Location
	change   *cursor.Column // nil without one
	detail   *detail        // nil where the list has whole rows

	rows, ok, next, more, total *jq.Expression // nil where not configured
}

// New prepares the source; nothing is connected before Read. columns are those that the mapping names, and key those that
// tell a record from others, where that is known. Wall times are those of location. The error names the key that is wrong.
func New(given config.REST, columns []config.Column, key []string, around outbound.Env, location *time.Location) (*Source, error) {
	client, err := httpclient.New(httpclient.Options{HTTP: given.HTTP, Block: "rest", Address: given.URL, Smaller: "ask for smaller pages"}, around)
	if err != nil {
		return nil, err
	}
	if given.Incremental != nil {
		columns = append(slices.Clone(columns), config.Column{Name: given.Incremental.Column})
	}
	s := &Source{config: given, columns: columnsOf(columns), client: client, location: location, key: key}
	s.names = namesOf(s.columns)
	if err := s.compile(); err != nil {
		return nil, err
	}
	if s.detail, err = newDetail(given.Detail); err != nil {
		return nil, err
	}
	if s.change, err = cursor.NewColumn(given.Incremental, location); err != nil {
		return nil, fmt.Errorf("rest.%w", err)
	}
	return s, nil
}

func (s *Source) compile() error {
	type expression struct {
		key, text string
		into      **jq.Expression
	}
	list := []expression{{"rows", s.config.Rows, &s.rows}, {"ok", s.config.OK, &s.ok}}
	if p := s.config.Pages; p != nil {
		list = append(list, expression{"pages.next", p.Next, &s.next}, expression{"pages.more", p.More, &s.more}, expression{"pages.total", p.Total, &s.total})
	}
	for _, e := range list {
		if e.text == "" {
			continue
		}
		var err error
		if *e.into, err = jq.Compile(e.text); err != nil {
			return fmt.Errorf("rest.%s: %w", e.key, err)
		}
	}
	return nil
}

// Close does nothing: no connection stays open between two reads.
func (s *Source) Close() error { return nil }

// restarts is how often a read begins again because rows vanished while its pages were read.
const restarts = 2

// Read asks for all pages and streams their rows. State is a cursor where the source is incremental; without pages it is
// the mark by which the system knows whether its answer is still the same (a JSON object with etag and modified).
func (s *Source) Read(ctx context.Context, request collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	session, err := s.client.Open(ctx)
	if err != nil {
		return collectors.Result{}, err
	}
	defer session.Close()
	r := s.begin(request, sink, session)
	for begun := 0; ; begun++ {
		err = r.pages(ctx)
		if !errors.Is(err, errShrunk) && !errors.Is(err, errMoved) || begun == restarts {
			break
		}
		r.again()
	}
	switch {
	case errors.Is(err, errMoved):
		r.doubt()
		r.complete = false
	case errors.Is(err, httpclient.ErrUnchanged):
		return collectors.Result{State: request.State, Unchanged: true}, nil
	case err != nil:
		return collectors.Result{}, session.Explain(ctx, err)
	}
	return r.result(), nil
}
