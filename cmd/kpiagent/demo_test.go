package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/demo"
)

// waitFor asks until what is got fits, for a minute at most.
func waitFor(t *testing.T, what string, fits func() bool) {
	t.Helper()
	for range 600 {
		if fits() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s never came", what)
}

var address = regexp.MustCompile(`Open  http://([^/]+)/`)

// monthFigure is a line of a board's table of months that has a figure.
var monthFigure = regexp.MustCompile(`<tr><th scope="row">tháng [^<]*</th><td>[0-9]`)

var isUp = regexp.MustCompile(`(?m)^egov_source_up\{.*\} 1$`)

// A small ministry, started, looked at and left: every source is read but the one that has fallen silent, whose figures
// are there all the same, as of days ago. The board has the past at once, and history takes it in. Another demo goes on with
// the same folder.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	for _, round := range []string{"new", "again"} {
		out := new(screen)
		p := process{out: out, err: out, now: time.Now, environ: os.Environ()}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.demo(ctx, "127.0.0.1:0", dir, demo.Size{Days: 60, Share: 0.05}) }()
		waitFor(t, "the address", func() bool { return address.MatchString(out.String()) })
		host, metrics := address.FindStringSubmatch(out.String())[1], ""
		waitFor(t, "a read of every source", func() bool {
			metrics = get(t, "http://"+host+"/metrics")
			return strings.Contains(metrics, `egov_source_up{source="cong_dvc",unit="trongnuoc"} 0`) &&
				len(isUp.FindAllString(metrics, -1)) == strings.Count(metrics, "\negov_source_up{")-1
		})
		if !regexp.MustCompile(`egov_dossiers_received\{unit="trongnuoc",.*,channel="online",period="rolling_30d"\} [1-9]`).MatchString(metrics) {
			t.Errorf("%s: nothing is known of the unit that stopped reporting", round)
		}
		if board := get(t, "http://"+host+"/board?lang=vi"); strings.Count(board, "<svg") < 5 || len(monthFigure.FindAllString(board, -1)) < 10 {
			t.Errorf("%s: the board does not show the months before:\n%s", round, board)
		}
		waitFor(t, "the past in history", func() bool {
			now := get(t, "http://"+host+"/metrics") // the newest month is there first, the others follow
			return !strings.Contains(now, "\negov_history_past_through_timestamp_seconds 0\n") && strings.Contains(now, "\negov_history_past_behind_months 0\n")
		})
		lastMonth := url.Values{"query": {`egov_kpi_value{unit="moit", kpi="online_filing_share", period="year"} offset 30d`}}
		if past := get(t, "http://"+host+"/api/v1/query?"+lastMonth.Encode()); !strings.Contains(past, `"value":[`) {
			t.Errorf("%s: history has no figure of last month: %s", round, past)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v\n%s", round, err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "trongnuoc.jsonl.away")); err != nil {
			t.Errorf("%s: the unit that stopped reporting: %v", round, err)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
