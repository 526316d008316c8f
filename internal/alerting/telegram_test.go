package alerting

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/outbound"
)

// bot stands in for the Bot API: it looks at a request as the real one does, and gives the answers that it gives.
type bot struct {
	t      *testing.T
	status int
	answer string
	texts  []string
}

func (b *bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Chat string `json:"chat_id"`
		Text string `json:"text"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&asked); {
	case r.URL.Path != "/bot123:geheim/sendMessage" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || err != nil:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"ok":false,"error_code":404,"description":"Not Found"}`)
	case b.status != 0:
		w.WriteHeader(b.status)
		io.WriteString(w, b.answer)
	case !fits(asked.Text) || asked.Chat != "-100123":
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`)
	default:
		b.texts = append(b.texts, asked.Text)
		io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
	}
}

func TestTelegram(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		answer string
		token  Secret
		again  bool
		want   string        // part of the error; "" is none
		pause  time.Duration // for which it wants to be left alone
	}{
		"sent":                    {},
		"a wrong token":           {token: func() (string, error) { return "123:falsch", nil }, want: "404 Not Found: Not Found"},
		"a token with a line end": {token: func() (string, error) { return "123:geheim\n", nil }, want: "look for spaces"},
		"no token":                {token: func() (string, error) { return "", errors.New("the file token is empty") }, again: true, want: "token is empty"},
		"a wrong chat":            {status: 400, answer: `{"ok":false,"description":"Bad Request: chat not found"}`, want: "chat not found"},
		"thrown out":              {status: 403, answer: `{"ok":false,"description":"Forbidden: bot was kicked from the group chat"}`, want: "kicked", pause: refusedPause},
		"too much":                {status: 429, answer: `{"ok":false,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`, again: true, want: "Too Many", pause: time.Second},
		"out of order":            {status: 502, answer: "<html>", again: true, want: "502"},
		"a page of a hotel":       {status: 200, answer: "<html>", want: "200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bot{t: t, status: test.status, answer: test.answer}
			server := httptest.NewServer(b)
			defer server.Close()
			token := test.token
			if token == nil {
				token = func() (string, error) { return "123:geheim", nil }
			}
			to := &telegramSender{chat: Telegram{API: server.URL + "/", Chat: "-100123", Token: token}, pages: "https://kpi.example.vn", where: time.UTC}
			what, err := to.send(t.Context(), sampleAlerts())
			if test.want == "" {
				if diff := cmp.Diff([]string{telegram(newMessage("https://kpi.example.vn", time.UTC, sampleAlerts()))}, b.texts); err != nil || diff != "" {
					t.Errorf("%v %s", err, diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || what != (outbound.Outcome{Again: test.again, Pause: test.pause}) {
				t.Errorf("it comes to %+v, the error is %v", what, err)
			}
			if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "falsch")) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

// The token stands in the address of each request, so the address never is in an error.
func TestTelegramThatIsNotReached(t *testing.T) {
	t.Parallel()
	to := &telegramSender{chat: Telegram{API: "http://127.0.0.1:9", Chat: "1", Token: func() (string, error) { return "123:geheim", nil }}, where: time.UTC}
	if what, err := to.send(t.Context(), sampleAlerts()); err == nil || !what.Again || strings.Contains(err.Error(), "geheim") {
		t.Errorf("it comes to %+v, the error is %v", what, err)
	}
}
