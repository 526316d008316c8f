package config

import "time"

// Grafana is the Grafana that boards are put into over its API.
type Grafana struct {
	URL        string        `yaml:"url" check:"url" doc:"Where the agent reaches Grafana, with its sub-path if it has one: https://grafana.example.vn. Empty: nothing is put into Grafana over its API."`
	Account    string        `yaml:"account" doc:"The user's name, where the secret is a password. Empty: the secret is the token of a service account."`
	SecretEnv  string        `yaml:"secret_env" check:"variable" doc:"The environment variable that holds the token or password."`
	SecretFile string        `yaml:"secret_file" path:"true" doc:"The file that holds it; a relative path starts at the configuration file's folder."`
	TLS        *ClientTLS    `yaml:"tls" doc:"Certificates; the server's is always verified."`
	Every      time.Duration `yaml:"every" default:"10m" check:"not_negative" doc:"How often the running agent looks whether all is in its place; 0: only kpiagent boards apply does."`
	Timeout    time.Duration `yaml:"timeout" default:"2m" check:"positive" doc:"How long that may take in all."`
	Overwrite  bool          `yaml:"overwrite" doc:"Whether changes that people made to what the agent has made are undone. Otherwise they are told of and kept."`
	Viewers    []string      `yaml:"viewers" doc:"The names of Grafana teams that may view the folder."`
}

// Secret returns the token or password, read at each call. Errors name the variable or file only.
func (g Grafana) Secret(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (string, error) {
	return secret{name: "grafana.secret", what: "the token or password", env: g.SecretEnv, file: g.SecretFile}.read(lookup, readFile)
}

func checkGrafana(j *journal, c *Config) {
	g, key := c.Grafana, "grafana"
	if g.URL == "" {
		for _, name := range []string{"account", "secret_env", "secret_file", "viewers"} {
			if inner := under(key, name); j.given(inner) && !j.isWrong("grafana.url") {
				j.mistake("grafana.url", "is missing, but %s is there; write where Grafana is, as https://grafana.example.vn, or take that out", inner)
				return
			}
		}
		return
	}
	checkSecret(j, key, g.SecretEnv, g.SecretFile, "does not say where the secret is; add secret_env (the environment variable that holds the token) or secret_file (the file that does)")
	checkClientTLS(j, "grafana.tls", g.TLS)
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
}
