package config

import (
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// REST is a system that answers HTTP requests with JSON.
type REST struct {
	URL         string       `yaml:"url" required:"true" check:"url" doc:"The address, http or https; parameters that the agent adds go under query."`
	Method      string       `yaml:"method" default:"GET" allowed:"GET|POST" doc:"POST only for systems that search by a body."`
	Body        string       `yaml:"body" doc:"What is sent with POST."`
	ContentType string       `yaml:"content_type" default:"application/json" doc:"What body is."`
	Query       []Parameter  `yaml:"query" doc:"Parameters of the address; one whose value has :since is left out of a complete read."`
	Rows        string       `yaml:"rows" default:".[]" check:"jq" doc:"jq: what gives the rows of an answer, each an object. A member of a member is the column a.b."`
	OK          string       `yaml:"ok" check:"jq" doc:"jq: true where an answer is good, for a system that tells of errors with status 200, such as .code == 0; any other answer fails the read. Without it an answer without rows that bears the marks of an error (code 400 and more, success false, an error text) fails the read."`
	OmitsEmpty  bool         `yaml:"omits_empty" doc:"The system leaves members without a value out. Otherwise a mapped column that no row of the first page has is a mistake."`
	Pages       *Pages       `yaml:"pages" doc:"How a long answer is asked for page by page."`
	Incremental *Incremental `yaml:"incremental" doc:"Reads only what changed; query must use :since."`
	Detail      *Detail      `yaml:"detail" doc:"A second request for each row, where the list does not tell all of it."`
	HTTP        `yaml:",inline"`
}

// Parameter is a name and a value.
type Parameter struct {
	Name  string `yaml:"name" required:"true" doc:"The name."`
	Value string `yaml:"value" doc:"The value; in query, :since stands for the cursor."`
}

// Pages is how a long answer is asked for.
type Pages struct {
	By            string `yaml:"by" required:"true" allowed:"page|offset|cursor|link" doc:"By the page's number; by how many rows are left out; by a mark that each answer gives for the next; or by the next address."`
	Parameter     string `yaml:"parameter" doc:"The parameter that takes number, offset or mark."`
	First         int64  `yaml:"first" default:"1" check:"not_negative" doc:"The number of the first page."`
	SizeParameter string `yaml:"size_parameter" doc:"The parameter that takes the size of a page; empty: none is sent."`
	Size          int    `yaml:"size" default:"500" check:"positive" doc:"How many rows a page shall have."`
	Next          string `yaml:"next" check:"jq" doc:"jq: the next mark or address, null on the last page. With link and without next: the header Link, rel=next."`
	More          string `yaml:"more" check:"jq" doc:"jq: true while another page follows. Without it, page and offset end with a page without rows."`
	Total         string `yaml:"total" check:"jq" doc:"jq: how many rows all pages have together. With it, a read during which rows vanished is begun anew."`
	MaxPages      int    `yaml:"max_pages" default:"10000" check:"positive" doc:"More pages are a mistake."`
}

// Detail is the second request for each row of a list.
type Detail struct {
	URL    string `yaml:"url" required:"true" check:"url" doc:"The address of a row's detail, on the host of rest.url; {member} stands for what the row has there."`
	Row    string `yaml:"row" default:"." check:"jq" doc:"jq: the object with the detail in the answer."`
	Into   string `yaml:"into" doc:"The member of the row that takes the detail: its columns are into.a then. Empty: they join those of the row, and win where both have one."`
	AtOnce int    `yaml:"at_once" default:"4" check:"positive" doc:"How many details are asked for at the same time, within requests_per_second."`
}

// braces finds what stands for a member of the row.
var braces = regexp.MustCompile(`\{([^{}]*)\}`)

func checkDetail(j *journal, key string, r *REST) {
	address, err := url.Parse(r.Detail.URL)
	list, errList := url.Parse(r.URL)
	key = under(key, "detail.url")
	found := braces.FindAllStringSubmatch(r.Detail.URL, -1)
	switch {
	case err != nil || errList != nil || r.URL == "" || r.Detail.URL == "" || j.isWrong(key):
	case address.Scheme != list.Scheme || !strings.EqualFold(address.Host, list.Host):
		j.mistake(key, "is on another host than rest.url, %s://%s, where credentials must not go; write an address there", list.Scheme, list.Host)
	case len(found) == 0:
		j.mistake(key, "is the same for all rows; write {member} where it has what tells the row, for example %s://%s/ho-so/{maHoSo}", list.Scheme, list.Host)
	case strings.ContainsAny(braces.ReplaceAllString(r.Detail.URL, ""), "{}") || slices.ContainsFunc(found, func(m []string) bool { return m[1] == "" }):
		j.mistake(key, "has a brace that is not part of {member}; write %%7B and %%7D for braces of the address")
	}
}

// Asked returns the system's address, and how it is asked.
func (r *REST) Asked() (string, *HTTP) { return r.URL, &r.HTTP }

func (r *REST) rows() *knownRows { return nil }

func (r *REST) check(j *journal, key string, _ *Source, _ *Config) {
	key = under(key, "rest")
	if r.Body != "" && r.Method == "GET" {
		j.mistake(under(key, "body"), "is sent with POST only; write method: POST, or take it out")
	}
	checkHTTP(j, key, &r.HTTP)
	if r.Pages != nil {
		checkPages(j, under(key, "pages"), r.Pages)
	}
	if r.Detail != nil {
		checkDetail(j, key, r)
	}
	checkSince(j, key, r)
}

func checkSince(j *journal, key string, r *REST) {
	uses := slices.ContainsFunc(r.Query, func(p Parameter) bool { return strings.Contains(p.Value, ":since") })
	switch {
	case j.isWrong(under(key, "incremental")) || j.isWrong(under(key, "query")):
	case r.Incremental != nil && !uses:
		j.mistake(under(key, "incremental"), "is set, but query does not use :since; add for example query: [{name: updated_from, value: \":since\"}], or take incremental out")
	case r.Incremental == nil && uses:
		j.mistake(under(key, "query"), "uses :since but incremental is missing; add incremental: {column: the column that grows with each change}")
	}
	if strings.Contains(r.Body, ":since") {
		j.mistake(under(key, "body"), "cannot use :since, for a complete read has none; put it into query")
	}
	checkIncrementalKeys(j, under(key, "incremental"), r.Incremental)
}

// pageKeys says which keys belong to which ways of paging.
var pageKeys = map[string][]string{
	"parameter": {"page", "offset", "cursor"}, "first": {"page"}, "next": {"cursor", "link"}, "more": {"page", "offset", "cursor", "link"},
}

func checkPages(j *journal, key string, p *Pages) {
	if p.By == "" || j.isWrong(under(key, "by")) {
		return
	}
	needed := map[string]string{"parameter": p.Parameter}
	if p.By == "cursor" {
		needed["next"] = p.Next
	}
	checkBelongs(j, key, reflect.ValueOf(p).Elem(), "by", p.By, pageKeys, needed)
}

// checkBelongs wants the keys that a kind needs, and none that belong to other kinds only.
func checkBelongs(j *journal, key string, v reflect.Value, kindKey, kind string, belongs map[string][]string, needed map[string]string) {
	for _, f := range fieldsOf(v.Type()) {
		kinds, bound := belongs[f.key]
		inner := under(key, f.key)
		value, isNeeded := needed[f.key]
		switch {
		case !bound || j.isWrong(inner):
		case slices.Contains(kinds, kind):
			if isNeeded && value == "" {
				j.mistake(key, "%s is missing; with %s: %s it says: %s", f.key, kindKey, kind, lower(f.Tag.Get("doc")))
			}
		case j.given(inner) && !f.isDefault(v.FieldByIndex(f.Index)):
			j.mistake(inner, "has no meaning with %s: %s; take it out, or write %s: %s", kindKey, kind, kindKey, strings.Join(kinds, " or "))
		}
	}
}

// isDefault reports whether a value only writes the default out, as the page with the settings does.
func (f field) isDefault(v reflect.Value) bool {
	fallback, err := f.defaultValue()
	return f.defaulted && err == nil && reflect.DeepEqual(v.Interface(), fallback)
}
