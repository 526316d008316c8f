package config

import "time"

// Alerts holds for all alert rules and for those who are told.
type Alerts struct {
	Engine    string  `yaml:"engine" default:"prometheus" allowed:"prometheus|grafana|builtin" doc:"Who evaluates the alert rules: Prometheus, from the rule file; Grafana, which gets them over its API; or builtin, the running agent itself, on its own history, and it tells people by itself. Recording rules are never Grafana's."`
	MinVolume float64 `yaml:"min_volume" default:"20" check:"not_negative" doc:"A share or a handling time of fewer dossiers raises no alert."`
	Severity  string  `yaml:"severity" default:"warning" allowed:"critical|warning|info" doc:"The label severity of alerts on targets that name none."`
	Receiver  string  `yaml:"receiver" default:"kpiagent" check:"identifier" doc:"The label receiver of alerts on targets that name none, and of all other alerts."`

	Receivers      []Receiver    `yaml:"receivers" doc:"Who is told of alerts, by their label receiver: by the agent (builtin), or by Grafana, where they become contact points and a branch of the notification policies for this agent's alerts alone. Alertmanager beside Prometheus has a configuration of its own."`
	GroupBy        []string      `yaml:"group_by" default:"[\"alertname\", \"kpi\"]" check:"label" doc:"Alerts with the same values of these labels are told in one message; the receiver always is one of them."`
	GroupWait      time.Duration `yaml:"group_wait" default:"1m" check:"positive" doc:"How long the first message of a group waits for more alerts of its kind."`
	GroupInterval  time.Duration `yaml:"group_interval" default:"30m" check:"positive" doc:"How long after a message the group's next news are told at the earliest."`
	RepeatInterval time.Duration `yaml:"repeat_interval" default:"24h" check:"positive" doc:"After how long alerts that go on are told again."`
	Resolved       bool          `yaml:"resolved" default:"true" doc:"Whether the end of an alert is told, by the agent."`
	Mail           MailServer    `yaml:"mail" doc:"The mail server for the agent's own messages (builtin); Grafana has its own [smtp] settings."`

	Alertmanagers []Alertmanager `yaml:"alertmanagers" doc:"Only builtin: Alertmanagers that get the alerts instead of receivers."`
}

// The values of alerts.engine: who evaluates the alert rules.
const (
	EnginePrometheus = "prometheus"
	EngineGrafana    = "grafana"
	EngineBuiltin    = "builtin" // the running agent
)

// Receiver is whom alerts with a label receiver go to.
type Receiver struct {
	Name     string    `yaml:"name" required:"true" check:"identifier" doc:"The value of the label receiver."`
	Mail     []string  `yaml:"mail" check:"address" doc:"Mail addresses."`
	Webhook  *Webhook  `yaml:"webhook" doc:"An address that is told with a POST, in JSON as Alertmanager and Grafana write it."`
	Telegram *Telegram `yaml:"telegram" doc:"A chat of Telegram."`
}

// Webhook is an address that is told with a POST.
type Webhook struct {
	URL        string     `yaml:"url" required:"true" check:"url" doc:"The address, seen from whoever sends."`
	Account    string     `yaml:"account" doc:"The user's name, where the secret is a password. Empty: the secret is a bearer token, if there is one."`
	SecretEnv  string     `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password or token."`
	SecretFile string     `yaml:"secret_file" path:"true" doc:"The file that holds it."`
	TLS        *ClientTLS `yaml:"tls" doc:"Certificates; the server's is always verified. Only builtin: Grafana has its own."`
}

// Telegram is a chat of Telegram.
type Telegram struct {
	Chat       string     `yaml:"chat" required:"true" doc:"The number of the chat; that of a group begins with -."`
	SecretEnv  string     `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the bot's token."`
	SecretFile string     `yaml:"secret_file" path:"true" doc:"The file that holds it."`
	API        string     `yaml:"api" default:"https://api.telegram.org" check:"url" doc:"Where the agent reaches the Bot API."`
	TLS        *ClientTLS `yaml:"tls" doc:"Certificates; the server's is always verified. Only builtin: Grafana has its own."`
}

// MailServer takes the agent's mails.
type MailServer struct {
	Host       string        `yaml:"host" doc:"Its name or address."`
	Port       int           `yaml:"port" default:"587" check:"positive" doc:"587 mostly goes with starttls, 465 with implicit, 25 with none."`
	TLS        string        `yaml:"tls" default:"starttls" allowed:"starttls|implicit|none" doc:"starttls: the server must offer STARTTLS; implicit: TLS from the first byte; none: for a relay on the same machine or network, without account. The certificate is always verified."`
	CAFile     string        `yaml:"ca_file" path:"true" doc:"The authorities that may have signed the server's certificate; empty: those of the machine."`
	From       string        `yaml:"from" check:"address" doc:"The sender's address."`
	Account    string        `yaml:"account" doc:"The user's name; empty: without a login."`
	SecretEnv  string        `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password."`
	SecretFile string        `yaml:"secret_file" path:"true" doc:"The file that holds it."`
	Timeout    time.Duration `yaml:"timeout" default:"15s" check:"positive" doc:"How long one mail may take; a stopping agent waits for one that is under way."`
}

// Alertmanager is one that gets the agent's alerts.
type Alertmanager struct {
	URL        string     `yaml:"url" required:"true" check:"url" doc:"Its address, with its path if it has one: http://alertmanager.example.vn:9093."`
	Account    string     `yaml:"account" doc:"The user's name, where the secret is a password. Empty: the secret is a bearer token, if there is one."`
	SecretEnv  string     `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password or token."`
	SecretFile string     `yaml:"secret_file" path:"true" doc:"The file that holds it."`
	TLS        *ClientTLS `yaml:"tls" doc:"Certificates; the server's is always verified."`
}

// Lookup finds environment variables, as os.LookupEnv does, and ReadFile reads a file, as os.ReadFile does.
type (
	Lookup   = func(string) (string, bool)
	ReadFile = func(string) ([]byte, error)
)

// Secret returns the password or token, read at each call; "" where there is none. Errors name the variable or file only.
func (w Webhook) Secret(lookup Lookup, readFile ReadFile) (string, error) {
	return optional("the password or token", w.SecretEnv, w.SecretFile, lookup, readFile)
}

// Secret returns the bot's token, read at each call. Errors name the variable or file only.
func (t Telegram) Secret(lookup Lookup, readFile ReadFile) (string, error) {
	return secret{name: "secret", what: "the bot's token", env: t.SecretEnv, file: t.SecretFile}.read(lookup, readFile)
}

// Secret returns the password, read at each call; "" where there is none. Errors name the variable or file only.
func (m MailServer) Secret(lookup Lookup, readFile ReadFile) (string, error) {
	return optional("the password", m.SecretEnv, m.SecretFile, lookup, readFile)
}

// Secret returns the password or token, read at each call; "" where there is none. Errors name the variable or file only.
func (a Alertmanager) Secret(lookup Lookup, readFile ReadFile) (string, error) {
	return optional("the password or token", a.SecretEnv, a.SecretFile, lookup, readFile)
}

func optional(what, env, file string, lookup Lookup, readFile ReadFile) (string, error) {
	if env == "" && file == "" {
		return "", nil
	}
	return secret{name: "secret", what: what, env: env, file: file}.read(lookup, readFile)
}

// certificates calls with with the key and the certificates of each block that has any.
func (a *Alerts) certificates(with func(key string, t *ClientTLS)) {
	const key = "alerts"
	for i, r := range a.Receivers {
		at := entry(under(key, "receivers"), i)
		if r.Webhook != nil && r.Webhook.TLS != nil {
			with(under(at, "webhook.tls"), r.Webhook.TLS)
		}
		if r.Telegram != nil && r.Telegram.TLS != nil {
			with(under(at, "telegram.tls"), r.Telegram.TLS)
		}
	}
	for i, m := range a.Alertmanagers {
		if m.TLS != nil {
			with(under(entry(under(key, "alertmanagers"), i), "tls"), m.TLS)
		}
	}
}

// hiding is where a secret lies, and the block that it belongs to.
type hiding struct {
	block     string
	env, file string
	// needed says what the secret is where the block cannot be without it.
	needed string
	// account is the user's name that goes with it.
	account string
}

// hidden lists where the secrets of alerts lie.
func (a *Alerts) hidden() (list []hiding) {
	const key = "alerts"
	for i := range a.Receivers {
		r, at := a.Receivers[i], entry(under(key, "receivers"), i)
		if w := r.Webhook; w != nil {
			list = append(list, hiding{under(at, "webhook"), w.SecretEnv, w.SecretFile, "", w.Account})
		}
		if t := r.Telegram; t != nil {
			list = append(list, hiding{under(at, "telegram"), t.SecretEnv, t.SecretFile, "the bot's token", ""})
		}
	}
	list = append(list, hiding{under(key, "mail"), a.Mail.SecretEnv, a.Mail.SecretFile, "", a.Mail.Account})
	for i := range a.Alertmanagers {
		m := a.Alertmanagers[i]
		list = append(list, hiding{entry(under(key, "alertmanagers"), i), m.SecretEnv, m.SecretFile, "", m.Account})
	}
	return list
}
