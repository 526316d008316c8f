package rest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kpiagent/collectors"
)

// answer is one answer of the system, decoded.
type answer struct {
	body     any
	none     bool // the answer has no body
	header   http.Header
	address  string // after redirects
	validity validity
}

// busyError says that the system wants to be asked again later.
type busyError struct{ status, after string }

func (e *busyError) Error() string {
	return fmt.Sprintf("answers %s; the next run tries again", e.status)
}

// statusError is an answer that is none.
type statusError struct {
	status string
	code   int
}

func (e *statusError) Error() string {
	switch {
	case e.code == http.StatusNotModified:
		return "answers 304 Not Modified although nothing was known yet; the system or a proxy before it is at fault"
	case e.code == http.StatusNotFound:
		return "answers 404 Not Found; correct the address"
	case e.code >= 500:
		return "answers " + e.status + "; ask the system's owner, the next run tries again"
	}
	return "answers " + e.status + "; correct address, query or body"
}

// ask gets one answer, with as many tries as the configuration allows.
func (r *reading) ask(ctx context.Context, address string) (*answer, error) {
	renewed := false
	for try := 0; ; try++ {
		if err := r.source.limiter.Wait(ctx); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			return nil, fmt.Errorf("requests_per_second %g leaves no time for another request: %w", r.source.config.RequestsPerSecond, collectors.ErrTimeout)
		}
		got, err := r.try(ctx, address)
		if errors.Is(err, errToken) && r.caller.renewable() && !renewed {
			renewed, r.caller.token = true, ""
			try--
			continue
		}
		if err == nil || ctx.Err() != nil {
			return got, err
		}
		var at *trouble
		if !errors.As(err, &at) {
			err = &trouble{where: place(address), page: r.page(), error: err}
		}
		pause, again := r.pause(err, try)
		if !again || try >= r.source.config.Retries {
			return nil, err
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < pause {
			return nil, &trouble{where: place(address), page: r.page(), error: fmt.Errorf("%w; it wants to be asked again in %s, and timeout leaves less", plain(err), pause.Round(time.Second))}
		}
		if err := r.source.around.Wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

const (
	firstPause = time.Second
	longPause  = 30 * time.Second
)

// pause gives how long to wait before the next try; again is false where another try would bring the same.
func (r *reading) pause(err error, try int) (pause time.Duration, again bool) {
	var busy *busyError
	var broken *brokenError
	var status *statusError
	var content *contentError
	pause = min(longPause, firstPause<<min(try, 10))
	pause += time.Duration(rand.Int64N(int64(pause) / 4)) // so that agents do not come back together
	switch {
	case errors.As(err, &busy):
		if asked, ok := retryAfter(busy.after, r.source.around.Now()); ok {
			pause = max(asked, firstPause)
		}
		return pause, true
	case errors.As(err, &broken):
		return pause, true
	case errors.As(err, &status), errors.As(err, &content), errors.Is(err, collectors.ErrAuth), lasting(err):
		return 0, false
	}
	return pause, errors.As(err, new(*connectError))
}

// connectError says that no answer came.
type connectError struct{ error }

func (e *connectError) Unwrap() error { return e.error }

// retryAfter reads the header: seconds, or a date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// errToken is in the chain of the answer 401.
var errToken = errors.New("401")

// refusedError is the answer 401 or 403.
type refusedError struct {
	status string
	auth   bool // whether the agent said who it is
	token  bool // whether it is 401
}

func (e *refusedError) Error() string {
	if !e.auth {
		return "answers " + e.status + "; the system wants to know who asks: configure rest.auth"
	}
	return "answers " + e.status + "; correct auth.account and the secret, or ask for the right to read"
}

func (e *refusedError) Unwrap() []error {
	if e.token {
		return []error{collectors.ErrAuth, errToken}
	}
	return []error{collectors.ErrAuth}
}

// try sends one request and decodes its answer.
func (r *reading) try(ctx context.Context, address string) (*answer, error) {
	limit := r.source.config.RequestTimeout
	slow := &slowError{limit: limit}
	if err := r.caller.ready(ctx); err != nil {
		return nil, &trouble{where: place(r.source.config.Auth.TokenURL), error: err}
	}
	inner, cancel := context.WithTimeoutCause(ctx, limit, slow)
	defer cancel()
	request, err := r.prepare(inner, address)
	if err != nil {
		return nil, err
	}
	response, err := r.caller.client.Do(request)
	if err != nil {
		if inner.Err() != nil {
			return nil, context.Cause(inner)
		}
		return nil, &connectError{plain(err)}
	}
	defer response.Body.Close()
	if err := r.status(response); err != nil {
		return nil, err
	}
	got := &answer{header: response.Header, address: response.Request.URL.String(), validity: validityOf(response.Header)}
	if response.StatusCode == http.StatusNoContent {
		got.none = true
		return got, nil
	}
	got.body, err = decode(response, r.source.config.MaxBytes)
	var broken *brokenError
	if errors.As(err, &broken) && inner.Err() != nil {
		return nil, &slowError{limit: limit, bytes: broken.bytes}
	}
	return got, err
}

// prepare makes the request.
func (r *reading) prepare(ctx context.Context, address string) (*http.Request, error) {
	given := r.source.config
	request, err := http.NewRequestWithContext(ctx, given.Method, address, strings.NewReader(given.Body))
	if err != nil {
		return nil, err
	}
	if given.Method == http.MethodGet {
		request.Body, request.GetBody, request.ContentLength = nil, nil, 0
	} else {
		request.Header.Set("Content-Type", given.ContentType)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "gzip")
	for _, h := range given.Headers {
		request.Header.Set(h.Name, h.Value)
	}
	r.known.ask(request.Header)
	r.caller.authorise(request)
	return request, nil
}

// status turns every status but success into an error.
func (r *reading) status(response *http.Response) error {
	code := response.StatusCode
	switch {
	case code/100 == 2:
		return nil
	case code == http.StatusNotModified && r.known.set():
		return errUnchanged
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &refusedError{status: response.Status, auth: r.source.config.Auth != nil, token: code == http.StatusUnauthorized}
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return &busyError{status: response.Status, after: response.Header.Get("Retry-After")}
	}
	return &statusError{status: response.Status, code: code}
}
