package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/config"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"kpiagent/collectors"
)

// caller speaks to the system during one read.
type caller struct {
	source  *Source
	client  *http.Client
	secret  string
	token   string    // of oauth2 and login; "" before the first and where it ran out
	expires time.Time // zero where nobody said
}

// errRedirect is in the chain of a redirect that is not followed.
var errRedirect = errors.New("redirect")

// newCaller makes the client of one read, so that certificates and secrets are those of the moment.
func (s *Source) newCaller(secret string) (*caller, error) {
	given := prometheus.HTTPClientConfig{FollowRedirects: true, EnableHTTP2: true}
	if t := s.config.TLS; t != nil {
		given.TLSConfig = prometheus.TLSConfig{CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile, ServerName: t.ServerName}
	}
	if s.config.Proxy != "" {
		address, err := url.Parse(s.config.Proxy)
		if err != nil {
			return nil, fmt.Errorf("rest.proxy: %w", err)
		}
		given.ProxyURL = prometheus.URL{URL: address}
	}
	if a := s.config.Auth; a != nil {
		switch a.Kind {
		case "basic":
			given.BasicAuth = &prometheus.BasicAuth{Username: a.Account, Password: prometheus.Secret(secret)}
		case "bearer":
			given.Authorization = &prometheus.Authorization{Type: "Bearer", Credentials: prometheus.Secret(secret)}
		}
	}
	client, err := prometheus.NewClientFromConfig(given, "rest", prometheus.WithUserAgent("kpiagent"))
	if err != nil {
		return nil, fmt.Errorf("the connection cannot be prepared: %w", err)
	}
	client.CheckRedirect = s.checkRedirect
	return &caller{source: s, client: client, secret: secret}, nil
}

func (c *caller) close() { c.client.CloseIdleConnections() }

// checkRedirect lets nobody lead the agent, and its credentials, to another host.
func (s *Source) checkRedirect(next *http.Request, before []*http.Request) error {
	if !sameHost(before[0].URL, next.URL) {
		return fmt.Errorf("%w: leads to another host, %s://%s, and credentials must not follow; write the new address into the configuration if it is right", errRedirect, next.URL.Scheme, next.URL.Host)
	}
	if len(before) > s.config.MaxRedirects {
		return fmt.Errorf("%w: more than max_redirects %d, the last to %s; correct the address", errRedirect, s.config.MaxRedirects, place(next.URL.String()))
	}
	return nil
}

// sameHost says whether b may have what a may have: the same host and port, or the same host's HTTPS.
func sameHost(a, b *url.URL) bool {
	if strings.EqualFold(a.Host, b.Host) && a.Scheme == b.Scheme {
		return true
	}
	return strings.EqualFold(a.Hostname(), b.Hostname()) && a.Scheme == "http" && b.Scheme == "https" && a.Port() == "" && b.Port() == ""
}

// authorise puts credentials that the client does not know of itself onto a request.
func (c *caller) authorise(request *http.Request) {
	if a := c.source.config.Auth; a != nil && a.Kind == "header" {
		request.Header.Set(a.Header, c.secret)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
}

// renewable says whether a new token may help.
func (c *caller) renewable() bool {
	a := c.source.config.Auth
	return a != nil && (a.Kind == "oauth2" || a.Kind == "login")
}

// margin is how long before its end a token is renewed.
const margin = 10 * time.Second

// ready gets a token where one is needed and there is none, or it is about to run out.
func (c *caller) ready(ctx context.Context) error {
	if !c.renewable() || c.token != "" && (c.expires.IsZero() || c.source.around.Now().Add(margin).Before(c.expires)) {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.source.config.RequestTimeout, &slowError{limit: c.source.config.RequestTimeout})
	defer cancel()
	c.token, c.expires = "", time.Time{}
	get := c.byLogin
	if c.source.config.Auth.Kind == "oauth2" {
		get = c.byOAuth2
	}
	err := get(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (c *caller) byOAuth2(ctx context.Context) error {
	a := c.source.config.Auth
	from := clientcredentials.Config{ClientID: a.Account, ClientSecret: c.secret, TokenURL: a.TokenURL, Scopes: a.Scopes}
	token, err := from.Token(context.WithValue(ctx, oauth2.HTTPClient, c.client))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil:
		return loginError(refused.Response, refused.ErrorCode)
	case errors.As(err, new(*url.Error)):
		return &connectError{plain(err)}
	case err != nil:
		return &contentError{"gave no token: " + err.Error()}
	}
	c.token, c.expires = token.AccessToken, token.Expiry
	return nil
}

func (c *caller) byLogin(ctx context.Context) error {
	a := c.source.config.Auth
	body := strings.NewReplacer(":account", inJSON(a.Account), ":secret", inJSON(c.secret)).Replace(a.LoginBody)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.TokenURL, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return &connectError{plain(err)}
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return loginError(response, "")
	}
	answer, err := decode(response, maxLoginBytes)
	if err != nil {
		return fmt.Errorf("the answer to the login: %w", err)
	}
	token, err := first(ctx, c.source.token, answer)
	text, isText := token.(string)
	if err != nil || !isText || text == "" {
		// Asking again with the same password could lock the account.
		return fmt.Errorf("the answer to the login has no token at auth.token_at %s: is the password right? Else correct token_at: %w", a.TokenAt, collectors.ErrAuth)
	}
	c.token = text
	if seconds, err := first(ctx, c.source.lifetime, answer); err == nil {
		if n, ok := whole(seconds); ok && n > 0 && n < 1<<32 {
			c.expires = c.source.around.Now().Add(time.Duration(n) * time.Second)
		}
	}
	return nil
}

const maxLoginBytes = 1 << 20

// loginError says why no token came. 400 is what OAuth2 says of a wrong secret.
func loginError(response *http.Response, code string) error {
	said := response.Status
	if code != "" {
		said += " (" + code + ")"
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &busyError{status: said, after: response.Header.Get("Retry-After")}
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity:
		return fmt.Errorf("gave no token: %s; correct auth.account and the secret: %w", said, collectors.ErrAuth)
	}
	return fmt.Errorf("gave no token: %s; correct auth.token_url or ask the system's owner", said)
}

// inJSON escapes a text for the inside of a JSON string.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil { // a text always encodes
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}
