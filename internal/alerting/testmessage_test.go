package alerting

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// Each way is tried, and one that fails keeps none of the others from being tried.
func TestTry(t *testing.T) {
	t.Parallel()
	box, b := new(mailbox), &bot{t: t}
	telegrams := httptest.NewServer(b)
	defer telegrams.Close()
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer busy.Close()
	s := Settings{Location: time.UTC, Pages: "https://kpi.example.vn", Mail: box.serve(t, StartTLS), Receiver: "kpiagent", Receivers: []Receiver{
		{Name: "kpiagent", Addresses: []string{"lan@example.vn", "minh@example.vn"}, Webhook: &Webhook{URL: busy.URL + "/hidden-token", Timeout: time.Second}},
		{Name: "lanh_dao", Telegram: &Telegram{API: telegrams.URL, Chat: "-100123", Token: func() (string, error) { return "123:geheim", nil }, Timeout: time.Second}},
	}}
	o := Options{Log: slog.New(slog.DiscardHandler)}
	list, err := Try(t.Context(), o, s, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []Attempt{{"kpiagent", "mail", "lan@example.vn", ""}, {"kpiagent", "mail", "minh@example.vn", ""},
		{"kpiagent", "webhook", busy.URL, `webhook: the answer is 503 Service Unavailable: ""`}, {"lanh_dao", "telegram", "-100123", ""}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if len(box.letters) != 2 || len(b.texts) != 1 || !strings.Contains(b.texts[0], "Thử gửi cảnh báo, không có việc gì cần làm") {
		t.Errorf("%d mails came, and %q", len(box.letters), b.texts)
	}
	if list, err := Try(t.Context(), o, s, "lanh_dao"); err != nil || len(list) != 1 || len(b.texts) != 2 {
		t.Errorf("of one receiver: %v, %v", list, err)
	}
	if _, err := Try(t.Context(), o, s, "nobody"); err == nil || !strings.Contains(err.Error(), `"nobody" is not among`) {
		t.Errorf("of nobody: %v", err)
	}
	s.Alertmanagers = []Alertmanager{{URL: busy.URL + "/am"}, {URL: "http://127.0.0.1:9"}}
	list, err = Try(t.Context(), o, s, "")
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Error, "503") || !strings.Contains(list[1].Error, "refused") {
		t.Errorf("of Alertmanagers: %v, %v", list, err)
	}
	if _, err := Try(t.Context(), o, s, "nobody"); err == nil || !strings.Contains(err.Error(), "kpiagent, lanh_dao") {
		t.Errorf("of nobody, beside Alertmanagers: %v", err)
	}
}

// What a server says of one address keeps no mail from the others.
func TestTryWhereOneAddressIsRefused(t *testing.T) {
	t.Parallel()
	box := &mailbox{nobody: &smtp.SMTPError{Code: 530, Message: "members only"}, member: "minh@example.vn"}
	s := Settings{Location: time.UTC, Mail: box.serve(t, StartTLS), Receiver: "kpiagent", Receivers: []Receiver{{Name: "kpiagent", Addresses: []string{"lan@example.vn", "minh@example.vn"}}}}
	s.Mail.Account, s.Mail.Password = "kpiagent", func() (string, error) { return "mật khẩu", nil }
	list, err := Try(t.Context(), Options{Log: slog.New(slog.DiscardHandler)}, s, "")
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Error, "members only") || list[1].Error != "" || len(box.letters) != 1 {
		t.Errorf("%d mails came: %v, %v", len(box.letters), list, err)
	}
}

// A login that several ways share is tried once; other logins, and addresses without one, have nothing to do with it.
func TestTryWhereALoginIsShared(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		asked[user]++
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	s := Settings{Location: time.UTC, Receiver: "a"}
	for name, user := range map[string]string{"a": "lan", "b": "lan", "c": "minh", "d": "", "e": ""} {
		s.Receivers = append(s.Receivers, Receiver{Name: name, Webhook: &Webhook{URL: server.URL + "/" + name, Account: user, Timeout: time.Second}})
	}
	if _, err := Try(t.Context(), Options{Log: slog.New(slog.DiscardHandler)}, s, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"lan": 1, "minh": 1, "": 2}, asked); diff != "" {
		t.Error(diff)
	}
}
