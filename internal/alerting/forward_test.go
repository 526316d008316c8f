package alerting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/alerting"
	"kpiagent/internal/testserver"
)

// A real Alertmanager gets the alerts and their ends; our own messages are not sent then.
func TestAnAlertmanagerGetsTheAlerts(t *testing.T) {
	t.Parallel()
	s, box, own := newSite(t), newInbox(t), newInbox(t)
	address := testserver.Alertmanager(t, fmt.Sprintf("route: {receiver: r, group_by: [alertname], group_wait: 1s, group_interval: 1s}\nreceivers: [{name: r, webhook_configs: [{url: '%s'}]}]\n", box.url))
	s.late("xnk", 1)
	how := settings(own.url)
	how.Alertmanagers = []alerting.Alertmanager{{URL: address}}
	s.begin(how)
	box.expect(t, "firing xnk")
	awaitSent(t, s.engine, "alertmanager")
	s.late("xnk", 0)
	box.expect(t, "resolved xnk")
	own.silent(t, 0)

	// Back to messages of our own, without a restart.
	how.Alertmanagers = nil
	if err := s.engine.Reload(how); err != nil {
		t.Fatal(err)
	}
	s.late("xnk", 1)
	own.expect(t, "firing xnk")
}

// An Alertmanager behind a password, below a path, that is out of order at first.
func TestAnAlertmanagerWithAPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	taken := make(chan string, 100)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		user, password, _ := r.BasicAuth()
		if r.URL.Path != "/am/api/v2/alerts" || user != "kpiagent" || password != "secret" || asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var alerts []struct{ Labels map[string]string }
		if err := json.NewDecoder(r.Body).Decode(&alerts); err == nil && len(alerts) > 0 {
			taken <- alerts[0].Labels["unit"]
		}
	}))
	defer server.Close()
	s.late("xnk", 1)
	how := settings("http://127.0.0.1:9")
	how.Alertmanagers = []alerting.Alertmanager{{URL: server.URL + "/am", Account: "kpiagent", Secret: func() (string, error) { return "secret", nil }}}
	s.begin(how)
	select {
	case unit := <-taken:
		if unit != "xnk" {
			t.Errorf("the alert is on %q", unit)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no alert came")
	}
	if got := awaitSent(t, s.engine, "alertmanager"); got["egov_alert_notification_failures_total alertmanager"] != 2 {
		t.Errorf("the metrics say %v", got)
	}
	s.end()
}

// A login that an Alertmanager refuses is not tried with each time that its alerts are said again, but after a reload.
func TestALoginThatAnAlertmanagerRefuses(t *testing.T) {
	t.Parallel()
	var hook reluctant
	hook.answers = []func(http.ResponseWriter){status(401)}
	server := httptest.NewServer(&hook)
	defer server.Close()
	s := newSite(t)
	s.late("xnk", 1)
	how := settings("http://127.0.0.1:9")
	how.Alertmanagers = []alerting.Alertmanager{{URL: server.URL}}
	s.begin(how)
	await := func(what string, least float64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); metrics(t, s.engine)["egov_alert_notification_failures_total alertmanager"] < least; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing is sent to it", what)
			}
		}
	}
	await("at first", 1)
	s.late("hoachat", 1)
	await("when there is one more alert", 2)
	if n := len(hook.times()); n != 1 {
		t.Errorf("the login was tried %d times", n)
	}
	if err := s.engine.Reload(how); err != nil {
		t.Fatal(err)
	}
	s.late("thue", 1)
	await("after a reload", 3)
	if n := len(hook.times()); n != 2 {
		t.Errorf("with a reload between them the login was tried %d times", n)
	}
}

// Alertmanagers of one host each have a login of their own.
func TestAlertmanagersOfOneHost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	taken := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		taken <- user + " " + password + " " + r.URL.Path
	}))
	defer server.Close()
	s.late("xnk", 1)
	how := settings("http://127.0.0.1:9")
	for _, name := range []string{"a", "b"} {
		how.Alertmanagers = append(how.Alertmanagers, alerting.Alertmanager{URL: server.URL + "/" + name + "/", Account: "user-" + name, Secret: func() (string, error) { return "secret-" + name, nil }})
	}
	s.begin(how)
	got := map[string]bool{}
	for len(got) < 2 {
		select {
		case one := <-taken:
			got[one] = true
		case <-time.After(30 * time.Second):
			t.Fatalf("only %v", got)
		}
	}
	if diff := cmp.Diff(map[string]bool{"user-a secret-a /a/api/v2/alerts": true, "user-b secret-b /b/api/v2/alerts": true}, got); diff != "" {
		t.Error(diff)
	}
}

// Whom the network's rules keep off is not connected to.
func TestConnectionsGoOverTheGivenDialer(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	reached := make(chan string, 100)
	s.options.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		reached <- address
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	s.late("xnk", 1)
	s.begin(settings(box.url))
	box.expect(t, "firing xnk")
	if address := "http://" + <-reached; address != box.url {
		t.Errorf("connected to %s, not %s", address, box.url)
	}
}
