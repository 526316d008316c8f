package kpi_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"kpiagent/internal/kpi"
)

// Whoever meets a reason in a message or a metric finds under its name what to do.
func TestEachReasonHasItsSectionInTroubleshooting(t *testing.T) {
	text, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var headings strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			headings.WriteString(line)
		}
	}
	for _, reason := range slices.Concat(kpi.RejectReasons(), kpi.WarningReasons()) {
		if !strings.Contains(headings.String(), "`"+string(reason)+"`") {
			t.Errorf("docs/troubleshooting.md has no section for %s", reason)
		}
	}
}
