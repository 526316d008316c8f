package dashboards_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBoardsAreSound(t *testing.T) {
	for name, made := range samples(t) {
		t.Run(name, func(t *testing.T) {
			uids := map[string]bool{}
			list := boards(t, made)
			for _, b := range list {
				if uids[b.UID] || len(b.UID) > 40 {
					t.Errorf("the uid %s is taken, or too long", b.UID)
				}
				uids[b.UID] = true
				b.lint(t)
			}
			for _, b := range list {
				for _, l := range b.Links {
					if uid, is := strings.CutPrefix(l.URL, "/d/"); is && !uids[uid] {
						t.Errorf("%s: the link to %s leads nowhere", b.UID, uid)
					}
				}
			}
			sameInBothLanguages(t, list)
		})
	}
}

// A board asks little when it opens, has what people need beside each number, and nothing that only one Grafana knows.
func (b *board) lint(t *testing.T) {
	t.Helper()
	if b.Title == "" || b.Description == "" || b.SchemaVersion != 37 || b.Timezone == "" || len(b.Tags) != 2 {
		t.Errorf("%s: title, description, schema, time zone or tags are missing", b.UID)
	}
	queries := 0
	for _, v := range b.Templating.List {
		if v.Type == "query" {
			queries++
		}
		if v.Label == "" {
			t.Errorf("%s: variable %s has no label", b.UID, v.Name)
		}
	}
	for _, p := range b.all(false) {
		queries += len(p.Targets)
	}
	if queries > 25 {
		t.Errorf("%s asks %d queries when it opens, at most 25 are allowed", b.UID, queries)
	}
	ids := map[int]bool{}
	for _, p := range append(slices.Clone(b.Panels), b.all(true)...) {
		if ids[p.ID] && p.Type == "row" || p.ID == 0 {
			t.Errorf("%s: id %d of %q is taken or 0", b.UID, p.ID, p.Title)
		}
		ids[p.ID] = true
	}
	if want := len(b.all(true)) + rows(b); len(ids) != want {
		t.Errorf("%s: %d panels and rows have %d ids", b.UID, want, len(ids))
	}
	noOverlap(t, b.UID, b.Panels)
	for _, p := range b.all(true) {
		for _, problem := range p.lint(b) {
			t.Errorf("%s, %q: %s", b.UID, p.Title, problem)
		}
	}
}

func rows(b *board) (n int) {
	for _, p := range b.Panels {
		if p.Type == "row" {
			n++
		}
	}
	return n
}

func noOverlap(t *testing.T, uid string, panels []panel) {
	t.Helper()
	taken := map[[2]int]string{}
	for _, p := range panels {
		g := p.GridPos
		if g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 {
			t.Errorf("%s: %q lies outside the grid: %+v", uid, p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other, there := taken[[2]int{x, y}]; there {
					t.Errorf("%s: %q overlaps %q", uid, p.Title, other)
					return
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			noOverlap(t, uid, p.Panels)
		}
	}
}

var (
	knownTypes    = []string{"stat", "table", "bargauge", "barchart", "timeseries", "state-timeline", "status-history", "text"}
	knownSteps    = []string{"groupingToMatrix", "organize", "sortBy", "labelsToFields", "merge"}
	usedVariable  = regexp.MustCompile(`(?:\$\{?|\[\[)([a-z_]+)`)
	builtVariable = []string{"__value"}
)

func (p *panel) lint(b *board) (problems []string) {
	say := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	if !slices.Contains(knownTypes, p.Type) {
		say("the type %s is not known to all versions", p.Type)
	}
	if p.Title == "" || p.FieldConfig.Defaults.Custom == nil {
		say("title or fieldConfig.defaults.custom is missing")
	}
	if p.Type == "text" {
		return problems
	}
	if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.FieldConfig.Defaults.NoValue == "" {
		say("description, unit or the words for no data are missing")
	}
	if strings.Contains("0 ", p.FieldConfig.Defaults.NoValue) {
		say("no data looks like %q", p.FieldConfig.Defaults.NoValue)
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if q.Expr == "" || refs[q.RefID] || q.Instant == q.Range {
			say("query %s is empty, named twice, or neither instant nor range", q.RefID)
		}
		refs[q.RefID] = true
		if wantRange := p.Type == "timeseries" || strings.HasPrefix(p.Type, "stat") && p.Type != "stat"; q.Range != wantRange {
			say("query %s: range is %v", q.RefID, q.Range)
		}
	}
	if len(refs) == 0 {
		say("there is no query")
	}
	for _, step := range p.Transformations {
		if !slices.Contains(knownSteps, step.ID) {
			say("the transformation %s is not known to all versions", step.ID)
		}
	}
	for _, m := range usedVariable.FindAllStringSubmatch(p.texts(), -1) {
		if !slices.Contains(builtVariable, m[1]) && !b.has(m[1]) {
			say("uses the variable $%s, which the board does not have", m[1])
		}
	}
	return problems
}

// texts gives all in which Grafana fills variables in.
func (p *panel) texts() string {
	list := []string{p.Title, p.Description, p.Datasource.UID}
	for _, q := range p.Targets {
		list = append(list, q.Expr, q.LegendFormat)
	}
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if property.ID == "links" {
				list = append(list, string(property.Value))
			}
		}
	}
	return strings.Join(list, "\n")
}

func (b *board) has(variable string) bool {
	for _, v := range b.Templating.List {
		if v.Name == variable {
			return true
		}
	}
	return false
}

// The two languages have the same panels, which ask the same.
func sameInBothLanguages(t *testing.T, list []board) {
	t.Helper()
	byID := map[string]board{}
	for _, b := range list {
		byID[b.UID] = b
	}
	for uid, vi := range byID {
		name, is := strings.CutSuffix(uid, "-vi")
		if !is {
			continue
		}
		en, there := byID[name+"-en"]
		a, b := vi.all(true), en.all(true)
		if !there || len(a) != len(b) || vi.Title == en.Title {
			t.Errorf("%s: the languages have %d and %d panels, titles %q and %q", name, len(a), len(b), vi.Title, en.Title)
			continue
		}
		for i := range a {
			if a[i].Type != b[i].Type || a[i].ID != b[i].ID || a[i].GridPos != b[i].GridPos || len(a[i].Targets) != len(b[i].Targets) {
				t.Errorf("%s: %q is not %q", name, a[i].Title, b[i].Title)
				continue
			}
			for j := range a[i].Targets {
				if a[i].Targets[j].Expr != b[i].Targets[j].Expr {
					t.Errorf("%s: %q and %q ask different things", name, a[i].Title, b[i].Title)
				}
			}
		}
	}
}

// The wall screen has nothing to click on.
func TestTheWallScreenHasNoControls(t *testing.T) {
	for _, b := range boards(t, samples(t)["example"]) {
		if !strings.Contains(b.UID, "-wall-") {
			continue
		}
		if len(b.Links) != 0 || len(b.Templating.List) != 0 {
			t.Errorf("%s has links or variables", b.UID)
		}
	}
}

// A KPI that somebody adds is on the overview, on the board of its topic and on that of the unit.
func TestAKPIOfOnesOwnIsOnTheBoards(t *testing.T) {
	where := map[string]bool{}
	for _, b := range boards(t, samples(t)["example"]) {
		for _, p := range b.all(true) {
			for _, q := range p.Targets {
				if strings.Contains(q.Expr, "staff_trained") && strings.Contains(q.Expr, "egov_kpi_status") {
					where[b.UID] = true
				}
			}
		}
	}
	for _, uid := range []string{"kpiagent-overview-vi", "kpiagent-overview-en", "kpiagent-unit-vi", "kpiagent-plan-en"} {
		if !where[uid] {
			t.Errorf("%s does not show it; it is on %v", uid, where)
		}
	}
}
