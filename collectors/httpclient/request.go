package httpclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kpiagent/collectors"
	"kpiagent/internal/outbound"
)

// Request says what is asked for.
type Request struct {
	Address     string
	Method      string // "" is GET
	Body        string // of another method than GET
	ContentType string // of Body
	Accept      string
	Known       Validity // asks only for an answer that is not the same any more
	Page        int      // for messages; 0 where there are no pages
}

// Answer is one answer of the system, whatever its status of success.
type Answer struct {
	Header   http.Header
	Address  string // after redirects
	Validity Validity
	None     bool // the answer has no body: 204
	// Body is the content, unpacked and at most max_bytes long. Its errors are told as they should be; take hands them on.
	Body *bufio.Reader
	body *body
}

// ErrUnchanged is in the chain of the error of a request whose answer is still the one that Request.Known marks.
var ErrUnchanged = errors.New("the answer is unchanged")

// Ask sends a request, with as many tries as the configuration allows, and passes the answer to take. Where a connection breaks
// within the answer, take is called again with a new one, from its beginning. An error of take is not tried again and
// is handed on, unless reading the answer failed, which counts before it. Explain tells the error.
func (s *Session) Ask(ctx context.Context, request Request, take func(*Answer) error) error {
	given := s.client.options
	renewed := false
	for try := 0; ; try++ {
		if err := s.client.limiter.Wait(ctx); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			return fmt.Errorf("requests_per_second %g leaves no time for another request: %w", given.RequestsPerSecond,
				collectors.ErrTimeout)
		}
		token, err := s.try(ctx, request, take)
		if errors.Is(err, errToken) && s.renewable() && !renewed {
			renewed = true
			s.forget(token)
			try--
			continue
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		var at *trouble
		if !errors.As(err, &at) {
			err = At(request.Address, request.Page, err)
		}
		pause, again := s.client.pause(err, try)
		if !again || try >= given.Retries {
			return err
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < pause {
			return At(request.Address, request.Page, fmt.Errorf("%w; the next try would be in %s, and timeout leaves less",
				plain(err), pause.Round(time.Second)))
		}
		if err := s.client.env.Pause(ctx, pause); err != nil {
			return err
		}
	}
}

const (
	firstPause = time.Second
	longPause  = 30 * time.Second
	// longestAsked is how long a system can have a read wait for it.
	longestAsked = time.Minute
)

// pause returns how long to wait before the next try; again is false where another try would bring the same.
func (c *Client) pause(err error, try int) (pause time.Duration, again bool) {
	var busy *busyError
	var broken *brokenError
	pause = outbound.Spread(outbound.Backoff(firstPause, longPause, try))
	switch {
	case errors.As(err, &busy):
		if busy.said {
			pause = max(busy.wait, firstPause)
		}
		return pause, pause <= longestAsked // whoever runs the read has more patience, and lets others read meanwhile
	case errors.As(err, &broken):
		return pause, true
	case errors.Is(err, collectors.ErrAuth), lasting(err):
		return 0, false
	}
	return pause, errors.As(err, new(*connectError))
}

// try sends one request and passes its answer to take. token is the one that it was sent with.
func (s *Session) try(ctx context.Context, request Request, take func(*Answer) error) (token string, err error) {
	if token, err = s.ready(ctx); err != nil {
		return "", At(s.client.options.Auth.TokenURL, 0, err)
	}
	return token, s.send(ctx, request, token, take)
}

func (s *Session) send(ctx context.Context, request Request, token string, take func(*Answer) error) error {
	leave, err := s.client.env.Network.Enter(ctx, request.Address)
	if err != nil {
		return err
	}
	defer leave()
	inner, cancel := context.WithTimeoutCause(ctx, s.client.options.RequestTimeout, s.client.slow(0))
	defer cancel()
	prepared, err := s.prepare(inner, request, token)
	if err != nil {
		return err
	}
	response, err := s.http.Do(prepared)
	if err != nil {
		if inner.Err() != nil {
			return context.Cause(inner)
		}
		return &connectError{plain(err)}
	}
	defer response.Body.Close()
	if err := s.client.status(response, request.Known.Set()); err != nil {
		return err
	}
	answer, err := s.client.answer(response, s.client.options.MaxBytes)
	if err == nil {
		if err = take(answer); answer.body.failed != nil {
			err = answer.body.failed
		}
	}
	var broken *brokenError
	if errors.As(err, &broken) && inner.Err() != nil {
		return s.client.slow(broken.bytes)
	}
	return err
}

// answer prepares what came for reading.
func (c *Client) answer(response *http.Response, limit int64) (*Answer, error) {
	opened, err := open(response, limit, fmt.Errorf("the answer has more than max_bytes %d; %sraise max_bytes", limit,
		c.smaller()))
	if err != nil {
		return nil, err
	}
	return &Answer{Header: response.Header, Address: response.Request.URL.String(), Validity: validityOf(response.Header),
		None: response.StatusCode == http.StatusNoContent, Body: bufio.NewReader(opened), body: opened}, nil
}

func (c *Client) slow(bytes int64) *slowError {
	return &slowError{limit: c.options.RequestTimeout, bytes: bytes, smaller: c.smaller()}
}

// smaller begins the advice about an answer that is too much.
func (c *Client) smaller() string {
	if c.options.Smaller == "" {
		return ""
	}
	return c.options.Smaller + " or "
}

// prepare makes the request.
func (s *Session) prepare(ctx context.Context, request Request, token string) (*http.Request, error) {
	method := request.Method
	if method == "" {
		method = http.MethodGet
	}
	made, err := http.NewRequestWithContext(ctx, method, request.Address, strings.NewReader(request.Body))
	if err != nil {
		return nil, err
	}
	if method == http.MethodGet {
		made.Body, made.GetBody, made.ContentLength = nil, nil, 0
	} else {
		made.Header.Set("Content-Type", request.ContentType)
	}
	made.Header.Set("Accept", request.Accept)
	made.Header.Set("Accept-Encoding", "gzip")
	for _, h := range s.client.options.Headers {
		made.Header.Set(h.Name, h.Value)
	}
	request.Known.ask(made.Header)
	s.authorise(made, token)
	return made, nil
}

// status turns every status but success into an error. known says that an unchanged answer would do.
func (c *Client) status(response *http.Response, known bool) error {
	code := response.StatusCode
	switch {
	case code/100 == 2:
		return nil
	case code == http.StatusNotModified && known:
		return ErrUnchanged
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		refused := &refusedError{status: response.Status, token: code == http.StatusUnauthorized}
		if c.options.Auth == nil {
			refused.block = c.options.Block
		}
		return refused
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return busy(response.Status, response.Header, c.env.Now())
	}
	return &statusError{status: response.Status, code: code}
}
