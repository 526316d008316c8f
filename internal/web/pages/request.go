package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
)

// request is a request for a page, with what is taken once for it: language, clock, model and states of sources.
type request struct {
	locale
	pages   *Pages
	http    *http.Request
	now     time.Time
	model   *model.Model
	sources []sourcelog.Status
	serial  int64 // of the books that the answer is made of; 0 before they were read
}

func newRequest(p *Pages, r *http.Request) *request {
	inForce := p.Agent.Model()
	language := p.texts.In(r.URL.Query().Get("lang"))
	return &request{locale: locale{language, inForce.Location}, pages: p, http: r, now: p.Now(), model: inForce,
		sources: p.Agent.Sources()}
}

// read calls do while the books are open, with the model that belongs to them.
func (r *request) read(do func(b *builder)) {
	r.pages.Agent.Read(func(m *model.Model, b *kpi.Books) {
		r.model, r.zone, r.serial = m, m.Location, b.Serial
		do(newBuilder(r, b))
	})
}

// link is a link with its text.
type link struct {
	Text, URL string
	Here      bool // the page itself
}

// to returns the address of a page in the language of this one. Parameters come in pairs of name and value; of one that
// comes twice the last counts, and those without a value are left out.
func (l locale) to(path string, parameters ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		query.Del(parameters[i])
		if parameters[i+1] != "" {
			query.Set(parameters[i], parameters[i+1])
		}
	}
	if l.Code != kpi.DefaultLanguage {
		query.Set("lang", l.Code)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func (l locale) toUnit(id string, parameters ...string) string {
	return l.to("/units/"+url.PathEscape(id), parameters...)
}

// translation is this page in another language.
type translation struct{ Code, Name, URL string }

func (r *request) translations() (list []translation) {
	for _, language := range r.pages.texts.Languages() {
		if language.Code == r.Code {
			continue
		}
		query := r.http.URL.Query()
		query.Del("lang")
		if language.Code != kpi.DefaultLanguage {
			query.Set("lang", language.Code)
		}
		address := url.URL{Path: r.http.URL.Path, RawPath: r.http.URL.RawPath, RawQuery: query.Encode()}
		list = append(list, translation{language.Code, language.Name, address.String()})
	}
	return list
}

// forIT reports whether the page is one of those for IT: they name systems, versions and addresses, which leaders do not need.
func (r *request) forIT() bool {
	path := r.http.URL.Path
	return path == "/sources" || strings.HasPrefix(path, "/sources/") || path == "/completeness"
}

// navigation lists the pages that every page links to; those for IT link to each other.
func (r *request) navigation() (list []link) {
	pages := []struct{ key, path string }{{"nav.overview", "/"}, {"nav.overdue", "/overdue"}, {"nav.board", "/board"}, {"nav.it", "/sources"}}
	if r.forIT() {
		pages = append(pages[:3], []struct{ key, path string }{{"nav.sources", "/sources"}, {"nav.completeness", "/completeness"}}...)
	}
	for _, page := range pages {
		here := r.http.URL.Path == page.path || page.path != "/" && strings.HasPrefix(r.http.URL.Path, page.path+"/")
		list = append(list, link{r.Say(page.key), r.to(page.path), here})
	}
	return list
}

func (r *request) unitLinks() (list []link) {
	for _, u := range r.model.Tree.Units() {
		list = append(list, link{Text: r.unitName(u), URL: r.toUnit(u.ID)})
	}
	return list
}
