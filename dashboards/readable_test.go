package dashboards_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"
)

// What Grafana leaves of a screen of 1366 px for the 24 columns of a board: without the menu at the left, the margins and
// the scroll bar. Between two columns are 8 px, around the inside of a panel 18.
const (
	boardPixels = 1366 - 57 - 32
	gapPixels   = 8
	edgePixels  = 18
	// On a phone each panel is as wide as the screen, and a table is moved sideways: its first column leaves room for one more.
	phonePixels   = 360 - 32 - edgePixels
	leastPixels   = 80
	titlePixels   = 7.0 // of a letter in the title of a panel
	paddingPixels = 16
)

// pixels is how wide the inside of a panel is.
func (p *panel) pixels() float64 {
	column := float64(boardPixels-23*gapPixels) / 24
	return float64(p.GridPos.W)*column + float64((p.GridPos.W-1)*gapPixels) - edgePixels
}

// Every table and every title can be read on a laptop and on a phone, and what is missing looks like it.
func TestBoardsCanBeRead(t *testing.T) {
	for name, made := range samples(t) {
		// Names from a configuration may be as long as they like.
		ours := slices.Contains([]string{"plain", "large"}, name)
		list := boards(t, made)
		for _, b := range list {
			for _, p := range b.all(true) {
				problems := slices.Concat(p.fits(ours), p.narrow(), p.labels(), p.missing(), p.asks(), b.leads(p, list))
				for _, problem := range problems {
					t.Errorf("%s: %s, %q: %s", name, b.UID, p.Title, problem)
				}
			}
		}
	}
}

// fits says what of a panel is too wide.
func (p *panel) fits(ours bool) (problems []string) {
	say := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	if p.GridPos.W < 4 {
		say("is narrower than four columns")
	}
	if need := float64(utf8.RuneCountInString(p.Title))*titlePixels + paddingPixels; ours && need > p.pixels() {
		say("the title needs %.0f px of %.0f", need, p.pixels())
	}
	if p.Type != "table" {
		return problems
	}
	columns := p.columns()
	if len(columns) == 0 {
		say("nothing says which columns there are, and in which order")
	}
	least, _ := p.FieldConfig.Defaults.Custom["minWidth"].(float64)
	if least < leastPixels {
		say("columns may become %.0f px wide, at least %d can be read", least, leastPixels)
	}
	laid := p.laidOut()
	sum := 0.0
	for _, c := range laid {
		sum += c.width
	}
	if sum > p.pixels()+1 {
		say("%d columns need %.0f px of %.0f", len(columns), sum, p.pixels())
	}
	for i, c := range laid {
		if need := fonts()[1].of(c.title, cellSize) + cellPadding; ours && need > c.width {
			say("the head %q needs %.0f px of %.0f", c.title, need, c.width)
		}
		if fixed := columns[i].width; i == 0 && len(columns) > 1 && fixed+leastPixels > phonePixels {
			say("on a phone, the column %q of %.0f px leaves no room for another", c.title, fixed)
		}
	}
	return problems
}

// column is a column of a table; its width is 0 where Grafana chooses it.
type column struct {
	name, title string
	width       float64
}

// laidOut returns the columns with the widths that they have on a laptop: those without one share what is left.
func (p *panel) laidOut() []column {
	columns := p.columns()
	least, _ := p.FieldConfig.Defaults.Custom["minWidth"].(float64)
	left, free := p.pixels(), 0.0
	for _, c := range columns {
		if c.width == 0 {
			free++
		}
		left -= c.width
	}
	for i := range columns {
		if columns[i].width == 0 {
			columns[i].width = max(least, left/free)
		}
	}
	return columns
}

// columns lists the columns of a table as its transformations put them in order.
func (p *panel) columns() (list []column) {
	for _, step := range p.Transformations {
		order, _ := step.Options["indexByName"].(map[string]any)
		hidden, _ := step.Options["excludeByName"].(map[string]any)
		names := make([]string, 0, len(order))
		for name := range order {
			if hidden[name] != true {
				names = append(names, name)
			}
		}
		slices.SortFunc(names, func(a, b string) int { return int(order[a].(float64) - order[b].(float64)) })
		for _, name := range names {
			c := column{name: name, title: name}
			for _, o := range p.FieldConfig.Overrides {
				if o.Matcher.Options == name {
					o.of("displayName", &c.title)
					o.of("custom.width", &c.width)
				}
			}
			list = append(list, c)
		}
	}
	return list
}

// labels says which column of a label Grafana would read as a number, and which column of numbers it would not.
func (p *panel) labels() (problems []string) {
	if p.Type != "table" {
		return nil
	}
	known, matrix := p.labelNames(), len(p.Transformations) > 0 && p.Transformations[0].ID == "groupingToMatrix"
	for _, c := range p.columns() {
		// The columns of a matrix are named by values of a label; only that of its rows has both names.
		name, _, ofRows := strings.Cut(c.name, `\`)
		unit := p.FieldConfig.Defaults.Unit
		for _, o := range p.FieldConfig.Overrides {
			if o.Matcher.Options == c.name {
				o.of("unit", &unit)
			}
		}
		if isLabel := known[name] && (ofRows || !matrix); isLabel != (unit == "string") {
			problems = append(problems, fmt.Sprintf("the column %q (label: %v) has the unit %q", c.name, isLabel, unit))
		}
	}
	return problems
}

// labelNames are the labels that the queries of a panel group by.
func (p *panel) labelNames() map[string]bool {
	known := map[string]bool{}
	for _, q := range p.Targets {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(filled.Replace(q.Expr))
		if err != nil {
			continue // told elsewhere
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			switch node := node.(type) {
			case *parser.AggregateExpr:
				for _, label := range node.Grouping {
					known[label] = true
				}
			case *parser.BinaryExpr:
				if node.VectorMatching != nil {
					for _, label := range node.VectorMatching.Include {
						known[label] = true
					}
				}
			}
			return nil
		})
	}
	return known
}

// missing says where no data might be taken for a figure, or for something good.
func (p *panel) missing() (problems []string) {
	if p.Type == "text" {
		return nil
	}
	d := p.FieldConfig.Defaults
	if !greysNull(d.Mappings) {
		problems = append(problems, "what is not there has no words and no grey")
	}
	if len(d.Thresholds.Steps) == 0 || d.Thresholds.Steps[0].Value != nil || d.Thresholds.Steps[0].Color == "#009E73" {
		problems = append(problems, "what is below all thresholds is green")
	}
	if d.Decimals == nil && d.Unit != "none" {
		problems = append(problems, "nothing says how many decimals there are")
	}
	for _, o := range p.FieldConfig.Overrides {
		var mappings []mapping
		var display, unit string
		var decimals int
		if o.of("custom.displayMode", &display) && strings.HasPrefix(display, "color-") && o.of("mappings", &mappings) && !greysNull(mappings) {
			problems = append(problems, "the coloured column "+o.Matcher.Options+" has no grey for what is not there")
		}
		if o.of("unit", &unit) && d.Decimals == nil && !o.of("decimals", &decimals) {
			problems = append(problems, "nothing says how many decimals "+o.Matcher.Options+" has")
		}
	}
	return problems
}

// greysNull says whether null is mapped to words of its own, in grey.
func greysNull(mappings []mapping) bool {
	for _, m := range mappings {
		var special struct {
			Match  string
			Result struct{ Text, Color string }
		}
		if m.Type == "special" && json.Unmarshal(m.Options, &special) == nil && special.Match == "null" {
			return special.Result.Text != "" && special.Result.Color == "#8E8E8E"
		}
	}
	return false
}

// filled has something in the place of each variable of a query.
var filled = strings.NewReplacer("$unit", "a", "$procedure", "b", "$period", "year", "$ranking", "c", "$root", "d")

// asks says which query cannot be read, or computes a figure: a unit covers those below it, and a share is no sum of shares.
func (p *panel) asks() (problems []string) {
	for _, q := range p.Targets {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(filled.Replace(q.Expr))
		if err != nil {
			problems = append(problems, fmt.Sprintf("query %s: %v", q.RefID, err))
			continue
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			a, is := node.(*parser.AggregateExpr)
			if is && (a.Op == parser.SUM || a.Op == parser.AVG) && strings.Contains(a.Expr.String(), "egov_kpi_") {
				problems = append(problems, "adds up figures: "+a.String())
			}
			return nil
		})
	}
	return problems
}

// leads says which link of a panel leads nowhere, or without what is chosen.
func (b *board) leads(p panel, all []board) (problems []string) {
	for _, o := range p.FieldConfig.Overrides {
		var links []struct{ Title, URL string }
		if !o.of("links", &links) {
			continue
		}
		for _, l := range links {
			uid, query, _ := strings.Cut(strings.TrimPrefix(l.URL, "/d/"), "?")
			i := slices.IndexFunc(all, func(other board) bool { return other.UID == uid })
			values, err := url.ParseQuery(strings.ReplaceAll(query, "$", "%24"))
			if i < 0 || err != nil || l.Title == "" {
				problems = append(problems, "the link leads nowhere: "+l.URL)
				continue
			}
			for name := range values {
				if !all[i].has(strings.TrimPrefix(name, "var-")) {
					problems = append(problems, uid+" has no variable "+name)
				}
			}
			for _, v := range all[i].Templating.List {
				if v.Hide == 0 && v.Type != "datasource" && !values.Has("var-"+v.Name) {
					problems = append(problems, "the link to "+uid+" does not say which "+v.Name)
				}
			}
		}
	}
	return problems
}

// Of what should be little there is too much: nobody reads that a handling time of six days instead of five lacks one.
func TestTheDistanceToATargetIsCalledByItsDirection(t *testing.T) {
	want := map[string]string{"tỷ lệ": "Còn thiếu", "thời gian (ngày làm việc)": "Vượt", "shares": "Lacking", "times (working days)": "Over"}
	seen := map[string]bool{}
	for _, b := range boards(t, render(t, ministry(2, 18))) {
		for _, p := range b.all(true) {
			_, group, _ := strings.Cut(p.Title, ": ")
			for _, o := range p.FieldConfig.Overrides {
				var name string
				if wanted := want[group]; wanted != "" && strings.Contains(o.Matcher.Options, "lacking") && o.of("displayName", &name) {
					seen[group] = true
					if name != wanted {
						t.Errorf("%s, %q: the column is called %q, should be %q", b.UID, p.Title, name, wanted)
					}
				}
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("only %v have such a column", seen)
	}
}
