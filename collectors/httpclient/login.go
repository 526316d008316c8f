package httpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"kpiagent/collectors"
	"kpiagent/collectors/jq"
)

// authorise puts credentials that the client does not know of itself onto a request.
func (s *Session) authorise(request *http.Request, token string) {
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
}

// renewable reports whether a new token may help.
func (s *Session) renewable() bool {
	a := s.client.options.Auth
	return a != nil && (a.Kind == "oauth2" || a.Kind == "login")
}

// margin is how long before its end a token is renewed.
const margin = 10 * time.Second

// forget returns a token up that the system does not take any more, unless another one has taken its place.
func (s *Session) forget(token string) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.token == token {
		s.token = ""
	}
}

// ready returns a token where one is needed, and gets it where there is none or it is about to run out. Requests that wait for
// the same login share its token, and its refusal: the same password is never tried twice.
func (s *Session) ready(ctx context.Context) (token string, err error) {
	if !s.renewable() {
		return "", nil
	}
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.refused == nil {
		if err = s.renew(ctx); errors.Is(err, collectors.ErrAuth) {
			s.refused = err
		}
	} else {
		err = s.refused
	}
	return s.token, err
}

// renew gets a token where there is none that lasts.
func (s *Session) renew(ctx context.Context) error {
	if s.token != "" && (s.expires.IsZero() || s.client.env.Now().Add(margin).Before(s.expires)) {
		return nil
	}
	leave, err := s.client.env.Network.Enter(ctx, s.client.options.Auth.TokenURL)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeoutCause(ctx, s.client.options.RequestTimeout, s.client.slow(0))
	defer cancel()
	s.token, s.expires = "", time.Time{}
	get := s.byLogin
	if s.client.options.Auth.Kind == "oauth2" {
		get = s.byOAuth2
	}
	err = get(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (s *Session) byOAuth2(ctx context.Context) error {
	a := s.client.options.Auth
	from := clientcredentials.Config{ClientID: a.Account, ClientSecret: s.secret, TokenURL: a.TokenURL, Scopes: a.Scopes}
	token, err := from.Token(context.WithValue(ctx, oauth2.HTTPClient, s.http))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil:
		return s.client.loginError(refused.Response, refused.ErrorCode)
	case errors.As(err, new(*url.Error)):
		return &connectError{plain(err)}
	case err != nil:
		return fmt.Errorf("gave no token: %w", err)
	}
	s.token, s.expires = token.AccessToken, token.Expiry
	return nil
}

func (s *Session) byLogin(ctx context.Context) error {
	a := s.client.options.Auth
	body := strings.NewReplacer(":account", inJSON(a.Account), ":secret", inJSON(s.secret)).Replace(a.LoginBody)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.TokenURL, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	response, err := s.http.Do(request)
	if err != nil {
		return &connectError{plain(err)}
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return s.client.loginError(response, "")
	}
	answer, err := s.client.answer(response, maxLoginBytes)
	if err != nil {
		return fmt.Errorf("the answer to the login: %w", err)
	}
	if err := answer.NoHTML("JSON"); err != nil {
		return fmt.Errorf("the answer to the login: %w", err)
	}
	said, err := jq.Decode(answer.Body)
	if err != nil {
		return fmt.Errorf("the answer to the login: %w", err)
	}
	token, err := s.client.token.First(ctx, said)
	text, isText := token.(string)
	if err != nil || !isText || text == "" {
		// Asking again with the same password could lock the account.
		return fmt.Errorf("the answer to the login has no token at auth.token_at %s: "+
			"is the password right? Else correct token_at: %w", a.TokenAt, collectors.ErrAuth)
	}
	s.token = text
	if seconds, err := s.client.lifetime.First(ctx, said); err == nil {
		if n, ok := jq.Whole(seconds); ok && n > 0 && n < 1<<32 {
			s.expires = s.client.env.Now().Add(time.Duration(n) * time.Second)
		}
	}
	return nil
}

const maxLoginBytes = 1 << 20

// loginError says why no token came. 400 is what OAuth2 says of a wrong secret.
func (c *Client) loginError(response *http.Response, code string) error {
	said := response.Status
	if code != "" {
		said += " (" + code + ")"
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return busy(said, response.Header, c.env.Now())
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
