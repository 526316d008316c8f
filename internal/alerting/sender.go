package alerting

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	prometheus "github.com/prometheus/common/config"
)

// Ways of sending, as the label kind of the metrics names them.
const (
	kindMail         = "mail"
	kindWebhook      = "webhook"
	kindTelegram     = "telegram"
	kindAlertmanager = "alertmanager"
)

// sender is one way to tell one receiver; it is a notify.Notifier.
type sender struct {
	kind    string
	timeout time.Duration
	send    func(ctx context.Context, alerts []*alert.Alert) (outcome, error)
	gate    *gate
	metrics *Metrics
}

// Notify sends a message, once its server wants to be asked. again says whether another try may do better. What has begun is
// not broken off by a stop or a reload, so that nothing is sent twice; it ends with its own timeout.
func (s *sender) Notify(ctx context.Context, alerts ...*alert.Alert) (again bool, err error) {
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	tried := false
	again, err = s.gate.pass(ctx, func() (outcome, error) {
		tried = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		return s.send(ctx, alerts)
	})
	if stopped := !tried && errors.Is(ctx.Err(), context.Canceled); !stopped {
		s.metrics.told(s.kind, err) // what the gate holds back is not sent either
	}
	return again, err
}

// ends says whether a receiver is told the end of an alert.
type ends bool

// SendResolved implements notify.ResolvedSender.
func (e ends) SendResolved() bool { return bool(e) }

// integrations are the ways of one receiver. Each address of mail is one of its own: whom a mail reached does not get it
// again because another address was refused, and nobody sees the addresses of others. All mails pass one gate.
func integrations(o Options, s Settings, r Receiver, mails *gate, logins gates, form *template.Template, metrics *Metrics) (list []notify.Integration) {
	add := func(way *sender, number int) {
		way.metrics = metrics
		metrics.kind(way.kind)
		list = append(list, notify.NewIntegration(way, ends(s.Resolved), way.kind, number, r.Name))
	}
	for _, address := range r.Addresses {
		m := &mailer{server: s.Mail, dial: o.Dial, to: address, pages: s.Pages, where: s.Location}
		add(&sender{kind: kindMail, timeout: s.Mail.Timeout, send: m.send, gate: mails}, numberOf(address))
	}
	if r.Webhook != nil {
		w := &poster{hook: *r.Webhook, dial: o.Dial, form: form, log: o.Log}
		add(&sender{kind: kindWebhook, timeout: r.Webhook.Timeout, send: w.send, gate: logins.of(hostOf(r.Webhook.URL), r.Webhook.Account)}, 0)
	}
	if r.Telegram != nil {
		t := &telegrapher{chat: *r.Telegram, dial: o.Dial, pages: s.Pages, where: s.Location}
		add(&sender{kind: kindTelegram, timeout: r.Telegram.Timeout, send: t.send, gate: newGate()}, 0)
	}
	return list
}

// numberOf is a number of an address that stays the same wherever it stands in a list: what it was told is noted by it.
func numberOf(address string) int {
	sum := fnv.New32a()
	sum.Write([]byte(address))
	return int(sum.Sum32())
}

func dialer(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	if dial == nil {
		return new(net.Dialer).DialContext
	}
	return dial
}

// client is for requests that happen rarely: it keeps no connections, and follows no redirect to somewhere else. A secret goes
// along as the password of an account, or as a bearer token.
func client(name string, dial func(context.Context, string, string) (net.Conn, error), account string, secret Secret, certificates prometheus.TLSConfig) (*http.Client, error) {
	settings := prometheus.HTTPClientConfig{EnableHTTP2: true, TLSConfig: certificates}
	text, err := secret.read()
	switch {
	case err != nil:
		return nil, fmt.Errorf("the secret cannot be had: %w", err)
	case account != "":
		settings.BasicAuth = &prometheus.BasicAuth{Username: account, Password: prometheus.Secret(text)}
	case text != "":
		settings.Authorization = &prometheus.Authorization{Type: "Bearer", Credentials: prometheus.Secret(text)}
	}
	made, err := prometheus.NewClientFromConfig(settings, name, prometheus.WithDialContextFunc(dialer(dial)), prometheus.WithKeepAlivesDisabled(), prometheus.WithUserAgent("kpiagent"))
	if err != nil {
		return nil, fmt.Errorf("the connection cannot be prepared: %w", err)
	}
	return made, nil
}
