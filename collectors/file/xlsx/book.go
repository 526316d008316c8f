package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"kpiagent/internal/canonical"
)

// book is what the workbook says of itself.
type book struct {
	sheets []tab
	from   epoch
	styles string // the part with the cell styles; "" for none
	texts  string // the part with the shared texts; "" for none
}

// tab is one sheet of cells.
type tab struct {
	name   string
	part   string
	hidden bool
}

// relation is a link from one part to another.
type relation struct{ id, kind, target string }

func (c *container) workbook() (*book, error) {
	main := "xl/workbook.xml"
	top, err := c.relations("")
	if err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	if i := slices.IndexFunc(top, func(r relation) bool { return r.kind == "officeDocument" }); i >= 0 {
		main = top[i].target
	}
	switch {
	case strings.HasSuffix(main, ".bin"):
		return nil, errors.New("the workbook is in the binary format .xlsb; open it in Excel and save it as .xlsx")
	case c.parts[partName(main)] == nil && c.parts["content.xml"] != nil:
		return nil, errors.New("the file is an OpenDocument spreadsheet (.ods); save it as .xlsx")
	case c.parts[partName(main)] == nil:
		return nil, errors.New("the file is a zip archive but no Excel workbook; save the report as .xlsx")
	}
	links, err := c.relations(main)
	if err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	b := &book{}
	for _, link := range links {
		switch link.kind {
		case "styles":
			b.styles = link.target
		case "sharedStrings":
			b.texts = link.target
		}
	}
	scan, err := c.open(main)
	if err != nil {
		return nil, err
	}
	return b, scan.each(func(tag xml.StartElement) error {
		switch tag.Name.Local {
		case "workbookPr":
			if isTrue(attribute(tag, "date1904")) {
				b.from = epoch1904
			}
		case "sheet":
			b.add(tag, links)
		}
		return nil
	})
}

// add takes a sheet that holds cells; charts and old macro sheets are none.
func (b *book) add(tag xml.StartElement, links []relation) {
	for _, a := range tag.Attr {
		if a.Name.Local != "id" || a.Name.Space == "" {
			continue
		}
		i := slices.IndexFunc(links, func(r relation) bool { return r.id == a.Value && r.kind == "worksheet" })
		if i >= 0 {
			state := attribute(tag, "state")
			b.sheets = append(b.sheets, tab{attribute(tag, "name"), links[i].target, state == "hidden" || state == "veryHidden"})
		}
	}
}

// relations reads where the links of a part lead; "" is the container itself.
func (c *container) relations(of string) ([]relation, error) {
	folder, base := path.Split(of)
	scan, err := c.open(folder + "_rels/" + base + ".rels")
	if err != nil {
		return nil, err
	}
	var links []relation
	err = scan.each(func(tag xml.StartElement) error {
		if tag.Name.Local != "Relationship" {
			return nil
		}
		target := strings.ReplaceAll(attribute(tag, "Target"), "\\", "/")
		if !strings.HasPrefix(target, "/") {
			target = folder + target
		}
		links = append(links, relation{attribute(tag, "Id"), path.Base(attribute(tag, "Type")), partName(target)})
		return nil
	})
	return links, err
}

// choose finds a sheet by its exact name, else by a name that differs only in case and spaces, else by its number among
// the visible ones.
func (b *book) choose(wanted string) (tab, error) {
	visible := slices.DeleteFunc(slices.Clone(b.sheets), func(t tab) bool { return t.hidden })
	if len(b.sheets) == 0 {
		return tab{}, errors.New("the workbook has no sheet with cells")
	}
	if wanted == "" {
		return append(visible, b.sheets...)[0], nil
	}
	var near []tab
	for _, t := range b.sheets {
		if t.name == wanted {
			return t, nil
		}
		if strings.EqualFold(canonical.Name(t.name), canonical.Name(wanted)) {
			near = append(near, t)
		}
	}
	switch len(near) {
	case 0:
		if number, err := strconv.Atoi(wanted); err == nil && number >= 1 && number <= len(visible) {
			return visible[number-1], nil
		}
		return tab{}, fmt.Errorf("there is no sheet %q; there are: %s; correct sheet", wanted, listed(b.sheets))
	case 1:
		return near[0], nil
	}
	return tab{}, fmt.Errorf("sheet %q could be any of %s; write the name in sheet exactly as one of them", wanted, listed(near))
}

// chooseAll is choose for a name that may be a glob: all visible sheets that it fits, in their order.
func (b *book) chooseAll(wanted string) (chosen []tab, several bool, err error) {
	one, err := b.choose(wanted)
	if err == nil || !strings.ContainsAny(wanted, "*?[") {
		return []tab{one}, false, err
	}
	for _, t := range b.sheets {
		if fits, wrong := path.Match(strings.ToLower(canonical.Text(wanted)), strings.ToLower(canonical.Text(t.name))); wrong == nil && fits && !t.hidden {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) == 0 {
		return nil, true, fmt.Errorf("no sheet fits %q; there are: %s; correct sheet", wanted, listed(b.sheets))
	}
	return chosen, true, nil
}

// listed names sheets in a message, at most twenty of them.
func listed(sheets []tab) string {
	var names []string
	for _, t := range sheets[:min(len(sheets), 20)] {
		name := strconv.Quote(t.name)
		if t.hidden {
			name += " (hidden)"
		}
		names = append(names, name)
	}
	if len(sheets) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
