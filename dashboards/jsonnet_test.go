package dashboards

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet/formatter"
	"github.com/google/go-jsonnet/linter"
)

func TestJsonnetIsFormatted(t *testing.T) {
	for path, text := range sources(t) {
		formatted, err := formatter.Format(path, text, formatter.DefaultOptions())
		if err != nil {
			t.Error(err)
			continue
		}
		if *update && formatted != text {
			if err := os.WriteFile(path, []byte(formatted), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(formatted, text); diff != "" && !*update {
			t.Errorf("%s is not formatted: run go test ./dashboards -update\n%s", path, diff)
		}
	}
}

func TestJsonnetLint(t *testing.T) {
	vm, err := newVM()
	if err != nil {
		t.Fatal(err)
	}
	snippets := []linter.Snippet{{FileName: "boards", Code: boardProgram}, {FileName: "rules", Code: ruleProgram}}
	for path, text := range sources(t) {
		snippets = append(snippets, linter.Snippet{FileName: path, Code: text})
	}
	var found bytes.Buffer
	if linter.LintSnippet(vm, &found, snippets) {
		t.Error(found.String())
	}
}

// sources gives the Jsonnet files by path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".libsonnet" {
			return err
		}
		text, err := files.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil || len(texts) == 0 {
		t.Fatalf("%d Jsonnet files are embedded: %v", len(texts), err)
	}
	return texts
}
