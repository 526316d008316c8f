package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the file holds, nothing panics, each mistake has a text, and what loads can be shown and loaded again.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yml")
	examples, _ := filepath.Glob("examples/*.yml")
	for _, path := range append(files, examples...) {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "")
	}
	f.Add(oneUnit, "[{kpi: on_time_share, year: 2026, value: 0.9}]")
	f.Fuzz(func(t *testing.T, text, targets string) {
		c, err := load(Options{File: "/etc/x.yml", Environ: []string{"KPIAGENT_TARGETS=" + targets}}, []byte(text), false)
		if err != nil {
			var mistakes *Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("not mistakes: %v", err)
			}
			for _, m := range mistakes.List {
				if m.Text == "" || strings.Contains(m.String(), "\n") {
					t.Errorf("not one line: %q", m.String())
				}
			}
			return
		}
		shown, err := c.Redacted()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := load(Options{File: "/etc/x.yml"}, shown, false); err != nil {
			t.Errorf("what is shown does not load: %v\n%s", err, shown)
		}
	})
}
