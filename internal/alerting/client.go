package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/config"

	"kpiagent/internal/outbound"
)

const (
	// clientTimeout is how long a running agent may take for an answer, and longestAnswer how long that may be, in bytes.
	clientTimeout = 30 * time.Second
	longestAnswer = 64 << 20
)

// Client asks a running agent, over the paths that Handler serves.
type Client struct {
	Address  string // http://127.0.0.1:9750
	Account  string // "" is without a login
	Password Secret
	CAFile   string // of the authorities that may have signed the agent's certificate; "": those of the system
}

// List returns the alerts and silences of the moment.
func (c Client) List(ctx context.Context) (found List, err error) {
	return found, c.ask(ctx, http.MethodGet, "/-/alerts", nil, &found)
}

// Silence makes a silence.
func (c Client) Silence(ctx context.Context, asked SilenceRequest) (made SilenceAnswer, err error) {
	return made, c.ask(ctx, http.MethodPost, "/-/silences", asked, &made)
}

// Expire ends a silence.
func (c Client) Expire(ctx context.Context, id string) error {
	return c.ask(ctx, http.MethodDelete, "/-/silences/"+id, nil, nil)
}

// ask sends a request and decodes its answer; body and into may be nil.
func (c Client) ask(ctx context.Context, method, path string, body, into any) error {
	client, err := c.connect()
	if err != nil {
		return err
	}
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Address, "/")+path, &content)
	if err != nil {
		return fmt.Errorf("--agent: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the agent is not reached: %w; is it running, and is --agent its address?", err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("the agent's answer: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the agent says %s: %s", answer.Status, strings.TrimSpace(string(said[:min(len(said), 2000)])))
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(said, into); err != nil {
		return fmt.Errorf("the agent's answer is not understood: %w; is --agent the address of kpiagent?", err)
	}
	return nil
}

func (c Client) connect() (*http.Client, error) {
	how := outbound.Connection{Name: "alerts", TLS: prometheus.TLSConfig{CAFile: c.CAFile}, Once: true}
	if c.Account != "" {
		password, err := c.Password.read()
		if err != nil {
			return nil, err
		}
		how.Auth, how.Secret = outbound.AccountAuth(c.Account), password
	}
	client, err := outbound.NewClient(nil, how)
	if err != nil {
		return nil, fmt.Errorf("the connection to the agent: %w", err)
	}
	return client, nil
}
