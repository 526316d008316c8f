package openmetrics

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// observer reads the first source of a configuration, whose page is served.
type observer struct {
	t       *testing.T
	page    string
	source  *Source
	mapping *collectors.Mapping
	now     time.Time
	state   string
}

func observe(t *testing.T, page, configuration string) *observer {
	t.Helper()
	o := &observer{t: t, page: page, now: time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)}
	address := servePage(t, plain, &o.page)
	file := filepath.Join(t.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(file, []byte(regexp.MustCompile(`url: \S+`).ReplaceAllString(configuration, "url: "+address)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	given := c.Sources[0]
	if o.source, err = New(*given.OpenMetrics, given.Mapping.Unit, []string{"single_window_groups"}, outbound.Env{}, vietnam); err != nil {
		t.Fatal(err)
	}
	checks := collectors.Checks{}
	for _, u := range c.Units {
		checks.Units = append(checks.Units, u.ID)
	}
	if o.mapping, err = collectors.NewMapping(given, checks, vietnam); err != nil {
		t.Fatal(err)
	}
	return o
}

// read returns what one reading brings.
func (o *observer) read() (got []string) {
	o.t.Helper()
	result, _, err := collectors.Collect(o.t.Context(), o.source, o.mapping, collectors.Request{Now: o.now, State: o.state}, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			got = append(got, fmt.Sprint(r.Observation.Unit, " ", r.Observation.Measure, " ", r.Observation.Day, " ", r.Observation.Value))
		}
		for _, r := range b.Rejects {
			got = append(got, r.Fault.Error())
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.state, o.now = result.State, o.now.Add(15*time.Minute)
	return got
}

func TestTheRecipeWorks(t *testing.T) {
	text, err := os.ReadFile("../../docs/recipes-openmetrics.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile("(?s)<<'END'\n(.*?)END\n.*?```yaml\n(.*?)```").FindStringSubmatch(string(text))
	if parts == nil {
		t.Fatal("the recipe has no page or no configuration")
	}
	o := observe(t, parts[1], parts[2])
	if diff := cmp.Diff([]string{"cuc_xnk co_form_d_sent 2026-03-10 0", "bo single_window_groups 2026-03-10 16"}, o.read()); diff != "" {
		t.Error(diff)
	}
	o.page = strings.Replace(strings.Replace(o.page, "18421", "18430", 1), "9310", "9311", 1)
	if diff := cmp.Diff([]string{"cuc_xnk co_form_d_sent 2026-03-10 10", "bo single_window_groups 2026-03-10 16"}, o.read()); diff != "" {
		t.Error(diff)
	}
}

// The example reads the page in its first lines.
func TestTheExampleReadsItsPage(t *testing.T) {
	example, err := os.ReadFile("../../config/examples/openmetrics.yml")
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	for line := range strings.Lines(string(example)) {
		if shown, is := strings.CutPrefix(line, "#   "); is {
			page.WriteString(shown)
		}
	}
	o := observe(t, page.String(), string(example))
	o.read()
	o.page = strings.Replace(o.page, "15077", "15079", 1) + `co_messages_total{form="D",direction="acknowledged",partner="TH",unit="la"} 1` + "\n"
	want := []string{
		"cuc_xnk co_form_d_sent 2026-03-10 0", "cuc_xnk co_form_d_received 2026-03-10 2", "bo single_window_groups 2026-03-10 16",
		`unknown_unit: unit: "la" is not mapped; mapped are "xnk", "bo"`,
	}
	if diff := cmp.Diff(want, o.read()); diff != "" {
		t.Error(diff)
	}
}
