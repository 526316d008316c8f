package pages_test

import (
	"html"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/history"
	"kpiagent/internal/web/pages"
)

// The page for IT says what is wrong with history and what to do, in the visitor's language; the reason is the log's.
func TestSourcesTellOfTroubleWithHistory(t *testing.T) {
	s := newSite(t, "")
	var troubles []pages.HistoryTrouble
	p, err := pages.New(pages.Options{Agent: s.agent, Ledger: s.agent.Ledger, Version: "1.0", Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		History: func() []pages.HistoryTrouble { return troubles }})
	if err != nil {
		t.Fatal(err)
	}
	page := func(language string) string {
		answer := httptest.NewRecorder()
		p.ServeHTTP(answer, httptest.NewRequest("GET", "/sources?lang="+language, nil))
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return html.UnescapeString(string(body))
	}
	for _, test := range []struct{ kind, vi, en string }{
		{history.NotWritten, "Kiểm tra dung lượng đĩa và quyền ghi", "See to room on the disk"},
		{pages.PastNotWritten, "những ngày đã qua", "closed days cannot be written"},
		{history.Late, "Chỉnh giờ cho đúng", "Set the clock right"},
		{history.Damaged, "thư mục damaged", "folder damaged"},
	} {
		troubles = []pages.HistoryTrouble{{Kind: test.kind, Why: "the disk of /srv is <full>"}}
		for language, want := range map[string]string{"vi": test.vi, "en": test.en} {
			if got := page(language); !strings.Contains(got, want) || !strings.Contains(got, "the disk of /srv is <full>") {
				t.Errorf("%s in %s: the page does not say %q", test.kind, language, want)
			}
		}
	}
	troubles = nil
	if got := page("en"); strings.Contains(got, `class="notice"`) && strings.Contains(got, "history.path") {
		t.Errorf("without trouble the page says some:\n%s", got)
	}
}
