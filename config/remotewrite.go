package config

import (
	"slices"
	"time"
)

// RemoteWrite is what is sent to stores that others run.
type RemoteWrite struct {
	Interval     time.Duration `yaml:"interval" default:"1m" check:"positive" doc:"How often everything is sent; in between only what has changed."`
	Path         string        `yaml:"path" path:"true" default:"kpiagent-remote-write" doc:"The folder of what is still to be sent; a relative path starts at the configuration file's folder."`
	MaxMegabytes int64         `yaml:"max_megabytes" default:"2048" check:"positive" doc:"The largest size on disk of what is still to be sent; beyond it the oldest is given up."`
	Job          string        `yaml:"job" default:"kpiagent" doc:"The label job of all series, as boards.selector wants it."`
	Instance     string        `yaml:"instance" default:"kpiagent" doc:"The label instance of all series; each agent that writes into the same store needs its own, and it should never change."`
	Stores       []RemoteStore `yaml:"stores" doc:"The stores; none: nothing is sent."`
}

// RemoteStore is a store that takes Prometheus' remote write.
type RemoteStore struct {
	Name              string        `yaml:"name" required:"true" check:"identifier" doc:"Short and stable: the value of the label store. What was already sent is remembered under it."`
	URL               string        `yaml:"url" required:"true" check:"url" doc:"Where it takes remote writes: …/api/v1/write with Prometheus and VictoriaMetrics, …/api/v1/push with Mimir, …/api/v1/receive with Thanos."`
	Headers           []Parameter   `yaml:"headers" doc:"Headers without secrets, such as X-Scope-OrgID; those with go under auth."`
	Auth              *Auth         `yaml:"auth" doc:"How the agent says who it is; every kind but login."`
	TLS               *ClientTLS    `yaml:"tls" doc:"Certificates; the server's is always verified."`
	Proxy             string        `yaml:"proxy" check:"proxy" doc:"The address of a proxy; empty: that of network.proxy; direct: none."`
	RequestTimeout    time.Duration `yaml:"request_timeout" default:"30s" check:"positive" doc:"How long the answer to one request may take."`
	Protobuf          int           `yaml:"protobuf" default:"1" allowed:"1|2" doc:"The version of the protocol. Every store knows 1; Prometheus from 3.0 on and Mimir also know 2."`
	SamplesPerRequest int           `yaml:"samples_per_request" default:"2000" check:"positive" doc:"How many samples one request has at most."`
	Connections       int           `yaml:"connections" default:"2" check:"positive" doc:"How many requests are under way at the same time."`
	RetryWait         time.Duration `yaml:"retry_wait" default:"1s" check:"positive" doc:"How long the agent waits before it sends again what the store could not take; each further time twice as long."`
	LongestWait       time.Duration `yaml:"longest_wait" default:"30s" check:"positive" doc:"The longest of these waits."`
}

// HTTP returns how the store is asked.
func (s RemoteStore) HTTP() HTTP {
	return HTTP{Headers: s.Headers, Auth: s.Auth, TLS: s.TLS, Proxy: s.Proxy, RequestTimeout: s.RequestTimeout}
}

// Store finds a store by its name.
func (w RemoteWrite) Store(name string) (RemoteStore, bool) {
	i := slices.IndexFunc(w.Stores, func(s RemoteStore) bool { return s.Name == name })
	if i < 0 {
		return RemoteStore{}, false
	}
	return w.Stores[i], true
}

func checkRemoteWrite(j *journal, c *Config) {
	first := map[string]int{}
	for i, s := range c.RemoteWrite.Stores {
		key := entry("remote_write.stores", i)
		if at, twice := first[s.Name]; twice && s.Name != "" {
			j.mistake(under(key, "name"), "%s is the name of another store already (%s); give each store its own", quote(s.Name), j.line(under(entry("remote_write.stores", at), "name")))
		} else {
			first[s.Name] = i
		}
		how := s.HTTP()
		checkHTTP(j, key, &how)
		if s.Auth != nil && s.Auth.Kind == "login" {
			j.mistake(under(key, "auth.kind"), "login is not possible with a store; write basic, bearer, header or oauth2")
		}
		if s.LongestWait < s.RetryWait && !j.isWrong(under(key, "longest_wait")) && !j.isWrong(under(key, "retry_wait")) {
			j.mistake(under(key, "longest_wait"), "%s is shorter than retry_wait %s; make it longer", s.LongestWait, s.RetryWait)
		}
		if c.Network.Restricted() && !j.isWrong("network") {
			proxied := c.Network.ProxyOf(how) != ""
			checkListed(j, c.Network, under(key, "url"), s.URL, proxied)
			if s.Proxy != Direct {
				checkListed(j, c.Network, under(key, "proxy"), s.Proxy, false)
			}
			if s.Auth != nil {
				checkListed(j, c.Network, under(key, "auth.token_url"), s.Auth.TokenURL, proxied)
			}
		}
	}
}
