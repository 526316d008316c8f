package main

import "testing"

func TestCalled(t *testing.T) {
	for path, want := range map[string]string{
		"":                                     "kpiagent",
		"./kpiagent":                           "./kpiagent",
		"/usr/local/bin/kpiagent":              "/usr/local/bin/kpiagent",
		"/tmp/go-build123/b001/exe/kpiagent":   "go run ./cmd/kpiagent",
		"/home/lan/.cache/go-build/a/kpiagent": "go run ./cmd/kpiagent",
	} {
		if got := (&process{path: path}).called(); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
