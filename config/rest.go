package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// REST is a system that answers HTTP requests with JSON.
type REST struct {
	URL               string        `yaml:"url" required:"true" check:"url" doc:"The address, http or https; parameters that the agent adds go under query."`
	Method            string        `yaml:"method" default:"GET" allowed:"GET|POST" doc:"POST only for systems that search by a body."`
	Body              string        `yaml:"body" doc:"What is sent with POST."`
	ContentType       string        `yaml:"content_type" default:"application/json" doc:"What body is."`
	Query             []Parameter   `yaml:"query" doc:"Parameters of the address; one whose value has :since is left out of a complete read."`
	Headers           []Parameter   `yaml:"headers" doc:"Headers without secrets; those go under auth."`
	Rows              string        `yaml:"rows" default:".[]" check:"jq" doc:"jq: what gives the rows of an answer, each an object. A member of a member is the column a.b."`
	OmitsEmpty        bool          `yaml:"omits_empty" doc:"The system leaves members without a value out. Otherwise a mapped column that no row of the first page has is a mistake."`
	Auth              *Auth         `yaml:"auth" doc:"How the agent says who it is."`
	TLS               *ClientTLS    `yaml:"tls" doc:"Certificates; the server's is always verified."`
	Proxy             string        `yaml:"proxy" check:"url" doc:"The address of a proxy; empty: none."`
	Pages             *Pages        `yaml:"pages" doc:"How a long answer is asked for page by page."`
	Incremental       *Incremental  `yaml:"incremental" doc:"Reads only what changed; query must use :since."`
	MaxBytes          int64         `yaml:"max_bytes" default:"67108864" check:"positive" doc:"The largest answer, after decompression."`
	MaxRedirects      int           `yaml:"max_redirects" default:"3" check:"not_negative" doc:"How many redirects of one request are followed, on the same host only."`
	RequestTimeout    time.Duration `yaml:"request_timeout" default:"1m" check:"positive" doc:"How long one answer may take, to its last byte."`
	Retries           int           `yaml:"retries" default:"4" check:"not_negative" doc:"How often a request is repeated after a broken connection, 429, 502, 503 or 504."`
	RequestsPerSecond float64       `yaml:"requests_per_second" default:"10" check:"rate" doc:"How many requests a second at most."`
}

// Parameter is a name and a value.
type Parameter struct {
	Name  string `yaml:"name" required:"true" doc:"The name."`
	Value string `yaml:"value" doc:"The value; in query, :since stands for the cursor."`
}

// Auth is how the agent says who it is.
type Auth struct {
	Kind       string   `yaml:"kind" required:"true" allowed:"basic|bearer|header|oauth2|login" doc:"basic; a bearer token; a key in a header; OAuth2 client credentials; or a login that gives a bearer token."`
	Account    string   `yaml:"account" doc:"The user's name, with oauth2 the client's id."`
	SecretEnv  string   `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password, token, key or client secret."`
	SecretFile string   `yaml:"secret_file" doc:"The file that holds it."`
	Header     string   `yaml:"header" doc:"The header's name, with kind header; for example X-API-Key."`
	TokenURL   string   `yaml:"token_url" check:"url" doc:"Where the token comes from, with oauth2 and login."`
	Scopes     []string `yaml:"scopes" doc:"Scopes to ask for, with oauth2."`
	LoginBody  string   `yaml:"login_body" default:"{\"username\": \":account\", \"password\": \":secret\"}" doc:"What login sends, as JSON; :account and :secret stand for the two."`
	TokenAt    string   `yaml:"token_at" default:".access_token" check:"jq" doc:"jq: the token in the answer to login."`
	LifetimeAt string   `yaml:"lifetime_at" default:".expires_in?" check:"jq" doc:"jq: how many seconds it is good for; nothing where the answer does not say."`
}

// ClientTLS is how the agent speaks TLS.
type ClientTLS struct {
	CAFile     string `yaml:"ca_file" doc:"The authorities that may have signed the server's certificate; empty: those of the machine."`
	CertFile   string `yaml:"cert_file" doc:"The agent's certificate, where the server wants one."`
	KeyFile    string `yaml:"key_file" doc:"Its key."`
	ServerName string `yaml:"server_name" doc:"The name in the server's certificate, where it is not the host of url."`
}

// Pages is how a long answer is asked for.
type Pages struct {
	By            string `yaml:"by" required:"true" allowed:"page|offset|cursor|link" doc:"By the page's number; by how many rows are left out; by a mark that each answer gives for the next; or by the next address."`
	Parameter     string `yaml:"parameter" doc:"The parameter that takes number, offset or mark."`
	First         int64  `yaml:"first" default:"1" check:"not_negative" doc:"The number of the first page."`
	SizeParameter string `yaml:"size_parameter" doc:"The parameter that takes the size of a page; empty: none is sent."`
	Size          int    `yaml:"size" default:"500" check:"positive" doc:"How many rows a page shall have."`
	Next          string `yaml:"next" check:"jq" doc:"jq: the next mark or address, null on the last page. With link and without next: the header Link, rel=next."`
	More          string `yaml:"more" check:"jq" doc:"jq: true while another page follows. Without it, page and offset end with a page without rows."`
	Total         string `yaml:"total" check:"jq" doc:"jq: how many rows all pages have together. With it, a read during which rows vanished is begun anew."`
	MaxPages      int    `yaml:"max_pages" default:"10000" check:"positive" doc:"More pages are a mistake."`
}

var restType, authType = reflect.TypeFor[REST](), reflect.TypeFor[Auth]()

// Secret gives the password, token or key, read at each call; "" without auth. Errors name the variable or file only.
func (r REST) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	if r.Auth == nil {
		return "", nil
	}
	return secret{name: "secret", what: "the password, token or key", env: r.Auth.SecretEnv, file: r.Auth.SecretFile}.read(lookup, readFile)
}

// Credentials gives all by which the system knows the agent, the certificate included, to tell whether they changed; "" where
// there are none.
func (r REST) Credentials(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	text, err := r.Secret(lookup, readFile)
	if err != nil || r.TLS == nil || r.TLS.CertFile == "" {
		return text, err
	}
	for _, path := range []string{r.TLS.CertFile, r.TLS.KeyFile} {
		content, err := readFile(path)
		if err != nil {
			return "", fmt.Errorf("the file %s cannot be read: %w", path, cause(err))
		}
		text += "\n" + string(content)
	}
	return text, nil
}

// Columns gives the columns that the mapping names, each once.
func (m Mapping) Columns() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	v := reflect.ValueOf(m)
	for i := range v.NumField() {
		if f, _ := v.Field(i).Interface().(*Field); f != nil {
			add(f.Column)
			for _, name := range f.Columns {
				add(name)
			}
		}
	}
	return names
}

func checkREST(j *journal, key string, r *REST) {
	if r.Body != "" && r.Method == "GET" {
		j.mistake(under(key, "body"), "is sent with POST only; write method: POST, or take it out")
	}
	for i, h := range r.Headers {
		if slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, strings.ToLower(h.Name)) {
			j.mistake(under(entry(under(key, "headers"), i), "name"), "%s carries a secret; write auth: with secret_env or secret_file", quote(h.Name))
		}
	}
	if r.Auth != nil {
		checkAuth(j, under(key, "auth"), r.Auth)
	}
	if t := r.TLS; t != nil && (t.CertFile == "") != (t.KeyFile == "") {
		j.mistake(under(key, "tls"), "cert_file and key_file belong together; name both")
	}
	if r.Pages != nil {
		checkPages(j, under(key, "pages"), r.Pages)
	}
	checkSince(j, key, r)
}

func checkSince(j *journal, key string, r *REST) {
	uses := slices.ContainsFunc(r.Query, func(p Parameter) bool { return strings.Contains(p.Value, ":since") })
	switch {
	case j.isWrong(under(key, "incremental")) || j.isWrong(under(key, "query")):
	case r.Incremental != nil && !uses:
		j.mistake(under(key, "incremental"), "is set, but query does not use :since; add for example query: [{name: updated_from, value: \":since\"}], or take incremental out")
	case r.Incremental == nil && uses:
		j.mistake(under(key, "query"), "uses :since but incremental is missing; add incremental: {column: the column that grows with each change}")
	}
	if strings.Contains(r.Body, ":since") {
		j.mistake(under(key, "body"), "cannot use :since, for a complete read has none; put it into query")
	}
	checkIncrementalKeys(j, under(key, "incremental"), r.Incremental)
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
	switch {
	case j.isWrong(under(key, "secret_env")) || j.isWrong(under(key, "secret_file")):
	case a.SecretEnv == "" && a.SecretFile == "":
		j.mistake(key, "does not say where the secret is; add secret_env (the environment variable that holds it) or secret_file (the file that does)")
	case a.SecretEnv != "" && a.SecretFile != "":
		j.mistake(under(key, "secret_file"), "stands beside secret_env; keep one of them")
	}
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

// pageKeys says which keys belong to which ways of paging.
var pageKeys = map[string][]string{
	"parameter": {"page", "offset", "cursor"}, "first": {"page"}, "next": {"cursor", "link"}, "more": {"page", "offset", "cursor", "link"},
}

func checkPages(j *journal, key string, p *Pages) {
	if p.By == "" || j.isWrong(under(key, "by")) {
		return
	}
	needed := map[string]string{"parameter": p.Parameter}
	if p.By == "cursor" {
		needed["next"] = p.Next
	}
	checkBelongs(j, key, reflect.ValueOf(p).Elem(), "by", p.By, pageKeys, needed)
}

// checkBelongs wants the keys that a kind needs, and none that belong to other kinds only.
func checkBelongs(j *journal, key string, v reflect.Value, kindKey, kind string, belongs map[string][]string, needed map[string]string) {
	for _, f := range fieldsOf(v.Type()) {
		kinds, bound := belongs[f.key]
		inner := under(key, f.key)
		value, isNeeded := needed[f.key]
		switch {
		case !bound || j.isWrong(inner):
		case slices.Contains(kinds, kind):
			if isNeeded && value == "" {
				j.mistake(key, "%s is missing; with %s: %s it says: %s", f.key, kindKey, kind, lower(f.Tag.Get("doc")))
			}
		case j.given(inner) && !f.isDefault(v.FieldByIndex(f.Index)):
			j.mistake(inner, "has no meaning with %s: %s; take it out, or write %s: %s", kindKey, kind, kindKey, strings.Join(kinds, " or "))
		}
	}
}

// isDefault says whether a value only writes the default out, as the page with the settings does.
func (f field) isDefault(v reflect.Value) bool {
	fallback, err := f.defaultValue()
	return f.defaulted && err == nil && reflect.DeepEqual(v.Interface(), fallback)
}
