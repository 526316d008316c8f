package pages_test

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"

	"kpiagent/internal/testserver"
)

// screens are the windows that the pages are looked at in: a phone, a desk and a wall of 4K.
var screens = [][2]int{{360, 800}, {1366, 768}, {3840, 2160}}

// measured is what the browser says of one page in one window.
type measured struct {
	Path            string
	Width           int
	ScrollWidth     int      // wider than the window: it scrolls sideways
	Offenders       []string // what sticks out
	Faint           []string // texts with less contrast than WCAG asks for at level AA
	Loaded          bool
	Title, Language string
}

// measuring looks at each page in a frame, which takes the size of one window after the other. It is part of the test only: the pages have no scripts.
const measuring = `<!doctype html><meta charset="utf-8"><body><pre id="result"></pre><script>
const jobs = JOBS, results = [];
function luminance(c) { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126*f(c[0]) + .7152*f(c[1]) + .0722*f(c[2]); }
function color(text) { const m = text.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; }
function background(w, e) { for (; e; e = e.parentElement) { const c = color(w.getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; }
function look(frame, path, width) {
  const d = frame.contentDocument, w = frame.contentWindow, out = [], faint = [];
  const limit = d.documentElement.clientWidth;
  for (const e of d.body.querySelectorAll('*')) {
    const r = e.getBoundingClientRect();
    if (r.right > limit + 1 && r.width > 0 && !e.closest('.scroll') && !e.closest('.skip')) out.push(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + Math.round(r.right));
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
    if (text && r.width > 1 && !e.closest('svg') && !e.closest('option')) {
      const s = w.getComputedStyle(e), a = luminance(color(s.color) || [0,0,0]), b = luminance(background(w, e));
      const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), size = parseFloat(s.fontSize);
      if (ratio < (size >= 24 || size >= 18.66 && s.fontWeight >= 700 ? 3 : 4.5)) faint.push(ratio.toFixed(2) + ' ' + text.slice(0, 30));
    }
  }
  results.push({Path: path, Width: width, ScrollWidth: Math.max(d.documentElement.scrollWidth, d.body.scrollWidth), Offenders: out.slice(0, 5),
    Faint: [...new Set(faint)].slice(0, 5), Loaded: !!d.querySelector('main'), Title: d.title, Language: d.documentElement.lang});
}
function next() {
  const job = jobs.shift();
  if (!job) { document.getElementById('result').textContent = JSON.stringify(results); document.title = 'done'; return; }
  const frame = document.createElement('iframe');
  frame.onload = () => {
    for (const [width, height] of job.Screens) {
      frame.style.cssText = 'border:0;width:' + width + 'px;height:' + height + 'px';
      look(frame, job.Path, width);
    }
    frame.remove(); next();
  };
  frame.src = job.Path;
  document.body.append(frame);
}
next();
</script>`

// framed lets the measuring page show the others in frames, which they themselves forbid.
func framed(pages http.Handler, measure string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/measure" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, measure)
			return
		}
		recorder := httptest.NewRecorder()
		pages.ServeHTTP(recorder, r)
		header := recorder.Result().Header
		header.Del("X-Frame-Options")
		header.Set("Content-Security-Policy", strings.Replace(header.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
		maps.Copy(w.Header(), header)
		w.WriteHeader(recorder.Code)
		w.Write(recorder.Body.Bytes())
	})
}

// longNames returns a unit and a procedure names as long as they come.
var longNames = strings.NewReplacer(
	"vi: Cục Điện lực", `vi: "Cục Điều tiết Điện lực, Năng lượng tái tạo và Sử dụng năng lượng tiết kiệm và hiệu quả khu vực miền Trung và Tây Nguyên"`,
	"name: Cấp giấy phép hoạt động điện lực", `name: "Cấp sửa đổi, bổ sung giấy phép hoạt động tư vấn đầu tư xây dựng đường dây và trạm biến áp có cấp điện áp đến 35 kV, đăng ký hoạt động trong phạm vi tỉnh, thành phố trực thuộc Trung ương"`,
)

// In every language and on every screen, no page scrolls sideways, each can be read in light and in dark, and the browser has
// nothing to complain of.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	s.startWith(`web: {raw_rows_for: ["*"]}` + longNames.Replace(configuration))
	for _, dark := range []bool{false, true} {
		browser.Dark = dark
		type job struct {
			Path    string
			Screens [][2]int
		}
		var jobs []job
		sizes := screens
		if dark {
			sizes = screens[1:2] // colours do not depend on the screen
		}
		for _, path := range slices.Sorted(maps.Values(shown)) {
			jobs = append(jobs, job{path, sizes}, job{inEnglish(path), sizes})
		}
		list, err := json.Marshal(jobs)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(framed(s.handler, strings.Replace(measuring, "JOBS", string(list), 1)))
		defer server.Close()
		document, console := browser.DOM(t, server.URL+"/measure", 1366, 768, 5*time.Minute)
		for _, line := range console {
			if !strings.Contains(line, "404 (Not Found)") { // one of the pages is that there is none
				t.Errorf("the console says: %s", line)
			}
		}
		for _, m := range results(t, document, len(jobs)*len(sizes)) {
			if m.ScrollWidth > m.Width {
				t.Errorf("%s is %d wide in a window of %d: %q", m.Path, m.ScrollWidth, m.Width, m.Offenders)
			}
			if len(m.Faint) > 0 {
				t.Errorf("%s has texts that are hard to read (dark: %t): %q", m.Path, dark, m.Faint)
			}
			if !m.Loaded || m.Title == "" || (m.Language == "en") != strings.Contains(m.Path, "lang=en") {
				t.Errorf("%s: %+v", m.Path, m)
			}
		}
	}
}

// pageOfPDF and boxOfPDF find the pages of a PDF, and how large its paper is, in points.
var (
	pageOfPDF = regexp.MustCompile(`/Type\s*/Page\b`)
	boxOfPDF  = regexp.MustCompile(`/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]`)
)

// The board is printed on A4, with all its rows and without what only a screen can use.
func TestTheBoardOnPaper(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	server := httptest.NewServer(s.handler)
	defer server.Close()
	for path, most := range map[string]int{"/board": 6, "/board?unit=xuctien&lang=en": 3} {
		pdf := browser.PDF(t, server.URL+path)
		if n := len(pageOfPDF.FindAll(pdf, -1)); n < 1 || n > most {
			t.Errorf("%s takes %d pages, want at most %d", path, n, most)
		}
		boxes := boxOfPDF.FindAllSubmatch(pdf, -1)
		if len(boxes) == 0 {
			t.Fatalf("%s: the PDF has no paper", path)
		}
		for _, box := range boxes {
			width, _ := strconv.ParseFloat(string(box[1]), 64)
			height, _ := strconv.ParseFloat(string(box[2]), 64)
			if math.Abs(width-595) > 1 || math.Abs(height-842) > 1 {
				t.Errorf("%s is printed on %s x %s points, which is not A4", path, box[1], box[2])
			}
		}
	}
}

func results(t *testing.T, document string, want int) (list []measured) {
	t.Helper()
	found := regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`).FindStringSubmatch(document)
	if found == nil {
		t.Fatalf("the measuring page has no result:\n%.2000s", document)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &list); err != nil {
		t.Fatalf("the result of the measuring page: %v: %.500s", err, found[1])
	}
	if len(list) != want {
		t.Fatalf("%d pages were measured, want %d", len(list), want)
	}
	return list
}

// mostPages bounds how far links are followed: the periods go back for decades.
const mostPages = 150

// Every link of every page leads somewhere, and keeps the language.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t, `web: {raw_rows_for: ["*"]}`)
	seen := map[string]bool{}
	queue := []string{"/", "/?lang=en"}
	for len(queue) > 0 && len(seen) < mostPages {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		recorder := s.get(path)
		if recorder.Code != http.StatusOK {
			t.Errorf("%s: %d", path, recorder.Code)
		}
		if !strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/html") {
			continue
		}
		here, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		document, err := nethtml.Parse(recorder.Body)
		if err != nil {
			t.Fatal(err)
		}
		checkDocument(t, path, document)
		for link, other := range linksOf(document) {
			to, err := here.Parse(link)
			if err != nil || to.Host != "" {
				t.Errorf("%s links to %s", path, link)
				continue
			}
			if page := !strings.HasPrefix(to.Path, "/static/") && !strings.HasPrefix(to.Path, "/-/") && to.Path != "/metrics" && to.Path != "/config" && link[0] != '#'; page {
				if english := to.Query().Get("lang") == "en"; english != (here.Query().Get("lang") == "en") != other {
					t.Errorf("%s links to %s, in another language", path, link)
				}
			}
			to.Fragment = ""
			queue = append(queue, to.String())
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d pages were found", len(seen))
	}
}

// linksOf returns the links of a page, each with whether it is to the other language.
func linksOf(n *nethtml.Node) map[string]bool {
	links := map[string]bool{}
	for node := range n.Descendants() {
		if node.Type == nethtml.ElementNode && (node.Data == "a" || node.Data == "link") {
			links[attribute(node, "href")] = attribute(node, "hreflang") != ""
		}
	}
	return links
}

// childOf returns the first child with that name; nil where there is none.
func childOf(n *nethtml.Node, name string) *nethtml.Node {
	for child := range n.ChildNodes() {
		if child.Data == name {
			return child
		}
	}
	return nil
}

func attribute(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// checkDocument holds a page to what people with a screen reader need.
func checkDocument(t *testing.T, path string, document *nethtml.Node) {
	t.Helper()
	ids, named, counts := map[string]bool{}, map[string]bool{}, map[string]int{}
	for node := range document.Descendants() {
		if node.Type != nethtml.ElementNode {
			continue
		}
		counts[node.Data]++
		if id := attribute(node, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s has the id %s twice", path, id)
			}
			ids[id] = true
		}
		for _, unwanted := range []string{"style", "onclick", "onload"} {
			if attribute(node, unwanted) != "" {
				t.Errorf("%s has %s in its markup, which the security policy forbids", path, unwanted)
			}
		}
		switch node.Data {
		case "nav":
			if name := attribute(node, "aria-label"); name == "" || named[name] {
				t.Errorf("%s has a way on without a name of its own: %q", path, name)
			} else {
				named[name] = true
			}
		case "svg":
			checkPicture(t, path, node)
		case "table":
			if caption := childOf(node, "caption"); caption == nil && attribute(node, "aria-label") == "" && attribute(node, "aria-labelledby") == "" {
				t.Errorf("%s has a table without a name", path)
			}
		case "th":
			if attribute(node, "scope") == "" {
				t.Errorf("%s has a table header without a scope", path)
			}
		case "script":
			t.Errorf("%s has a script", path)
		case "select", "input":
			if attribute(node, "type") != "hidden" && node.Parent.Data != "label" {
				t.Errorf("%s has an input without a label", path)
			}
		}
	}
	for node := range document.Descendants() {
		for _, name := range []string{"aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(attribute(node, name)) {
				if !ids[id] {
					t.Errorf("%s refers to the id %s, which is not there", path, id)
				}
			}
		}
	}
	once := []string{"h1", "main", "title"}
	if bare := strings.HasPrefix(path, "/wall"); !bare {
		once = append(once, "header", "footer")
	}
	for _, once := range once {
		if counts[once]-map[string]int{"title": counts["desc"]}[once] != 1 {
			t.Errorf("%s has %d of <%s>", path, counts[once], once)
		}
	}
}

// checkPicture sees that a picture has a name and says what it shows, or is only an ornament.
func checkPicture(t *testing.T, path string, picture *nethtml.Node) {
	t.Helper()
	for above := picture.Parent; above != nil; above = above.Parent {
		if above.Data == "svg" {
			return // a part of one
		}
	}
	if attribute(picture, "aria-hidden") == "true" {
		return
	}
	said := map[string]string{}
	for node := range picture.Descendants() {
		if (node.Data == "title" || node.Data == "desc") && node.FirstChild != nil {
			said[attribute(node, "id")] = node.FirstChild.Data
		}
	}
	names := strings.Fields(attribute(picture, "aria-labelledby"))
	if attribute(picture, "role") != "img" || len(names) != 2 || said[names[0]] == "" || said[names[1]] == "" {
		t.Errorf("%s has a picture that is not described: %q", path, names)
	}
}
