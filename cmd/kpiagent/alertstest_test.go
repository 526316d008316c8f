package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whether messages arrive is found out without an alert, and without an agent that runs.
func TestAlertsTest(t *testing.T) {
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if code := c.run("alerts test"); code != 1 || !strings.Contains(c.err.String(), "alerts.engine is prometheus") {
		t.Errorf("without the agent's own engine: %d %s", code, &c.err)
	}
	box, port := newPostbox(t)
	with := func(port int) {
		c.write("kpiagent.yml", string(content)+fmt.Sprintf(`
history: {enabled: true}
alerts:
  engine: builtin
  receivers: [{name: kpiagent, mail: [lan@example.vn]}]
  mail: {host: 127.0.0.1, port: %d, tls: none, from: kpiagent@example.vn}
`, port))
	}
	with(port)
	if code := c.run("alerts test"); code != 0 || !strings.Contains(c.out.String(), "lan@example.vn  taken") {
		t.Errorf("%d %s%s", code, &c.out, &c.err)
	}
	box.await(t, `(?s)^Cảnh báo: Thử gửi cảnh báo, không có việc gì cần làm\n.*nghĩa là cảnh báo của kpiagent sẽ đến được đây`)
	with(9)
	if code := c.run("alerts test --receiver kpiagent"); code != 1 || !strings.Contains(c.out.String(), "refused") {
		t.Errorf("nobody takes it: %d %s%s", code, &c.out, &c.err)
	}
}
