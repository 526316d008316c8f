package rest

import (
	"context"
	"errors"
	"net/http"

	"kpiagent/collectors/httpclient"
	"kpiagent/collectors/jq"
)

// answer is one answer of the system, decoded.
type answer struct {
	body     any
	none     bool // the answer has no body
	header   http.Header
	address  string // after redirects
	validity httpclient.Validity
}

// ask gets the answer of one address.
func (r *reading) ask(ctx context.Context, address string) (got *answer, err error) {
	given := r.source.config
	request := httpclient.Request{Address: address, Method: given.Method, Body: given.Body, ContentType: given.ContentType,
		Accept: "application/json", Known: r.known, Page: r.page()}
	err = r.session.Ask(ctx, request, func(came *httpclient.Answer) error {
		got = &answer{none: came.None, header: came.Header, address: came.Address, validity: came.Validity}
		if came.None {
			return nil
		}
		var err error
		got.body, err = decode(came)
		return err
	})
	return got, err
}

// decode reads the JSON of an answer.
func decode(came *httpclient.Answer) (any, error) {
	if err := came.NoHTML("JSON"); err != nil {
		return nil, err
	}
	if start, _ := came.Body.Peek(2); string(start) == "\x1f\x8b" {
		return nil, errors.New("a file in gzip came where JSON was expected; ask the system's owner for the address that gives JSON, " +
			"or have the answer packed as HTTP has it, with Content-Encoding: gzip")
	}
	return jq.Decode(came.Body)
}
