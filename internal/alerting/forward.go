package alerting

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"sync"
	"time"

	prometheusclient "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/rules"

	"kpiagent/internal/outbound"
)

const (
	// forwardTimeout is how long an Alertmanager may take for one delivery.
	forwardTimeout = 10 * time.Second
	// queued is how many alerts may wait for it; each is said again every minute, so nothing is lost with older ones.
	queued = 10_000
)

// guardedManager is an Alertmanager with the guard of its login.
type guardedManager struct {
	Alertmanager
	guard *outbound.LoginGuard
}

// forward hands alerts to Alertmanagers, with Prometheus' own notifier.
type forward struct {
	manager *notifier.Manager
	targets chan map[string][]*targetgroup.Group
	work    sync.WaitGroup
}

func newForward(o Options, s Settings, metrics *Metrics) (*forward, error) {
	metrics.kind(kindAlertmanager)
	c := promconfig.Config{GlobalConfig: promconfig.DefaultGlobalConfig}
	by := map[string]guardedManager{}
	groups := map[string][]*targetgroup.Group{}
	for i, a := range s.Alertmanagers {
		address, err := url.Parse(a.URL)
		if err != nil {
			return nil, fmt.Errorf("alerts: the address of Alertmanager: %w", err)
		}
		c.AlertingConfig.AlertmanagerConfigs = append(c.AlertingConfig.AlertmanagerConfigs, &promconfig.AlertmanagerConfig{
			Scheme: address.Scheme, PathPrefix: address.Path, Timeout: model.Duration(forwardTimeout),
			APIVersion: promconfig.AlertmanagerAPIVersionV2})
		groups[fmt.Sprintf("config-%d", i)] = []*targetgroup.Group{{Source: a.URL,
			Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(address.Host)}}}}
		by[address.Scheme+"://"+address.Host+path.Join("/", address.Path, "api/v2/alerts")] = guardedManager{a,
			outbound.NewLoginGuard()} // as the library puts it together
	}
	f := &forward{targets: make(chan map[string][]*targetgroup.Group, 1)}
	// The requests go over a client of our own: it minds where the agent may connect to, and reads the secret each time.
	ask := func(ctx context.Context, _ *http.Client, request *http.Request) (*http.Response, error) {
		to, known := by[request.URL.Scheme+"://"+request.URL.Host+request.URL.Path]
		if !known {
			return nil, fmt.Errorf("%s is none of alerts.alertmanagers; write its address as scheme, host, port and path only",
				request.URL.Redacted())
		}
		answer, err := f.deliver(ctx, o, to, request)
		metrics.told(kindAlertmanager, err)
		return answer, err
	}
	f.manager = notifier.NewManager(&notifier.Options{QueueCapacity: queued, DrainOnShutdown: true, Do: ask,
		Registerer: prometheusclient.NewRegistry()}, model.UTF8Validation, o.Log)
	if err := f.manager.ApplyConfig(&c); err != nil {
		return nil, fmt.Errorf("alerts: Alertmanager: %w", err)
	}
	f.targets <- groups
	f.work.Go(func() { f.manager.Run(f.targets) })
	return f, nil
}

// deliver asks, unless the login was refused a while ago. The error is nil only where the alerts were taken. Another pause is
// not waited for: alerts are said again every minute.
func (f *forward) deliver(ctx context.Context, o Options, to guardedManager, request *http.Request) (answer *http.Response,
	err error) {
	_, err = to.guard.Pass(ctx, func() (what outbound.Outcome, err error) {
		if answer, err = f.ask(ctx, o, to.Alertmanager, request); err != nil || answer.StatusCode/100 == 2 {
			return outbound.Outcome{}, err
		}
		answer.Body.Close()
		if what = answered(answer.StatusCode, answer.Header); what.Again {
			what.Pause = 0
		}
		return what, errors.New("the answer is " + answer.Status)
	})
	return answer, err
}

func (f *forward) ask(ctx context.Context, o Options, a Alertmanager, request *http.Request) (*http.Response, error) {
	client, err := client(kindAlertmanager, o.Dial, a.Account, a.Secret, a.TLS)
	if err != nil {
		return nil, err
	}
	return client.Do(request.WithContext(ctx))
}

func (f *forward) send(pages string, alerts []*rules.Alert) {
	list := make([]*notifier.Alert, 0, len(alerts))
	for _, a := range alerts {
		one := &notifier.Alert{StartsAt: a.FiredAt, EndsAt: a.ValidUntil, Labels: a.Labels, Annotations: a.Annotations,
			GeneratorURL: pageOf(pages, labelSet(a.Labels))}
		if !a.ResolvedAt.IsZero() {
			one.EndsAt = a.ResolvedAt
		}
		list = append(list, one)
	}
	f.manager.Send(list...)
}

// stop sends what is queued, as far as forwardTimeout allows, and ends.
func (f *forward) stop() {
	f.manager.Stop()
	close(f.targets)
	f.work.Wait()
}
