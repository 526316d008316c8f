package pages_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kpiagent/internal/testserver"
)

// watching notes, in the page, what the focus comes to. stops lists where it has to come, in the order in which the page is
// read; a table that needs no scrolling is no stop.
const watching = `(() => {
  const name = e => e.tagName + ' ' + (e.getAttribute('aria-label') || e.textContent || e.name || '').trim().replace(/\s+/g, ' ').slice(0, 40);
  window.stops = [...document.querySelectorAll('a[href], summary, button, select, input:not([type=hidden]), [tabindex]')].filter(e => e.checkVisibility() && e.tabIndex >= 0).map(e => e.tabIndex > 0 ? name(e) + ' (out of order)' : name(e));
  window.visited = []; window.unseen = [];
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const m = c.match(/[\d.]+/g).map(Number); return .2126 * channel(m[0]) + .7152 * channel(m[1]) + .0722 * channel(m[2]); };
  const behind = e => { for (e = e.parentElement; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return 'rgb(255,255,255)'; };
  document.addEventListener('focusin', event => {
    const e = event.target, s = getComputedStyle(e), r = e.getBoundingClientRect();
    window.visited.push(name(e));
    const a = light(s.outlineColor), b = light(behind(e)), contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 || contrast < 3) window.unseen.push(name(e) + ': ring ' + s.outlineStyle + ' ' + s.outlineWidth + ' contrast ' + contrast.toFixed(1));
    if (r.width < 1 || r.height < 1 || r.right < 1 || r.left > innerWidth || r.bottom < 1 || r.top > innerHeight) window.unseen.push(name(e) + ': not in the window');
  });
  return window.stops.length;
})()`

// Whoever has only a keyboard comes with Tab to everything that can be used, in the order in which it is read, and sees where
// they are.
func TestTheTabKey(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	server := httptest.NewServer(s.handler)
	defer server.Close()
	for _, dark := range []bool{false, true} {
		browser.Dark = dark
		visit := browser.Visit(t, 1366, 768)
		paths := slices.Sorted(maps.Values(shown))
		if dark {
			paths = []string{"/", "/board?lang=en"} // the style is one for all
		}
		for _, path := range paths {
			visit.Go(server.URL + path)
			var most int
			visit.Value(watching, &most)
			for count, presses := 0, 0; count < most && presses < 2*most+20; { // a date has several fields, each a press
				visit.Press("Tab", min(most-count, 20))
				presses += min(most-count, 20)
				visit.Value("window.visited.length", &count)
			}
			var walk struct{ Stops, Visited, Unseen []string }
			visit.Value("({stops: window.stops, visited: window.visited, unseen: window.unseen})", &walk)
			if !slices.Equal(walk.Stops, walk.Visited[:min(len(walk.Visited), len(walk.Stops))]) {
				t.Errorf("%s: Tab comes to\n%q, but the page is read\n%q", path, walk.Visited, walk.Stops)
			}
			if len(walk.Unseen) > 0 {
				t.Errorf("%s (dark: %t): the focus is not seen: %q", path, dark, walk.Unseen)
			}
		}
	}
}

// The first Tab offers to skip the navigation; Enter does, and the Tab after it goes on in the page's own content.
func TestTheSkipLink(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	server := httptest.NewServer(s.handler)
	defer server.Close()
	visit := browser.Visit(t, 390, 844)
	for _, path := range []string{"/", "/board", "/sources?lang=en"} {
		visit.Go(server.URL + path)
		visit.Press("Tab", 1)
		var at struct {
			Class, Hash string
			Left        float64
			InMain      bool
		}
		const where = `({class: document.activeElement.className, hash: location.hash, left: document.activeElement.getBoundingClientRect().left,
			inMain: !!document.activeElement.closest('main')})`
		if visit.Value(where, &at); at.Class != "skip" || at.Left < 0 {
			t.Errorf("%s: the first Tab comes to %+v, want the link that skips the navigation, in sight", path, at)
		}
		visit.Press("Enter", 1)
		visit.Press("Tab", 1)
		if visit.Value(where, &at); at.Hash != "#main" || !at.InMain {
			t.Errorf("%s: after skipping, Tab comes to %+v", path, at)
		}
	}
}

// The pictures of the board say what they show, and with Enter their numbers open as tables that can be read.
func TestPicturesByKeyboard(t *testing.T) {
	t.Parallel()
	browser := testserver.Chromium(t)
	s := newSite(t, "")
	server := httptest.NewServer(s.handler)
	defer server.Close()
	visit := browser.Visit(t, 1366, 768)
	visit.Go(server.URL + "/board?unit=dienluc&lang=en")
	pictures, tables := 0, 0
	for _, part := range visit.Spoken() {
		switch part.Role {
		case "image", "img":
			pictures++
			if part.Name == "" || !strings.ContainsAny(part.Description, "0123456789") {
				t.Errorf("a picture is read as %+v", part)
			}
		case "table":
			tables++
		}
	}
	if pictures == 0 {
		t.Fatal("no picture is read")
	}
	var on string
	for range 100 {
		visit.Press("Tab", 1)
		if visit.Value("document.activeElement.matches('.pictures summary') ? document.activeElement.textContent : ''", &on); on != "" {
			break
		}
	}
	visit.Press("Enter", 1)
	var open bool
	if visit.Value("document.activeElement.parentElement.open === true", &open); on == "" || !open {
		t.Fatalf("the numbers of a picture do not open by keyboard: %q", on)
	}
	visit.Press("Tab", 1)
	var region string
	if visit.Value("document.activeElement.getAttribute('aria-label') || ''", &region); region == "" {
		t.Error("after opening, Tab does not come to the table")
	}
	opened, cells := 0, 0
	for _, part := range visit.Spoken() {
		switch part.Role {
		case "table":
			opened++
			if part.Name == "" {
				t.Error("a table has no name")
			}
		case "cell", "gridcell":
			cells++
		}
	}
	if opened <= tables || cells == 0 {
		t.Errorf("%d tables with %d cells are read after opening, %d before", opened, cells, tables)
	}
}
