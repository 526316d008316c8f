package exposition_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/internal/exposition"
)

const introduction = `# Metrics

<!-- Made from the table in internal/exposition/families.go: go test ./internal/exposition -update -->

Everything that ` + "`/metrics`" + ` shows. The page is encoded once per change and handed out as it is, so a scrape costs the unit systems
nothing. It comes as text or OpenMetrics, plain or gzip, as the scraper asks.

How to read the figures:

- They are gauges of exact counts. When the past is corrected they change, downwards too, so ` + "`rate()` and `increase()`" + ` make no sense.
- Shares are numbers from 0 to 1, never percentages.
- ` + "`period`" + ` is ` + "`day`, `month`, `quarter`, `half`, `year` or `rolling_30d`" + `, each from its first day to today.
- A unit's series cover the unit and all units below it. Never add them up over units: the total is the root's own series.
- The books balance, for each unit, procedure and period:
  received (all channels) + carried over = finished (all values of timeliness, with exit) + open (all states).
- Where there is no figure there is no series: 0 out of 0 is neither 0 nor 1. A unit that never reported has ` + "`egov_unit_info`" + `, zero
  numerators, ` + "`egov_kpi_status` 0" + ` and its sources' series, but no ` + "`egov_dossiers_*`" + `.
- With ` + "`metrics.procedure_labels: false`" + `, and for a unit beyond ` + "`metrics.series_per_unit`" + `, the procedures are shown as one total whose
  procedure label is empty.
`

func document() []byte {
	var out bytes.Buffer
	out.WriteString(introduction)
	section(&out, "Figures", exposition.FigureFamilies())
	section(&out, "The agent and its sources", exposition.AgentFamilies())
	out.WriteString("\nBesides, there are the usual `go_*` and `process_*` metrics of a Go program.\n")
	return out.Bytes()
}

func section(out *bytes.Buffer, title string, list []exposition.Family) {
	fmt.Fprintf(out, "\n## %s\n", title)
	for _, f := range list {
		labels := ""
		if len(f.Labels) > 0 {
			labels = "{" + strings.Join(f.Labels, ", ") + "}"
		}
		fmt.Fprintf(out, "\n### %s\n\n`%s%s`, %s. %s\n", f.Name, f.Name, labels, f.Type, f.Help)
		if f.Note != "" {
			fmt.Fprintf(out, "\n%s\n", f.Note)
		}
	}
}

func TestTheDocumentationOfMetricsIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "metrics.md")
	if *update {
		if err := os.WriteFile(path, document(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(document()), string(have)); diff != "" {
		t.Errorf("docs/metrics.md is stale: run go test ./internal/exposition -update\n%s", diff)
	}
}

func TestFamiliesAreDeclaredProperly(t *testing.T) {
	name := regexp.MustCompile(`^egov_[a-z0-9_]+$`)
	seen := map[string]bool{}
	for _, f := range append(exposition.FigureFamilies(), exposition.AgentFamilies()...) {
		if !name.MatchString(f.Name) || seen[f.Name] {
			t.Errorf("the name %q is wrong or taken", f.Name)
		}
		seen[f.Name] = true
		if f.Help == "" || strings.ContainsAny(f.Help, "\"\\\n") {
			t.Errorf("%s: the help %q is empty or would have to be escaped", f.Name, f.Help)
		}
	}
}

// What the page shows is what the table declares, to the label.
func TestThePageKeepsToTheDeclaration(t *testing.T) {
	declared := map[string]exposition.Family{}
	for _, f := range exposition.FigureFamilies() {
		declared[f.Name] = f
	}
	in := withTargets(tiny(t).input())
	m := largeMinistry(t, 1, 1, 2000)
	m.observe("bct", "co_form_d_sent", today, 1)
	in.Books, in.Units = &m.books, m.units
	for name, f := range families(t, text(t, publish(t, in))) {
		d, known := declared[name]
		if !known || d.Help != f.GetHelp() || !strings.EqualFold(d.Type, f.GetType().String()) {
			t.Errorf("%s is not declared so: %v", name, f)
		}
		for _, metric := range f.Metric {
			var labels []string
			for _, l := range metric.Label {
				labels = append(labels, l.GetName())
			}
			if diff := cmp.Diff(d.Labels, labels); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
		delete(declared, name)
	}
	for _, absent := range []string{"egov_procedures"} { // that ministry has no registered procedures
		delete(declared, absent)
	}
	for name := range declared {
		t.Errorf("%s is declared but never shown", name)
	}
}
