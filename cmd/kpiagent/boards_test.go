package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rendering twice gives the same files, and what it wrote is what it says.
func TestBoardsRender(t *testing.T) {
	c := newTerminal(t)
	out := filepath.Join(c.folder, "out")
	var before map[string]string
	for range 2 {
		if code := c.run("boards render", "--out", out); code != 0 {
			t.Fatalf("exit code %d: %s", code, &c.err)
		}
		written := map[string]string{}
		err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			written[path] = string(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		told := strings.Fields(c.out.String())
		if len(told) != len(written) || len(written) != 22 {
			t.Errorf("told of %d files, wrote %d, want 22", len(told), len(written))
		}
		for _, path := range told {
			if written[path] == "" {
				t.Errorf("%s was not written", path)
			}
		}
		if before != nil {
			if diff := cmp.Diff(before, written); diff != "" {
				t.Errorf("the second time it is different: %s", diff)
			}
		}
		before = written
	}
}

func TestBoardsRenderSaysWhatIsWrong(t *testing.T) {
	c := newTerminal(t)
	c.write("file", "")
	for _, test := range []struct {
		line string
		more []string
		code int
		says string
	}{
		{"boards render", nil, 2, "say where to: --out boards\nSee: kpiagent boards render --help"},
		{"boards render now", nil, 2, `"now" is not understood`},
		{"boards render", []string{"--out", filepath.Join(c.folder, "file")}, 1, "file: not a directory"},
	} {
		code := c.run(test.line, test.more...)
		if said := c.err.String(); code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%s: exit code %d, says %q; want %d and %q", test.line, code, said, test.code, test.says)
		}
	}
}
