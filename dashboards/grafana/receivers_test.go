package grafana_test

import (
	"strings"
	"testing"

	"kpiagent/dashboards/grafana"
)

// Contact points and our branch of the policies come and go; secrets are sent once and again only where they changed; the rest
// of the tree stays as it is.
func TestReceivers(t *testing.T) {
	onEvery(t, func(o *office) {
		if o.standIn == nil && !strings.HasPrefix(o.address.Host, "127.") {
			t.Skip("NOT TESTED: it touches the notification policies, so only on this machine")
		}
		a := newAgent(o)
		// What somebody else has in the tree.
		tree := o.must("GET", "/api/v1/provisioning/policies", nil)
		theirs := map[string]any{"receiver": tree["receiver"], "object_matchers": []any{[]any{"team", "=", "khac"}}}
		a.grafana = `  receivers:
    - name: kpiagent
      mail: [a@example.vn, b@example.vn]
      webhook: {url: "http://127.0.0.1:1/alerts", secret_env: OTHER}
    - name: lanh_dao
      telegram: {chat: "-100123", secret_env: OTHER}`
		const more = 3 + 1
		a.only(a.apply(), grafana.Create, all+more)
		o.asked()
		a.only(a.apply(), grafana.InStep, all+more)
		onlyReads(t, o.asked())
		if o.standIn != nil {
			o.standIn.mu.Lock()
			o.standIn.tree["routes"] = append(o.standIn.tree["routes"].([]any), theirs)
			o.standIn.mu.Unlock()
		}

		a.grafana = strings.Replace(a.grafana, "b@example.vn", "c@example.vn", 1)
		a.only(a.apply(), grafana.Change, 1)
		a.only(a.apply(), grafana.InStep, all+more)
		a.secret = "rotated" // the webhook's and the bot's; what is shown of them does not change
		a.only(a.apply(), grafana.Change, 2)
		a.only(a.apply(), grafana.InStep, all+more)
		a.grafana = ""
		r := a.prune()
		if r.Count(grafana.Delete) != more {
			t.Errorf("deleted %d, want %d", r.Count(grafana.Delete), more)
		}
		if o.standIn != nil {
			if routes := o.standIn.tree["routes"].([]any); len(routes) != 1 || o.standIn.tree["a_key_of_the_future"] != "kept" {
				t.Errorf("the tree is %v now", o.standIn.tree)
			}
		}
	})
}
