package pages_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"
)

// Every page is the same in both languages but for its words: the same elements, links and pictures, and the same numbers.
func TestBothLanguagesShowTheSame(t *testing.T) {
	s := newSite(t, "")
	for name, path := range shown {
		t.Run(name, func(t *testing.T) {
			s.t = t
			vi, en := s.open(path, "vi"), s.open(path, "en")
			if diff := cmp.Diff(skeleton(vi), skeleton(en)); diff != "" {
				t.Errorf("-Vietnamese +English:\n%s", diff)
			}
			if diff := cmp.Diff(numbers(vi, ".", ","), numbers(en, ",", ".")); diff != "" {
				t.Errorf("-Vietnamese +English:\n%s", diff)
			}
		})
	}
}

// What has letters of Vietnamese on an English page is a name of the ministry's own, or says that it is Vietnamese.
func TestEnglishPagesAreEnglish(t *testing.T) {
	s := newSite(t, "")
	vietnamese := regexp.MustCompile(`[ăâđêôơưĂÂĐÊÔƠƯàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụỳýỷỹỵấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự]`)
	own := regexp.MustCompile(`Cấp giấy phép hoạt động điện lực|Thông tư|Quyết định|Nghị định|Nghị quyết`)
	for name, path := range shown {
		for node := range s.open(path, "en").Nodes[0].Descendants() {
			if node.Type != nethtml.TextNode || !vietnamese.MatchString(node.Data) || own.MatchString(node.Data) {
				continue
			}
			if language := languageOf(node); language != "vi" {
				t.Errorf("%s has %q where the language is %q", name, node.Data, language)
			}
		}
	}
}

// languageOf is the language that the markup states for a text.
func languageOf(n *nethtml.Node) string {
	for ; n != nil; n = n.Parent {
		if language := attribute(n, "lang"); language != "" {
			return language
		}
	}
	return ""
}

var (
	inAnyLanguage = strings.NewReplacer("?lang=en&", "?", "&lang=en", "", "?lang=en", "").Replace
	// worded attributes hold words.
	worded = []string{"aria-label", "title", "label", "content"}
)

// skeleton lists the elements of a page with their attributes, but for its words.
func skeleton(p *page) (list []string) {
	for node := range p.Nodes[0].Descendants() {
		if node.Type != nethtml.ElementNode || node.Data == "html" || attribute(node, "hreflang") != "" {
			continue
		}
		line := node.Data
		if node.Data == "input" && attribute(node, "name") == "lang" {
			continue
		}
		for _, a := range node.Attr {
			if slices.Contains(worded, a.Key) {
				a.Val = ""
			}
			line += fmt.Sprintf(" %s=%q", a.Key, inAnyLanguage(a.Val))
		}
		list = append(list, line)
	}
	return list
}

var (
	plainNumber = regexp.MustCompile(`^[−+]?\d[\d.,]*(\x{a0}?%)?$`)
	plainYear   = regexp.MustCompile(`^20\d\d$`) // "năm 2026" is no plain number, and "2026" is
)

// numbers lists the texts of a page that are numbers, with the signs that a language has for thousands and decimals made one.
func numbers(p *page, thousands, decimal string) (list []string) {
	for node := range p.Nodes[0].Descendants() {
		if text := strings.TrimSpace(node.Data); node.Type == nethtml.TextNode && plainNumber.MatchString(text) && !plainYear.MatchString(text) {
			text = strings.NewReplacer(thousands, "", decimal, ".", "\u00a0", "").Replace(text)
			list = append(list, text)
		}
	}
	return list
}
