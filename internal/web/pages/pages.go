package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"kpiagent/internal/exposition"
	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
	"kpiagent/internal/model"
	"kpiagent/internal/sourcelog"
)

// Agent is what the pages ask the running agent.
type Agent interface {
	// Model is the configuration in force; it may be another one at the next call.
	Model() *model.Model
	// Read lets do see the books with the configuration that they belong to. Nothing changes while it runs.
	Read(do func(m *model.Model, b *kpi.Books))
	// Sources returns the status of every configured source, in order.
	Sources() []sourcelog.Status
}

// Ledger is what the pages ask the ledger.
type Ledger interface {
	Runs(ctx context.Context, source string, limit int) ([]sourcelog.Run, error)
	Findings(ctx context.Context, source string, limit int) ([]sourcelog.Finding, error)
	Profile(ctx context.Context, source string) (*sourcelog.Profile, error)
	Days(ctx context.Context, from, to kpi.Day) ([]sourcelog.Day, error)
	Dossiers(ctx context.Context, take func(source string, d *kpi.Dossier) error) error
}

// Options are what the pages are made from.
type Options struct {
	Agent  Agent
	Ledger Ledger
	// Alerts says what is wrong with the alerts that the agent sends itself; nil, and a nil error: nothing is.
	Alerts func() error
	// History says what is wrong with the agent's own history; nil: nothing is.
	History func() []HistoryTrouble
	Version string
	Now     func() time.Time
	Log     *slog.Logger
	// ReadFile reads the web configuration file, which names the users; nil is os.ReadFile.
	ReadFile func(string) ([]byte, error)
}

// Pages serves the pages for people, and a page that says so where there is none.
type Pages struct {
	Options
	mux       *http.ServeMux
	texts     *i18n.Catalogue
	templates templates
	static    static
}

// New makes the pages.
func New(o Options) (*Pages, error) {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	p := &Pages{Options: o, mux: http.NewServeMux(), texts: i18n.Builtin()}
	var err error
	if p.static, err = newStatic(); err != nil {
		return nil, err
	}
	if p.templates, err = newTemplates(p.texts); err != nil {
		return nil, err
	}
	for pattern, show := range map[string]func(*request) (*content, error){
		"GET /{$}":                   p.leader,
		"GET /wall":                  p.wall,
		"GET /overdue":               p.overdue,
		"GET /board":                 p.board,
		"GET /units/{unit}":          p.unit,
		"GET /units/{unit}/form.csv": p.formCSV,
		"GET /kpis/{kpi}":            p.kpi,
		"GET /sources":               p.sourceList,
		"GET /sources/{unit}/{id}":   p.source,
		"GET /completeness":          p.completeness,
	} {
		p.mux.HandleFunc(pattern, p.serve(show))
	}
	p.mux.Handle("GET /static/", p.static)
	p.mux.HandleFunc("GET /", p.serve(func(r *request) (*content, error) { return nil, r.missing("missing.page") }))
	return p, nil
}

func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// content is the answer to a request: a template with its data, or a file.
type content struct {
	template string
	title    string
	data     any
	class    string         // of the body; usually none
	bare     bool           // without the frame of other pages
	refresh  int            // seconds after which the page is asked for again; 0 never
	status   int            // 0 is 200
	private  bool           // it holds rows of the unit systems
	cookies  []*http.Cookie // to be set; usually none
	file     *file
}

// file is a download.
type file struct {
	name, kind string
	body       []byte
}

// serve makes a handler of what shows a page: it is rendered whole before anything is sent.
func (p *Pages) serve(show func(*request) (*content, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := newRequest(p, r)
		c, err := show(v)
		if err != nil {
			c = p.trouble(v, err)
		}
		if v.serial == 0 {
			v.serial = p.serial()
		}
		w.Header().Set(exposition.SerialHeader, strconv.FormatInt(v.serial, 10))
		if c.file != nil {
			w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", c.file.name))
			send(w, http.StatusOK, c.file.kind, c.file.body)
			return
		}
		for _, cookie := range c.cookies {
			http.SetCookie(w, cookie)
		}
		var page bytes.Buffer
		if err := p.templates.render(&page, v, c); err != nil {
			p.Log.Error("a page could not be made; please report it", "path", r.URL.Path, "err", err)
			http.Error(w, "the page could not be made; the agent's log says why", http.StatusInternalServerError)
			return
		}
		body := page.Bytes()
		if !c.private && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			body = compress(w.Header(), body)
		}
		send(w, max(c.status, http.StatusOK), "text/html; charset=utf-8", body)
	}
}

// serial returns the number that the books have now.
func (p *Pages) serial() (serial int64) {
	p.Agent.Read(func(_ *model.Model, b *kpi.Books) { serial = b.Serial })
	return serial
}

// compress makes a page some eight times smaller. One that holds personal data is better left alone: what else is in it, and an
// eye on its length, would tell of them.
func compress(header http.Header, body []byte) []byte {
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, wrong := w.Write(body)
	if err := errors.Join(wrong, w.Close()); err != nil {
		return body // writing to memory does not fail
	}
	header.Set("Content-Encoding", "gzip")
	header.Add("Vary", "Accept-Encoding")
	return small.Bytes()
}

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client has gone
}

// problem is what a visitor did wrong, or asked for in vain.
type problem struct {
	status int
	key    string // of its text
	values []any
}

func (e *problem) Error() string { return fmt.Sprintf("%s %v", e.key, e.values) }

func (r *request) missing(key string, values ...any) error {
	return &problem{http.StatusNotFound, key, values}
}

// trouble is the page that tells of an error.
func (p *Pages) trouble(r *request, err error) *content {
	var of *problem
	if !errors.As(err, &of) {
		p.Log.Error("a page could not be made", "path", r.http.URL.Path, "err", err)
		of = &problem{http.StatusInternalServerError, "trouble", nil}
	}
	return &content{template: "trouble", title: r.Say("trouble.title"), status: of.status,
		data: troubleView{r.Say(of.key, of.values...), r.unitLinks()}}
}

type troubleView struct {
	Text  string
	Units []link
}
