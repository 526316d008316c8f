package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
)

// office is a system that wants to know who asks. Tokens are t1, t2 and so on.
type office struct {
	logins int
	good   string // the token that is good now
	asked  int
	after  func(o *office) // each answer
	url    string
}

func newOffice(t *testing.T) *office {
	o := &office{}
	o.url = serve(t, o.answer)
	return o
}

func (o *office) answer(w http.ResponseWriter, r *http.Request) {
	user, password, basic := r.BasicAuth()
	switch r.URL.Path {
	case "/basic":
		o.rows(w, r, basic && user == "reader" && password == "hunter2")
	case "/bearer":
		o.rows(w, r, r.Header.Get("Authorization") == "Bearer hunter2")
	case "/header":
		o.rows(w, r, r.Header.Get("X-API-Key") == "hunter2")
	case "/token":
		o.rows(w, r, o.good != "" && r.Header.Get("Authorization") == "Bearer "+o.good)
	case "/login":
		o.logins++
		var body struct{ Username, Password string }
		err := json.NewDecoder(r.Body).Decode(&body)
		o.token(w, err == nil && body.Username == `rea"der` && body.Password == `hun"ter2`, 401)
	case "/polite": // says no with 200
		o.logins++
		fmt.Fprint(w, `{"error":"sai mật khẩu"}`)
	case "/oauth2":
		o.logins++
		o.token(w, basic && user == "reader" && password == "hunter2" && r.FormValue("grant_type") == "client_credentials" && r.FormValue("scope") == "a b", 400)
	}
}

func (o *office) token(w http.ResponseWriter, ok bool, refusal int) {
	if !ok {
		w.WriteHeader(refusal)
		return
	}
	o.good = fmt.Sprintf("t%d", o.logins)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":3600}`, o.good)
}

func (o *office) rows(w http.ResponseWriter, r *http.Request, ok bool) {
	if o.asked++; !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p := max(0, number(r, "page"))
	fmt.Fprint(w, page(p*2+1, p*2+2, 6))
	if o.after != nil {
		o.after(o)
	}
}

func (o *office) reader(path string, auth config.Auth) *reader {
	r := readerOf(o.url + path)
	r.config.Auth = &auth
	r.config.Pages = &config.Pages{By: "page", Parameter: "page", MaxPages: 10}
	if auth.Kind == "login" {
		auth.LoginBody, auth.TokenAt, auth.LifetimeAt = `{"username": ":account", "password": ":secret"}`, ".access_token", ".expires_in?"
	}
	return r
}

func TestCredentials(t *testing.T) {
	for _, test := range []struct {
		path, secret string
		auth         config.Auth
	}{
		{"/basic", "hunter2", config.Auth{Kind: "basic", SecretEnv: "SECRET", Account: "reader"}},
		{"/bearer", "hunter2", config.Auth{Kind: "bearer", SecretEnv: "SECRET"}},
		{"/header", "hunter2", config.Auth{Kind: "header", SecretEnv: "SECRET", Header: "X-API-Key"}},
		{"/token", "hunter2", config.Auth{Kind: "oauth2", SecretEnv: "SECRET", Account: "reader", Scopes: []string{"a", "b"}, TokenURL: "/oauth2"}},
		{"/token", `hun"ter2`, config.Auth{Kind: "login", SecretEnv: "SECRET", Account: `rea"der`, TokenURL: "/login"}},
	} {
		t.Run(test.auth.Kind, func(t *testing.T) {
			o := newOffice(t)
			if test.auth.TokenURL != "" {
				test.auth.TokenURL = o.url + test.auth.TokenURL
			}
			r := o.reader(test.path, test.auth)
			r.secret = test.secret
			if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2,3,4,5,6" || o.logins > 1 {
				t.Errorf("%s, %d logins", rows, o.logins)
			}
			o.logins, o.asked = 0, 0
			r.secret = "wrong-secret"
			_, _, err := r.read(t, collectors.Request{})
			if !errors.Is(err, collectors.ErrAuth) || strings.Contains(err.Error(), r.secret) {
				t.Errorf("got %v", err)
			}
			// OAuth2 has two ways to say who one is, and both may be tried once.
			if o.asked+o.logins > 2 || o.asked+o.logins > 1 && test.auth.Kind != "oauth2" {
				t.Errorf("a wrong secret was shown %d times", o.asked+o.logins)
			}
		})
	}
}

// A login that gives no token is not tried again either, whatever its status.
func TestALoginWithoutAToken(t *testing.T) {
	o := newOffice(t)
	r := o.reader("/token", config.Auth{Kind: "login", SecretEnv: "SECRET", TokenURL: o.url + "/polite"})
	r.config.Auth.LoginBody, r.config.Auth.TokenAt, r.config.Auth.LifetimeAt = `{"p":":secret"}`, ".access_token", ".x"
	_, _, err := r.read(t, collectors.Request{})
	if !errors.Is(err, collectors.ErrAuth) || o.logins != 1 || !strings.Contains(err.Error(), "/polite: the answer to the login has no token at auth.token_at .access_token") {
		t.Errorf("%d logins, %v", o.logins, err)
	}
}

// A token that ends half-way is renewed, whether the system told its lifetime or just says 401.
func TestATokenThatEndsHalfWay(t *testing.T) {
	for _, kind := range []string{"login", "oauth2"} {
		o := newOffice(t)
		auth := config.Auth{Kind: kind, SecretEnv: "SECRET", Account: "reader", TokenURL: o.url + "/oauth2", Scopes: []string{"a", "b"}}
		secret := "hunter2"
		if kind == "login" {
			auth, secret = config.Auth{Kind: kind, SecretEnv: "SECRET", Account: `rea"der`, TokenURL: o.url + "/login"}, `hun"ter2`
		}
		r := o.reader("/token", auth)
		r.config.Auth.LoginBody, r.config.Auth.TokenAt, r.config.Auth.LifetimeAt = `{"username": ":account", "password": ":secret"}`, ".access_token", ".expires_in?"
		r.secret = secret
		o.after = func(o *office) { o.good = "" }
		if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2,3,4,5,6" || o.logins != 4 {
			t.Errorf("%s, revoked: %s, %d logins", kind, rows, o.logins)
		}
		o.logins, o.asked = 0, 0
		clock := time.Now()
		r.now = func() time.Time { return clock }
		o.after = func(o *office) { clock = clock.Add(50 * time.Minute) }
		if rows, _ := r.mustRead(t, collectors.Request{}); kind == "login" && (rows != "1,2,3,4,5,6" || o.logins != 2 || o.asked != 4) {
			t.Errorf("%s, lifetime: %s, %d logins for %d answers", kind, rows, o.logins, o.asked)
		}
		o.after = func(o *office) { o.good = ""; o.url = "" }
		r.config.Auth.TokenURL = serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token":"never good"}`)
		})
		o.asked = 0
		if _, _, err := r.read(t, collectors.Request{}); !errors.Is(err, collectors.ErrAuth) || o.asked != 2 {
			t.Errorf("%s, never good: asked %d times, %v", kind, o.asked, err)
		}
	}
}

// A server that wants a certificate of the agent gets it, and says so where there is none.
func TestClientCertificate(t *testing.T) {
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page(1, 1, 1)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(certificate)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted}
	server.StartTLS()
	defer server.Close()
	put := func(name, kind string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	r := readerOf(server.URL)
	r.config.TLS = &config.ClientTLS{CAFile: put("ca", "CERTIFICATE", server.Certificate().Raw)}
	if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), "where it wants a certificate of the agent, name it in tls.cert_file") {
		t.Errorf("got %v", err)
	}
	r.config.TLS.CertFile, r.config.TLS.KeyFile = put("cert", "CERTIFICATE", der), put("key", "PRIVATE KEY", keyDER)
	if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1" {
		t.Error(rows)
	}
}

// A redirect on the same host is followed with credentials, and through a proxy.
func TestRedirectAndProxy(t *testing.T) {
	o := newOffice(t)
	moved := http.NewServeMux()
	moved.Handle("/old", http.RedirectHandler("/basic", http.StatusMovedPermanently))
	moved.HandleFunc("/", o.answer)
	through := 0
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if through++; r.URL.Host != "dvc.example.invalid" {
			t.Errorf("asked for %s", r.URL)
		}
		moved.ServeHTTP(w, r)
	})
	r := o.reader("/old", config.Auth{Kind: "basic", SecretEnv: "SECRET", Account: "reader"})
	r.config.URL, r.config.Proxy, r.config.Pages = "http://dvc.example.invalid/old", proxy, nil
	if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2" || through != 2 {
		t.Errorf("%s through %d", rows, through)
	}
}
