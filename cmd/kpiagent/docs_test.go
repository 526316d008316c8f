package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/config"
)

// top is the folder of the repository, seen from this package.
const top = "../.."

// documents reads README.md, deploy's page and everything under docs, by path from top.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths := []string{"README.md", "deploy/README.md"}
	err := filepath.WalkDir(filepath.Join(top, "docs"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			relative, wrong := filepath.Rel(top, path)
			paths, err = append(paths, relative), wrong
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(top, path))
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// A block whose first line is this comment is a complete configuration.
var wholeConfiguration = regexp.MustCompile("(?ms)^```yaml\n(# kpiagent\\.yml\n.*?)^```$")

func TestConfigurationsInDocumentsLoad(t *testing.T) {
	found := 0
	for path, text := range documents(t) {
		for i, block := range wholeConfiguration.FindAllStringSubmatch(text, -1) {
			found++
			file := filepath.Join(t.TempDir(), "kpiagent.yml")
			if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			environ := []string{"MOT_CUA_DSN=postgres://reader@db.example.vn/motcua"}
			if _, err := config.Load(t.Context(), config.Options{File: file, Environ: environ}); err != nil {
				t.Errorf("%s: configuration %d: %v", path, i+1, err)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d complete configurations were found: is the mark still %q?", found, "# kpiagent.yml")
	}
}

var (
	fencedBlock = regexp.MustCompile("(?ms)^```.*?^```$")
	linkTarget  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingLine = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noAnchor    = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	texts := documents(t)
	for path, text := range texts {
		for _, m := range linkTarget.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
				if _, err := os.Stat(filepath.Join(top, to)); err != nil {
					t.Errorf("%s: the link %s leads nowhere", path, m[1])
					continue
				}
			}
			if anchor != "" && !slices.Contains(anchors(texts[to]), anchor) {
				t.Errorf("%s: the link %s names a heading that is not there; there are %v", path, m[1], anchors(texts[to]))
			}
		}
	}
}

// anchors gives the names under which GitHub reaches the headings of a page.
func anchors(text string) (names []string) {
	for _, m := range headingLine.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
		names = append(names, strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return names
}

var (
	codeText    = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$|`([^`\n]+)`")
	commandLine = regexp.MustCompile(`(?:^|[\s/(])kpiagent ([a-z]+)\b([^\n|;]*)`)
	longFlag    = regexp.MustCompile(`\s--([a-z][a-z.-]*)`)
)

func TestCommandsInDocumentsExist(t *testing.T) {
	p := process{now: func() time.Time { return time.Time{} }}
	root := p.rootCommand()
	found := 0
	for path, text := range documents(t) {
		for _, block := range codeText.FindAllStringSubmatch(text, -1) {
			if block[1] != "" && block[1] != "sh" {
				continue
			}
			for _, m := range commandLine.FindAllStringSubmatch(block[2]+block[3], -1) {
				found++
				checkCommandLine(t, path, root, m[1], m[2])
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d command lines were found", found)
	}
}

func checkCommandLine(t *testing.T, path string, root *cobra.Command, name, rest string) {
	t.Helper()
	at := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
	if at < 0 {
		t.Errorf("%s: there is no command kpiagent %s", path, name)
		return
	}
	c := root.Commands()[at]
	if c.HasSubCommands() {
		inner, _, err := c.Find(strings.Fields(rest))
		if err != nil || inner == c {
			t.Errorf("%s: there is no command kpiagent %s %s", path, name, rest)
			return
		}
		c, name = inner, name+" "+inner.Name()
	}
	c.InitDefaultHelpFlag()
	for _, m := range longFlag.FindAllStringSubmatch(rest, -1) {
		if c.Flags().Lookup(m[1]) == nil {
			t.Errorf("%s: kpiagent %s has no flag --%s", path, name, m[1])
		}
	}
}
