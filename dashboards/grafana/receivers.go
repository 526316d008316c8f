package grafana

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"kpiagent/config"
	"kpiagent/internal/i18n"
	"kpiagent/internal/outbound"
)

// receivers returns the contact points of a configuration, and the branch of policies that leads to them; none without
// receivers, or where the agent tells them itself.
func receivers(c *config.Config) (list []object) {
	if len(c.Alerts.Receivers) == 0 || c.Alerts.Engine == config.EngineBuiltin {
		return nil
	}
	prefix := c.Boards.Prefix
	texts := "summary_" + c.Boards.Languages[0]
	details := "description_" + c.Boards.Languages[0]
	ended := func(summary string) string {
		return i18n.Builtin().In(c.Boards.Languages[0]).Say("alert.subject.resolved", summary)
	}
	// What an alert is about is written as if it fired: of one that has ended only the summary is told, and that it has.
	each := func(annotation, after string) string {
		return "{{ range .Alerts.Firing }}{{ .Annotations." + annotation + " }}" + after + "{{ end }}" +
			"{{ range .Alerts.Resolved }}" + ended("{{ .Annotations."+texts+" }}") + after + "{{ end }}"
	}
	name := func(receiver string) string { return prefix + " " + receiver }
	var branches []any
	for _, r := range c.Alerts.Receivers {
		if len(r.Mail) > 0 {
			list = append(list, &contactPoint{uid: contactUID(prefix, r.Name, "mail"), name: name(r.Name), form: "email",
				settings: map[string]any{
					"addresses": strings.Join(r.Mail, ";"), "subject": each(texts, "; "), "message": each(details, "\n\n")}})
		}
		if w := r.Webhook; w != nil {
			list = append(list, webhook(contactUID(prefix, r.Name, "hook"), name(r.Name), *w))
		}
		if t := r.Telegram; t != nil {
			list = append(list, &contactPoint{uid: contactUID(prefix, r.Name, "chat"), name: name(r.Name), form: "telegram",
				settings: map[string]any{"chatid": t.Chat, "message": each(details, "\n\n")},
				reveal: func(around outbound.Env) (map[string]string, error) {
					token, err := t.Secret(around.LookupEnv, around.ReadFile)
					return map[string]string{"bottoken": token}, err
				}})
		}
		branches = append(branches, map[string]any{"receiver": name(r.Name),
			"object_matchers": []any{[]any{"receiver", "=", r.Name}}})
	}
	p := &policy{prefix: prefix}
	groups := []any{}
	for _, label := range append(slices.Clone(c.Alerts.GroupBy), "receiver") {
		groups = append(groups, label)
	}
	span := func(d time.Duration) string { return model.Duration(d).String() }
	p.route = map[string]any{"receiver": name(c.Alerts.Receiver), "object_matchers": p.matchers(), "routes": branches,
		"group_by":   groups,
		"group_wait": span(c.Alerts.GroupWait), "group_interval": span(c.Alerts.GroupInterval),
		"repeat_interval": span(c.Alerts.RepeatInterval)}
	return append(list, p)
}

func webhook(uid, name string, w config.Webhook) *contactPoint {
	c := &contactPoint{uid: uid, name: name, form: "webhook", settings: map[string]any{"url": w.URL, "httpMethod": "POST"}}
	key := "authorization_credentials"
	switch {
	case w.SecretEnv == "" && w.SecretFile == "":
		return c
	case w.Account != "":
		c.settings["username"], key = w.Account, "password"
	default:
		c.settings["authorization_scheme"] = "Bearer"
	}
	c.reveal = func(around outbound.Env) (map[string]string, error) {
		text, err := w.Secret(around.LookupEnv, around.ReadFile)
		return map[string]string{key: text}, err
	}
	return c
}

// contactUID fits what Grafana allows, 40 characters, whatever the names are.
func contactUID(prefix, receiver, way string) string {
	const longest = 40
	uid := prefix + "-" + receiver + "-" + way
	if len(uid) <= longest {
		return uid
	}
	sum, _ := hash(receiver) // a text can always be written as JSON
	return prefix + "-" + sum[:16] + "-" + way
}
