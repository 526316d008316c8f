package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

var vietnam = time.FixedZone("ICT", 7*3600)

// notes is a sink that writes everything down.
type notes struct {
	names     []string
	rows      []string
	malformed []string
	reached   []string
	warned    int
}

func (n *notes) Columns(_ string, names []string) error { n.names = names; return nil }
func (n *notes) Row(_ collectors.Position, values []collectors.Value) error {
	cells := make([]string, len(values))
	for i := range values {
		cells[i] = values[i].String()
	}
	n.rows = append(n.rows, strings.Join(cells, " "))
	return nil
}
func (n *notes) Warn(kpi.Reason, string) { n.warned++ }
func (n *notes) Malformed(_ int64, _ string, err error) error {
	n.malformed = append(n.malformed, err.Error())
	return nil
}
func (n *notes) Reached(state string) { n.reached = append(n.reached, state) }

// reader reads one server, as the configuration has it.
type reader struct {
	config  config.REST
	columns []string
	key     []string
	secret  string
	now     func() time.Time
	waiting sync.Mutex
	waited  []time.Duration
}

func readerOf(address string) *reader {
	return &reader{columns: []string{"id"}, secret: "hunter2", now: time.Now, config: config.REST{URL: address, Method: "GET", Rows: ".data[]",
		HTTP: config.HTTP{MaxBytes: 1 << 20, MaxRedirects: 3, RequestTimeout: 5 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}}
}

func surroundings(r *reader) outbound.Env {
	return outbound.Env{LookupEnv: func(string) (string, bool) { return r.secret, true }, Now: r.now,
		Wait: func(_ context.Context, pause time.Duration) error {
			r.waiting.Lock()
			defer r.waiting.Unlock()
			r.waited = append(r.waited, pause)
			return nil
		}}
}

func (r *reader) read(t testing.TB, request collectors.Request) (*notes, collectors.Result, error) {
	t.Helper()
	source, err := New(r.config, named(r.columns...), r.key, surroundings(r), vietnam)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if request.Now.IsZero() {
		request.Now = time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	n := &notes{}
	result, err := collectors.Read(ctx, source, request, n)
	return n, result, err
}

// mustRead reads without trouble and gives the rows.
func (r *reader) mustRead(t testing.TB, request collectors.Request) (string, collectors.Result) {
	t.Helper()
	n, result, err := r.read(t, request)
	if err != nil || len(n.malformed) > 0 {
		t.Fatalf("%v %v", err, n.malformed)
	}
	return strings.Join(n.rows, ","), result
}

func serve(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func page(from, to, total int) string {
	rows := []string{}
	for i := from; i <= to && i <= total; i++ {
		rows = append(rows, fmt.Sprintf(`{"id":%d}`, i))
	}
	return fmt.Sprintf(`{"data":[%s],"total":%d}`, strings.Join(rows, ","), total)
}

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return -1
	}
	return n
}

func TestMembersBecomeColumns(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "don_vi=so+x%C3%A2y" || r.Header.Get("X-Tenant") != "a" {
			t.Errorf("asked for %s with %v", r.URL, r.Header)
		}
		fmt.Fprint(w, "\ufeff"+`{"data":[
			{"id":12345678901234567890,"so":1.10,"x.y":"dot","con":{"ten":"Hồ sơ","ngay":null},"co":true},
			{"id":9007199254740993,"so":0.5,"con":null},
			{"id":1e3,"so":-0,"con":{"ten":{"vi":"a"}}}]}`)
	})
	r := readerOf(address)
	r.config.Query = []config.Parameter{{Name: "don_vi", Value: "so xây"}}
	r.config.Headers = []config.Parameter{{Name: "X-Tenant", Value: "a"}}
	r.columns = []string{"id", "so", "x.y", "con.ten", "con.ngay", "co"}
	n, result, err := r.read(t, collectors.Request{})
	if err != nil || !result.Complete {
		t.Fatal(result, err)
	}
	if diff := cmp.Diff([]string{"12345678901234567890 1.10 dot Hồ sơ  true", "9007199254740993 0.5    "}, n.rows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"con.ten is an object; name one of its members, or reshape the rows with jq"}, n.malformed); diff != "" {
		t.Error(diff)
	}
}

func TestPost(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Unit string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Method != "POST" || body.Unit != "sxd" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v %+v", r.Method, err, body)
		}
		fmt.Fprint(w, page(1, 2, 2))
	})
	r := readerOf(address)
	r.config.Method, r.config.Body, r.config.ContentType = "POST", `{"unit":"sxd"}`, "application/json"
	if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2" {
		t.Error(rows)
	}
}

// Every way of paging brings the same rows, also where the system gives fewer rows a page than were asked for.
func TestPages(t *testing.T) {
	const total = 7
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			p := number(r, "trang")
			fmt.Fprint(w, page(p*3+1, p*3+3, total))
		case "/offset":
			from := number(r, "offset")
			fmt.Fprint(w, page(from+1, from+min(2, number(r, "limit")), total))
		case "/cursor":
			from, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Query().Get("after"), "c&"))
			next := "null"
			if from+3 < total {
				next = strconv.Quote("c&" + strconv.Itoa(from+3))
			}
			fmt.Fprintf(w, `{"data":%s,"next":%s}`, data(from+1, from+3, total), next)
		case "/body":
			from := max(0, number(r, "from"))
			next := "null"
			if from+3 < total {
				next = fmt.Sprintf(`"?from=%d"`, from+3)
			}
			fmt.Fprintf(w, `{"data":%s,"next":%s}`, data(from+1, from+3, total), next)
		case "/header":
			from := max(0, number(r, "from"))
			if from+3 < total {
				w.Header().Set("Link", fmt.Sprintf(`</first>; rel="first", </header?from=%d>; title="a;b"; rel="next last"`, from+3))
			}
			fmt.Fprint(w, page(from+1, from+3, total))
		}
	})
	for path, pages := range map[string]config.Pages{
		"/page":          {By: "page", Parameter: "trang"},
		"/page?x=1":      {By: "page", Parameter: "trang", More: "(.data | length) == 3"},
		"/offset":        {By: "offset", Parameter: "offset", SizeParameter: "limit", Size: 100, Total: ".total"},
		"/cursor":        {By: "cursor", Parameter: "after", Next: ".next"},
		"/body":          {By: "link", Next: ".next"},
		"/header":        {By: "link"},
		"/header?from=0": {By: "link", Total: ".total"},
	} {
		r := readerOf(address + path)
		pages.MaxPages = 10
		r.config.Pages = &pages
		if rows, result := r.mustRead(t, collectors.Request{}); rows != "1,2,3,4,5,6,7" || !result.Complete {
			t.Errorf("%s: %s %+v", path, rows, result)
		}
		if rows, result := r.mustRead(t, collectors.Request{Limit: 4}); rows != "1,2,3,4" || result.Complete {
			t.Errorf("%s: first rows: %s %+v", path, rows, result)
		}
	}
}

func data(from, to, total int) string {
	text := page(from, to, total)
	return text[len(`{"data":`):strings.LastIndex(text, `,"total"`)]
}

func TestReadsWhatChanged(t *testing.T) {
	var asked string
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery
		fmt.Fprint(w, `{"data":[{"id":1,"sua":"2026-03-02T10:00:00+07:00"},{"id":2,"sua":"2026-03-02T11:00:00+07:00"},{"id":3,"sua":"2026-04-01T00:00:00Z"},{"id":4,"sua":"hôm nay"}]}`)
	})
	r := readerOf(address)
	r.config.Query = []config.Parameter{{Name: "tu", Value: ":since"}, {Name: "k", Value: "v"}}
	r.config.Incremental = &config.Incremental{Column: "sua", Type: "time", Overlap: 10 * time.Minute, Ordered: true}
	n, first, err := r.read(t, collectors.Request{})
	if err != nil || asked != "k=v" || !first.Complete || first.State != "time:2026-03-02T04:00:00Z" || n.warned != 1 || len(n.malformed) != 1 {
		t.Errorf("%q %+v %+v %v", asked, first, n, err)
	}
	for layout, want := range map[string]string{"": "2026-03-02T10%3A50%3A00%2B07%3A00", "unix": "1772423400", "dd/MM/yyyy HH:mm": "02%2F03%2F2026+10%3A50"} {
		r.config.Incremental.Layout = layout
		_, second, _ := r.read(t, collectors.Request{State: first.State})
		if asked != "tu="+want+"&k=v" || second.Complete {
			t.Errorf("%s: asked for %s, %+v", layout, asked, second)
		}
	}
	r.config.Incremental = &config.Incremental{Column: "id", Type: "number", Back: 2}
	if _, result, err := r.read(t, collectors.Request{State: "number:40"}); err != nil || asked != "tu=38&k=v" || result.State != "number:40" {
		t.Errorf("asked for %s, %+v, %v", asked, result, err)
	}
}

func TestAnUnchangedAnswerIsNotSentAgain(t *testing.T) {
	sent := 0
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		fmt.Fprint(w, page(1, 2, 2))
	})
	r := readerOf(address)
	_, first := r.mustRead(t, collectors.Request{})
	rows, second := r.mustRead(t, collectors.Request{State: first.State})
	if rows != "" || !second.Unchanged || second.State != first.State || second.Complete {
		t.Errorf("%s %+v", rows, second)
	}
	if rows, full := r.mustRead(t, collectors.Request{State: first.State, Full: true}); rows != "1,2" || !full.Complete || sent != 2 {
		t.Errorf("%s %+v, sent %d times", rows, full, sent)
	}
}

func TestColumnsThatNoRowHas(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/none" {
			fmt.Fprint(w, `{"data":[]}`)
			return
		}
		fmt.Fprint(w, `{"data":[{"id":1,"con":{"ngay_tra":null}},{"id":2,"muon":"x"}]}`)
	})
	r := readerOf(address)
	r.columns = []string{"id", "con.ngay", "muon"}
	want := `no row of the first page has a mapped column; correct the mapping, or set omits_empty: true where the system leaves members without a value out: there is no column "con.ngay" for mapping (did you mean "con.ngay_tra"?); there are: con.ngay_tra, id, muon; correct the mapping or ask who changed the system`
	n, _, err := r.read(t, collectors.Request{})
	if err == nil || !strings.HasSuffix(err.Error(), want) || len(n.rows) > 0 {
		t.Errorf("got %v and %v", err, n.rows)
	}
	r.config.OmitsEmpty = true
	if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), "no row has a mapped column") {
		t.Errorf("got %v", err)
	}
	r.config.URL = address + "/none"
	if n, result, err := r.read(t, collectors.Request{}); err != nil || !result.Complete || len(n.names) != 3 {
		t.Errorf("a read without rows: %v %v", n, err)
	}
}

// named reads names of columns.
func named(names ...string) []config.Column {
	var columns []config.Column
	for _, name := range names {
		columns = append(columns, config.ParseColumn(name))
	}
	return columns
}
