package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/config"
)

// HTTP is how a system is asked over HTTP, whatever it answers. It stands inline in the block of each kind that does so; the
// address is the kind's own key.
type HTTP struct {
	Headers           []Parameter   `yaml:"headers" doc:"Headers without secrets; those go under auth."`
	Auth              *Auth         `yaml:"auth" doc:"How the agent says who it is."`
	TLS               *ClientTLS    `yaml:"tls" doc:"Certificates; the server's is always verified."`
	Proxy             string        `yaml:"proxy" check:"proxy" doc:"The address of a proxy; empty: that of network.proxy; direct: none."`
	MaxBytes          int64         `yaml:"max_bytes" default:"67108864" check:"positive" doc:"The largest answer, after decompression."`
	MaxRedirects      int           `yaml:"max_redirects" default:"3" check:"not_negative" doc:"How many redirects of one request are followed, on the same host only."`
	RequestTimeout    time.Duration `yaml:"request_timeout" default:"1m" check:"positive" doc:"How long one answer may take, to its last byte."`
	Retries           int           `yaml:"retries" default:"4" check:"not_negative" doc:"How often a request is repeated after a broken connection, 429, 502, 503 or 504."`
	RequestsPerSecond float64       `yaml:"requests_per_second" default:"10" check:"rate" doc:"How many requests a second at most."`
}

// Auth is how the agent says who it is.
type Auth struct {
	Kind       string   `yaml:"kind" required:"true" allowed:"basic|bearer|header|oauth2|login" doc:"basic; a bearer token; a key in a header; OAuth2 client credentials; or a login that gives a bearer token."`
	Account    string   `yaml:"account" doc:"The user's name, with oauth2 the client's id."`
	SecretEnv  string   `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password, token, key or client secret."`
	SecretFile string   `yaml:"secret_file" path:"true" doc:"The file that holds it."`
	Header     string   `yaml:"header" doc:"The header's name, with kind header; for example X-API-Key."`
	TokenURL   string   `yaml:"token_url" check:"url" doc:"Where the token comes from, with oauth2 and login."`
	Scopes     []string `yaml:"scopes" doc:"Scopes to ask for, with oauth2."`
	LoginBody  string   `yaml:"login_body" default:"{\"username\": \":account\", \"password\": \":secret\"}" doc:"What login sends, as JSON; :account and :secret stand for the two."`
	TokenAt    string   `yaml:"token_at" default:".access_token" check:"jq" doc:"jq: the token in the answer to login."`
	LifetimeAt string   `yaml:"lifetime_at" default:".expires_in?" check:"jq" doc:"jq: how many seconds it is good for; nothing where the answer does not say."`
}

// ClientTLS is how the agent speaks TLS.
type ClientTLS struct {
	CAFile     string `yaml:"ca_file" path:"true" doc:"The authorities that may have signed the server's certificate; empty: those of the machine."`
	CertFile   string `yaml:"cert_file" path:"true" doc:"The agent's certificate, where the server wants one."`
	KeyFile    string `yaml:"key_file" path:"true" doc:"Its key."`
	ServerName string `yaml:"server_name" doc:"The name in the server's certificate, where it is not the host of url."`
}

var httpType, authType, storeType = reflect.TypeFor[HTTP](), reflect.TypeFor[Auth](), reflect.TypeFor[RemoteStore]()

// speaksHTTP reports whether a block has the keys of HTTP inline.
func speaksHTTP(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	f, has := t.FieldByName(httpType.Name())
	return has && f.Anonymous && f.Type == httpType
}

// Secret returns the password, token or key, read at each call; "" without auth. Errors name the variable or file only.
func (h HTTP) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	if h.Auth == nil {
		return "", nil
	}
	return secret{name: "secret", what: "the password, token or key", env: h.Auth.SecretEnv, file: h.Auth.SecretFile}.read(lookup, readFile)
}

// Client returns it in the terms of Prometheus' HTTP clients, which read the files when they connect; t may be nil.
func (t *ClientTLS) Client() prometheus.TLSConfig {
	if t == nil {
		return prometheus.TLSConfig{}
	}
	return prometheus.TLSConfig{CAFile: t.CAFile, CertFile: t.CertFile, KeyFile: t.KeyFile, ServerName: t.ServerName}
}

func checkClientTLS(j *journal, key string, t *ClientTLS) {
	if t != nil && (t.CertFile == "") != (t.KeyFile == "") {
		j.mistake(key, "cert_file and key_file belong together; name both")
	}
}

// Credentials returns all by which the system knows the agent, the certificate included, to tell whether they changed; "" where
// there are none.
func (h HTTP) Credentials(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	text, err := h.Secret(lookup, readFile)
	if err != nil || h.TLS == nil || h.TLS.CertFile == "" {
		return text, err
	}
	for _, path := range []string{h.TLS.CertFile, h.TLS.KeyFile} {
		content, err := readFile(path)
		if err != nil {
			return "", fmt.Errorf("the file %s cannot be read: %w", path, cause(err))
		}
		text += "\n" + string(content)
	}
	return text, nil
}

func checkHTTP(j *journal, key string, h *HTTP) {
	for i, one := range h.Headers {
		if slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, strings.ToLower(one.Name)) {
			j.mistake(under(entry(under(key, "headers"), i), "name"), "%s carries a secret; write auth: with secret_env or secret_file", quote(one.Name))
		}
	}
	if h.Auth != nil {
		checkAuth(j, under(key, "auth"), h.Auth)
	}
	checkClientTLS(j, under(key, "tls"), h.TLS)
}

// authKeys says which keys belong to which kinds.
var authKeys = map[string][]string{
	"account": {"basic", "oauth2", "login"}, "header": {"header"}, "token_url": {"oauth2", "login"}, "scopes": {"oauth2"},
	"login_body": {"login"}, "token_at": {"login"}, "lifetime_at": {"login"},
}

func checkAuth(j *journal, key string, a *Auth) {
	if a.Kind == "" || j.isWrong(under(key, "kind")) {
		return
	}
	checkSecret(j, key, a.SecretEnv, a.SecretFile, "does not say where the secret is; add secret_env (the environment variable that holds it) or secret_file (the file that does)")
	needed := map[string]string{"account": a.Account, "header": a.Header, "token_url": a.TokenURL}
	checkBelongs(j, key, reflect.ValueOf(a).Elem(), "kind", a.Kind, authKeys, needed)
	switch {
	case a.Kind != "login":
	case !strings.Contains(a.LoginBody, ":secret"):
		j.mistake(under(key, "login_body"), "does not use :secret; write it where the password belongs")
	case !json.Valid([]byte(a.LoginBody)):
		j.mistake(under(key, "login_body"), "is not JSON; write for example '{\"username\": \":account\", \"password\": \":secret\"}'")
	}
}
