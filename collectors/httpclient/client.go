// Package httpclient asks systems over HTTP, for every kind of source that does so.
//
// Here live the connection with its certificates and proxy, credentials and their renewal, requests with their repeats and
// their pace, the rule for redirects, the bounds of an answer, and the texts that say what went wrong. What an answer means is
// the business of the kind that asked. The secret of the moment is taken for each read, and nothing stays open between two.
package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kpiagent/collectors/jq"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Options say how a system is asked.
type Options struct {
	config.HTTP
	// Block is the name of the block in the configuration that has these settings, for messages: rest.
	Block string
	// Address is the system's address, as configured.
	Address string
	// Smaller is what helps against an answer that is too large or too slow, beside a higher limit: "ask for smaller pages";
	// "" where nothing does.
	Smaller string
}

// Client asks one system. It belongs to one source.
type Client struct {
	options         Options
	env             outbound.Env
	limiter         *rate.Limiter
	token, lifetime *jq.Expression // of a login
}

// New prepares the client; nothing is connected. The error names the key that is wrong.
func New(options Options, env outbound.Env) (*Client, error) {
	env.Network = env.Rules() // one set for all requests of this client
	c := &Client{options: options, env: env, limiter: rate.NewLimiter(rate.Limit(options.RequestsPerSecond), 1)}
	a := options.Auth
	if a == nil || a.Kind != "login" {
		return c, nil
	}
	var err error
	if c.token, err = jq.Compile(a.TokenAt); err != nil {
		return nil, fmt.Errorf("%s.auth.token_at: %w", options.Block, err)
	}
	if c.lifetime, err = jq.Compile(a.LifetimeAt); err != nil {
		return nil, fmt.Errorf("%s.auth.lifetime_at: %w", options.Block, err)
	}
	return c, nil
}

// Session is one read: certificates, secret and token are those of the moment. Several goroutines may ask at once.
type Session struct {
	client *Client
	http   *http.Client
	limit  time.Duration // how long the read may take; 0 without a limit
	secret string

	renewing sync.Mutex // held while a token is looked at or got
	token    string     // of oauth2 and login; "" before the first and where it ran out
	expires  time.Time  // zero where it is not known
	refused  error      // of a login that was refused
}

// Open begins a read, which ends with Close. Errors are told as Explain tells them.
func (c *Client) Open(ctx context.Context) (*Session, error) {
	s := &Session{client: c}
	if deadline, limited := ctx.Deadline(); limited {
		s.limit = time.Until(deadline)
	}
	var err error
	if s.secret, err = c.options.Secret(c.env.LookupEnv, c.env.ReadFile); err != nil {
		return nil, fmt.Errorf("the secret cannot be had: %w", err)
	}
	if err := s.connect(); err != nil {
		return nil, s.Explain(ctx, err)
	}
	return s, nil
}

func (s *Session) connect() (err error) {
	given := s.client.options
	how := outbound.Connection{Name: given.Block, TLS: given.TLS.Client(), Proxy: s.client.env.Network.ProxyOf(given.HTTP),
		Auth: given.Auth, Secret: s.secret, Redirects: s.client.checkRedirect}
	if s.renewable() {
		how.Auth = nil // its token is got here, and shared by the requests of the read
	}
	s.http, err = s.client.env.Network.Client(how)
	return err
}

// Close returns the connections up.
func (s *Session) Close() { s.http.CloseIdleConnections() }

// errRedirect is in the chain of a redirect that is not followed.
var errRedirect = errors.New("redirect")

// checkRedirect refuses redirects to another host: credentials must not follow them.
func (c *Client) checkRedirect(next *http.Request, before []*http.Request) error {
	if !SameHost(before[0].URL, next.URL) {
		return fmt.Errorf("%w: leads to another host, %s://%s, and credentials must not follow; "+
			"write the new address into the configuration if it is right", errRedirect, next.URL.Scheme, next.URL.Host)
	}
	if len(before) > c.options.MaxRedirects {
		return fmt.Errorf("%w: more than max_redirects %d, the last to %s; correct the address", errRedirect,
			c.options.MaxRedirects, place(next.URL.String()))
	}
	return nil
}

// SameHost reports whether b may have what a may have: the same host and port, or the same host's HTTPS.
func SameHost(a, b *url.URL) bool {
	if strings.EqualFold(a.Host, b.Host) && a.Scheme == b.Scheme {
		return true
	}
	return strings.EqualFold(a.Hostname(), b.Hostname()) && a.Scheme == "http" && b.Scheme == "https" && a.Port() == "" &&
		b.Port() == ""
}

// place names the address without its parameters.
func place(address string) string {
	where, _, _ := strings.Cut(address, "?")
	return where
}
