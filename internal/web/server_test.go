package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/web"
)

// start serves on a free port until the test ends or stop is called, which gives Serve's error.
func start(t *testing.T, webConfigFile string, h http.Handler) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	addresses := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- web.Serve(ctx, "127.0.0.1:0", webConfigFile, h, slog.New(slog.DiscardHandler), func(a net.Addr) { addresses <- a })
	}()
	select {
	case a := <-addresses:
		address = a.String()
	case err := <-ended:
		t.Fatalf("Serve ended at once: %v", err)
	}
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return address, stop
}

func TestPlainHTTP(t *testing.T) {
	address, stop := start(t, "", web.NewHandler(options()))
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || string(body) != "egov_build_info 1\n" {
		t.Errorf("%s, %v: %s", response.Status, err, body)
	}
	response.Body.Close()
	if err := stop(); err != nil {
		t.Errorf("a stop is an error: %v", err)
	}
	if _, err := http.Get("http://" + address + "/metrics"); err == nil {
		t.Error("it still answers after the stop")
	}
}

func TestAStopLetsRunningAnswersFinish(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	address, stop := start(t, "", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		if r.Context().Err() == nil {
			io.WriteString(w, "whole")
		}
	}))
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + address)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for { // until the stop has begun, which closes the port
		connection, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		connection.Close()
		time.Sleep(5 * time.Millisecond)
	}
	close(release)
	if got := <-answer; got != "whole" {
		t.Errorf("the answer is %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestAStopBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := web.Serve(ctx, "127.0.0.1:0", "", web.NewHandler(options()), slog.New(slog.DiscardHandler), nil); err != nil {
		t.Error(err)
	}
}

func TestAddressesThatCannotBeHad(t *testing.T) {
	taken, _ := start(t, "", web.NewHandler(options()))
	tests := []struct{ listen, says string }{
		{taken, "another kpiagent? choose another with --web.listen-address or web.listen"},
		{"nonsense", "host:port"},
		{"127.0.0.1:notaport", "host:port"},
		{"192.0.2.1:9750", "choose another with --web.listen-address"},
	}
	for _, test := range tests {
		err := web.Serve(t.Context(), test.listen, "", web.NewHandler(options()), slog.New(slog.DiscardHandler), nil)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.listen) {
			t.Errorf("%s: %v, want %q", test.listen, err, test.says)
		}
	}
}

// passwordHash is bcrypt's of password, as htpasswd makes it.
const (
	password     = "giám đốc"
	passwordHash = "$2a$04$CZ5IwQ7q.Ih7NERiZCzQsuHYf9akPXWCUbf4eB66MhRomZAc9IGvi"
)

func TestTLSAndPasswords(t *testing.T) {
	folder := t.TempDir()
	authorities := certificate(t, folder)
	config := write(t, folder, "web.yml", `
tls_server_config: {cert_file: cert.pem, key_file: key.pem}
basic_auth_users: {prometheus: "`+passwordHash+`"}
http_server_config: {headers: {X-Frame-Options: sameorigin}}
`)
	address, stop := start(t, config, web.NewHandler(options()))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}, ForceAttemptHTTP2: true}}

	tests := []struct {
		name, user, password string
		want                 int
	}{
		{"the right password", "prometheus", password, 200},
		{"a wrong password", "prometheus", "guess", 401},
		{"a wrong user", "admin", password, 401},
		{"nobody", "", "", 401},
	}
	for _, path := range []string{"/metrics", "/config", "/", "/-/ready"} {
		for _, test := range tests {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.user != "" {
				request.SetBasicAuth(test.user, test.password)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("%s with %s: %s, want %d", path, test.name, response.Status, test.want)
			}
			if got := response.Header.Get("X-Frame-Options"); got != "sameorigin" {
				t.Errorf("X-Frame-Options is %q although the file says sameorigin", got)
			}
		}
	}
	response, err := http.Get("http://" + address + "/metrics")
	if err == nil {
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			t.Error("without TLS it answers all the same")
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestWebConfigurationFilesThatAreWrong(t *testing.T) {
	folder := t.TempDir()
	tests := []struct{ name, path string }{
		{"missing", filepath.Join(folder, "none.yml")},
		{"unknown key", write(t, folder, "key.yml", "tls_config: {cert_file: cert.pem}\n")},
		{"no certificate", write(t, folder, "cert.yml", "tls_server_config: {cert_file: none.pem, key_file: none.pem}\n")},
		{"a password that is not hashed", write(t, folder, "users.yml", "basic_auth_users: {prometheus: plain}\n")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := web.Serve(t.Context(), "127.0.0.1:0", test.path, web.NewHandler(options()), slog.New(slog.DiscardHandler), func(net.Addr) {
				t.Error("it listens")
			})
			if err == nil || !strings.Contains(err.Error(), test.path) {
				t.Errorf("the error is %v", err)
			}
			if test.name == "missing" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

// certificate writes cert.pem and key.pem for 127.0.0.1 and gives the pool that trusts them.
func certificate(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kpiagent"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, folder, "cert.pem", string(cert))
	write(t, folder, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

func write(t *testing.T, folder, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
