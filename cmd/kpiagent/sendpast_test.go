package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kpiagent/internal/testserver"
)

// Closed days reach a store as the text for other stores has them, and a second time changes nothing.
func TestClosedDaysReachAStore(t *testing.T) {
	store := testserver.VictoriaMetrics(t)
	c := newTerminal(t)
	content, err := os.ReadFile(filepath.Join(c.folder, "kpiagent.yml"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("kpiagent.yml", string(content)+"\nremote_write:\n  instance: bct\n  stores: [{name: kho, url: "+store.URL+"/api/v1/write}]\n")
	if c.run("collect"); c.err.Len() > 0 {
		t.Fatal(c.err.String())
	}
	for _, wrong := range []struct {
		line string
		code int
		want string
	}{
		{"history backfill --remote mimir", 1, `--remote mimir: remote_write.stores has no store of that name`},
		{"history backfill --remote kho --openmetrics -", 2, `--openmetrics and --remote exclude each other`},
	} {
		if got := c.run(wrong.line); got != wrong.code || !strings.Contains(c.err.String(), wrong.want) {
			t.Errorf("%s: exit %d, it says %q; want %d and %q", wrong.line, got, c.err.String(), wrong.code, wrong.want)
		}
	}
	for range 2 {
		if got := c.run("history backfill --remote kho --from 2026-03-17"); got != 0 || !regexp.MustCompile(`^3 days, \d+ values taken by kho\n$`).MatchString(c.out.String()) {
			t.Fatalf("exit %d, it says %q and %q", got, c.out.String(), c.err.String())
		}
	}
	c.run("history backfill --openmetrics - --from 2026-03-18 --to 2026-03-18")
	want := map[string]float64{}
	for line := range strings.Lines(c.out.String()) {
		if strings.HasPrefix(line, "egov_kpi") || strings.HasPrefix(line, "egov_dossiers") {
			fields := strings.Split(strings.TrimSuffix(line, "\n"), "} ")
			series := strings.NewReplacer(`job="kpiagent",`, "", `,job="kpiagent"`, "", `instance="kpiagent",`, "", `,instance="kpiagent"`, "").Replace(fields[0])
			value, _, _ := strings.Cut(fields[1], " ")
			want[ordered(series+"}")] = asNumber(t, value)
		}
	}
	get(t, store.URL+"/internal/force_flush")
	got := presentAt(t, store.URL, "bct", "2026-03-18T23:59:59+07:00")
	if len(want) < 50 {
		t.Fatalf("the text has %d series only", len(want))
	}
	for series, value := range want {
		if there, found := got[series]; !found || !equalNearly(there, value) {
			t.Errorf("%s is %v in the store (found: %v), want %v", series, there, found, value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the store has %d series, want %d", len(got), len(want))
	}
}
