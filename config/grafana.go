package config

import (
	"slices"
	"time"
)

// Grafana is the Grafana that boards are put into over its API.
type Grafana struct {
	URL        string        `yaml:"url" check:"url" doc:"Where the agent reaches Grafana, with its sub-path if it has one: https://grafana.example.vn. Empty: nothing is put into Grafana over its API."`
	Account    string        `yaml:"account" doc:"The user's name, where the secret is a password. Empty: the secret is the token of a service account."`
	SecretEnv  string        `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the token or password."`
	SecretFile string        `yaml:"secret_file" doc:"The file that holds it; a relative path starts at the configuration file's folder."`
	TLS        *ClientTLS    `yaml:"tls" doc:"Certificates; the server's is always verified."`
	Every      time.Duration `yaml:"every" default:"10m" check:"not_negative" doc:"How often the running agent looks whether all is in its place; 0: only kpiagent boards apply does."`
	Timeout    time.Duration `yaml:"timeout" default:"2m" check:"positive" doc:"How long that may take in all."`
	Overwrite  bool          `yaml:"overwrite" doc:"Whether changes that people made to what the agent has made are undone. Otherwise they are told of and kept."`
	Viewers    []string      `yaml:"viewers" doc:"The names of Grafana teams that may view the folder."`
	Receivers  []Receiver    `yaml:"receivers" doc:"Whom Grafana tells of alerts, by the label receiver. They become contact points, and a branch of the notification policies for this agent's alerts alone."`
}

// Receiver is whom alerts with a label receiver go to.
type Receiver struct {
	Name     string    `yaml:"name" required:"true" check:"identifier" doc:"The value of the label receiver."`
	Mail     []string  `yaml:"mail" doc:"Mail addresses; Grafana needs its own [smtp] settings for them."`
	Webhook  *Webhook  `yaml:"webhook" doc:"An address that is told with a POST."`
	Telegram *Telegram `yaml:"telegram" doc:"A chat of Telegram."`
}

// Webhook is an address that is told with a POST.
type Webhook struct {
	URL        string `yaml:"url" required:"true" check:"url" doc:"The address, seen from Grafana."`
	Account    string `yaml:"account" doc:"The user's name, where the secret is a password. Empty: the secret is a bearer token, if there is one."`
	SecretEnv  string `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the password or token."`
	SecretFile string `yaml:"secret_file" doc:"The file that holds it."`
}

// Telegram is a chat of Telegram.
type Telegram struct {
	Chat       string `yaml:"chat" required:"true" doc:"The number of the chat; that of a group begins with -."`
	SecretEnv  string `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the bot's token."`
	SecretFile string `yaml:"secret_file" doc:"The file that holds it."`
}

// Secret gives the token or password, read at each call. Errors name the variable or file only.
func (g Grafana) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	return secret{name: "grafana.secret", what: "the token or password", env: g.SecretEnv, file: g.SecretFile}.read(lookup, readFile)
}

func checkGrafana(j *journal, c *Config) {
	g, key := c.Grafana, "grafana"
	if g.URL == "" {
		for _, name := range []string{"account", "secret_env", "secret_file", "viewers", "receivers"} {
			if inner := under(key, name); j.given(inner) && !j.isWrong("grafana.url") {
				j.mistake("grafana.url", "is missing, but %s is there; write where Grafana is, as https://grafana.example.vn, or take that out", inner)
				return
			}
		}
		return
	}
	switch {
	case j.isWrong("grafana.secret_env") || j.isWrong("grafana.secret_file"):
	case g.SecretEnv == "" && g.SecretFile == "":
		j.mistake(key, "does not say where the secret is; add secret_env (the environment variable that holds the token) or secret_file (the file that does)")
	case g.SecretEnv != "" && g.SecretFile != "":
		j.mistake("grafana.secret_file", "stands beside secret_env; keep one of them")
	}
	if t := g.TLS; t != nil && (t.CertFile == "") != (t.KeyFile == "") {
		j.mistake("grafana.tls", "cert_file and key_file belong together; name both")
	}
	if c.Network.Restricted() && !j.isWrong("network") {
		checkListed(j, c.Network, "grafana.url", g.URL, false)
	}
	first := map[string]int{}
	for i, team := range g.Viewers {
		if at, twice := first[team]; twice {
			j.mistake(entry("grafana.viewers", i), "%s stands here already (%s); name each team once", quote(team), j.line(entry("grafana.viewers", at)))
			continue
		}
		first[team] = i
	}
	checkReceivers(j, c)
}

// Secret gives the password or token, read at each call; "" where there is none. Errors name the variable or file only.
func (w Webhook) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	if w.SecretEnv == "" && w.SecretFile == "" {
		return "", nil
	}
	return secret{name: "secret", what: "the password or token", env: w.SecretEnv, file: w.SecretFile}.read(lookup, readFile)
}

// Secret gives the bot's token, read at each call. Errors name the variable or file only.
func (t Telegram) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	return secret{name: "secret", what: "the bot's token", env: t.SecretEnv, file: t.SecretFile}.read(lookup, readFile)
}

// secretOf is where a receiver's secret lies, by the name of its block.
type secretOf struct {
	name      string
	env, file *string
}

func (r *Receiver) hidden() (list []secretOf) {
	if r.Webhook != nil {
		list = append(list, secretOf{"webhook", &r.Webhook.SecretEnv, &r.Webhook.SecretFile})
	}
	if r.Telegram != nil {
		list = append(list, secretOf{"telegram", &r.Telegram.SecretEnv, &r.Telegram.SecretFile})
	}
	return list
}

// checkReceivers wants each receiver once, with a way to be told, and all that alerts name.
func checkReceivers(j *journal, c *Config) {
	first := map[string]int{}
	var names []string
	for i, r := range c.Grafana.Receivers {
		key := entry("grafana.receivers", i)
		if at, twice := first[r.Name]; twice && r.Name != "" {
			j.mistake(under(key, "name"), "%q stands here already (%s); put its ways of being told into one entry", r.Name, j.line(entry("grafana.receivers", at)))
		}
		first[r.Name] = i
		names = append(names, r.Name)
		if len(r.Mail) == 0 && r.Webhook == nil && r.Telegram == nil && !j.isWrong(key) {
			j.mistake(key, "cannot be told; add mail: [address], webhook: {url: …} or telegram: {chat: …}")
		}
		for _, s := range r.hidden() {
			switch inner := under(key, s.name); {
			case *s.env != "" && *s.file != "":
				j.mistake(under(inner, "secret_file"), "stands beside secret_env; keep one of them")
			case *s.env == "" && *s.file == "" && s.name == "telegram" && !j.isWrong(inner):
				j.mistake(inner, "does not say where the bot's token is; add secret_env or secret_file")
			}
		}
	}
	if len(names) == 0 {
		return
	}
	if !slices.Contains(names, c.Alerts.Receiver) {
		j.mistake("alerts.receiver", "%q is not among grafana.receivers; %s", c.Alerts.Receiver, suggest(c.Alerts.Receiver, names))
	}
	for i, t := range c.Targets {
		if key := under(entry("targets", i), "receiver"); t.Receiver != "" && !slices.Contains(names, t.Receiver) && !j.isWrong(key) {
			j.mistake(key, "%q is not among grafana.receivers; %s", t.Receiver, suggest(t.Receiver, names))
		}
	}
}
