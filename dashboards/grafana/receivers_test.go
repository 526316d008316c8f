package grafana_test

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"kpiagent/dashboards/grafana"
)

const (
	twoReceivers = `{name: kpiagent, mail: [a@example.vn, b@example.vn], webhook: {url: "http://127.0.0.1:1/alerts", secret_env: OTHER}},
      {name: lanh_dao, telegram: {chat: "-100123", secret_env: OTHER}}`
	// contacts is how many things those are: three contact points and a branch of the policies.
	contacts     = 3 + 1
	policiesPath = "/api/v1/provisioning/policies"
	contactsPath = "/api/v1/provisioning/contact-points"
)

// borrowPolicies puts the notification policies of a real Grafana back when the test ends, and removes the agent's contact
// points. Where somebody has policies of his own on another machine, they are not touched at all.
func (a *agent) borrowPolicies() {
	a.Helper()
	if a.standIn != nil {
		return
	}
	before := a.policies()
	routes, _ := before["routes"].([]any)
	untouched := map[string]any{"receiver": "grafana-default-email", "group_by": []any{"grafana_folder", "alertname"}}
	if host := a.address.Hostname(); len(routes) > 0 && host != "127.0.0.1" && host != "localhost" {
		a.Skipf("NOT TESTED: Grafana on %s has %d notification policies of somebody", host, len(routes))
	}
	a.Cleanup(func() {
		if reflect.DeepEqual(before, untouched) {
			a.must("DELETE", policiesPath, nil) // which also takes the note away that they came over the API
		} else {
			a.putPolicies(before)
		}
		for _, c := range a.list(contactsPath) {
			if uid, _ := c["uid"].(string); strings.HasPrefix(uid, a.prefix+"-") {
				status, said := a.ask("DELETE", contactsPath+"/"+uid, nil)
				a.Logf("cleaning up: DELETE the contact point %s: %d %v", uid, status, said)
			}
		}
		if after := a.policies(); !reflect.DeepEqual(after, before) {
			a.Errorf("the notification policies are %v now, and were %v", after, before)
		}
	})
}

// policies is the tree, without Grafana's own note, and without routes where there are none.
func (o *office) policies() map[string]any {
	o.Helper()
	tree := maps.Clone(o.must("GET", policiesPath, nil))
	delete(tree, "provenance")
	if routes, _ := tree["routes"].([]any); len(routes) == 0 {
		delete(tree, "routes")
	}
	return tree
}

// putPolicies writes the tree, as somebody else does in Grafana's pages: that leaves no note.
func (o *office) putPolicies(tree map[string]any) {
	o.Helper()
	var header []string
	if note := o.must("GET", policiesPath, nil)["provenance"]; note == nil || note == "" {
		header = append(header, "X-Disable-Provenance")
	}
	if status, text := o.do("PUT", policiesPath, tree, header...); status/100 != 2 {
		o.Fatalf("PUT %s: %d %s", policiesPath, status, text)
	}
}

// Contact points and our branch of the policies come and go; secrets are sent once and again only where they changed; the rest
// of the tree stays as it is.
func TestReceivers(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.borrowPolicies()
		// What somebody else has in the tree.
		tree := o.policies()
		theirs := map[string]any{"receiver": tree["receiver"], "object_matchers": []any{[]any{"team", "=", "khac"}}}
		tree["routes"] = []any{theirs}
		o.putPolicies(tree)

		a.receivers = twoReceivers
		a.only(a.apply(), grafana.Create, all+contacts)
		o.asked()
		a.only(a.apply(), grafana.InStep, all+contacts)
		a.only(a.plan(), grafana.InStep, all+contacts)
		onlyReads(t, o.asked())

		a.receivers = strings.Replace(a.receivers, "b@example.vn", "c@example.vn", 1)
		a.only(a.apply(), grafana.Change, 1)
		a.only(a.apply(), grafana.InStep, all+contacts)
		a.secret = "rotated" // the webhook's and the bot's; what is shown of them does not change
		a.only(a.apply(), grafana.Change, 2)
		a.only(a.apply(), grafana.InStep, all+contacts)

		a.receivers = ""
		a.only(a.plan(), grafana.Surplus, contacts)
		a.only(a.prune(), grafana.Delete, contacts)
		after := o.policies()
		if routes := after["routes"].([]any); len(routes) != 1 || !holds(routes[0], theirs) {
			t.Errorf("the tree is %v now", after)
		}
		if o.standIn != nil && after["a_key_of_the_future"] != "kept" {
			t.Errorf("a key that nobody knows is lost: %v", after)
		}
	})
}

// holds reports whether a map has everything that another has.
func holds(found any, wanted map[string]any) bool {
	m, _ := found.(map[string]any)
	for key, value := range wanted {
		if !reflect.DeepEqual(m[key], value) {
			return false
		}
	}
	return true
}

// A contact point that somebody else's policy uses stays, with the reason; the rest goes.
func TestContactPointInUse(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.borrowPolicies()
		a.receivers = twoReceivers
		a.apply()
		tree := o.policies()
		tree["routes"] = append(tree["routes"].([]any), map[string]any{"receiver": a.prefix + " lanh_dao", "object_matchers": []any{[]any{"team", "=", "khac"}}})
		o.putPolicies(tree)

		a.receivers = ""
		r, err := a.site().Prune(a.Context(), a.around())
		if err != nil || r.Count(grafana.Delete) != contacts-1 {
			t.Errorf("%v: deleted %d", err, r.Count(grafana.Delete))
		}
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), "if a notification policy of somebody else uses it, let that one use another") {
			t.Errorf("says %v", err)
		}
		tree["routes"] = tree["routes"].([]any)[:0]
		o.putPolicies(tree)
		a.only(a.prune(), grafana.Delete, 1)
	})
}

// Two agents with contact points, a branch of the policies and rules of their own leave each other alone.
func TestTwoAgentsWithAlerts(t *testing.T) {
	onEvery(t, func(o *office) {
		a, b := newAgent(o), newAgent(o)
		b.prefix, b.folder = a.prefix+"-b", a.folder+" b"
		a.borrowPolicies()
		for _, one := range []*agent{a, b} {
			one.more, one.receivers = evaluates, twoReceivers
		}
		a.only(a.apply(), grafana.Create, all+rules+contacts)
		b.only(b.apply(), grafana.Create, all+rules+contacts)
		o.asked()
		a.only(a.apply(), grafana.InStep, all+rules+contacts)
		b.only(b.apply(), grafana.InStep, all+rules+contacts)
		a.prune()
		b.prune()
		onlyReads(t, o.asked())

		a.more, a.receivers = oneTarget, ""
		if r := a.prune(); r.Count(grafana.Delete) != rules+contacts {
			t.Errorf("deleted %d, want %d", r.Count(grafana.Delete), rules+contacts)
		}
		b.only(b.apply(), grafana.InStep, all+rules+contacts)
		b.more, b.receivers = oneTarget, ""
		b.prune()
	})
}

// All kinds of things together: what is there is read once each, and nothing is written.
func TestAllKindsTogether(t *testing.T) {
	onEvery(t, func(o *office) {
		a := newAgent(o)
		a.borrowPolicies()
		team := "Lãnh đạo " + a.prefix
		o.newTeam(team)
		a.more, a.grafana, a.receivers = evaluates, "  viewers: ["+team+"]", twoReceivers
		const wanted = all + rules + contacts + 1
		a.only(a.apply(), grafana.Create, wanted)
		o.asked()
		a.only(a.apply(), grafana.InStep, wanted)
		asked := o.asked()
		onlyReads(t, asked)
		// The rules are read by group, and there are three of those.
		if want := wanted - rules + 3; o.standIn != nil && len(asked) != want {
			t.Errorf("%d requests, want %d: %v", len(asked), want, asked)
		}
		a.only(a.plan(), grafana.InStep, wanted)
		onlyReads(t, o.asked())
		a.more, a.grafana, a.receivers = oneTarget, "", ""
		a.only(a.prune(), grafana.Delete, rules+contacts+1)
	})
}

// newTeam makes a team that is gone when the test ends.
func (o *office) newTeam(name string) (id string) {
	o.Helper()
	made := o.must("POST", "/api/teams", map[string]any{"name": name})
	id = number(made["teamId"])
	if o.standIn == nil {
		o.Cleanup(func() {
			if status, said := o.ask("DELETE", "/api/teams/"+id, nil); status != http.StatusOK {
				o.Errorf("the team %s is left behind: %d %v", id, status, said)
			}
		})
	}
	return id
}

// told is what Grafana hands to the templates of contact points.
type told []map[string]map[string]string

func (t told) only(status string) (list told) {
	for _, one := range t {
		if one["Is"]["status"] == status {
			list = append(list, one)
		}
	}
	return list
}

// Firing and Resolved are what Grafana's own list of alerts has for templates.
func (t told) Firing() told   { return t.only("firing") }
func (t told) Resolved() told { return t.only("resolved") }

// The end of an alert is not told in the words of one that fires.
func TestMessagesSayWhatHasEnded(t *testing.T) {
	alert := func(status, unit string) map[string]map[string]string {
		return map[string]map[string]string{"Is": {"status": status}, "Annotations": {
			"summary_vi": unit + " là 93 %", "description_vi": unit + " còn thiếu 38 hồ sơ."}}
	}
	g, address := newStandIn(t, "12.1")
	a := newAgent(newOffice(t, address, g))
	a.receivers = twoReceivers
	a.apply()
	for _, c := range a.list(contactsPath) {
		settings, _ := c["settings"].(map[string]any)
		for _, key := range []string{"subject", "message"} {
			text, there := settings[key].(string)
			if !there {
				continue
			}
			form, err := template.New("").Parse(text)
			if err != nil {
				t.Fatalf("%s of %v: %v", key, c["name"], err)
			}
			var said strings.Builder
			if err := form.Execute(&said, map[string]any{"Alerts": told{alert("resolved", "Cục A"), alert("firing", "Cục B")}}); err != nil {
				t.Fatalf("%s of %v: %v", key, c["name"], err)
			}
			if got := said.String(); !strings.Contains(got, "Đã khắc phục: Cục A là 93 %") || strings.Contains(got, "Cục A còn thiếu") || strings.Contains(got, "phục: Cục B") || !strings.Contains(got, "Cục B") {
				t.Errorf("%s of %v: %q", key, c["name"], got)
			}
		}
	}
}
