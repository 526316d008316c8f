package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kpiagent/dashboards"
	"kpiagent/internal/demo"
	"kpiagent/internal/model"
)

// postbox is a mail server that keeps what comes, as subject and text.
type postbox struct {
	mutex   sync.Mutex
	letters []string
}

func newPostbox(t *testing.T) (box *postbox, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box = new(postbox)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return delivery{box}, nil }))
	go server.Serve(listener) // it ends with Close
	t.Cleanup(func() { server.Close() })
	return box, listener.Addr().(*net.TCPAddr).Port
}

type delivery struct{ box *postbox }

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

func (d delivery) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	text, err := readLetter(content)
	if err != nil {
		return err
	}
	d.box.mutex.Lock()
	defer d.box.mutex.Unlock()
	d.box.letters = append(d.box.letters, text)
	return nil
}

// readLetter gives subject and text of a mail.
func readLetter(content []byte) (string, error) {
	letter, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	if err != nil {
		return "", err
	}
	_, form, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	part, err := multipart.NewReader(letter.Body, form["boundary"]).NextRawPart()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	return subject + "\n" + strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// await waits for a mail that says all of that, in that order.
func (b *postbox) await(t *testing.T, says string) string {
	t.Helper()
	pattern := regexp.MustCompile(says)
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		b.mutex.Lock()
		for _, letter := range b.letters {
			if pattern.MatchString(letter) {
				b.mutex.Unlock()
				return letter
			}
		}
		b.mutex.Unlock()
	}
	t.Fatalf("no mail says %s; there are %q", says, b.letters)
	return ""
}

// count gives the number of mails about a source.
func (b *postbox) count(source string) (n int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, letter := range b.letters {
		if strings.Contains(letter, "Không đọc được nguồn "+source) {
			n++
		}
	}
	return n
}

// runningAgent is an agent as kpiagent run has it.
type runningAgent struct {
	t       *testing.T
	process *process
	out     *screen
	config  string
	session *session
	base    string // where it serves
	stop    func()
}

func (a *runningAgent) start() {
	a.t.Helper()
	s, err := a.process.load(a.t.Context(), a.config, map[string]string{"web.listen": "127.0.0.1:0", "web.external_url": "https://kpi.example.vn",
		"history.enabled": "true", "log.level": "warn"})
	if err != nil {
		a.t.Fatalf("%v\n%s", err, a.out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	listening := make(chan net.Addr, 1)
	go func() { ended <- a.process.serve(ctx, s, func(at net.Addr) { listening <- at }) }()
	a.session = s
	a.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			a.t.Errorf("%v\n%s", err, a.out)
		}
	})
	select {
	case at := <-listening:
		a.base = "http://" + at.String()
	case <-time.After(time.Minute):
		a.stop()
		a.t.FailNow()
	}
}

// hurried is the mixin with seconds in the place of hours.
func hurried(m *model.Model) dashboards.Settings {
	settings := dashboards.FromModel(m)
	for _, name := range []string{"sourceFailingFor", "sourceFailingKeepFiringFor", "targetFor"} {
		settings[name] = "1s"
	}
	settings["interval"] = "3s" // an alert is believed for four of them, which a busy machine may need for one evaluation
	return settings
}

// One binary is enough: a unit's system breaks, a mail says so in Vietnamese; it is mended, and a mail says that. A target
// that is missed is told with its figures. No Prometheus, no Alertmanager, no Grafana.
func TestABrokenUnitIsToldByMail(t *testing.T) {
	dir := t.TempDir()
	out := new(screen)
	p := process{out: out, err: out, now: time.Now, environ: os.Environ(), mixin: hurried}
	ministry, err := demo.Build(t.Context(), dir, demoSeed, p.now(), demo.Size{Days: 60, Share: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	defer ministry.Close()
	box, port := newPostbox(t)
	content, err := os.ReadFile(ministry.Config)
	if err != nil {
		t.Fatal(err)
	}
	content = regexp.MustCompile(`schedule: "@every [0-9]+[sm]"`).ReplaceAll(content, []byte(`schedule: "@every 5s"`))
	content = fmt.Appendf(content, `
alerts:
  engine: builtin
  min_volume: 1
  group_wait: 1s
  group_interval: 2s
  receivers:
    - {name: kpiagent, mail: [lan@example.vn]}
  mail: {host: 127.0.0.1, port: %d, tls: none, from: kpiagent@example.vn}
`, port)
	if err := os.WriteFile(ministry.Config, content, 0o600); err != nil {
		t.Fatal(err)
	}
	agent := &runningAgent{t: t, process: &p, out: out, config: ministry.Config}
	agent.start()
	defer func() { agent.stop() }()

	missed := box.await(t, `(?s)là .*, chỉ tiêu .*còn thiếu .*https://kpi\.example\.vn/kpis/`)
	if strings.Contains(missed, "<error") || strings.Contains(missed, "chỉ tiêu là –") {
		t.Errorf("the text has holes: %s", missed)
	}

	source, path := fileSource(t, agent.session)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	box.await(t, `(?s)ĐANG CẢNH BÁO\n.*Không đọc được nguồn `+source)
	if list := run(t, &p, out, "alerts", "--agent", agent.base); !strings.Contains(list, "KpiagentSourceFailing") {
		t.Errorf("the list has no such alert: %s", list)
	}
	if text := get(t, agent.base+"/api/v1/alerts"); !strings.Contains(text, "KpiagentSourceFailing") {
		t.Errorf("the API has no such alert: %s", text)
	}
	if text := get(t, agent.base+"/metrics"); !regexp.MustCompile(`(?m)^egov_alert_notifications_total\{kind="mail"\} [1-9]`).MatchString(text) {
		t.Error("the metrics know of no mail")
	}

	// A restart tells nothing twice, and takes what goes on for nothing mended: the one mail after it is that of the mending.
	agent.stop()
	before := box.count(source)
	agent.start()
	awaitFiring(t, agent.base, "KpiagentSourceFailing")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	box.await(t, `(?s)ĐÃ KHẮC PHỤC\n.*Không đọc được nguồn `+source+`\n   Từ .* đến `)
	if after := box.count(source); after != before+1 {
		t.Errorf("over a restart and the mending %d mails came about the source; want 1", after-before)
	}

	// Silences are made, shown and ended over the same address.
	id, _, _ := strings.Cut(run(t, &p, out, "alerts", "silence", "--agent", agent.base, "--unit", "xnk", "--for", "2d", "--comment", "bảo trì", "--author", "Lan"), "\n")
	if list := run(t, &p, out, "alerts", "list", "--agent", agent.base); !strings.Contains(list, id) || !strings.Contains(list, "bảo trì") {
		t.Errorf("the list has no silence %s: %s", id, list)
	}
	run(t, &p, out, "alerts", "expire", "--agent", agent.base, "--id", id)
	if list := run(t, &p, out, "alerts", "list", "--agent", agent.base); strings.Contains(list, id) {
		t.Errorf("the silence goes on: %s", list)
	}
}

// awaitFiring waits until the rules of an agent have an alert firing.
func awaitFiring(t *testing.T, base, alert string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		text = get(t, base+"/api/v1/alerts")
		if regexp.MustCompile(`"alertname":"` + alert + `"[^{}]*\}[^{}]*\{[^{}]*\}[^{}]*"state":"firing"`).MatchString(text) {
			return
		}
	}
	t.Fatalf("%s does not fire: %s", alert, text)
}

// run runs a command beside the agent and gives what it printed.
func run(t *testing.T, p *process, log *screen, arguments ...string) string {
	t.Helper()
	beside, printed := *p, new(screen)
	beside.out, beside.err = printed, printed
	if code := beside.execute(t.Context(), arguments); code != 0 {
		t.Fatalf("%v: exit code %d: %s\n%s", arguments, code, printed, log)
	}
	return printed.String()
}

// fileSource finds a source that reads one file.
func fileSource(t *testing.T, s *session) (name, path string) {
	t.Helper()
	for _, source := range s.model.Config.Sources {
		if source.File != nil && source.File.Path != "" && !strings.ContainsAny(source.File.Path, "*?[") {
			return source.Unit + "/" + source.ID, source.File.Path
		}
	}
	t.Fatal("the sample ministry has no source that is one file")
	return "", ""
}
