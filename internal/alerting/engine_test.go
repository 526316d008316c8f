package alerting_test

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/alerting"
)

// Units of one kind of alert are told in one message, also the end of theirs; a webhook gets it in Alertmanager's form.
func TestAnAlertAndItsEndAreTold(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 3)
	s.late("hoachat", 2)
	s.late("dienluc", 0)
	s.begin(settings(box.url))

	first := box.expect(t, "firing hoachat xnk")
	if first.Version != "4" || first.Receiver != "kpiagent" {
		t.Errorf("version %q, receiver %q", first.Version, first.Receiver)
	}
	if diff := cmp.Diff(map[string]string{"alertname": "Late"}, first.GroupLabels); diff != "" {
		t.Error(diff)
	}
	for _, a := range first.Alerts {
		if a.Labels["unit"] != "xnk" {
			continue
		}
		// The text asks the history itself, as the mixin's texts do.
		if want := "Đơn vị xnk có 3 hồ sơ quá hạn, tuần trước là 3. Cần làm: xử lý hồ sơ cũ nhất trước."; a.Annotations["description_vi"] != want {
			t.Errorf("the text is %q", a.Annotations["description_vi"])
		}
		if a.GeneratorURL != "https://kpi.example.vn/units/xnk" {
			t.Errorf("the page is %q", a.GeneratorURL)
		}
	}

	s.late("xnk", 0)
	box.expect(t, "firing hoachat, resolved xnk")
	s.late("dienluc", 1)
	box.expect(t, "firing dienluc hoachat")
	s.late("dienluc", 0)
	s.late("hoachat", 0)
	if last := box.expect(t, "resolved dienluc hoachat"); last.Status != "resolved" {
		t.Errorf("the status is %q", last.Status)
	}
	box.silent(t, 2*time.Second)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*alerting.Settings)
		// what comes after the unit is late, and after it is no longer
		late, mended string
	}{
		"as they are":          {func(*alerting.Settings) {}, "firing xnk", "resolved xnk"},
		"ends are not told":    {func(s *alerting.Settings) { s.Resolved = false }, "firing xnk", ""},
		"the receiver's label": {func(s *alerting.Settings) { s.Rules = withLabel(s.Rules, "receiver: kpiagent") }, "firing xnk", "resolved xnk"},
		"nobody's label":       {func(s *alerting.Settings) { s.Rules = withLabel(s.Rules, "receiver: stranger") }, "firing xnk", "resolved xnk"},
		"a held alert":         {func(s *alerting.Settings) { s.Rules = ruleOf("1h") }, "", ""},
		"repeated":             {func(s *alerting.Settings) { s.RepeatInterval = time.Second }, "firing xnk", "firing xnk"},
		"inhibited by nothing": {func(s *alerting.Settings) {
			s.Inhibit = []byte(`inhibit_rules: [{source_matchers: ['unit="xnk"'], target_matchers: ['unit="xnk"'], equal: [alertname]}, {source_matchers: ['unit="dienluc"'], target_matchers: ['alertname="Late"']}]`)
		}, "firing xnk", "resolved xnk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, box := newSite(t), newInbox(t)
			s.late("xnk", 1)
			how := settings(box.url)
			test.change(&how)
			s.begin(how)
			expect := func(want string) {
				if want == "" {
					box.silent(t, 2*time.Second)
					return
				}
				box.expect(t, want)
			}
			expect(test.late)
			if name != "repeated" {
				s.late("xnk", 0)
			}
			expect(test.mended)
		})
	}
}

func withLabel(rules []byte, label string) []byte {
	return bytes.ReplaceAll(rules, []byte("severity: warning"), []byte("severity: warning, "+label))
}

// Whom the label receiver names gets the alert, the others do not.
func TestReceivers(t *testing.T) {
	t.Parallel()
	s, everybody, leaders := newSite(t), newInbox(t), newInbox(t)
	s.late("xnk", 1)
	how := settings(everybody.url)
	how.Receivers = append(how.Receivers, alerting.Receiver{Name: "lanh_dao", Webhook: &alerting.Webhook{URL: leaders.url, Timeout: time.Second}})
	how.Rules = withLabel(how.Rules, "receiver: lanh_dao")
	s.begin(how)
	leaders.expect(t, "firing xnk")
	everybody.silent(t, time.Second)
}

// An alert that is inhibited by a graver one is not told.
func TestInhibition(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 1)
	s.late("ministry", 1)
	how := settings(box.url)
	how.Inhibit = []byte(`inhibit_rules: [{source_matchers: ['unit="ministry"'], target_matchers: ['unit!="ministry"']}]`)
	s.begin(how)
	box.expect(t, "firing ministry")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		away func(*site)
		want string // "" is nothing
	}{
		"nothing happened":                   {func(*site) {}, ""},
		"mended meanwhile":                   {func(s *site) { s.late("xnk", 0) }, "resolved xnk"},
		"another unit is late":               {func(s *site) { s.late("dienluc", 1) }, "firing dienluc xnk"},
		"the figure has changed":             {func(s *site) { s.late("xnk", 17) }, ""},
		"the log of what was told is broken": {func(s *site) { s.spoil("notified") }, "firing xnk"},
		"the alerts are broken":              {func(s *site) { s.spoil("alerts.json") }, ""},
		"the silences are broken":            {func(s *site) { s.spoil("silences") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, box := newSite(t), newInbox(t)
			s.late("xnk", 1)
			s.begin(settings(box.url))
			box.expect(t, "firing xnk")
			if _, err := s.engine.Silence(t.Context(), map[string]string{"unit": "other"}, time.Hour, "Lan", "trying"); err != nil {
				t.Fatal(err)
			}
			s.end()
			test.away(s)
			s.begin(settings(box.url))
			if test.want == "" {
				box.silent(t, 3*time.Second)
			} else {
				box.expect(t, test.want)
			}
		})
	}
}

// spoil breaks a file of the state.
func (s *site) spoil(name string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.options.Folder, name), []byte("\xff\x00 no state"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		aside, err := filepath.Glob(filepath.Join(s.options.Folder, name+".broken-*"))
		if err != nil || len(aside) != 1 {
			s.t.Errorf("what was set aside of %s: %v, %v", name, aside, err)
		}
	})
}

// What ended shortly before the stop, and was not told yet, is told after the start.
func TestAnEndThatWasNotToldYetIsToldAfterARestart(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 1)
	how := settings(box.url)
	how.GroupInterval = time.Hour // only its next turn would tell the end
	s.begin(how)
	box.expect(t, "firing xnk")
	s.late("xnk", 0)
	box.silent(t, time.Second)
	s.end()
	s.begin(how)
	box.expect(t, "resolved xnk")
}

// The state is on disk soon after a message, so that a crash loses nothing either: here the state of a running engine is
// copied, and another one starts on the copy.
func TestCrash(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 1)
	s.begin(settings(box.url))
	box.expect(t, "firing xnk")
	time.Sleep(time.Second)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(s.options.Folder)); err != nil {
		t.Fatal(err)
	}
	s.end()
	s.options.Folder = copied
	s.begin(settings(box.url))
	box.silent(t, 2*time.Second)
	s.late("xnk", 0)
	box.expect(t, "resolved xnk")
}

// The time that a condition has held counts over a restart and over a reload.
func TestHeldAlertsGoOnWaitingOverARestartAndAReload(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(*site, alerting.Settings){
		"restart": func(s *site, how alerting.Settings) { s.end(); s.begin(how) },
		"reload": func(s *site, how alerting.Settings) {
			how.Rules = append(how.Rules, []byte("      - alert: Other\n        expr: late > 1000\n")...)
			if err := s.engine.Reload(how); err != nil {
				s.t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, box := newSite(t), newInbox(t)
			s.late("xnk", 1)
			how := settings(box.url)
			how.Rules = ruleOf("6s")
			began := time.Now()
			s.begin(how)
			box.silent(t, 4*time.Second)
			interrupt(s, how)
			box.expect(t, "firing xnk")
			if took := time.Since(began); took < 6*time.Second || took > 9500*time.Millisecond {
				t.Errorf("it was told after %s, it had to hold for 6s", took)
			}
		})
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	s, box, other := newSite(t), newInbox(t), newInbox(t)
	s.late("xnk", 1)
	how := settings(box.url)
	s.begin(how)
	box.expect(t, "firing xnk")

	// Another address of the same receiver: nobody is told again.
	how.Receivers[0].Webhook = &alerting.Webhook{URL: other.url, Timeout: time.Second}
	if err := s.engine.Reload(how); err != nil {
		t.Fatal(err)
	}
	box.silent(t, time.Second)
	s.late("xnk", 0)
	other.expect(t, "resolved xnk")

	// Mistakes leave all as it was.
	for name, change := range map[string]func(*alerting.Settings){
		"rules":      func(s *alerting.Settings) { s.Rules = []byte("groups: [{name: x, rules: [{alert: A, expr: '('}]}]") },
		"receiver":   func(s *alerting.Settings) { s.Receiver = "nobody" },
		"inhibition": func(s *alerting.Settings) { s.Inhibit = []byte("no: list") },
	} {
		wrong := how
		change(&wrong)
		if err := s.engine.Reload(wrong); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	s.late("xnk", 1)
	other.expect(t, "firing xnk")
}

// A receiver that cannot be reached is tried again, and hears of the alert when it can.
func TestAMessageIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	box.answer(http.StatusServiceUnavailable)
	s.late("xnk", 1)
	s.begin(settings(box.url))
	for range 2 {
		select {
		case <-box.requests:
		case <-time.After(30 * time.Second):
			t.Fatal("it was not tried")
		}
	}
	box.answer(http.StatusOK)
	box.expect(t, "firing xnk")
	if got := awaitSent(t, s.engine, "webhook"); got["egov_alert_notification_failures_total webhook"] < 2 {
		t.Errorf("the metrics say %v", got)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 1)
	how := settings(box.url)
	how.Rules = append(how.Rules, []byte("      - alert: Twice\n        expr: label_replace(late, 'unit', '', '', '') or label_replace(late, 'unit', 'x', '', '')\n        labels: {unit: same}\n")...)
	s.begin(how)
	box.next(t)
	got := awaitSent(t, s.engine, "webhook")
	if got["egov_alert_evaluation_failures_total "] == 0 {
		t.Error("an evaluation that fails is not counted")
	}
	if age := float64(time.Now().Unix()) - got["egov_alert_last_evaluation_timestamp_seconds "]; age > 5 || age < -5 {
		t.Errorf("the last evaluation was %v s ago", age)
	}
	delete(got, "egov_alert_evaluation_failures_total ")
	delete(got, "egov_alert_last_evaluation_timestamp_seconds ")
	want := map[string]float64{"egov_alerts_firing critical": 0, "egov_alerts_firing warning": 1, "egov_alerts_firing info": 0,
		"egov_alert_notifications_total webhook": 1, "egov_alert_notification_failures_total webhook": 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSilences(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.begin(settings(box.url))
	id, err := s.engine.Silence(t.Context(), map[string]string{"unit": "xnk"}, time.Hour, "Lan", "Hệ thống bảo trì")
	if err != nil {
		t.Fatal(err)
	}
	s.late("xnk", 1)
	box.silent(t, 2*time.Second)
	list, err := s.engine.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Alerts) != 1 || !cmp.Equal(list.Alerts[0].SilencedBy, []string{id}) || len(list.Silences) != 1 || list.Silences[0].Comment != "Hệ thống bảo trì" {
		t.Errorf("the list is %+v", list)
	}

	// It holds over a restart, for that unit only.
	s.end()
	s.begin(settings(box.url))
	s.late("dienluc", 1)
	box.expect(t, "firing dienluc")
	if err := s.engine.Expire(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	box.expect(t, "firing dienluc xnk")
	if err := s.engine.Expire(t.Context(), id); err != alerting.ErrNoSilence {
		t.Errorf("it ends twice: %v", err)
	}
}

func TestSilencesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.begin(settings("http://127.0.0.1:9"))
	unit := map[string]string{"unit": "xnk"}
	for name, test := range map[string]struct {
		labels  map[string]string
		length  time.Duration
		comment string
		want    string
	}{
		"of everything":    {nil, time.Hour, "why", "needs a label"},
		"of an empty unit": {map[string]string{"unit": ""}, time.Hour, "why", "is no label"},
		"of no label":      {map[string]string{"un it": "x"}, time.Hour, "why", "is no label"},
		"that is over":     {unit, -time.Hour, "why", "never be in force"},
		"for ever":         {unit, 1000 * 24 * time.Hour, "why", "after a year"},
		"without a reason": {unit, time.Hour, " ", "needs a comment"},
		"of a book":        {unit, time.Hour, strings.Repeat("x", 20_000), "size"},
	} {
		_, err := s.engine.Silence(t.Context(), maps.Clone(test.labels), test.length, "Lan", test.comment)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("a silence %s: %v", name, err)
		}
	}
}

// Without a default receiver some alert would reach nobody.
func TestSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	how := settings("http://127.0.0.1:9")
	how.Receiver = "nobody"
	if _, err := alerting.Open(newSite(t).options, how); err == nil || !strings.Contains(err.Error(), `"nobody" is not among the receivers`) {
		t.Errorf("the error is %v", err)
	}
}

// Who asks the history does not see an alert fire that ended while the agent was away.
func TestSeriesOfAlertsThatEndedMeanwhileEnd(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 1)
	s.late("dienluc", 1)
	s.begin(settings(box.url))
	box.expect(t, "firing dienluc xnk")
	s.end()
	s.late("xnk", 0)
	s.begin(settings(box.url))
	box.expect(t, "firing dienluc, resolved xnk")
	const ask = `ALERTS{alertstate="firing"}`
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		found, err := s.query(t.Context(), ask, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 && found[0].Metric.Get("unit") == "dienluc" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s gives %v", ask, found)
		}
	}
	if groups := s.options.Rules.AlertGroups(); len(groups) != 1 || len(s.options.Rules.AlertingRules()) != 1 {
		t.Errorf("the groups are %v", groups)
	}
}

// What was told before a restart can be listed and silenced from the first moment, while the engine still takes it over. The race
// detector watches.
func TestAlertsAreListedWhileTheEngineStarts(t *testing.T) {
	t.Parallel()
	s, box := newSite(t), newInbox(t)
	s.late("xnk", 3)
	s.begin(settings(box.url))
	box.expect(t, "firing xnk")
	s.end()

	// Several starts, since the moment is short.
	for range 20 {
		s.begin(settings(box.url))
		for range 20 {
			list, err := s.engine.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Alerts) != 1 || list.Alerts[0].Labels["unit"] != "xnk" || list.Alerts[0].Until != nil {
				t.Fatalf("the list has %v", list.Alerts)
			}
		}
		s.end()
	}
}
