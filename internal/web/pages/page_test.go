package pages_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// page is a page as a test asks it: by what is on it, and not by its markup.
type page struct {
	*goquery.Document
	t    testing.TB
	path string
	code int
}

// open asks for a page, in a language, and reads it.
func (s *site) open(path, language string) *page {
	s.t.Helper()
	if language == "en" {
		path = inEnglish(path)
	}
	return read(s.t, path, s.get(path))
}

func read(t testing.TB, path string, answer *httptest.ResponseRecorder) *page {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return &page{document, t, path, answer.Code}
}

// one returns the only element of a selector within another.
func (p *page) one(in *goquery.Selection, selector string) *goquery.Selection {
	p.t.Helper()
	found := in.Find(selector)
	if found.Length() != 1 {
		p.t.Fatalf("%s has %d of %q", p.path, found.Length(), selector)
	}
	return found
}

// target is a KPI with a target: its tile on the first page, or its row on a unit's.
func (p *page) target(kpi string) string {
	p.t.Helper()
	found := p.one(p.Selection, `li.tile:has(h3 a[href^="/kpis/`+kpi+`?"]), table.grp tr:has(th a[href^="/kpis/`+kpi+`?"])`).Clone()
	found.Find("svg").Remove()
	var lines []string
	found.Find("p, th, td").Each(func(_ int, part *goquery.Selection) {
		if text := squeeze(part.Text()); text != "" {
			lines = append(lines, text)
		}
	})
	return strings.Join(lines, " | ")
}

// card is the card of a KPI on the board.
func (p *page) card(kpi string) *goquery.Selection {
	p.t.Helper()
	return p.one(p.Selection, `li.card:has(h3 a[href^="/kpis/`+kpi+`?"])`)
}

// month is the figure of the month on a card, with its status: "65 % ✕ không đạt".
func (p *page) month(kpi string) string {
	p.t.Helper()
	return squeeze(p.card(kpi).Find("p.now .big").Text() + " " + p.card(kpi).Find("p.now .chip").Text())
}

// year is the figure of the year on a card, with its status and what is lacking.
func (p *page) year(kpi string) string {
	p.t.Helper()
	year := p.card(kpi).Find("p.year").Clone()
	year.Find(".when").Remove()
	return squeeze(year.Text())
}

// cell is the figure of a unit in the table of units, with its status.
func (p *page) cell(unit, kpi string) string {
	p.t.Helper()
	link := p.one(p.Selection, `table td a[href*="/kpis/`+kpi+`?"][href*="unit=`+unit+`"]`)
	cell := link.Closest("td").Clone()
	cell.Find(".label").Remove() // the KPI's name, on phones
	return squeeze(cell.Text())
}

// row is a row of the table in a section: the cells behind the one that begins with head.
func (p *page) row(section, head string) string {
	p.t.Helper()
	var cells []string
	p.Find(`[aria-labelledby="` + section + `"] tr`).Each(func(_ int, tr *goquery.Selection) {
		if first := tr.Find("th").First(); strings.HasPrefix(squeeze(first.Text()), head) && cells == nil {
			tr.Find("td").Each(func(_ int, td *goquery.Selection) { cells = append(cells, squeeze(td.Text())) })
		}
	})
	return strings.Join(cells, " | ")
}

// facts are the pairs of a list of terms.
func (p *page) facts() map[string]string {
	facts := map[string]string{}
	p.Find("dt").Each(func(_ int, dt *goquery.Selection) { facts[squeeze(dt.Text())] = squeeze(dt.NextFiltered("dd").Text()) })
	return facts
}

// texts are the texts of all elements of a selector, in order.
func (p *page) texts(selector string) (list []string) {
	p.Find(selector).Each(func(_ int, s *goquery.Selection) { list = append(list, squeeze(s.Text())) })
	return list
}

// links are the addresses of the links of a selector, by their text.
func (p *page) links(selector string) map[string]string {
	links := map[string]string{}
	p.Find(selector).Each(func(_ int, a *goquery.Selection) { links[squeeze(a.Text())], _ = a.Attr("href") })
	return links
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// outline is the page's content as text: a line for each heading, paragraph, item and row, with the address of each link in
// brackets behind its text. Pictures are given by their descriptions; numbers that open on demand are left out.
func (p *page) outline() string {
	const blocks = "h1, h2, h3, p, li, tr, caption, dt, dd, figcaption, svg[role=img], select"
	var text strings.Builder
	p.Find("main").Find(blocks).Each(func(_ int, block *goquery.Selection) {
		if block.ParentsFiltered("details, ul.reads").Length() > 0 {
			return
		}
		if line := lineOf(block); line != "" {
			text.WriteString(goquery.NodeName(block) + " " + line + "\n")
		}
	})
	return text.String()
}

func lineOf(block *goquery.Selection) string {
	switch {
	case block.Is("svg"):
		return squeeze(block.Find("title").First().Text() + ": " + block.Find("desc").First().Text())
	case block.Is("select"):
		return squeeze(block.Find("option[selected]").Text())
	}
	block = block.Clone()
	block.Find("li, p, h3, ul, figure, svg, select, details").Remove()
	block.Find("a").Each(func(_ int, a *goquery.Selection) {
		href, _ := a.Attr("href")
		a.AfterHtml(" [" + href + "] ")
	})
	block.Find("th, td").Each(func(_ int, cell *goquery.Selection) { cell.PrependHtml(" | ") })
	return squeeze(block.Text())
}
