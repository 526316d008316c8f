package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"kpiagent/internal/canonical"
)

// tables finds what the selector names. A match that is no table stands for the tables in it.
func (p *page) tables() ([]*html.Node, error) {
	given := p.source.config
	matched := p.document.FindMatcher(p.source.table)
	var found []*html.Node
	matched.Each(func(_ int, one *goquery.Selection) {
		within := one
		if !one.Is("table") {
			within = one.Find("table")
		}
		for _, node := range within.Nodes {
			if !slices.Contains(found, node) && !p.ignored[node] {
				found = append(found, node)
			}
		}
	})
	switch {
	case len(found) == 0 && matched.Length() > 0:
		return nil, fmt.Errorf("table %s matches %d elements of the page%s, but there is no table in them; %s", given.Table, matched.Length(), p.named(), p.present())
	case len(found) == 0:
		return nil, fmt.Errorf("table %s matches nothing on the page%s; %s", given.Table, p.named(), p.present())
	case len(found) > 1 && given.Tables != "all":
		return nil, fmt.Errorf("table %s matches %d tables: %s; make it match one, or write tables: all to read the rows of each", given.Table, len(found), describe(found))
	}
	return found, nil
}

// present says which tables the page has.
func (p *page) present() string {
	tables := p.document.Find("table").Nodes
	if len(tables) == 0 {
		return "it has no table at all: it may be a login page (configure auth), or a script may fill it (look for the JSON that it loads, and read that with kind: rest)"
	}
	return "there are: " + describe(tables) + "; correct table"
}

// mostDescribed bounds how many tables a message lists.
const mostDescribed = 10

// describe names tables by what a selector can take hold of, and by their first row.
func describe(tables []*html.Node) string {
	var list []string
	for _, node := range tables[:min(len(tables), mostDescribed)] {
		list = append(list, describeOne(goquery.NewDocumentFromNode(node).Selection))
	}
	if len(tables) > mostDescribed {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

func describeOne(one *goquery.Selection) string {
	name := "table"
	if id, has := one.Attr("id"); has {
		name += "#" + short(id)
	}
	for class := range strings.FieldsSeq(one.AttrOr("class", "")) {
		name += "." + short(class)
	}
	var cells []string
	one.Find("tr").First().Find("th, td").EachWithBreak(func(i int, cell *goquery.Selection) bool {
		cells = append(cells, short(canonical.Text(cell.Text())))
		return i < 4
	})
	return fmt.Sprintf("%s (%s)", name, strings.Join(cells, " | "))
}

func short(text string) string {
	if letters := []rune(text); len(letters) > 30 {
		return string(letters[:30]) + "…"
	}
	return text
}
