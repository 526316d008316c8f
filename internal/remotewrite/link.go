package remotewrite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

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
	rules := l.around.Rules()
	return rules.Client(outbound.Connection{Name: s.Name, TLS: s.TLS.Client(), Proxy: rules.ProxyOf(s.HTTP()), Auth: s.Auth, Secret: secret})
}

// plain takes the address and the secret out of an error.
func (l *link) plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = outbound.WithoutAddress(err)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("gave no answer within request_timeout %s", l.store.RequestTimeout)
	}
	l.mu.Lock()
	text := outbound.Hide(strings.TrimSpace(err.Error()), l.secret)
	l.mu.Unlock()
	if len(text) > answerTold {
		text = text[:answerTold]
	}
	if text == err.Error() {
		return err
	}
	return errors.New(strings.ToValidUTF8(text, ""))
}
