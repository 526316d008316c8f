package alerting

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/config"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
)

// messageTimeout is how long a webhook or Telegram may take for one message.
const messageTimeout = 15 * time.Second

// Mixin returns the settings of the rules for a configuration; nil is dashboards.FromModel.
type Mixin func(*model.Model) dashboards.Settings

// FromModel returns the settings of a checked configuration. Secrets are read later, with each message.
func FromModel(m *model.Model, env outbound.Env, mixin Mixin) (s Settings, err error) {
	if s.Rules, err = alertRules(m, mixin); err != nil {
		return Settings{}, err
	}
	c := m.Config
	s.Location = m.Location
	a := c.Alerts
	s.Pages = strings.TrimRight(c.Web.ExternalURL, "/")
	s.GroupBy, s.GroupWait, s.GroupInterval, s.RepeatInterval, s.Resolved = a.GroupBy, a.GroupWait, a.GroupInterval,
		a.RepeatInterval, a.Resolved
	s.Inhibit, s.Receiver = dashboards.InhibitRules(), a.Receiver
	if s.Mail, err = mailServer(a.Mail, env); err != nil {
		return Settings{}, err
	}
	type kept interface {
		Secret(config.Lookup, config.ReadFile) (string, error)
	}
	secret := func(of kept) Secret {
		return func() (string, error) { return of.Secret(env.LookupEnv, env.ReadFile) }
	}
	tls := func(block string, t *config.ClientTLS) prometheus.TLSConfig {
		made := t.Client()
		if _, wrong := prometheus.NewTLSConfig(&made); wrong != nil { // better now than with the first alert
			err = errors.Join(err, fmt.Errorf("%s.tls: %w", block, wrong))
		}
		return made
	}
	for i, r := range a.Receivers {
		made := Receiver{Name: r.Name, Addresses: r.Mail}
		if w := r.Webhook; w != nil {
			made.Webhook = &Webhook{URL: w.URL, Account: w.Account, Secret: secret(*w),
				TLS: tls(fmt.Sprintf("alerts.receivers[%d].webhook", i), w.TLS), Timeout: messageTimeout}
		}
		if t := r.Telegram; t != nil {
			made.Telegram = &Telegram{API: t.API, Chat: t.Chat, Token: secret(*t),
				TLS: tls(fmt.Sprintf("alerts.receivers[%d].telegram", i), t.TLS), Timeout: messageTimeout}
		}
		s.Receivers = append(s.Receivers, made)
	}
	for i, am := range a.Alertmanagers {
		s.Alertmanagers = append(s.Alertmanagers, Alertmanager{URL: am.URL, Account: am.Account, Secret: secret(am),
			TLS: tls(fmt.Sprintf("alerts.alertmanagers[%d]", i), am.TLS)})
	}
	return s, err
}

// alertRules renders the alert rules alone: recording rules are history's.
func alertRules(m *model.Model, mixin Mixin) ([]byte, error) {
	if mixin == nil {
		mixin = dashboards.FromModel
	}
	alerts, _, err := dashboards.RenderRules(mixin(m))
	if err != nil {
		return nil, err
	}
	return dashboards.RuleFile(alerts)
}

func mailServer(m config.MailServer, env outbound.Env) (MailServer, error) {
	s := MailServer{Host: m.Host, Port: m.Port, TLS: m.TLS, From: m.From, Account: m.Account, Timeout: m.Timeout,
		Password: func() (string, error) { return m.Secret(env.LookupEnv, env.ReadFile) }}
	if m.CAFile == "" {
		return s, nil
	}
	content, err := env.ReadFile(m.CAFile)
	if err != nil {
		return s, fmt.Errorf("alerts.mail.ca_file: %w", err)
	}
	s.Roots = x509.NewCertPool()
	if !s.Roots.AppendCertsFromPEM(content) {
		return s, fmt.Errorf("alerts.mail.ca_file: %s holds no certificate in PEM form", m.CAFile)
	}
	return s, nil
}
