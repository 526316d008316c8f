package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"kpiagent/internal/agent"
	"kpiagent/internal/kpi"
)

// visit is one request, with what is taken once for it.
type visit struct {
	words
	pages   *Pages
	request *http.Request
	now     time.Time
	setup   *agent.Setup
	sources []agent.SourceState
}

func newVisit(p *Pages, r *http.Request) *visit {
	setup := p.Agent.Setup()
	lang := vietnamese
	if r.URL.Query().Get("lang") == english {
		lang = english
	}
	return &visit{words: newWords(lang, setup.Location), pages: p, request: r, now: p.Now(), setup: setup, sources: p.Agent.Sources()}
}

// read lets do see the books, and takes over the configuration that belongs to them.
func (v *visit) read(do func(d *desk)) {
	v.pages.Agent.Read(func(s *agent.Setup, b *kpi.Books) {
		v.setup, v.words = s, newWords(v.lang, s.Location)
		do(newDesk(v, b))
	})
}

// link is a link with its text.
type link struct {
	Text, URL string
	Here      bool // the page itself
}

// to gives the address of a page in the language of this one. Parameters come in pairs of name and value; those without a
// value are left out.
func (w words) to(path string, parameters ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			query.Set(parameters[i], parameters[i+1])
		}
	}
	if w.lang != vietnamese {
		query.Set("lang", w.lang)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func (w words) toUnit(id string, parameters ...string) string {
	return w.to("/units/"+url.PathEscape(id), parameters...)
}

// switched gives the address of this page in the other language.
func (v *visit) switched() string {
	query := v.request.URL.Query()
	query.Del("lang")
	if v.lang == vietnamese {
		query.Set("lang", english)
	}
	if len(query) == 0 {
		return v.request.URL.EscapedPath()
	}
	return v.request.URL.EscapedPath() + "?" + query.Encode()
}

// navigation lists the pages that every page links to.
func (v *visit) navigation() (list []link) {
	for _, page := range []struct{ key, path string }{{"nav.overview", "/"}, {"nav.board", "/board"}, {"nav.sources", "/sources"}, {"nav.completeness", "/completeness"}} {
		here := v.request.URL.Path == page.path || page.path != "/" && strings.HasPrefix(v.request.URL.Path, page.path+"/")
		list = append(list, link{v.say(page.key), v.to(page.path), here})
	}
	return list
}

func (v *visit) unitLinks() (list []link) {
	for _, u := range v.setup.Units {
		list = append(list, link{Text: v.unitName(u), URL: v.toUnit(u.ID)})
	}
	return list
}

func (w words) unitName(u kpi.Unit) string { return w.name(u.Name, u.ID) }
