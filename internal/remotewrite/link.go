package remotewrite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	prometheus "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/storage/remote"

	"kpiagent/collectors/network"
	"kpiagent/config"
)

// Surroundings are what this package takes from the process it runs in.
type Surroundings struct {
	Now       func() time.Time
	LookupEnv func(string) (string, bool)
	ReadFile  func(string) ([]byte, error)
	// Network are the rules of where the agent may connect to; nil lets everything through.
	Network *network.Rules
}

// link is the connection to one store, with the credentials of the moment. Several goroutines may use it.
type link struct {
	store  config.RemoteStore
	around Surroundings

	mu      sync.Mutex
	client  remote.WriteClient // nil before the first request, and after the credentials have changed
	http    *http.Client
	known   string // the credentials that the client was made with
	secret  string // the password, token or key among them
	problem error  // of the credentials, where they could not be had
}

// answer is what a store said to a request.
type answer struct {
	status int           // 0 where there was no answer
	broken error         // why there was none
	after  time.Duration // how long it wants to be left alone; 0 where it did not say
	err    error         // nil where it took the samples
}

// post sends the body of one request.
func (l *link) post(ctx context.Context, body []byte, try int) answer {
	client, err := l.ready()
	if err != nil {
		return answer{err: err}
	}
	var got answer
	_, got.err = client.Store(context.WithValue(ctx, answerKey{}, &got), body, try)
	if got.broken != nil {
		got.err = got.broken
	}
	if got.err != nil {
		got.err = l.plain(ctx, got.err)
	}
	return got
}

// ready gives the client, a new one where the credentials have changed.
func (l *link) ready() (remote.WriteClient, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renew()
	return l.client, l.problem
}

// follow takes other surroundings over.
func (l *link) follow(around Surroundings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.around.Network != around.Network {
		l.close()
		l.client = nil
	}
	l.around = around
}

// changed says whether the credentials are others than at the last request.
func (l *link) changed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, problem := l.known, l.problem
	l.renew()
	return l.known != known || problem != nil && l.problem == nil
}

func (l *link) renew() {
	credentials, err := l.store.HTTP().Credentials(l.around.LookupEnv, l.around.ReadFile)
	if err != nil {
		l.problem = fmt.Errorf("the secret cannot be had: %w", err)
		return
	}
	if l.client != nil && credentials == l.known {
		l.problem = nil
		return
	}
	l.close()
	l.client, l.http, l.problem = l.connect()
	l.known = credentials
}

// close gives the connections up.
func (l *link) close() {
	if l.http != nil {
		l.http.CloseIdleConnections()
	}
}

// connect prepares Prometheus' client with a connection of our own: with the rules of the network, and no redirects.
func (l *link) connect() (remote.WriteClient, *http.Client, error) {
	s := l.store
	secret, err := s.HTTP().Secret(l.around.LookupEnv, l.around.ReadFile)
	if err != nil {
		return nil, nil, fmt.Errorf("the secret cannot be had: %w", err)
	}
	l.secret = secret
	address, err := url.Parse(s.URL)
	if err != nil {
		return nil, nil, errors.New("url is not an address")
	}
	rules := l.around.Network
	if rules == nil {
		rules = network.Open()
	}
	settings, err := l.settings(secret, rules)
	if err != nil {
		return nil, nil, err
	}
	made, err := prometheus.NewClientFromConfig(settings, s.Name, prometheus.WithUserAgent("kpiagent"), prometheus.WithDialContextFunc(rules.Dial))
	if err != nil {
		return nil, nil, fmt.Errorf("the connection cannot be prepared: %w", err)
	}
	made.Transport = &listener{inner: made.Transport, headers: s.Headers, now: l.around.Now, check: func(*url.URL) error { return nil }}
	if settings.ProxyURL.URL != nil {
		made.Transport.(*listener).check = rules.CheckProxied
	}
	message := remoteapi.WriteV1MessageType
	if s.Protobuf == 2 {
		message = remoteapi.WriteV2MessageType
	}
	client, err := remote.NewWriteClient(s.Name, &remote.ClientConfig{URL: &prometheus.URL{URL: address}, Timeout: model.Duration(s.RequestTimeout),
		WriteProtoMsg: message, RetryOnRateLimit: true})
	if err != nil {
		return nil, nil, err
	}
	own, is := client.(*remote.Client)
	if !is {
		return nil, nil, fmt.Errorf("the library's client is a %T", client)
	}
	own.Client = made
	return own, made, nil
}

// settings puts certificates, proxy and credentials into the library's terms.
func (l *link) settings(secret string, rules *network.Rules) (prometheus.HTTPClientConfig, error) {
	s := l.store
	c := prometheus.HTTPClientConfig{EnableHTTP2: true}
	if t := s.TLS; t != nil {
		c.TLSConfig = prometheus.TLSConfig{CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile, ServerName: t.ServerName}
	}
	if proxy := rules.ProxyOf(s.HTTP()); proxy != "" {
		address, err := url.Parse(proxy)
		if err != nil {
			return c, errors.New("proxy is not an address")
		}
		c.ProxyURL = prometheus.URL{URL: address}
	}
	if a := s.Auth; a != nil {
		hidden := prometheus.Secret(secret)
		switch a.Kind {
		case "basic":
			c.BasicAuth = &prometheus.BasicAuth{Username: a.Account, Password: hidden}
		case "bearer":
			c.Authorization = &prometheus.Authorization{Type: "Bearer", Credentials: hidden}
		case "header":
			c.HTTPHeaders = &prometheus.Headers{Headers: map[string]prometheus.Header{a.Header: {Secrets: []prometheus.Secret{hidden}}}}
		case "oauth2":
			c.OAuth2 = &prometheus.OAuth2{ClientID: a.Account, ClientSecret: hidden, TokenURL: a.TokenURL, Scopes: a.Scopes, TLSConfig: c.TLSConfig}
			c.OAuth2.ProxyURL = c.ProxyURL
		}
	}
	return c, nil
}

// plain takes the address and the secret out of an error.
func (l *link) plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("gave no answer within request_timeout %s", l.store.RequestTimeout)
	}
	text := strings.TrimSpace(err.Error())
	l.mu.Lock()
	secret := l.secret
	l.mu.Unlock()
	const shortestHidden = 4 // a shorter one would punch holes into every text
	if len(secret) >= shortestHidden {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, form, "[hidden]")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// answerKey is where a request's context has what its answer is written into.
type answerKey struct{}

// listener notes what the library's client does not hand on: an answer's status, and how long a store wants to be left alone.
type listener struct {
	inner   http.RoundTripper
	headers []config.Parameter
	now     func() time.Time
	check   func(*url.URL) error
}

// RoundTrip sends a request.
func (t *listener) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	for _, h := range t.headers {
		request.Header.Set(h.Name, h.Value)
	}
	response, err := t.send(request)
	if got, is := request.Context().Value(answerKey{}).(*answer); is {
		if got.broken = err; err == nil {
			got.status, got.after = response.StatusCode, t.after(response.Header.Get("Retry-After"))
		}
	}
	return response, err
}

func (t *listener) send(request *http.Request) (*http.Response, error) {
	if err := t.check(request.URL); err != nil {
		return nil, err
	}
	return t.inner.RoundTrip(request)
}

// CloseIdleConnections passes the wish on.
func (t *listener) CloseIdleConnections() {
	if inner, can := t.inner.(interface{ CloseIdleConnections() }); can {
		inner.CloseIdleConnections()
	}
}

// after reads seconds, or a date.
func (t *listener) after(text string) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(t.now()))
	}
	return 0
}
