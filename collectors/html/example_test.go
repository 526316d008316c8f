package html

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// recipe returns what docs/recipes-html.md shows: the page and the configuration.
func recipe(t *testing.T) (page, configuration string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/recipes-html.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile("(?s)<<'END'\n(.*?)END\n.*?```yaml\n(.*?)```").FindStringSubmatch(string(text))
	if parts == nil {
		t.Fatal("the recipe has no page or no configuration")
	}
	return parts[1], parts[2]
}

// observe reads the first source of a configuration, whose page is served, and returns its observations.
func observe(t *testing.T, page, configuration string) (got []string) {
	t.Helper()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) })
	configuration = regexp.MustCompile(`url: \S+`).ReplaceAllString(configuration, "url: "+address)
	file := filepath.Join(t.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(*c.Sources[0].HTML, outbound.Env{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	checks := collectors.Checks{}
	for _, u := range c.Units {
		checks.Units = append(checks.Units, u.ID)
	}
	mapping, err := collectors.NewMapping(c.Sources[0], checks, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = collectors.Collect(t.Context(), source, mapping, collectors.Request{Now: readerOf("").now}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			o := r.Observation
			got = append(got, fmt.Sprint(o.Unit, " ", o.Measure, " ", o.Day, " ", o.Value))
		}
		for _, r := range b.Rejects {
			got = append(got, r.Fault.Error())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var february = []string{
	"cuc_hoa_chat petitions_received 2026-02-28 1204", "cuc_hoa_chat petitions_answered 2026-02-28 1187", "cuc_hoa_chat satisfied_share 2026-02-28 0.955",
	"cuc_dien_luc petitions_received 2026-02-28 96", "cuc_dien_luc petitions_answered 2026-02-28 96",
}

func TestTheRecipeWorks(t *testing.T) {
	page, configuration := recipe(t)
	if diff := cmp.Diff(february, observe(t, page, configuration)); diff != "" {
		t.Error(diff)
	}
}

// The example's page has its header as the picture in its first lines shows it: the percent sign stands in the second row.
func TestTheExampleReadsItsPage(t *testing.T) {
	page, _ := recipe(t)
	page = strings.Replace(strings.Replace(page, `<th rowspan="2">Hài lòng</th>`, "<th>Hài lòng</th>", 1), "<th>Đã trả lời</th>", "<th>Đã trả lời</th><th>(%)</th>", 1)
	example, err := os.ReadFile("../../config/examples/html.yml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(february, observe(t, page, string(example))); diff != "" {
		t.Error(diff)
	}
}
