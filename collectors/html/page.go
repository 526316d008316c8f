package html

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"kpiagent/collectors"
	"kpiagent/internal/canonical"
)

// page is one answer, and what is read of it.
type page struct {
	source  *Source
	kind    string // Content-Type
	content []byte
	day     string // of the reading; "" where it is no part of the rows

	document *goquery.Document
	ignored  map[*html.Node]bool
	added    []collectors.Value // behind the columns of each row: group, texts, day
}

// parse makes the document of the content.
func (p *page) parse() error {
	text, err := p.decode()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("the answer is empty where a page was expected")
	}
	root, err := parse(text, p.source.config.MaxCells)
	if err != nil {
		return err
	}
	p.document = goquery.NewDocumentFromNode(root)
	p.ignored = map[*html.Node]bool{}
	if p.source.ignore != nil {
		for _, n := range p.document.FindMatcher(p.source.ignore).Nodes {
			p.ignored[n] = true
		}
	}
	return nil
}

// decode returns the content as UTF-8. The configuration counts before the header, the header before what the page says.
func (p *page) decode() ([]byte, error) {
	label, said := p.source.config.Encoding, "encoding"
	encoding, name := charset.Lookup(label)
	if label == "" || label == "auto" {
		sure := false
		encoding, name, sure = charset.DetermineEncoding(p.content, p.kind)
		said = "the page"
		if !sure && name == "windows-1252" { // what browsers take where nothing is said
			encoding, name = charset.Lookup("utf-8")
		}
	}
	if encoding == nil {
		return nil, fmt.Errorf("encoding %q is not known; write auto, or the name of one", label)
	}
	if name == "utf-8" {
		text := bytes.TrimPrefix(p.content, []byte("\xef\xbb\xbf"))
		if !utf8.Valid(text) {
			return nil, fmt.Errorf("the page is not UTF-8, and names no other encoding; set encoding to what it is written in, such as windows-1258")
		}
		return text, nil
	}
	text, err := io.ReadAll(encoding.NewDecoder().Reader(bytes.NewReader(p.content)))
	if err != nil {
		return nil, fmt.Errorf("the page is not written in %s, as %s says: %w", name, said, err)
	}
	return text, nil
}

// read streams the rows of the tables that the selector finds.
func (p *page) read(ctx context.Context, sink collectors.Sink) error {
	if err := p.parse(); err != nil {
		return err
	}
	found, err := p.tables()
	if err != nil {
		return err
	}
	if err := p.addTexts(); err != nil {
		return err
	}
	left := p.source.config.MaxCells
	for i, node := range found {
		origin := ""
		if len(found) > 1 {
			origin = fmt.Sprintf("table %d", i+1)
		}
		t := &table{page: p, node: node, origin: origin, left: &left}
		if err := t.read(ctx, sink); err != nil {
			return err
		}
	}
	return nil
}

// addTexts reads the columns that stand beside the table: the day, and texts of the page.
func (p *page) addTexts() error {
	for _, text := range p.source.texts {
		found := p.document.FindMatcher(text.element)
		if found.Length() == 0 {
			return fmt.Errorf("texts: %s for the column %q matches nothing on the page%s; correct select", text.Select, text.Column, p.named())
		}
		value := p.text(found.Nodes[0])
		if text.pattern != nil {
			match := text.pattern.FindStringSubmatch(value)
			if match == nil {
				return fmt.Errorf("texts: the pattern %s for the column %q is not found in %.100q; correct pattern or select", text.Pattern, text.Column, value)
			}
			value = match[min(1, len(match)-1)]
		}
		p.added = append(p.added, collectors.Value{Kind: collectors.Text, Text: value})
	}
	if p.day != "" {
		p.added = append(p.added, collectors.Value{Kind: collectors.Text, Text: p.day})
	}
	return nil
}

// addedNames names what stands behind the columns of the table.
func (p *page) addedNames() (names []string) {
	given := p.source.config
	if given.GroupColumn != "" {
		names = append(names, given.GroupColumn)
	}
	for _, text := range given.Texts {
		names = append(names, text.Column)
	}
	if given.DayColumn != "" {
		names = append(names, given.DayColumn)
	}
	return names
}

// named returns the page's title for a message.
func (p *page) named() string {
	title := canonical.Text(p.document.Find("title").First().Text())
	if title == "" {
		return ""
	}
	return fmt.Sprintf(" %q", strings.ToValidUTF8(title[:min(len(title), 80)], ""))
}
