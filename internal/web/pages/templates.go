package pages

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/i18n"
)

//go:embed templates/*.html
var templateFiles embed.FS

// layoutFile holds what all pages have in common.
const layoutFile = "templates/layout.html"

// templates are the pages' templates by language and name.
type templates map[string]map[string]*template.Template

// newTemplates reads the templates once for each language, with that language's words.
func newTemplates(texts *i18n.Catalogue) (templates, error) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("the pages' templates: %w", err)
	}
	all := templates{}
	for _, language := range texts.Languages() {
		l := locale{language, time.UTC} // templates write no times themselves
		layout, err := template.New("layout.html").Funcs(template.FuncMap{"say": l.Say, "to": l.to, "list": list, "upper": upper, "lower": lower,
			"add": func(a, b int) int { return a + b }}).
			ParseFS(templateFiles, layoutFile, "templates/parts.html", "templates/pictures.html")
		if err != nil {
			return nil, fmt.Errorf("the pages' templates: %w", err)
		}
		all[language.Code] = map[string]*template.Template{}
		for _, file := range files {
			page, err := layout.Clone()
			if err == nil {
				page, err = page.ParseFS(templateFiles, file)
			}
			if err != nil {
				return nil, fmt.Errorf("the pages' templates: %w", err)
			}
			all[language.Code][strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")] = page
		}
	}
	return all, nil
}

// list lets a template hand several values to another.
func list(values ...any) []any { return values }

// frame is what the layout shows around a page.
type frame struct {
	Lang            string
	Title, Ministry string
	Home            string
	Translations    []translation
	Navigation      []link
	Style, Icon     string
	Refresh         int
	Class           string // of the body, where the style asks for it
	Bare            bool   // without header and footer
	Ask             *callView
	IT              string // the pages for IT
	Version, MadeAt string
	Books           string // the number of the books that the page was made of
	Body            any
	Plain           []link // what is there for IT besides the pages
	Trouble         string // with the alerts; "" where there is none
	TroubleAt       string // the page that says which; "" on that one
}

func (t templates) render(to io.Writer, r *request, c *content) error {
	root, _ := r.model.Unit(r.model.Tree.Root())
	f := frame{Lang: r.Code, Title: c.title, Ministry: r.unitName(root), Home: r.to("/"), Translations: r.translations(),
		Navigation: r.navigation(), Style: r.pages.static.url("style.css"), Icon: r.pages.static.url("icon.svg"),
		Refresh: c.refresh, Class: c.class, Bare: c.bare, IT: r.to("/sources"), Version: r.pages.Version, MadeAt: r.moment(r.now),
		Books: strconv.FormatInt(r.serial, 10), Body: c.data}
	if r.pages.Alerts != nil {
		if err := r.pages.Alerts(); err != nil {
			f.Trouble = err.Error()
			if r.http.URL.Path != "/sources" {
				f.TroubleAt = r.to("/sources")
			}
		}
	}
	if !r.forIT() {
		f.Ask = r.contact(root.ID, "", 0)
		return t[r.Code][c.template].ExecuteTemplate(to, "layout.html", f)
	}
	for _, path := range []string{"/metrics", "/config", "/-/healthy", "/-/ready"} {
		f.Plain = append(f.Plain, link{Text: path, URL: path})
	}
	return t[r.Code][c.template].ExecuteTemplate(to, "layout.html", f)
}
