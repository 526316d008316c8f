package outbound

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	prometheus "github.com/prometheus/common/config"

	"kpiagent/config"
)

// Connection says how a server is asked over HTTP.
type Connection struct {
	// Name is what it is for, as the configuration names it: grafana.
	Name string
	// TLS are the certificates; the server's is always verified. Files are read with each connection.
	TLS prometheus.TLSConfig
	// Proxy is the address of a proxy; "" is none.
	Proxy string
	// Auth is how the agent says who it is, with Secret as the password, token or key; nil is without. A token of kind login
	// is the caller's to get.
	Auth   *config.Auth
	Secret string
	// Redirects decides on each redirect, as http.Client.CheckRedirect does; nil follows none.
	Redirects func(next *http.Request, before []*http.Request) error
	// Once keeps no connection open between two requests.
	Once bool
}

// AccountAuth is how the agent says who it is where the configuration has an account and a secret only: the secret is the
// account's password, or without an account a bearer token.
func AccountAuth(account string) *config.Auth {
	if account == "" {
		return &config.Auth{Kind: "bearer"}
	}
	return &config.Auth{Kind: "basic", Account: account}
}

// Client returns a client whose requests keep to the rules, also behind a proxy. Nothing is connected yet.
func (r *Rules) Client(c Connection) (*http.Client, error) {
	if c.Proxy != "" && c.Auth != nil && c.Auth.Kind == "oauth2" {
		// The library asks for the token by itself.
		token, err := url.Parse(c.Auth.TokenURL)
		if err != nil {
			return nil, errors.New("auth.token_url is not an address")
		}
		if err := r.CheckProxied(token); err != nil {
			return nil, err
		}
	}
	made, err := NewClient(r.Dial, c)
	if err == nil && c.Proxy != "" {
		made.Transport = &proxied{made.Transport, r}
	}
	return made, err
}

// NewClient returns a client that opens its connections with dial; nil is net.Dialer's. Behind a proxy dial sees the proxy
// only: use Rules.Client there.
func NewClient(dial Dialer, c Connection) (*http.Client, error) {
	settings := prometheus.HTTPClientConfig{EnableHTTP2: true, TLSConfig: c.TLS}
	if c.Proxy != "" {
		address, err := url.Parse(c.Proxy)
		if err != nil { // it may hold a password, so it is not repeated
			return nil, errors.New("proxy is not an address")
		}
		settings.ProxyURL = prometheus.URL{URL: address}
	}
	c.authenticate(&settings)
	options := []prometheus.HTTPClientOption{prometheus.WithUserAgent("kpiagent")}
	if dial != nil {
		options = append(options, prometheus.WithDialContextFunc(prometheus.DialContextFunc(dial)))
	}
	if c.Once {
		options = append(options, prometheus.WithKeepAlivesDisabled())
	}
	made, err := prometheus.NewClientFromConfig(settings, c.Name, options...)
	if err != nil {
		return nil, fmt.Errorf("the connection cannot be prepared: %w", err)
	}
	if c.Redirects != nil {
		made.CheckRedirect = c.Redirects
	}
	return made, nil
}

// authenticate puts the credentials into the library's terms.
func (c Connection) authenticate(settings *prometheus.HTTPClientConfig) {
	if c.Auth == nil {
		return
	}
	a, hidden := c.Auth, prometheus.Secret(c.Secret)
	switch a.Kind {
	case "basic":
		settings.BasicAuth = &prometheus.BasicAuth{Username: a.Account, Password: hidden}
	case "bearer":
		settings.Authorization = &prometheus.Authorization{Type: "Bearer", Credentials: hidden}
	case "header":
		settings.HTTPHeaders = &prometheus.Headers{Headers: map[string]prometheus.Header{a.Header: {Secrets: []prometheus.Secret{hidden}}}}
	case "oauth2":
		settings.OAuth2 = &prometheus.OAuth2{ClientID: a.Account, ClientSecret: hidden, TokenURL: a.TokenURL, Scopes: a.Scopes,
			TLSConfig: settings.TLSConfig}
		settings.OAuth2.ProxyURL = settings.ProxyURL
	}
}

// proxied holds the host of each request against the rules: the dialer only sees the proxy.
type proxied struct {
	http.RoundTripper
	rules *Rules
}

// RoundTrip refuses what the rules do not allow.
func (p *proxied) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := p.rules.CheckProxied(request.URL); err != nil {
		return nil, err
	}
	return p.RoundTripper.RoundTrip(request)
}

// CloseIdleConnections passes the wish on, which embedding alone does not.
func (p *proxied) CloseIdleConnections() {
	if inner, can := p.RoundTripper.(interface{ CloseIdleConnections() }); can {
		inner.CloseIdleConnections()
	}
}
