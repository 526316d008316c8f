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

// visit is one request, with what is taken once for it.
type visit struct {
	locale
	pages   *Pages
	request *http.Request
	now     time.Time
	model   *model.Model
	sources []sourcelog.Status
}

func newVisit(p *Pages, r *http.Request) *visit {
	inForce := p.Agent.Model()
	language := p.texts.In(r.URL.Query().Get("lang"))
	return &visit{locale: locale{language, inForce.Location}, pages: p, request: r, now: p.Now(), model: inForce, sources: p.Agent.Sources()}
}

// read lets do see the books, and takes over the configuration that belongs to them.
func (v *visit) read(do func(d *desk)) {
	v.pages.Agent.Read(func(m *model.Model, b *kpi.Books) {
		v.model, v.zone = m, m.Location
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
func (l locale) to(path string, parameters ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
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

func (v *visit) translations() (list []translation) {
	for _, language := range v.pages.texts.Languages() {
		if language.Code == v.Code {
			continue
		}
		query := v.request.URL.Query()
		query.Del("lang")
		if language.Code != kpi.DefaultLanguage {
			query.Set("lang", language.Code)
		}
		address := url.URL{Path: v.request.URL.Path, RawPath: v.request.URL.RawPath, RawQuery: query.Encode()}
		list = append(list, translation{language.Code, language.Name, address.String()})
	}
	return list
}

// navigation lists the pages that every page links to.
func (v *visit) navigation() (list []link) {
	for _, page := range []struct{ key, path string }{{"nav.overview", "/"}, {"nav.board", "/board"}, {"nav.sources", "/sources"}, {"nav.completeness", "/completeness"}} {
		here := v.request.URL.Path == page.path || page.path != "/" && strings.HasPrefix(v.request.URL.Path, page.path+"/")
		list = append(list, link{v.Say(page.key), v.to(page.path), here})
	}
	return list
}

func (v *visit) unitLinks() (list []link) {
	for _, u := range v.model.Tree.Units() {
		list = append(list, link{Text: v.unitName(u), URL: v.toUnit(u.ID)})
	}
	return list
}
