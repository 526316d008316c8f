package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"

	"kpiagent/internal/outbound"
)

// webhookSender posts to a webhook, in the form of Alertmanager's webhooks.
type webhookSender struct {
	hook Webhook
	dial outbound.Dialer
	form *template.Template
	log  *slog.Logger
}

func (p *webhookSender) send(ctx context.Context, alerts []*alert.Alert) (outbound.Outcome, error) {
	body, err := p.body(ctx, alerts)
	if err != nil {
		return outbound.Outcome{}, fmt.Errorf("webhook: %w", err)
	}
	client, err := client(kindWebhook, p.dial, p.hook.Account, p.hook.Secret, p.hook.TLS)
	if err != nil {
		return outbound.Outcome{Again: true}, fmt.Errorf("webhook: %w",
			err) // a secret that cannot be read now may be there in a moment
	}
	answer, err := notify.PostJSON(ctx, client, p.hook.URL, bytes.NewReader(body))
	if err != nil {
		return outbound.Outcome{Again: true}, fmt.Errorf("webhook: %w",
			notify.RedactURL(err)) // there may be a token in the address
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // the status says enough where the rest does not come
	if answer.StatusCode/100 == 2 {
		return outbound.Outcome{}, nil
	}
	const shown = 200
	return answered(answer.StatusCode, answer.Header), fmt.Errorf("webhook: the answer is %s: %q", answer.Status,
		shorten(string(said), shown))
}

func (p *webhookSender) body(ctx context.Context, alerts []*alert.Alert) ([]byte, error) {
	key, err := notify.ExtractGroupKey(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(webhook.Message{Version: "4", Data: notify.GetTemplateData(ctx, p.form, alerts, p.log),
		GroupKey: key.String()})
}
