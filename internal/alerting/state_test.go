package alerting_test

import (
	"os"
	"path/filepath"
	"testing"

	"kpiagent/internal/alerting"
)

// What a killed agent had half written goes away with the next start; nothing else does.
func TestHalfWrittenFilesAreRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, name := range []string{".silences1", ".notified22", ".alerts.json333", "notes.txt", "alerts.json.broken-20260302T010203Z"} {
		if err := os.WriteFile(filepath.Join(s.options.Folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := alerting.Open(s.options, settings("http://127.0.0.1:9")); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(s.options.Folder, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
}
