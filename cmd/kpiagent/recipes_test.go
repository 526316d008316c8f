package main

import (
	"database/sql"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver named sqlite
)

var (
	pastedFile = regexp.MustCompile(`(?ms)^(cat|base64 -d) > (\S+) <<'END'\n(.*?)^END$`)
	filled     = regexp.MustCompile(`(?m)^sqlite3 (\S+) < (\S+)$`)
	typed      = regexp.MustCompile(`(?m)^kpiagent ([^\n]*)$`)
	shown      = regexp.MustCompile("(?ms)^```text\n(.*?)^```$")
)

// A recipe is a section of a page that has a whole configuration and commands. It is pasted here, and its commands are typed: they have to
// succeed, and what the page shows of their output has to come.
func TestRecipesWorkWhenPasted(t *testing.T) {
	found := 0
	for path, text := range documents(t) {
		if !strings.Contains(path, "recipes-") {
			continue
		}
		for _, recipe := range strings.Split(text, "\n## ")[1:] {
			configuration := wholeConfiguration.FindStringSubmatch(recipe)
			if configuration == nil || !typed.MatchString(recipe) {
				continue
			}
			name, _, _ := strings.Cut(recipe, "\n")
			found++
			t.Run(path+"/"+name, func(t *testing.T) { paste(t, recipe, configuration[1]) })
		}
	}
	if found < 8 {
		t.Errorf("only %d recipes were found", found)
	}
}

func paste(t *testing.T, recipe, configuration string) {
	c := newTerminal(t)
	server := httptest.NewServer(http.FileServer(http.Dir(c.folder)))
	defer server.Close()
	for _, file := range pastedFile.FindAllStringSubmatch(recipe, -1) {
		content := file[3]
		if file[1] == "base64 -d" {
			decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(content, "\n", ""))
			if err != nil {
				t.Fatal(err)
			}
			content = string(decoded)
		}
		if err := os.MkdirAll(filepath.Join(c.folder, filepath.Dir(file[2])), 0o755); err != nil {
			t.Fatal(err)
		}
		c.write(file[2], content)
	}
	for _, database := range filled.FindAllStringSubmatch(recipe, -1) {
		fill(t, filepath.Join(c.folder, database[1]), filepath.Join(c.folder, database[2]))
	}
	c.write("kpiagent.yml", strings.ReplaceAll(configuration, "http://127.0.0.1:8099", server.URL))
	output := ""
	for _, line := range typed.FindAllStringSubmatch(recipe, -1) {
		if code := c.run(strings.Replace(line[1], "--config kpiagent.yml", "", 1)); code != 0 {
			t.Errorf("kpiagent %s: exit code %d\n%s%s", line[1], code, &c.out, &c.err)
		}
		output += strings.ReplaceAll(took.ReplaceAllString(c.out.String(), "TIME"), c.folder+"/", "")
	}
	for _, block := range shown.FindAllStringSubmatch(recipe, -1) {
		if !strings.Contains(output, block[1]) {
			t.Errorf("the page shows\n%s\nbut this came\n%s", block[1], output)
		}
	}
}

// fill runs the statements of a file on a new database of SQLite.
func fill(t *testing.T, path, statements string) {
	t.Helper()
	text, err := os.ReadFile(statements)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatal(err)
	}
}
