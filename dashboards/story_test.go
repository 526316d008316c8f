package dashboards_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/model"
)

// message is one alert in what Alertmanager sends to a webhook.
type message struct {
	Status              string
	Labels, Annotations map[string]string
}

// inbox is a webhook that keeps what comes.
type inbox struct {
	mutex    sync.Mutex
	messages []message
}

func (i *inbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body struct{ Alerts []message }
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		i.mutex.Lock()
		defer i.mutex.Unlock()
		i.messages = append(i.messages, body.Alerts...)
	}
}

// await waits for a message.
func (i *inbox) await(t *testing.T, status, alert string, labels map[string]string) message {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		i.mutex.Lock()
		for _, m := range i.messages {
			if m.Status == status && m.Labels["alertname"] == alert && within(labels, m.Labels) {
				i.mutex.Unlock()
				return m
			}
		}
		i.mutex.Unlock()
	}
	t.Fatalf("no message that %s with %v is %s: %+v", alert, labels, status, i.messages)
	return message{}
}

func within(some, all map[string]string) bool {
	for name, value := range some {
		if all[name] != value {
			return false
		}
	}
	return true
}

// A unit's system breaks: its owner is told at the address of the Alertmanager example, and told again when it is mended. A
// target that is missed is told to whom the target names.
func anAlertArrivesAndResolves(t *testing.T, site *sampleSite, mail *inbox) {
	missed := mail.await(t, "firing", "EgovTargetMissed", map[string]string{"receiver": "lanh_dao"})
	if text := missed.Annotations["description_vi"]; !strings.Contains(text, "chỉ tiêu là ") || strings.Contains(text, "–") || strings.Contains(text, "<") {
		t.Errorf("the text has holes: %s", text)
	}

	source, path := site.fileSource(t)
	broken := map[string]string{"unit": source.Unit, "source": source.ID, "receiver": "kpiagent"}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	site.collect(t, source)
	mail.await(t, "firing", "KpiagentSourceFailing", broken)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	site.collect(t, source)
	mail.await(t, "resolved", "KpiagentSourceFailing", broken)
}

// withWebhook is the Alertmanager example with an address for everybody, and times for people who are in a hurry.
func withWebhook(t *testing.T, c *config.Config, url string) string {
	t.Helper()
	example := files(t, c)["alertmanager/alertmanager.example.yml"]
	for from, to := range map[string]string{
		"    # webhook_configs:\n":                          "    webhook_configs:\n",
		"    #   - url: https://office.example.vn/alerts\n": fmt.Sprintf("      - {url: %s, send_resolved: true}\n", url),
		"group_wait: 1m":                                    "group_wait: 1s",
		"group_interval: 30m":                               "group_interval: 1s",
	} {
		if !strings.Contains(example, from) {
			t.Fatalf("the example has no %q", from)
		}
		example = strings.ReplaceAll(example, from, to)
	}
	return example
}

// fileSource finds a source that reads one file.
func (s *sampleSite) fileSource(t *testing.T) (source config.Source, path string) {
	t.Helper()
	for _, source := range s.config.Sources {
		if source.File != nil && source.File.Path != "" && !strings.ContainsAny(source.File.Path, "*?[") {
			return source, source.File.Path
		}
	}
	t.Fatal("the sample ministry has no source that is one file")
	return config.Source{}, ""
}

func (s *sampleSite) collect(t *testing.T, source config.Source) {
	t.Helper()
	if _, err := s.agent.Collect(t.Context(), agent.CollectOptions{Sources: []string{model.SourceName(source)}}); err != nil {
		t.Fatal(err)
	}
}
