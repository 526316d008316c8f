package alerting

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	prometheus "github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/storage"

	"kpiagent/internal/evaluation"
	"kpiagent/internal/outbound"
)

// Options are what the engine takes from the process that it runs in; they hold for its whole life.
type Options struct {
	// Folder is where the state is kept; it is made where it is missing. It belongs to one engine at a time.
	Folder string
	// Rules evaluates the alert rules, while the engine runs.
	Rules *evaluation.Manager
	// Append and Select are where the state of the rules' alerts is written to and found.
	Append storage.Appendable
	Select storage.Queryable
	// Dial opens all connections; nil is net.Dialer's.
	Dial outbound.Dialer
	Log  *slog.Logger
}

// Settings are what a reload may change.
type Settings struct {
	// Rules is a rule file of Prometheus.
	Rules []byte
	// Pages is the address under which people open the agent's pages, without a slash at the end; "" where it is not configured.
	Pages string
	// Location is the zone of the times in messages.
	Location *time.Location

	// GroupBy are the labels whose alerts are told in one message; the receiver is always among them.
	GroupBy []string
	// A new group waits GroupWait for more of its kind, is told again with news after GroupInterval at the earliest, and
	// without any after RepeatInterval.
	GroupWait, GroupInterval, RepeatInterval time.Duration
	// Resolved reports whether the end of an alert is told.
	Resolved bool
	// Inhibit is Alertmanager's block inhibit_rules, as YAML: of several alerts on the same thing the gravest one is told.
	Inhibit []byte

	// Receivers are whom alerts are told, by their label receiver. Receiver names the one that gets all others.
	Receiver  string
	Receivers []Receiver
	Mail      MailServer

	// Alertmanagers are given the alerts instead of receivers, where there are any.
	Alertmanagers []Alertmanager
}

// Receiver is whom alerts with a label receiver go to, in as many ways as are set.
type Receiver struct {
	Name      string
	Addresses []string // of mail
	Webhook   *Webhook
	Telegram  *Telegram
}

// Secret reads a password or token at the moment when it is needed, so that a changed one is picked up. Its error never
// holds the secret. A nil Secret is none.
type Secret func() (string, error)

func (s Secret) read() (string, error) {
	if s == nil {
		return "", nil
	}
	return s()
}

// Ways to protect the connection to a mail server.
const (
	StartTLS = "starttls" // it must offer STARTTLS
	Implicit = "implicit" // TLS from the first byte, mostly on port 465
	NoTLS    = "none"     // for a relay on the same machine or network
)

// MailServer takes the mails.
type MailServer struct {
	Host     string
	Port     int
	TLS      string // StartTLS, Implicit or NoTLS
	Roots    *x509.CertPool
	From     string
	Account  string // "" is without a login
	Password Secret
	Timeout  time.Duration // of one mail
}

// Webhook is an address that is told with a POST, in the form that Alertmanager's webhooks have.
type Webhook struct {
	URL     string
	Account string // the user's name where the secret is a password; "": the secret is a bearer token
	Secret  Secret
	TLS     prometheus.TLSConfig
	Timeout time.Duration
}

// Telegram is a chat of Telegram.
type Telegram struct {
	API     string // the address of the Bot API: https://api.telegram.org
	Chat    string
	Token   Secret
	TLS     prometheus.TLSConfig
	Timeout time.Duration
}

// Alertmanager is one that is there already.
type Alertmanager struct {
	URL     string // with its path prefix, if it has one
	Account string
	Secret  Secret
	TLS     prometheus.TLSConfig
}

// check finds what would only show when the first alert is to be told.
func (s Settings) check() error {
	if _, err := url.Parse(s.Pages); err != nil {
		return fmt.Errorf("alerts: the address of the pages: %w", err)
	}
	if len(s.Alertmanagers) > 0 {
		return nil
	}
	for _, r := range s.Receivers {
		if r.Name == s.Receiver {
			return nil
		}
	}
	return fmt.Errorf("alerts: the receiver %q is not among the receivers; add it, because it gets the alerts that name none",
		s.Receiver)
}
