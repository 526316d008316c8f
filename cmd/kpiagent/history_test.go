package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kpiagent/internal/history"
)

// The past is written once, then there is nothing to do; it can be written as text; and it is left alone while somebody
// else has it.
func TestBackfill(t *testing.T) {
	c := newTerminal(t)
	if c.run("collect"); c.err.Len() > 0 {
		t.Fatal(c.err.String())
	}
	says := func(line string, code int, want string) {
		t.Helper()
		if got := c.run(line); got != code || !regexp.MustCompile(want).MatchString(c.out.String()+c.err.String()) {
			t.Errorf("%s: exit %d, it says %q and %q; want %d and %q", line, got, c.out.String(), c.err.String(), code, want)
		}
	}
	says("history backfill", 0, `^\d+ values written in .*; 2026-02-10 to 2026-03-19 take 0\.\d MB\n$`)
	says("history backfill", 0, `^nothing to do: 2026-02-10 to 2026-03-19 are there as the ledger has them\n$`)
	says("history backfill --from 2026-03-15 --to 2026-03-14", 2, `--from 2026-03-15 is after --to 2026-03-14`)
	says("history backfill --from yesterday", 2, `--from: "yesterday" is not a date`)

	text := filepath.Join(c.folder, "past.txt")
	says("history backfill --from 2026-03-18 --openmetrics "+text, 0, `^2 days, \d+ values: .*past.txt\n$`)
	content, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	// 2026-03-19T23:59:59+07:00
	if !strings.Contains(string(content), `job="kpiagent"`) || !strings.Contains(string(content), " 1773939599\n") || !strings.HasSuffix(string(content), "# EOF\n") {
		t.Errorf("the text is %.2000s", content)
	}
	says("history backfill --openmetrics - --procedures=false", 0, `(?s)^# TYPE egov_unit_info gauge\n.*egov_kpi_value\{.*# EOF\n$`)
	if strings.Contains(c.out.String(), "egov_dossiers_open{") {
		t.Error("it has what there is of procedures")
	}

	lock, err := history.Lock(filepath.Join(c.folder, "kpiagent-history"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	says("history backfill", 1, `history .*: is in use by kpiagent, process \d+ on .*, since .*: stop it first`)
	says("history backfill --openmetrics - --from 2026-03-19", 0, `# EOF\n$`)
}
