package remotewrite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	prometheus "github.com/prometheus/common/config"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// link is the connection to one store, with the credentials of the moment. Several goroutines may use it.
type link struct {
	store config.RemoteStore
	now   func() time.Time

	mu      sync.Mutex
	around  outbound.Env
	client  *http.Client // nil before the first request, and after the credentials have changed
	known   string       // the credentials that the client was made with
	secret  string       // the password, token or key among them
	problem error        // of the credentials, where they could not be had
}

func newLink(store config.RemoteStore, around outbound.Env) *link {
	return &link{store: store, now: around.Now, around: around}
}

// ready gives the client, a new one where the credentials have changed.
func (l *link) ready() (*http.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renew()
	return l.client, l.problem
}

// follow takes other surroundings over.
func (l *link) follow(around outbound.Env) {
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
	l.client, l.problem = l.connect()
	l.known = credentials
}

// close gives the connections up.
func (l *link) close() {
	if l.client != nil {
		l.client.CloseIdleConnections()
	}
}

// connect prepares a connection by the rules of the network, which follows no redirects.
func (l *link) connect() (*http.Client, error) {
	s := l.store
	secret, err := s.HTTP().Secret(l.around.LookupEnv, l.around.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("the secret cannot be had: %w", err)
	}
	l.secret = secret
	address, err := url.Parse(s.URL)
	if err != nil {
		return nil, errors.New("url is not an address")
	}
	rules := l.around.Rules()
	settings, err := l.settings(secret, rules)
	if err != nil {
		return nil, err
	}
	if settings.ProxyURL.URL != nil { // the dialer only sees the proxy
		if err := rules.CheckProxied(address); err != nil {
			return nil, err
		}
	}
	client, err := prometheus.NewClientFromConfig(settings, s.Name, prometheus.WithUserAgent("kpiagent"), prometheus.WithDialContextFunc(rules.Dial))
	if err != nil {
		return nil, fmt.Errorf("the connection cannot be prepared: %w", err)
	}
	return client, nil
}

// settings puts certificates, proxy and credentials into the library's terms.
func (l *link) settings(secret string, rules *outbound.Rules) (prometheus.HTTPClientConfig, error) {
	s := l.store
	c := prometheus.HTTPClientConfig{EnableHTTP2: true, TLSConfig: s.TLS.Client()}
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
	if len(text) > answerTold {
		text = text[:answerTold]
	}
	if text == err.Error() {
		return err
	}
	return errors.New(strings.ToValidUTF8(text, ""))
}
