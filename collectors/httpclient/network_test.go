package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/outbound"
)

func restricted(proxy string, allow ...string) *outbound.Rules {
	return outbound.New(config.Network{Allow: allow, Proxy: proxy, RequestsPerSecond: 10_000, RequestsAtOnce: 2}, nil)
}

// What the list does not have is asked for nothing: not by a request, a login, or through a proxy; and it is not tried again.
func TestOnlyListedHostsAreAsked(t *testing.T) {
	var asked []string
	handle := func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		fmt.Fprint(w, "rows")
	}
	login := config.Auth{Kind: "login", SecretEnv: "SECRET", TokenAt: ".t", LifetimeAt: ".l?", LoginBody: `{"p":":secret"}`}
	proxy := httptest.NewServer(http.HandlerFunc(handle))
	defer proxy.Close()
	for name, test := range map[string]struct {
		allow          []string
		address, token string
		ownProxy       string
		proxy          string
		want           string
	}{
		"listed":                  {allow: []string{"127.0.0.1"}},
		"not listed":              {allow: []string{"10.0.0.0/8"}, want: ": the host 127.0.0.1 is not on the list network.allow; add it there, or correct the address"},
		"login elsewhere":         {allow: []string{"127.0.0.1"}, token: "http://127.0.0.2/token", want: "/token: the host 127.0.0.2 is not on the list network.allow"},
		"through the proxy":       {allow: []string{"127.0.0.1", "dvc.example.invalid"}, address: "http://dvc.example.invalid/a", proxy: proxy.URL},
		"not through the proxy":   {allow: []string{"127.0.0.1"}, address: "http://dvc.example.invalid/a", proxy: proxy.URL, want: "the host dvc.example.invalid is not on the list network.allow; add it there by its name"},
		"proxy not listed":        {allow: []string{"dvc.example.invalid"}, address: "http://dvc.example.invalid/a", ownProxy: proxy.URL, want: "the host 127.0.0.1 is not on the list network.allow"},
		"direct in spite of it":   {allow: []string{"127.0.0.1"}, proxy: "http://127.0.0.2:9", ownProxy: config.Direct},
		"token through the proxy": {allow: []string{"127.0.0.1"}, token: "http://login.example.invalid/token", proxy: proxy.URL, want: "the host login.example.invalid is not on the list"},
	} {
		t.Run(name, func(t *testing.T) {
			asked = nil
			a := askerOf(t, handle)
			a.rules = restricted(test.proxy, test.allow...)
			a.options.Proxy = test.ownProxy
			if test.address != "" {
				a.options.Address = test.address
			}
			if test.token != "" {
				auth := login
				auth.TokenURL = test.token
				a.options.Auth = &auth
			}
			text, _, err := a.ask(t, Validity{})
			if test.want == "" && (err != nil || text != "rows" || len(asked) != 1) {
				t.Errorf("%q, %v, asked %v", text, err, asked)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || len(asked)+len(a.waited) > 0) {
				t.Errorf("got %v\nasked %v, waited %v", err, asked, a.waited)
			}
		})
	}
}

// A host that is busy with other sources' requests is waited for, and named where no time is left.
func TestTheHostIsBusyWithOthers(t *testing.T) {
	a := askerOf(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "rows") })
	a.rules, a.timeout = restricted(""), 50*time.Millisecond
	for range 2 {
		if _, err := a.rules.Enter(t.Context(), a.options.Address); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := a.ask(t, Validity{}); err == nil || !strings.Contains(err.Error(), "other requests to 127.0.0.1 left no time for this one; raise network.requests_at_once or the source's timeout") {
		t.Errorf("got %v", err)
	}
}

// A client certificate is shown whatever kind asks; where it is not the right one the message says so.
func TestMutualTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	good, other := newPair(t, "kpiagent"), newPair(t, "somebody")
	trusted := x509.NewCertPool()
	trusted.AddCert(good.certificate)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted}
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	const none = "the system broke TLS off: remote error: tls: "
	for name, test := range map[string]struct {
		tls  config.ClientTLS
		want string // the answer, or the error
	}{
		"right":          {config.ClientTLS{CertFile: good.certFile, KeyFile: good.keyFile}, "kpiagent"},
		"none":           {config.ClientTLS{}, none + "certificate required; where it wants a certificate of the agent, name it in tls.cert_file and tls.key_file"},
		"other":          {config.ClientTLS{CertFile: other.certFile, KeyFile: other.keyFile}, none + "unknown certificate authority; it does not take the certificate of tls.cert_file: name the one that its owner gave, or have it renewed"},
		"key of another": {config.ClientTLS{CertFile: good.certFile, KeyFile: other.keyFile}, "tls: private key does not match public key"},
		"no such file":   {config.ClientTLS{CertFile: good.certFile, KeyFile: "/nowhere/key.pem"}, "/nowhere/key.pem: no such file or directory"},
	} {
		a := &asker{options: Options{Block: "html", Address: server.URL, HTTP: config.HTTP{TLS: &test.tls, MaxBytes: 1 << 20,
			RequestTimeout: 5 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}}
		test.tls.CAFile = ca
		text, _, err := a.ask(t, Validity{})
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, test.want) || len(a.waited) > 0 {
			t.Errorf("%s: got  %s, waited %v\nwant %s", name, text, a.waited, test.want)
		}
	}
}
