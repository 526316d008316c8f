package alerting

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/alertmanager/alert"
	amcommon "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"
	prometheus "github.com/prometheus/common/config"
)

// poster tells a webhook, with Alertmanager's own code: whoever understands its messages understands these.
type poster struct {
	hook Webhook
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	form *template.Template
	log  *slog.Logger
}

func (p *poster) send(ctx context.Context, alerts []*alert.Alert) (again bool, err error) {
	settings, err := login(p.hook.Account, p.hook.Secret)
	if err != nil {
		return true, fmt.Errorf("webhook: %w", err)
	}
	way, err := webhook.New(&webhook.WebhookConfig{URL: amcommon.SecretTemplateURL(p.hook.URL), HTTPConfig: &settings}, p.form, p.log,
		prometheus.WithDialContextFunc(dialer(p.dial)), prometheus.WithKeepAlivesDisabled(), prometheus.WithUserAgent("kpiagent"))
	if err != nil {
		return false, fmt.Errorf("webhook: %w", err)
	}
	again, err = way.Notify(ctx, alerts...)
	if err != nil {
		err = fmt.Errorf("webhook: %w", err)
	}
	return again, err
}

// worthAnother says of an answer over HTTP whether the same request may do better later.
func worthAnother(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}
