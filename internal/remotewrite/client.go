package remotewrite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

const (
	// answerRead is how much of an answer is read, in bytes: after a longer one the connection is not used again.
	answerRead = 64 << 10
	// answerTold is how much of it is told. It is much less, so that no part of a secret is left at its end.
	answerTold = 1 << 10
)

// client posts to one store, with the credentials of the moment. Several goroutines may use it. Prometheus' own clients are not
// used: that of its server brings the libraries of three clouds, and the other one repeats requests by itself and reads an answer of
// any length.
type client struct {
	store config.RemoteStore
	now   func() time.Time

	mu      sync.Mutex
	env     outbound.Env
	http    *http.Client // nil before the first request, and after the credentials have changed
	known   string       // the credentials that it was made with
	secret  string       // the password, token or key among them
	problem error        // of the credentials, where they could not be had
}

func newClient(store config.RemoteStore, env outbound.Env) *client {
	return &client{store: store, now: env.Now, env: env}
}

// ready returns the HTTP client, a new one where the credentials have changed.
func (c *client) ready() (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renew()
	return c.http, c.problem
}

// follow takes another environment over.
func (c *client) follow(env outbound.Env) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.env.Network != env.Network {
		c.close()
		c.http = nil
	}
	c.env = env
}

// changed reports whether the credentials are others than at the last request.
func (c *client) changed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, problem := c.known, c.problem
	c.renew()
	return c.known != known || problem != nil && c.problem == nil
}

func (c *client) renew() {
	credentials, err := c.store.HTTP().Credentials(c.env.LookupEnv, c.env.ReadFile)
	if err != nil {
		c.problem = fmt.Errorf("the secret cannot be had: %w", err)
		return
	}
	if c.http != nil && credentials == c.known {
		c.problem = nil
		return
	}
	c.close()
	c.http, c.problem = c.connect()
	c.known = credentials
}

// close gives the connections up.
func (c *client) close() {
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}

func (c *client) connect() (*http.Client, error) {
	s := c.store
	secret, err := s.HTTP().Secret(c.env.LookupEnv, c.env.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("the secret cannot be had: %w", err)
	}
	c.secret = secret
	rules := c.env.Rules()
	return rules.Client(outbound.Connection{Name: s.Name, TLS: s.TLS.Client(), Proxy: rules.ProxyOf(s.HTTP()), Auth: s.Auth, Secret: secret})
}

// answer is what a store said to a request.
type answer struct {
	status int           // 0 where there was no answer
	after  time.Duration // how long it wants to be left alone; 0 where it did not say
	counts bool          // it says how many samples it took, as version 2 of the protocol wants it
	took   int
	err    error // nil where it took the samples
}

// post sends the body of one request, once; try is how many times it was sent before.
func (c *client) post(ctx context.Context, body []byte, try int) answer {
	http, err := c.ready()
	if err != nil {
		return answer{err: err}
	}
	timed, cancel := context.WithTimeout(ctx, c.store.RequestTimeout)
	defer cancel()
	request, err := c.request(timed, body, try)
	if err != nil {
		return answer{err: c.plain(ctx, err)}
	}
	response, err := http.Do(request)
	if err != nil {
		return answer{err: c.plain(ctx, err)}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, answerRead)) // the status is what counts
	got := answer{status: response.StatusCode}
	got.after, _ = outbound.RetryAfter(response.Header, c.now())
	if n, err := strconv.Atoi(response.Header.Get("X-Prometheus-Remote-Write-Samples-Written")); err == nil && c.store.Protobuf == 2 {
		got.counts, got.took = true, n
	}
	switch {
	case got.status/100 != 2:
		got.err = c.plain(ctx, fmt.Errorf("it answers %s: %s", response.Status, text))
	case c.store.Protobuf == 2 && !got.counts:
		got.err = fmt.Errorf("it answers %s and does not say what it took: it may know version 1 of the protocol only", response.Status)
	}
	return got
}

// probe sends a request without samples, which every store takes.
func (c *client) probe(ctx context.Context) answer {
	body, err := newEncoder(c.store.Protobuf).probe()
	if err != nil {
		return answer{err: err}
	}
	return c.post(ctx, body, 0)
}

// request makes a request with the headers that the protocol wants, and those of the configuration.
func (c *client) request(ctx context.Context, body []byte, try int) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.store.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	if c.store.Protobuf == 2 {
		r.Header.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
		r.Header.Set("X-Prometheus-Remote-Write-Version", "2.0.0")
	}
	if try > 0 {
		r.Header.Set("Retry-Attempt", strconv.Itoa(try))
	}
	for _, own := range c.store.Headers {
		r.Header.Set(own.Name, own.Value)
	}
	return r, nil
}

// plain takes the address and the secret out of an error.
func (c *client) plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = outbound.WithoutAddress(err)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("gave no answer within request_timeout %s", c.store.RequestTimeout)
	}
	c.mu.Lock()
	text := outbound.Hide(strings.TrimSpace(err.Error()), c.secret)
	c.mu.Unlock()
	if len(text) > answerTold {
		text = text[:answerTold]
	}
	if text == err.Error() {
		return err
	}
	return errors.New(strings.ToValidUTF8(text, ""))
}
