package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

var (
	section    = regexp.MustCompile(`(?ms)^## Try it\n(.*?)^## `)
	pastedFile = regexp.MustCompile(`(?ms)^cat > (\S+) <<'END'\n(.*?)^END$`)
	typed      = regexp.MustCompile(`(?m)^kpiagent ([^\n]*)$`)
	shown      = regexp.MustCompile("(?ms)^```text\n(.*?)^```$")
)

// What a page has under "Try it" is pasted here, and the commands are typed: they have to succeed, and what the page shows of
// their output has to come.
func TestRecipesWorkWhenPasted(t *testing.T) {
	for path, text := range documents(t) {
		recipe := section.FindStringSubmatch(text)
		if recipe == nil || !strings.Contains(path, "recipes-") {
			continue
		}
		t.Run(path, func(t *testing.T) {
			c := newTerminal(t)
			server := httptest.NewServer(http.FileServer(http.Dir(c.folder)))
			defer server.Close()
			for _, file := range pastedFile.FindAllStringSubmatch(recipe[1], -1) {
				c.write(file[1], file[2])
			}
			configuration := wholeConfiguration.FindStringSubmatch(recipe[1])
			if configuration == nil {
				t.Fatal("there is no configuration")
			}
			c.write("kpiagent.yml", strings.ReplaceAll(configuration[1], "http://127.0.0.1:8099", server.URL))
			output := ""
			for _, line := range typed.FindAllStringSubmatch(recipe[1], -1) {
				if code := c.run(strings.Replace(line[1], "--config kpiagent.yml", "", 1)); code != 0 {
					t.Errorf("kpiagent %s: exit code %d\n%s%s", line[1], code, &c.out, &c.err)
				}
				output += took.ReplaceAllString(c.out.String(), "TIME")
			}
			if output == "" {
				t.Error("no command is shown")
			}
			for _, block := range shown.FindAllStringSubmatch(recipe[1], -1) {
				if !strings.Contains(output, block[1]) {
					t.Errorf("the page shows\n%s\nbut this came\n%s", block[1], output)
				}
			}
		})
	}
}
