package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/prometheus/alertmanager/alert"

	"kpiagent/internal/outbound"
)

const (
	// longestTelegram is how long a message of Telegram may be, in UTF-16 units.
	longestTelegram = 4096
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
)

// telegramSender sends to one chat.
type telegramSender struct {
	chat  Telegram
	dial  outbound.Dialer
	pages string
	where *time.Location
}

func (t *telegramSender) send(ctx context.Context, alerts []*alert.Alert) (outbound.Outcome, error) {
	token, err := t.chat.Token.read()
	if err != nil {
		return outbound.Outcome{Again: true}, fmt.Errorf("telegram: the bot's token cannot be had: %w", err)
	}
	body, err := json.Marshal(map[string]any{"chat_id": t.chat.Chat, "text": telegram(newMessage(t.pages, t.where, alerts)),
		"link_preview_options": map[string]bool{"is_disabled": true}})
	if err != nil {
		return outbound.Outcome{}, fmt.Errorf("telegram: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		strings.TrimRight(t.chat.API, "/")+"/bot"+token+"/sendMessage", bytes.NewReader(body))
	if err != nil {
		return outbound.Outcome{}, errors.New("telegram: " +
			"the address of the request cannot be made of telegram.api and the bot's token; " +
			"look for spaces and line ends in the token")
	}
	request.Header.Set("Content-Type", "application/json")
	client, err := client(kindTelegram, t.dial, "", nil, t.chat.TLS)
	if err != nil {
		return outbound.Outcome{Again: true}, fmt.Errorf("telegram: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return outbound.Outcome{Again: true}, fmt.Errorf("telegram: %w", outbound.WithoutAddress(err)) // it holds the token
	}
	defer answer.Body.Close()
	return t.read(answer)
}

// read says what became of a message. Telegram says itself for how long it is to be left alone.
func (t *telegramSender) read(answer *http.Response) (outbound.Outcome, error) {
	var said struct {
		OK          bool
		Description string
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		}
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err == nil && json.Unmarshal(content, &said) == nil && said.OK && answer.StatusCode == http.StatusOK {
		return outbound.Outcome{}, nil
	}
	err = fmt.Errorf("telegram: the answer is %s: %s", answer.Status, shorten(said.Description, 200))
	what := answered(answer.StatusCode, answer.Header)
	if what.Again {
		what.Pause = max(what.Pause, time.Duration(min(said.Parameters.RetryAfter,
			int(outbound.LongestPause/time.Second)))*time.Second)
	}
	return what, err
}

// telegram writes a message as long as one may be: first the other languages go, then what the alerts mean, then alerts.
func telegram(m message) string {
	var texts []string
	for _, t := range translations() {
		texts = append(texts, t.plain(m, whole, 0))
	}
	if all := strings.Join(texts, "\n———\n\n"); fits(all) {
		return all
	}
	text := texts[0]
	if fits(text) {
		return text
	}
	first := translations()[0]
	if text = first.plain(m, summaries, 0); fits(text) {
		return text
	}
	for most := max(len(m.Firing), len(m.Resolved)) / 2; most > 0; most /= 2 {
		if text = first.plain(m, summaries, most); fits(text) {
			return text
		}
	}
	return shorten(text, longestTelegram/2) // every character is two units at most
}

func fits(text string) bool { return len(utf16.Encode([]rune(text))) <= longestTelegram }
