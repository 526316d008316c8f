package config

import (
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
)

// checkAddress wants a mail address without a name beside it.
func checkAddress(text string) string {
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		return quote(text) + " is not a mail address; write for example chuyendoiso@example.vn"
	}
	return ""
}

func checkLabel(text string) string {
	if !model.LegacyValidation.IsValidLabelName(text) {
		return quote(text) + " is not the name of a label; write for example alertname, kpi, unit or severity"
	}
	return ""
}

// checkAlerts wants a receiver for each alert, and all that is needed for it.
func checkAlerts(j *journal, c *Config) {
	checkReceivers(j, c)
	for _, h := range c.Alerts.hidden() {
		missing := ""
		switch {
		case h.needed != "":
			missing = "does not say where " + h.needed + " is; add secret_env or secret_file"
		case h.account != "":
			missing = "names an account, but not where its password is; add secret_env or secret_file"
		}
		checkSecret(j, h.block, h.env, h.file, missing)
	}
	c.Alerts.certificates(func(key string, t *ClientTLS) {
		checkClientTLS(j, key, t)
		if c.Alerts.Engine != EngineBuiltin {
			j.mistake(key, "is for alerts.engine: builtin only; whoever else tells people has certificates of its own")
		}
	})
	if c.Network.Restricted() && !j.isWrong("network") {
		checkAlertHosts(j, c)
	}
	if c.Alerts.Engine == EngineBuiltin {
		checkBuiltin(j, c)
		return
	}
	if len(c.Alerts.Alertmanagers) > 0 {
		j.mistake("alerts.alertmanagers", "is for alerts.engine: builtin only; Prometheus has its Alertmanagers in its own configuration")
	}
}

// checkReceivers wants each receiver once, with a way to be told, and all that alerts name.
func checkReceivers(j *journal, c *Config) {
	const key = "alerts.receivers"
	first := map[string]int{}
	var names []string
	for i, r := range c.Alerts.Receivers {
		at := entry(key, i)
		if known, twice := first[r.Name]; twice && r.Name != "" {
			j.mistake(under(at, "name"), "%q stands here already (%s); put its ways of being told into one entry", r.Name, j.line(entry(key, known)))
		} else {
			first[r.Name] = i
			names = append(names, r.Name)
		}
		if len(r.Mail) == 0 && r.Webhook == nil && r.Telegram == nil && !j.isWrong(at) {
			j.mistake(at, "cannot be told; add mail: [address], webhook: {url: …} or telegram: {chat: …}")
		}
	}
	if len(names) == 0 || len(c.Alerts.Alertmanagers) > 0 {
		return
	}
	if !slices.Contains(names, c.Alerts.Receiver) {
		j.mistake("alerts.receiver", "%q is not among alerts.receivers; %s", c.Alerts.Receiver, suggest(c.Alerts.Receiver, names))
	}
	for i, t := range c.Targets {
		if at := under(entry("targets", i), "receiver"); t.Receiver != "" && !slices.Contains(names, t.Receiver) && !j.isWrong(at) {
			j.mistake(at, "%q is not among alerts.receivers; %s", t.Receiver, suggest(t.Receiver, names))
		}
	}
}

// checkBuiltin wants what the agent needs to evaluate the rules and to tell people.
func checkBuiltin(j *journal, c *Config) {
	a := c.Alerts
	if !c.History.Enabled {
		j.mistake("alerts.engine", "builtin evaluates the rules on the agent's own history, which is off; add history: {enabled: true}")
	}
	if len(a.Receivers) == 0 && len(a.Alertmanagers) == 0 && !j.isWrong("alerts") {
		j.mistake("alerts.engine", "builtin has nobody to tell; add alerts.receivers with an entry named %s, or alerts.alertmanagers", a.Receiver)
	}
	for i, m := range a.Alertmanagers {
		same := func(other Alertmanager) bool {
			return strings.TrimRight(other.URL, "/") == strings.TrimRight(m.URL, "/")
		}
		if at := slices.IndexFunc(a.Alertmanagers, same); at < i && m.URL != "" {
			j.mistake(under(entry("alerts.alertmanagers", i), "url"), "%q stands here already (%s); name each Alertmanager once", m.URL, j.line(entry("alerts.alertmanagers", at)))
		}
	}
	mails := slices.ContainsFunc(a.Receivers, func(r Receiver) bool { return len(r.Mail) > 0 })
	switch m := a.Mail; {
	case j.isWrong("alerts.mail"):
	case mails && m.Host == "":
		j.mistake("alerts.mail", "does not say which mail server takes the mails of alerts.receivers; add host and from")
	case mails && m.From == "":
		j.mistake("alerts.mail", "does not say whose address the mails come from; add from: kpiagent@example.vn")
	case m.TLS == "none" && m.Account != "":
		j.mistake("alerts.mail.tls", "is none, but there is an account: its password would go over the network for all to read; write starttls or implicit")
	}
}

// checkAlertHosts holds the addresses against the list network.allow.
func checkAlertHosts(j *journal, c *Config) {
	if c.Alerts.Engine != EngineBuiltin {
		return // somebody else connects to them
	}
	for i, r := range c.Alerts.Receivers {
		at := entry("alerts.receivers", i)
		if r.Webhook != nil {
			checkListed(j, c.Network, under(at, "webhook.url"), r.Webhook.URL, false)
		}
		if r.Telegram != nil {
			checkListed(j, c.Network, under(at, "telegram.api"), r.Telegram.API, false)
		}
	}
	if c.Alerts.Mail.Host != "" {
		checkListed(j, c.Network, "alerts.mail.host", "smtp://"+net.JoinHostPort(c.Alerts.Mail.Host, strconv.Itoa(c.Alerts.Mail.Port)), false)
	}
	for i, m := range c.Alerts.Alertmanagers {
		checkListed(j, c.Network, under(entry("alerts.alertmanagers", i), "url"), m.URL, false)
	}
}
