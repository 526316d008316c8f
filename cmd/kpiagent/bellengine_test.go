package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Another engine may take over and give back, by a reload: what was told is not told again, silences are still there, and the
// end of what was told is told. Meanwhile the agent tells nothing.
func TestAnotherEngineTakesOverAndGivesBack(t *testing.T) {
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	box, port := newPostbox(t)
	// The source is read at the start, and when its schedule changes.
	schedule := "@every 1h"
	engine := func(name string) {
		c.write("kpiagent.yml", strings.Replace(string(content), "    kind: file\n", fmt.Sprintf("    kind: file\n    schedule: %q\n", schedule), 1)+fmt.Sprintf(`
alerts:
  engine: %s
  group_wait: 1s
  group_interval: 2s
  receivers: [{name: kpiagent, mail: [lan@example.vn]}]
  mail: {host: 127.0.0.1, port: %d, tls: none, from: kpiagent@example.vn}
`, name, port))
	}
	out := new(screen)
	p := process{out: out, err: out, now: time.Now, mixin: hurried}
	agent := &runningAgent{t: t, process: &p, out: out, config: filepath.Join(c.folder, "kpiagent.yml")}
	report, aside := filepath.Join(c.folder, "hoachat.csv"), filepath.Join(c.folder, "aside")
	if err := os.Rename(report, aside); err != nil {
		t.Fatal(err)
	}
	engine("builtin")
	agent.start()
	defer func() { agent.stop() }()
	take := func(name string) {
		t.Helper()
		engine(name)
		answer, err := http.Post(agent.base+"/-/reload", "", nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%v: %v\n%s", err, answer, out)
		}
		answer.Body.Close()
	}
	await := func(what string, there bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); strings.Contains(get(t, agent.base+"/metrics"), what) != there; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: it should be %v\n%s", what, there, out)
			}
		}
	}
	const source, several = "hoachat/baocao", 5 * time.Second

	box.await(t, `(?s)ĐANG CẢNH BÁO\n.*Không đọc được nguồn `+source)
	id, note, _ := strings.Cut(run(t, &p, out, "alerts", "silence", "--agent", agent.base, "--unit", "moit", "--for", "2d", "--comment", "bảo trì", "--author", "Lan"), "\n")
	if !strings.Contains(note, "holds for no alert") {
		t.Errorf("a silence for nothing says %q", note)
	}

	take("prometheus")
	await("egov_alert", false)
	before := box.count(source)
	take("builtin")
	await("\negov_alert_up 1\n", true)
	await(`egov_alerts_firing{severity="warning"} 1`, true)
	time.Sleep(several)
	if after := box.count(source); after != before {
		t.Errorf("%d more mails came", after-before)
	}
	if list := run(t, &p, out, "alerts", "--agent", agent.base); !strings.Contains(list, id) || !strings.Contains(list, "KpiagentSourceFailing") {
		t.Errorf("the list is %s", list)
	}

	// What is mended while somebody else tells of it is told to have ended, once, to those who were told of its beginning.
	if err := os.Rename(aside, report); err != nil {
		t.Fatal(err)
	}
	schedule = "@every 2h"
	take("prometheus")
	await("egov_alert", false)
	await(`egov_source_up{source="baocao",unit="hoachat"} 1`, true)
	if after := box.count(source); after != before {
		t.Errorf("%d mails came while another engine tells", after-before)
	}
	take("builtin")
	box.await(t, `(?s)ĐÃ KHẮC PHỤC\n.*Không đọc được nguồn `+source)
	time.Sleep(several)
	if after := box.count(source); after != before+1 {
		t.Errorf("%d mails came at the end", after-before)
	}
}
