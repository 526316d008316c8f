package remotewrite_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/testserver"
)

// door stands before a store, and lets in whom check lets in.
func door(t *testing.T, to string, tls bool, check func(w http.ResponseWriter, r *http.Request) bool) *httptest.Server {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if check(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// authority writes the certificate of a server's authority into a file.
func authority(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const password = "mật-khẩu-2026"

func TestCredentials(t *testing.T) {
	server := testserver.VictoriaMetrics(t)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, secret, _ := r.BasicAuth(); secret != url.QueryEscape(password) {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "token-1", "token_type": "bearer", "expires_in": 3600})
	}))
	t.Cleanup(tokens.Close)
	for _, c := range []struct {
		name string
		auth config.Auth
		ok   func(r *http.Request) bool
	}{
		{"basic", config.Auth{Kind: "basic", Account: "kpiagent", SecretEnv: "PASSWORD"}, func(r *http.Request) bool {
			user, secret, _ := r.BasicAuth()
			return user == "kpiagent" && secret == password
		}},
		{"bearer", config.Auth{Kind: "bearer", SecretEnv: "PASSWORD"}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+password }},
		{"header", config.Auth{Kind: "header", Header: "X-Api-Key", SecretEnv: "PASSWORD"}, func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == password }},
		{"oauth2", config.Auth{Kind: "oauth2", Account: "kpiagent", SecretEnv: "PASSWORD", TokenURL: tokens.URL}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer token-1" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			front := door(t, server.URL, true, func(w http.ResponseWriter, r *http.Request) bool {
				is := c.ok(r) && r.Header.Get("X-Scope-OrgID") == "bct"
				if !is {
					w.WriteHeader(http.StatusUnauthorized)
				}
				return is
			})
			s := store("main", front.URL)
			s.Auth, s.TLS, s.Headers = &c.auth, &config.ClientTLS{CAFile: authority(t, front)}, []config.Parameter{{Name: "X-Scope-OrgID", Value: "bct"}}
			r := newRig(t, s)
			r.env["PASSWORD"] = password
			r.start()
			r.publish(2, 5)
			r.wantMetric("egov_remote_write_samples_total", equals(2*7))
			r.wantMetric("egov_remote_write_retries_total", equals(0))
		})
	}
}

// The wrong password is tried once, and told of without showing it. The right one is noticed without a restart.
func TestAWrongPasswordKeepsEverything(t *testing.T) {
	server := testserver.VictoriaMetrics(t)
	var asked atomic.Int64
	front := door(t, server.URL, true, func(w http.ResponseWriter, r *http.Request) bool {
		asked.Add(1)
		_, secret, _ := r.BasicAuth()
		if secret != password {
			http.Error(w, "the password "+secret+" is wrong", http.StatusUnauthorized) // some servers say it back
		}
		return secret == password
	})
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("Tr0ub4dor\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := store("main", front.URL)
	s.Connections = 1
	s.Auth, s.TLS = &config.Auth{Kind: "basic", Account: "kpiagent", SecretFile: file}, &config.ClientTLS{CAFile: authority(t, front)}
	r := newRig(t, s)
	r.start()
	r.publish(3, 5)
	r.wantMetric("egov_remote_write_refused", equals(1))
	r.publish(3, 5)
	time.Sleep(300 * time.Millisecond) // many times the longest wait
	if n := asked.Load(); n != 1 {
		t.Errorf("the wrong password was tried %d times", n)
	}
	if text := r.log.String(); strings.Contains(text, "Tr0ub4dor") || !strings.Contains(text, "store=main") || !strings.Contains(text, "correct auth.account and the secret") {
		t.Errorf("the log shows the password, or does not say what to do:\n%s", text)
	}
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.wantAll(server.URL)
	r.wantMetric("egov_remote_write_refused", equals(0))
}

func TestAnUnknownAuthorityKeepsEverything(t *testing.T) {
	server := testserver.VictoriaMetrics(t)
	front := door(t, server.URL, true, func(http.ResponseWriter, *http.Request) bool { return true })
	r := newRig(t, store("main", front.URL))
	r.start()
	r.publish(3, 5)
	r.wantMetric("egov_remote_write_retries_total", atLeast(2))
	r.config.Stores = []config.RemoteStore{store("main", front.URL)}
	r.config.Stores[0].TLS = &config.ClientTLS{CAFile: authority(t, front)}
	r.start()
	r.wantAll(server.URL)
}

// A store that is busy for some time, in each of the ways that they have, gets everything once.
func TestABusyStoreGetsEverything(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		atMost int64 // requests while it is busy
	}{
		{"500", func(w http.ResponseWriter) { http.Error(w, "no space left on device", http.StatusInternalServerError) }, 1000},
		{"429", func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, 1000},
		{"503 for a second", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := testserver.VictoriaMetrics(t)
			var busy atomic.Bool
			var refusals atomic.Int64
			busy.Store(true)
			front := door(t, server.URL, false, func(w http.ResponseWriter, _ *http.Request) bool {
				if busy.Load() {
					refusals.Add(1)
					c.answer(w)
					return false
				}
				return true
			})
			r := newRig(t, store("main", front.URL))
			r.start()
			r.publish(5, 15)
			r.wantMetric("egov_remote_write_retries_total", atLeast(1))
			time.Sleep(300 * time.Millisecond)
			busy.Store(false)
			r.wantAll(server.URL)
			if n := refusals.Load(); n > c.atMost {
				t.Errorf("it was asked %d times while it wanted to be left alone", n)
			}
			r.wantMetric("egov_remote_write_rejected_samples_total", equals(0))
		})
	}
}

// Prometheus refuses a whole request for one sample that is out of order: the others arrive all the same.
func TestOneBadSampleDoesNotTakeOthersAlong(t *testing.T) {
	server := testserver.PrometheusStore(t, "global: {}\n")
	early := newRig(t, store("main", server.URL))
	early.at = early.at.Add(30 * time.Minute)
	early.start()
	early.publish(1, 3) // three of the series have a sample from half an hour later
	early.wantAll(server.URL)
	early.stop()

	r := newRig(t, store("main", server.URL))
	r.start()
	r.publish(1, 20)
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(5)) // with those of the agent itself
	want := map[string][]point{}
	for name, points := range r.sent {
		want[name] = points
	}
	for name, points := range early.sent {
		want[name] = points
	}
	r.want(server.URL, want)
	if text := r.log.String(); !strings.Contains(text, "out_of_order_time_window") {
		t.Errorf("the log does not say what to do:\n%s", text)
	}
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
}

// Addresses that are not those of a store lose nothing, whatever they answer: VictoriaMetrics says 400, as to bad samples.
func TestAWrongAddressKeepsEverything(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			server := kind.start(t)
			s := store("main", server.URL)
			s.URL = server.URL + "/api/v1/wright"
			r := newRig(t, s)
			r.start()
			r.publish(3, 5)
			r.wantMetric("egov_remote_write_refused", equals(1))
			r.wantMetric("egov_remote_write_rejected_samples_total", equals(0))
			if text := r.log.String(); !strings.Contains(text, "/api/v1/push with Mimir") {
				t.Errorf("the log does not say what to do:\n%s", text)
			}
			r.config.Stores = []config.RemoteStore{store("main", server.URL)}
			r.start()
			r.wantAll(server.URL)
		})
	}
}

// Each store has a place of its own in the log: one that is away does not hold up another, and a change of one does not
// disturb the other. A new store begins with what is published from then on.
func TestStoresDoNotDisturbEachOther(t *testing.T) {
	one, two, three := testserver.VictoriaMetrics(t), testserver.VictoriaMetrics(t), testserver.VictoriaMetrics(t)
	two.Stop()
	r := newRig(t, store("one", one.URL), store("two", two.URL))
	r.start()
	r.publish(3, 5)
	r.wantAll(one.URL)
	moved := store("one", one.URL)
	moved.SamplesPerRequest = 3
	r.config.Stores = []config.RemoteStore{moved, store("two", two.URL), store("three", three.URL)}
	r.start()
	later := map[string][]point{}
	r.publish(2, 5)
	for name, points := range r.sent {
		later[name] = points[3:]
	}
	r.wantAll(one.URL)
	r.want(three.URL, later)
	if err := two.Start(); err != nil {
		t.Fatal(err)
	}
	r.wantAll(two.URL)

	r.config.Stores = nil
	r.start()
	if got := r.metric("egov_remote_write_log_bytes"); got != -1 {
		t.Errorf("without stores there is still a log of %v bytes", got)
	}
	if left, _ := filepath.Glob(filepath.Join(r.config.Path, "*.json")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTwoAgentsWithOneLog(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	r := newRig(t, store("main", server.URL))
	r.start()
	second := newRig(t)
	second.config = r.config
	second.sender = nil
	if err := second.tryStart(); err == nil || !strings.Contains(err.Error(), "another agent has it") {
		t.Errorf("got %v", err)
	}
}

// All connections come back at once: when the secret was corrected, and after a reload.
func TestNoConnectionStaysBehindARefusal(t *testing.T) {
	mend := map[string]func(r *rig, open *atomic.Bool){
		"another secret": func(r *rig, open *atomic.Bool) {
			open.Store(true)
			if err := os.WriteFile(r.config.Stores[0].Auth.SecretFile, []byte(password+"\n"), 0o600); err != nil {
				r.t.Fatal(err)
			}
		},
		"a reload": func(r *rig, open *atomic.Bool) {
			open.Store(true)
			r.start()
		},
	}
	for name, mended := range mend {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var open atomic.Bool
			var refusals atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !open.Load() {
					refusals.Add(1)
					w.WriteHeader(http.StatusForbidden)
				}
			}))
			t.Cleanup(server.Close)
			s := store("main", server.URL)
			s.Connections = 4
			s.Auth = &config.Auth{Kind: "basic", Account: "kpiagent", SecretFile: filepath.Join(t.TempDir(), "password")}
			if err := os.WriteFile(s.Auth.SecretFile, []byte("Tr0ub4dor\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			r := newRig(t, s)
			r.start()
			r.publish(1, 20)
			r.eventually("each connection was refused", func() bool { return refusals.Load() == 4 }, func() string { return "" })
			time.Sleep(100 * time.Millisecond)
			mended(r, &open)
			r.wantMetric("egov_remote_write_pending_samples", equals(0))
		})
	}
}

// A reload, and with it the agent's page, does not wait for a store that is slow to say what it is.
func TestAReloadDoesNotWaitForAStore(t *testing.T) {
	var asked atomic.Int64
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			select {
			case <-released:
			case <-r.Context().Done():
			}
		}
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(released) })
	s := store("main", server.URL)
	s.Connections, s.RequestTimeout = 1, time.Minute
	r := newRig(t, s)
	r.start()
	r.publish(1, 5)
	r.eventually("the store is asked what it is", func() bool { return asked.Load() == 2 }, func() string { return "" })
	reloaded := make(chan error, 1)
	go func() { reloaded <- r.tryStart() }()
	select {
	case err := <-reloaded:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the reload waits for the store")
	}
}

// A store, or a proxy before it, that takes small requests only gets everything in small ones.
func TestAStoreOfSmallRequestsGetsEverything(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 150 { // a few samples
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}))
	t.Cleanup(server.Close)
	s := store("main", server.URL)
	s.Connections, s.SamplesPerRequest = 1, 1000
	r := newRig(t, s)
	r.start()
	r.publish(1, 898)
	r.wantMetric("egov_remote_write_pending_samples", equals(0))
	r.wantMetric("egov_remote_write_samples_total", equals(900))
	r.wantMetric("egov_remote_write_rejected_samples_total", equals(0))
}
