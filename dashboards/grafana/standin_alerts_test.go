package grafana_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// provenance is how Grafana notes that something came over the API. 9.3 does not heed the header.
func (g *standIn) provenance(r *http.Request) string {
	_, free := r.Header[http.CanonicalHeaderKey("X-Disable-Provenance")]
	if free && g.major > 9 {
		return ""
	}
	return "api"
}

// hides are the settings that are never shown again.
var hides = []string{"bottoken", "password", "authorization_credentials"}

func (g *standIn) contact(r *http.Request, uid string, body map[string]any) (int, any) {
	at := slices.IndexFunc(g.contacts, func(c map[string]any) bool { return c["uid"] == uid })
	switch r.Method {
	case "GET":
		list := []any{}
		for _, c := range g.contacts {
			shown, settings := maps.Clone(c), maps.Clone(c["settings"].(map[string]any))
			for _, key := range hides {
				if settings[key] != nil {
					settings[key] = "[REDACTED]"
				}
			}
			shown["settings"] = settings
			list = append(list, shown)
		}
		return 200, list
	case "POST":
		g.only(body, "uid", "name", "type", "settings")
		body["provenance"] = g.provenance(r)
		body["disableResolveMessage"] = false
		g.contacts = append(g.contacts, body)
		return 202, body
	case "PUT":
		if at < 0 {
			return said(404, "contact point not found")
		}
		if now := g.provenance(r); g.contacts[at]["provenance"] == "api" && now == "" {
			return said(409, "cannot change provenance from 'api' to ''")
		} else {
			body["provenance"] = now
		}
		g.contacts[at] = body
		return 202, map[string]any{"message": "contactpoint updated"}
	case "DELETE":
		if at < 0 {
			return said(404, "contact point not found")
		}
		text, _ := json.Marshal(g.tree)
		name := g.contacts[at]["name"]
		others := slices.ContainsFunc(g.contacts, func(c map[string]any) bool { return c["name"] == name && c["uid"] != uid })
		if !others && strings.Contains(string(text), fmt.Sprintf("%q", name)) {
			if g.major < 10 {
				return said(500, fmt.Sprintf("contact point '%v' is currently used by a notification policy", name))
			}
			return said(409, "contact point is in use by a notification policy")
		}
		g.contacts = slices.Delete(g.contacts, at, at+1)
		return 202, map[string]any{"message": "contactpoint deleted"}
	}
	return said(405, "")
}

func (g *standIn) policies(r *http.Request, body map[string]any) (int, any) {
	switch r.Method {
	case "GET":
		return 200, g.tree
	case "DELETE":
		g.tree = map[string]any{"receiver": "grafana-default-email", "group_by": []any{"grafana_folder", "alertname"}}
		return 202, g.tree
	}
	if now := g.provenance(r); g.tree["provenance"] == "api" && now == "" {
		return said(409, "cannot change provenance from 'api' to ''")
	} else if body["provenance"] = now; now == "" {
		delete(body, "provenance")
	}
	routes, _ := body["routes"].([]any)
	for _, route := range routes {
		receiver := route.(map[string]any)["receiver"]
		if !slices.ContainsFunc(g.contacts, func(c map[string]any) bool { return c["name"] == receiver }) && receiver != "grafana-default-email" {
			return said(400, fmt.Sprintf("receiver %q does not exist", receiver))
		}
	}
	g.tree = body
	return 202, map[string]any{"message": "policies updated"}
}

// rule is what the stand-in does with one alert rule.
func (g *standIn) rule(r *http.Request, uid string, body map[string]any) (int, any) {
	known := g.rules[uid]
	if g.lacks("alert.provisioning:write") && r.Method != "GET" {
		return forbidden("alert.provisioning:write")
	}
	_, free := r.Header[http.CanonicalHeaderKey("X-Disable-Provenance")]
	switch {
	case r.Method == "DELETE" && known["provenance"] == "api" && free && g.major > 9:
		return said(500, "cannot delete with provided provenance '', needs 'api'")
	case r.Method == "DELETE":
		delete(g.rules, uid)
		return 204, nil
	case r.Method != "POST" && known == nil && g.major < 10:
		return said(500, "could not find alert rule")
	case r.Method != "POST" && known == nil:
		return said(404, "could not find alert rule")
	case r.Method == "GET":
		return 200, known
	}
	provenance := g.provenance(r)
	if status, text := g.checkRule(body, known, provenance); status != 0 {
		return said(status, text)
	}
	uid, _ = body["uid"].(string)
	// What Grafana adds of its own.
	body["id"], body["provenance"], body["updated"] = len(g.rules)+1, provenance, fmt.Sprintf("2026-11-23T00:00:%02dZ", len(g.rules)%60)
	for _, q := range body["data"].([]any) {
		model := q.(map[string]any)["model"].(map[string]any)
		model["intervalMs"], model["maxDataPoints"] = 1000, 43200
		q.(map[string]any)["queryType"] = ""
	}
	if g.major < 10 {
		delete(body, "isPaused")
	}
	g.rules[uid] = body
	if at := fmt.Sprint(body["folderUID"], "/", body["ruleGroup"]); g.paces[at] == 0 {
		g.paces[at] = g.usualPace
	}
	if r.Method == "POST" {
		return 201, body
	}
	return 200, body
}

// checkRule holds a rule against what Grafana wants of one.
func (g *standIn) checkRule(r, known map[string]any, provenance string) (int, string) {
	g.only(r, "uid", "title", "folderUID", "ruleGroup", "orgID", "for", "keep_firing_for", "condition", "noDataState", "execErrState", "labels", "annotations", "data", "isPaused")
	uid, _ := r["uid"].(string)
	if uid == "" || len(uid) > 40 {
		g.t.Errorf("a rule has the uid %q", uid)
	}
	if _, keeps := r["keep_firing_for"]; g.major < 12 && keeps {
		g.t.Errorf("keep_firing_for was sent to Grafana %d", g.major)
	}
	names := map[any]bool{}
	for _, q := range r["data"].([]any) {
		names[q.(map[string]any)["refId"]] = true
		model := q.(map[string]any)["model"].(map[string]any)
		if text := fmt.Sprint(model["conditions"]); strings.Contains(text, "unloadEvaluator") && (g.major < 10 || g.major == 10 && g.minor < 4) {
			g.t.Errorf("a threshold with a recovery was sent to Grafana %d.%d", g.major, g.minor)
		}
		if of, is := model["expression"].(string); is && model["type"] != "math" && !names[of] {
			g.t.Errorf("rule %s: the expression %v asks for %q, which comes later or never", uid, q, of)
		}
	}
	switch {
	case g.folders[fmt.Sprint(r["folderUID"])] == nil:
		return 400, "folder does not exist"
	case !names[r["condition"]]:
		return 400, "condition does not exist"
	case r["orgID"] != float64(standInOrganisation) && g.major < 10:
		g.t.Errorf("rule %s would be lost in the organisation %v", uid, r["orgID"])
	case known == nil && g.rules[uid] != nil:
		return 409, "rule with this uid exists already"
	case known != nil && known["provenance"] == "api" && provenance == "":
		return 500, "cannot change provenance from 'api' to ''"
	}
	for other, rule := range g.rules {
		if other != uid && rule["folderUID"] == r["folderUID"] && rule["title"] == r["title"] {
			return 409, "a conflicting alert rule is found: rule title under the same organisation and folder should be unique"
		}
	}
	return 0, ""
}

func (g *standIn) ruleGroup(method, folder, name string, body map[string]any) (int, any) {
	var uids []string
	for uid, r := range g.rules {
		if r["folderUID"] == folder && r["ruleGroup"] == name {
			uids = append(uids, uid)
		}
	}
	if len(uids) == 0 {
		return said(404, "rule group not found")
	}
	if method == "PUT" {
		list, _ := body["rules"].([]any)
		if seconds, _ := body["interval"].(float64); int(seconds)%10 != 0 || seconds == 0 || len(list) != len(uids) {
			g.t.Errorf("a group of %d rules gets an interval of %v s and %d rules", len(uids), body["interval"], len(list))
		}
		g.paces[folder+"/"+name], _ = body["interval"].(float64)
		return 200, body
	}
	slices.Sort(uids)
	list := []any{}
	for _, uid := range uids {
		rule := maps.Clone(g.rules[uid])
		delete(rule, "provenance") // of a group nobody says how it was made
		if g.major >= 11 {         // newer ones spell out in a group what a single rule leaves away
			rule["notification_settings"], rule["record"] = nil, nil
		}
		list = append(list, rule)
	}
	return 200, map[string]any{"title": name, "folderUid": folder, "interval": g.paces[folder+"/"+name], "rules": list}
}
