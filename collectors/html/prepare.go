package html

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// How many tags, attributes and texts a page may have: for each cell, and beside them.
const (
	partsOfCell = 8
	otherParts  = 50_000
)

// plain begins the names that tags of formatting have while the page is parsed.
const plain = "kpiagent-"

// formatting are the tags that a browser begins again in each block and cell that follows where their end is missing. A few of
// them would make a small page fill the memory, so they are parsed under other names, as tags like all others.
var formatting = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Big: true, atom.Code: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Nobr: true, atom.S: true,
	atom.Small: true, atom.Strike: true, atom.Strong: true, atom.Tt: true, atom.U: true,
}

// parse makes the tree of a page. One that would become too large in memory is refused before it does: a page may have so many
// cells, and parts in proportion.
func parse(text []byte, mostCells int) (*html.Node, error) {
	prepared, err := prepare(text, mostCells)
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(bytes.NewReader(prepared))
	if err != nil {
		return nil, fmt.Errorf("the page cannot be read: %w", err)
	}
	restore(root)
	return root, nil
}

// prepare counts the parts of a page, and renames its tags of formatting.
func prepare(text []byte, mostCells int) ([]byte, error) {
	out := make([]byte, 0, len(text)+len(text)/8)
	cells, parts := 0, 0
	tokens := html.NewTokenizer(bytes.NewReader(text))
	for {
		kind := tokens.Next()
		raw := tokens.Raw()
		begin := 0 // of the name
		switch kind {
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("the page cannot be read: %w", err)
			}
			return append(out, raw...), nil
		case html.StartTagToken, html.SelfClosingTagToken:
			begin = len("<")
		case html.EndTagToken:
			begin = len("</")
		}
		if begin > 0 {
			out = append(out, raw[:begin]...)
			raw = raw[begin:]
			name, more := tokens.TagName()
			tag := atom.Lookup(name)
			if formatting[tag] {
				out = append(out, plain...)
			}
			if kind != html.EndTagToken && (tag == atom.Td || tag == atom.Th) {
				cells++
			}
			out = append(out, raw...)
			for ; more; parts++ {
				_, _, more = tokens.TagAttr()
			}
		} else {
			out = append(out, raw...)
		}
		parts++
		switch {
		case cells > mostCells:
			return nil, tooManyCells(mostCells)
		case parts/partsOfCell > mostCells+otherParts:
			return nil, fmt.Errorf("the page has more than %d tags, attributes and texts; raise max_cells if it is really that large", partsOfCell*(mostCells+otherParts))
		}
	}
}

func tooManyCells(most int) error {
	return fmt.Errorf("the page has more than max_cells %d; raise it, or ask for a smaller page", most)
}

// restore returns the tags of formatting their names again.
func restore(n *html.Node) {
	if name, renamed := strings.CutPrefix(n.Data, plain); renamed && n.Type == html.ElementNode {
		n.Data, n.DataAtom = name, atom.Lookup([]byte(name))
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		restore(child)
	}
}
