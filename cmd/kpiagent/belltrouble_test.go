package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Alerts that cannot begin are seen on the pages in both languages, in the metrics and by kpiagent alerts; they begin by
// themselves once that is possible, and with a configuration that was mended.
func TestAlertsThatCannotBeginAreSeenAndTriedAgain(t *testing.T) {
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	const told = "\nalerts: {engine: builtin, receivers: [{name: kpiagent, mail: [lan@example.vn]}], mail: {host: 127.0.0.1, port: 9, tls: none, from: a@example.vn%s}}\n"
	builtin := func(more string) { c.write("kpiagent.yml", string(content)+strings.ReplaceAll(told, "%s", more)) }
	out := new(screen)
	p := process{out: out, err: out, now: time.Now, mixin: hurried}
	agent := &runningAgent{t: t, process: &p, out: out, config: filepath.Join(c.folder, "kpiagent.yml")}
	agent.start()
	defer func() { agent.stop() }()
	reload := func() {
		t.Helper()
		answer, err := http.Post(agent.base+"/-/reload", "", nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%v: %v\n%s", err, answer, out)
		}
		answer.Body.Close()
	}
	await := func(what, path string, there bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); strings.Contains(get(t, agent.base+path), what) != there; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s on %s: it should be %v\n%s", what, path, there, out)
			}
		}
	}
	const up, down = "\negov_alert_up 1\n", "\negov_alert_up 0\n"

	// Somebody else evaluates the rules.
	if strings.Contains(get(t, agent.base+"/metrics"), "egov_alert_up") {
		t.Error("there is a metric of alerts that are somebody else's")
	}

	// The place of the state is taken; when it is free, alerts begin by themselves.
	c.write("kpiagent.db.alerts", "not a folder")
	builtin("")
	reload()
	await(down, "/metrics", true)
	await("Cảnh báo tự động đang trục trặc", "/sources", true)
	await("kpiagent.db.alerts", "/sources", true)
	await("Automatic alerts are in trouble", "/?lang=en", true)
	printed := new(screen)
	beside := process{out: printed, err: printed, now: time.Now}
	if code := beside.execute(t.Context(), []string{"alerts", "--agent", agent.base}); code != 1 || !strings.Contains(printed.String(), "kpiagent.db.alerts") {
		t.Errorf("kpiagent alerts: %d %s", code, printed)
	}
	if err := os.Remove(filepath.Join(c.folder, "kpiagent.db.alerts")); err != nil {
		t.Fatal(err)
	}
	await(up, "/metrics", true)
	await("trục trặc", "/sources", false)

	// Settings that cannot be followed leave alerts as they were, which is seen; a mended configuration is followed at once.
	builtin(", ca_file: nowhere.pem")
	reload()
	await(down, "/metrics", true)
	await("nowhere.pem", "/sources", true)
	if list := run(t, &p, out, "alerts", "--agent", agent.base); !strings.Contains(list, "nowhere.pem") {
		t.Errorf("kpiagent alerts says %s", list)
	}
	builtin("")
	reload()
	await(up, "/metrics", true)

	// State that cannot be saved any more is seen as well.
	folder := filepath.Join(c.folder, "kpiagent.db.alerts")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	c.write("kpiagent.db.alerts", "not a folder")
	id, warned := new(screen), new(screen)
	beside.out, beside.err = id, warned
	if code := beside.execute(t.Context(), []string{"alerts", "silence", "--agent", agent.base, "--unit", "hoachat", "--for", "2h", "--comment", "bảo trì"}); code != 1 {
		t.Errorf("a silence that cannot be saved: exit code %d", code)
	}
	if name := strings.TrimSpace(id.String()); name == "" || !strings.Contains(warned.String(), "in force, but not saved") || !strings.Contains(get(t, agent.base+"/-/alerts"), name) {
		t.Errorf("a silence that cannot be saved has the id %q, and is told with %s", name, warned)
	}
	await(down, "/metrics", true)
	// The banner does not say more than its reason.
	await("alerts are told all the same", "/sources", true)
	await("Cảnh báo tự động đang trục trặc.", "/sources", true)
	await("Automatic alerts are in trouble.", "/?lang=en", true)
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	await(up, "/metrics", true)

	// Somebody else is to evaluate them: nothing is wrong then.
	c.write("kpiagent.yml", string(content))
	reload()
	await("egov_alert_up", "/metrics", false)
}
