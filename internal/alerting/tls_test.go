package alerting

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	prometheus "github.com/prometheus/common/config"
)

// writeCertificate makes a certificate for 127.0.0.1, and gives its files and the pool that knows it.
func writeCertificate(t *testing.T) (certificate tls.Certificate, known *x509.CertPool, certFile, keyFile string) {
	t.Helper()
	certificate, known = newCertificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, known, certFile, keyFile
}

// A server of a ministry's own authority, that wants to see the agent's certificate, over each way that is HTTP.
func TestCertificates(t *testing.T) {
	t.Parallel()
	own, _, ca, _ := writeCertificate(t)
	_, agents, certFile, keyFile := writeCertificate(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"ok":true}`) }))
	// With TLS 1.3 a client may be writing already when it learns that it lacks a certificate.
	server.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: agents, MaxVersion: tls.VersionTLS12}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	form, err := template.New()
	if err != nil {
		t.Fatal(err)
	}
	form.ExternalURL = new(url.URL)
	log := slog.New(slog.DiscardHandler)
	ctx := notify.WithReceiverName(notify.WithGroupKey(t.Context(), "g"), "r")
	ways := map[string]func(prometheus.TLSConfig) error{
		"webhook": func(c prometheus.TLSConfig) error {
			_, err := (&webhookSender{hook: Webhook{URL: server.URL, TLS: c}, form: form, log: log}).send(ctx, sampleAlerts())
			return err
		},
		"telegram": func(c prometheus.TLSConfig) error {
			to := &telegramSender{chat: Telegram{API: server.URL, Chat: "1", Token: func() (string, error) { return "123:geheim", nil }, TLS: c}, where: time.UTC}
			_, err := to.send(ctx, sampleAlerts())
			return err
		},
		"alertmanager": func(c prometheus.TLSConfig) error {
			request, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("[]"))
			if err != nil {
				return err
			}
			answer, err := new(forward).ask(ctx, Options{}, Alertmanager{URL: server.URL, TLS: c}, request)
			if err == nil {
				answer.Body.Close()
			}
			return err
		},
	}
	for name, test := range map[string]struct {
		with prometheus.TLSConfig
		want string // part of the error; "" is none
	}{
		"all is there":                 {prometheus.TLSConfig{CAFile: ca, CertFile: certFile, KeyFile: keyFile}, ""},
		"the authority is not known":   {prometheus.TLSConfig{CertFile: certFile, KeyFile: keyFile}, "certificate"},
		"nothing is shown":             {prometheus.TLSConfig{CAFile: ca}, "handshake failure"},
		"another name":                 {prometheus.TLSConfig{CAFile: ca, CertFile: certFile, KeyFile: keyFile, ServerName: "alerts.example.vn"}, "alerts.example.vn"},
		"a file that is there no more": {prometheus.TLSConfig{CAFile: ca + ".gone"}, "cert.pem.gone"},
	} {
		for way, try := range ways {
			if err := try(test.with); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v", way, name, err)
			}
		}
	}
}
