package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/grafana/grafana-openapi-client-go/client/access_control"
	"github.com/grafana/grafana-openapi-client-go/client/dashboards"
	"github.com/grafana/grafana-openapi-client-go/client/datasources"
	"github.com/grafana/grafana-openapi-client-go/client/folders"
	"github.com/grafana/grafana-openapi-client-go/client/health"
	"github.com/grafana/grafana-openapi-client-go/client/provisioning"
	"github.com/grafana/grafana-openapi-client-go/client/teams"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

const (
	// maxAnswer bounds what is read of an answer, in bytes; the largest board has a few hundred thousand.
	maxAnswer = 32 << 20
	// requestTimeout is how long one answer may take.
	requestTimeout = 30 * time.Second
	tries          = 4
	firstPause     = 500 * time.Millisecond
)

// connection asks one Grafana, with the secret of the moment. It ends with close.
type connection struct {
	api     api
	http    *http.Client
	base    string // the address of the API
	link    *link
	version version
	groups  map[string]*storedGroup // of alert rules, as they were read, by folder/name
	org     int64                   // the number of the account's organisation; 0 while it is not asked for
}

// api is the part of Grafana's API client that is used here. The client's own facade would take in all of it: 38 parts, and
// 5 MB more in the program.
type api struct {
	AccessControl access_control.ClientService
	Dashboards    dashboards.ClientService
	Datasources   datasources.ClientService
	Folders       folders.ClientService
	Health        health.ClientService
	Provisioning  provisioning.ClientService
	Teams         teams.ClientService
}

func newAPI(transport runtime.ClientTransport) api {
	return api{
		AccessControl: access_control.New(transport, strfmt.Default),
		Dashboards:    dashboards.New(transport, strfmt.Default),
		Datasources:   datasources.New(transport, strfmt.Default),
		Folders:       folders.New(transport, strfmt.Default),
		Health:        health.New(transport, strfmt.Default),
		Provisioning:  provisioning.New(transport, strfmt.Default),
		Teams:         teams.New(transport, strfmt.Default),
	}
}

// connect gets ready and asks Grafana for its version; that needs no rights yet.
func connect(ctx context.Context, c config.Grafana, around outbound.Env) (*connection, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("grafana.url: %w", err)
	}
	secret, err := c.Secret(around.LookupEnv, around.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("grafana: the secret cannot be had: %w", err)
	}
	made, err := around.Rules().Client(outbound.Connection{Name: "grafana", TLS: c.TLS.Client(),
		Auth: outbound.AccountAuth(c.Account), Secret: secret})
	if err != nil {
		return nil, fmt.Errorf("grafana: %w", err)
	}
	l := &link{inner: made.Transport, wait: around.Pause}
	made.Transport = l
	base := strings.TrimRight(address.Path, "/") + "/api"
	transport := httptransport.NewWithClient(address.Host, base, []string{address.Scheme}, made)
	n := &connection{link: l, http: made, base: address.Scheme + "://" + address.Host + base,
		api: newAPI(transport)}
	if err := n.greet(ctx); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// greet learns the version.
func (n *connection) greet(ctx context.Context) error {
	answer, err := n.api.Health.GetHealth(in(ctx))
	if err != nil {
		return explain("ask for the version", err)
	}
	if n.version, err = parseVersion(answer.Payload.Version); err != nil {
		return fmt.Errorf("grafana: %w", err)
	}
	return nil
}

func (n *connection) close() {
	if inner, can := n.link.inner.(interface{ CloseIdleConnections() }); can {
		inner.CloseIdleConnections()
	}
}

// in lets an operation of the client end with ctx.
func in(ctx context.Context) func(*runtime.ClientOperation) {
	return func(o *runtime.ClientOperation) {
		//lint:ignore SA1019 operations without parameters have no other way
		o.Context = ctx
	}
}

// link is the transport below the client: it tries again what may be tried again, bounds answers, and turns every answer that
// is no success, redirects among them, into an *answerError, so that there is one kind of error whatever was asked.
type link struct {
	inner http.RoundTripper
	wait  func(ctx context.Context, pause time.Duration) error
}

// RoundTrip sends a request. GET and PUT are repeated where the trouble may be over in a moment; a POST never is.
func (l *link) RoundTrip(request *http.Request) (*http.Response, error) {
	again := request.Method == http.MethodGet || request.Method == http.MethodPut
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(request.Body, maxAnswer)); err != nil {
			return nil, err
		}
		request.Body.Close()
	}
	for try := 1; ; try++ {
		response, err := l.once(request, body)
		if err == nil || !again || try == tries || !passing(err) || request.Context().Err() != nil {
			return response, err
		}
		if err := l.wait(request.Context(), outbound.Backoff(firstPause, requestTimeout, try-1)); err != nil {
			return nil, err
		}
	}
}

func (l *link) once(request *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), requestTimeout)
	defer cancel()
	sent := request.Clone(ctx)
	if body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
		sent.ContentLength = int64(len(body))
	}
	response, err := l.inner.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxAnswer {
		return nil, fmt.Errorf("the answer has more than %d bytes; is grafana.url the address of Grafana?", maxAnswer)
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case response.StatusCode/100 != 2:
		return nil, newAnswerError(request, response, content)
	case len(content) > 0 && kind != "application/json":
		return nil, &strangeError{kind}
	}
	return response, nil
}

// passing reports whether the same request may do better in a moment.
func passing(err error) bool {
	var answer *answerError
	if errors.As(err, &answer) {
		switch answer.status {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	return !errors.As(err, new(*strangeError))
}

// message is what Grafana says of an error, in the forms that its parts have for it, and the word that it has for the reason.
func message(content []byte) (message, reason string) {
	var said struct{ Message, Status, Error string }
	if json.Unmarshal(content, &said) != nil {
		return "", ""
	}
	for _, text := range []string{said.Message, said.Error, said.Status} {
		if text != "" {
			const longest = 300
			if runes := []rune(text); len(runes) > longest {
				text = string(runes[:longest]) + "…"
			}
			return text, said.Status
		}
	}
	return "", ""
}
