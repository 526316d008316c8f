package demo_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/demo"
)

const examplePath = "../../config/examples/ministry.yml"

var update = flag.Bool("update", false, "rewrite config/examples/ministry.yml")

// The example is what the demo writes, with a fixed address and year.
func TestExampleIsTheDemosConfiguration(t *testing.T) {
	want := demo.ConfigurationAt(t, "127.0.0.1:9760", 2026)
	if *update {
		if err := os.WriteFile(examplePath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go test ./internal/demo -update (-want +got):\n%s", diff)
	}
	if _, err := config.Load(t.Context(), config.Options{File: examplePath}); err != nil {
		t.Error(err)
	}
}
