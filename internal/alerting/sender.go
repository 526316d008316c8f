package alerting

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	prometheus "github.com/prometheus/common/config"

	"kpiagent/internal/outbound"
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
	send    func(ctx context.Context, alerts []*alert.Alert) (outbound.Outcome, error)
	guard   *outbound.LoginGuard
	metrics *Metrics
}

// Notify sends a message, once its server wants to be asked. again reports whether another try may do better. What has begun is
// not broken off by a stop or a reload, so that nothing is sent twice; it ends with its own timeout.
func (s *sender) Notify(ctx context.Context, alerts ...*alert.Alert) (again bool, err error) {
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	tried := false
	again, err = s.guard.Pass(ctx, func() (outbound.Outcome, error) {
		tried = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
		defer cancel()
		return s.send(ctx, alerts)
	})
	if stopped := !tried && errors.Is(ctx.Err(), context.Canceled); !stopped {
		s.metrics.told(s.kind, err) // what the guard holds back is not sent either
	}
	return again, err
}

// ends reports whether a receiver is told the end of an alert.
type ends bool

// SendResolved implements notify.ResolvedSender.
func (e ends) SendResolved() bool { return bool(e) }

// integrations are the ways of one receiver. Each address of mail is one of its own: whom a mail reached does not get it
// again because another address was refused, and no receiver sees the addresses of others. All mails pass one guard. places are
// where they lead, for people: the path of a webhook may be a secret.
func integrations(o Options, s Settings, r Receiver, mails *outbound.LoginGuard, logins outbound.LoginGuards,
	form *template.Template, metrics *Metrics) (list []notify.Integration, places []string) {
	add := func(way *sender, number int, place string) {
		way.metrics = metrics
		metrics.kind(way.kind)
		list = append(list, notify.NewIntegration(way, ends(s.Resolved), way.kind, number, r.Name))
		places = append(places, place)
	}
	for _, address := range r.Addresses {
		m := &mailSender{server: s.Mail, dial: o.Dial, to: address, pages: s.Pages, where: s.Location}
		add(&sender{kind: kindMail, timeout: s.Mail.Timeout, send: m.send, guard: mails}, numberOf(address), address)
	}
	if r.Webhook != nil {
		w := &webhookSender{hook: *r.Webhook, dial: o.Dial, form: form, log: o.Log}
		host := hostOf(r.Webhook.URL)
		add(&sender{kind: kindWebhook, timeout: r.Webhook.Timeout, send: w.send, guard: logins.Of(host, r.Webhook.Account)}, 0, host)
	}
	if r.Telegram != nil {
		t := &telegramSender{chat: *r.Telegram, dial: o.Dial, pages: s.Pages, where: s.Location}
		add(&sender{kind: kindTelegram, timeout: r.Telegram.Timeout, send: t.send, guard: outbound.NewLoginGuard()}, 0,
			r.Telegram.Chat)
	}
	return list, places
}

// numberOf returns a number for an address that is the same wherever the address is in a list: the log of what was sent goes by
// it.
func numberOf(address string) int {
	sum := fnv.New32a()
	sum.Write([]byte(address))
	return int(sum.Sum32())
}

// client is for requests that happen rarely: it keeps no connections, and follows no redirect. A secret goes along as the
// password of an account, or as a bearer token.
func client(name string, dial outbound.Dialer, account string, secret Secret, certificates prometheus.TLSConfig) (*http.Client,
	error) {
	text, err := secret.read()
	if err != nil {
		return nil, fmt.Errorf("the secret cannot be had: %w", err)
	}
	how := outbound.Connection{Name: name, TLS: certificates, Secret: text, Once: true}
	if account != "" || text != "" {
		how.Auth = outbound.AccountAuth(account)
	}
	return outbound.NewClient(dial, how)
}

// refusedPause is how long nothing is tried after a login was refused, by no group of alerts: an account would be locked.
// It is a little less than alerts.group_interval mostly is: the group's next turn, which is counted from the beginning of
// this one, would come just before the end otherwise, and the one after it half an hour later.
const refusedPause = 29 * time.Minute

// answered tells what an answer over HTTP means that did not take a message.
func answered(status int, header http.Header) outbound.Outcome {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return outbound.Outcome{Pause: refusedPause}
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		pause, _ := outbound.RetryAfter(header, time.Now())
		return outbound.Outcome{Again: true, Pause: pause}
	}
	return outbound.Outcome{}
}
