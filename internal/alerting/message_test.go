package alerting

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"

	"kpiagent/internal/kpi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sampleAlert is an alert with the texts that the mixin gives it.
func sampleAlert(unit, name, severity string, from, to time.Time) *alert.Alert {
	return &alert.Alert{UpdatedAt: from, Alert: model.Alert{StartsAt: from, EndsAt: to,
		Labels: model.LabelSet{"alertname": "EgovTargetMissed", "unit": model.LabelValue(unit), "kpi": "on_time_share", "severity": model.LabelValue(severity), "receiver": "kpiagent"},
		Annotations: model.LabelSet{
			"summary_vi":     model.LabelValue(name + ": Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %"),
			"summary_en":     model.LabelValue(name + ": Settled on time is 81.5%, target 95.0%"),
			"description_vi": model.LabelValue("Tỷ lệ giải quyết đúng hạn của " + name + " từ đầu năm đến nay là 81,5 %; chỉ tiêu là 95,0 %, còn thiếu 27 hồ sơ. Cần làm: thống nhất với đơn vị việc cần làm và thời hạn."),
			"description_en": model.LabelValue("Settled on time of " + name + " so far this year is 81.5%; the target is 95.0%, lacking 27 dossiers. What to do: agree with the unit on what is to be done by when."),
		}}}
}

func sampleMessage() message {
	hanoi := time.FixedZone("+07", 7*3600)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, hanoi) }
	return newMessage("https://kpi.example.vn", hanoi, []*alert.Alert{
		sampleAlert("cuc_xuat_nhap_khau", "Cục Xuất nhập khẩu", "warning", at(2, 8, 15), time.Time{}),
		sampleAlert("cuc_hoa_chat", "Cục Hoá chất <Hà Nội>", "critical", at(2, 9, 5), time.Time{}),
		sampleAlert("cuc_dien_luc", "Cục Điện lực", "warning", at(1, 16, 40), at(2, 10, 20)),
	})
}

// What people get to read, to be read by a person.
func TestMessage(t *testing.T) {
	m := sampleMessage()
	html, err := m.html()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"message.txt": m.subject() + "\n\n" + m.plain(), "message.html": html, "telegram.txt": telegram(m)} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSubject(t *testing.T) {
	all := sampleMessage()
	one, ended := all.Firing[:1], all.Resolved
	long := entry{Summary: kpi.Text{"vi": strings.Repeat("Một tên rất dài ", 40)}}
	for want, m := range map[string]message{
		"Cảnh báo: Cục Hoá chất <Hà Nội>: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %":                                                         {Firing: one},
		"2 cảnh báo: Cục Hoá chất <Hà Nội>: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %; …":                                                    {Firing: all.Firing},
		"Đã khắc phục: Cục Điện lực: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %":                                                              {Resolved: ended},
		"Đã khắc phục 2 cảnh báo: Cục Điện lực: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %; …":                                                {Resolved: append(ended[:1:1], one...)},
		"Đã khắc phục 1, còn 2 cảnh báo: Cục Hoá chất <Hà Nội>: Tỷ lệ giải quyết đúng hạn là 81,5 %, chỉ tiêu 95,0 %; …":                                all,
		"Cảnh báo: " + strings.TrimSpace(strings.Repeat("Một tên rất dài ", 40)[:0]+string([]rune(strings.Repeat("Một tên rất dài ", 40))[:149])) + "…": {Firing: []entry{long}},
	} {
		if got := m.subject(); got != want {
			t.Errorf("the subject is\n%s, want\n%s", got, want)
		}
	}
}

func TestPageOf(t *testing.T) {
	for want, labels := range map[string]model.LabelSet{
		"https://k/":                             {"alertname": "KpiagentConfigNotReloaded"},
		"https://k/units/xnk":                    {"unit": "xnk"},
		"https://k/kpis/on_time_share?unit=xnk":  {"unit": "xnk", "kpi": "on_time_share"},
		"https://k/sources/xnk/motcua":           {"unit": "xnk", "source": "motcua"},
		"https://k/units/a%2Fb":                  {"unit": "a/b"},
		"https://k/kpis/on_time_share?unit=a%26": {"unit": "a&", "kpi": "on_time_share"},
	} {
		if got := pageOf("https://k", labels); got != want {
			t.Errorf("the page of %v is %s, want %s", labels, got, want)
		}
	}
	if got := pageOf("", model.LabelSet{"unit": "xnk"}); got != "" {
		t.Errorf("nobody said where the pages are, but one is %s", got)
	}
}

// Telegram refuses what is longer than 4096 characters: English goes first, then what alerts mean, then alerts; what is left
// always says how many there are.
func TestTelegramIsShortEnough(t *testing.T) {
	for _, number := range []int{1, 5, 20, 100, 5000} {
		var list []*alert.Alert
		for range number {
			list = append(list, sampleAlert("u", "Cục Xuất nhập khẩu", "warning", time.Unix(1.7e9, 0), time.Time{}))
		}
		text := telegram(newMessage("https://kpi.example.vn", time.UTC, list))
		if !fits(text) {
			t.Errorf("%d alerts: the message does not fit", number)
		}
		if count, _, _ := strings.Cut(text, "\n"); count != translations()[0].counts(newMessage("", time.UTC, list)) {
			t.Errorf("%d alerts: the message begins with %q", number, count)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("Cục", "xnk", "critical", 3)
	f.Add("<script>alert(1)</script>\r\nBcc: a@b", "a/b", "", 40)
	f.Add(strings.Repeat("🏛", 3000), "\xff", "x", 1)
	f.Fuzz(func(t *testing.T, name, unit, severity string, number int) {
		var list []*alert.Alert
		for range min(max(number, 0), 50) {
			list = append(list, sampleAlert(unit, name, severity, time.Unix(1.7e9, 0), time.Time{}))
		}
		m := newMessage("https://kpi.example.vn", time.UTC, list)
		if len(list) == 0 {
			return
		}
		if text := telegram(m); !fits(text) {
			t.Errorf("the message is too long for Telegram: %q", text)
		}
		if subject := m.subject(); strings.ContainsAny(subject, "\r\n") || len([]rune(subject)) > 160 {
			t.Errorf("the subject is %q", subject)
		}
		html, err := m.html()
		if err != nil || strings.Contains(html, "<script") {
			t.Errorf("%v: %s", err, html)
		}
	})
}

func FuzzDecodeAlerts(f *testing.F) {
	now := time.Unix(1.7e9, 0).UTC()
	whole, err := encodeAlerts([]*alert.Alert{sampleAlert("xnk", "Cục", "info", now, time.Time{}), sampleAlert("b", "B", "info", now, now.Add(time.Hour))}, now.Add(2*time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`[{"labels":{"a":"b"},"startsAt":"2026-01-01T00:00:00Z"}]`))
	f.Add([]byte(`[{"labels":{},"startsAt":"2026-01-01T00:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		list, err := decodeAlerts(content, now, now.Add(time.Minute))
		if err != nil {
			return
		}
		once, err := encodeAlerts(list, now)
		if err != nil {
			t.Fatal(err)
		}
		if list, err = decodeAlerts(once, now, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		twice, err := encodeAlerts(list, now)
		if diff := cmp.Diff(string(once), string(twice)); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

func BenchmarkMessageOfFiftyAlerts(b *testing.B) {
	var list []*alert.Alert
	for range 50 {
		list = append(list, sampleAlert("u", "Cục Xuất nhập khẩu", "warning", time.Unix(1.7e9, 0), time.Time{}))
	}
	for b.Loop() {
		if _, err := newMessage("https://kpi.example.vn", time.UTC, list).html(); err != nil {
			b.Fatal(err)
		}
	}
}
