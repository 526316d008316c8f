package html

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
)

// Whatever a server answers, the message says what it was and what to do, and nothing is taken for a row.
func TestTrouble(t *testing.T) {
	mux := http.NewServeMux()
	page := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, text)
		})
	}
	status := func(path string, code int, header ...string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		})
	}
	status("/500", 500)
	status("/404", 404)
	status("/403", 403)
	status("/204", 204)
	status("/429", 429, "Retry-After", "3600")
	status("/429date", 429, "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	status("/json", 200, "Content-Type", "application/json; charset=utf-8")
	status("/pdf", 200, "Content-Type", "application/pdf")
	status("/away", 302, "Location", "https://example.invalid/login?next=hunter2")
	page("/login", `<title>Đăng nhập</title><form><input name=user></form>`)
	page("/others", `<title>Thống kê</title><table id=menu class="a b"><tr><td>Trang chủ</table><table><tr><th>Mã hồ sơ có một cái tên rất dài không ai đọc hết<th>Ngày</table>`)
	page("/div", `<div id=tk>Đang tải…</div><table><tr><td>x</table>`)
	page("/two", `<table id=tk><tr><td>a</table><table id=tk><tr><td>b</table>`)
	page("/twice", `<table id=tk><tr><td>a<td>b<td>a<tr><td>1<td>2<td>3</table>`)
	page("/short", `<table id=tk></table>`)
	page("/unnamed", `<table id=tk><tr><td><td> <tr><td>1<td>2</table>`)
	page("/empty", ` `)
	page("/many", `<table id=tk>`+strings.Repeat("<tr><td>1", 1001)+`</table>`)
	page("/wide", `<table id=tk><tr>`+strings.Repeat("<td colspan=1000>1", 50)+`</table>`)
	page("/tall", `<table id=tk><tr>`+strings.Repeat("<td rowspan=65534>1", 100)+strings.Repeat("<tr>", 10_000)+`</table>`)
	page("/parts", strings.Repeat("<br>", 420_000))
	page("/deep", strings.Repeat("<div>", 10_000))
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "<table id=tk><tr><td>a<tr><td>1")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat("<tr><td>1", 1000)); err != nil {
				return
			}
		}
	})
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	if _, err := packed.Write(bytes.Repeat([]byte("\n"), 16<<20)); err != nil || packed.Close() != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, "<p>"); err != nil || r.Context().Err() != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	address := serve(t, mux.ServeHTTP)
	for _, test := range []struct {
		path, want string
		is         error
	}{
		{"/500", "answers 500 Internal Server Error; ask the system's owner, the next run tries again", nil},
		{"/404", "answers 404 Not Found; correct the address", nil},
		{"/403", "answers 403 Forbidden; the system wants to know who asks: configure html.auth", collectors.ErrAuth},
		{"/204", "the answer is empty where a page was expected", nil},
		{"/429", "answers 429 Too Many Requests; it wants to be asked again in 1h0m0s", nil},
		{"/429date", "it wants to be asked again in ", nil},
		{"/json", "JSON came where a page was expected; read it with kind: rest", nil},
		{"/pdf", "a file of type application/pdf came where a page was expected; correct url", nil},
		{"/away", "leads to another host, https://example.invalid, and credentials must not follow; write the new address into the configuration if it is right", nil},
		{"/login", `table #tk matches nothing on the page "Đăng nhập"; it has no table at all: it may be a login page (configure auth), or a script may fill it`, nil},
		{"/others", `table #tk matches nothing on the page "Thống kê"; there are: table#menu.a.b (Trang chủ), table (Mã hồ sơ có một cái tên rất dà… | Ngày); correct table`, nil},
		{"/div", "table #tk matches 1 elements of the page, but there is no table in them; there are: table (x); correct table", nil},
		{"/two", "table #tk matches 2 tables: table#tk (a), table#tk (b); make it match one, or write tables: all to read the rows of each", nil},
		{"/twice", `the header in row 1 names the column "a" twice; each name may stand once: have one of them renamed`, nil},
		{"/short", "the table has 0 rows, and row 1 has to hold the column names; correct header_row or table", nil},
		{"/unnamed", "the table has no column names in row 1; correct header_row or table", nil},
		{"/empty", "the answer is empty where a page was expected", nil},
		{"/many", "the page has more than max_cells 1000; raise it, or ask for a smaller page", nil},
		{"/wide", "the page has more than max_cells 1000", nil},
		{"/tall", "the page has more than max_cells 1000", nil},
		{"/parts", "the page has more than 408000 tags, attributes and texts; raise max_cells if it is really that large", nil},
		{"/deep", "the page cannot be read: html: open stack of elements exceeds", nil},
		{"/cut", "the connection broke after 31 bytes of the answer: unexpected EOF", nil},
		{"/endless", "the answer has more than max_bytes 8388608; raise max_bytes", nil},
		{"/bomb", "the answer has more than max_bytes 8388608", nil},
		{"/drip", "and no end, within request_timeout 300ms; raise request_timeout", collectors.ErrTimeout},
	} {
		t.Run(test.path[1:], func(t *testing.T) {
			t.Parallel()
			r := readerOf(address + test.path + "?key=hunter2")
			r.config.Table, r.config.MaxBytes = "#tk", 8<<20
			if strings.Contains(test.want, "300ms") {
				r.config.RequestTimeout = 300 * time.Millisecond
			}
			lines, result, err := r.read(t, collectors.Request{})
			if err == nil || !strings.Contains(err.Error(), address+test.path+": ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the class of %v is lost", err)
			}
			if len(lines) > 0 || result != (collectors.Result{}) {
				t.Errorf("got %v, %+v", lines, result)
			}
		})
	}
}

// A page that other pages would follow for ever is one page: nothing is followed. One that lost its table says so.
func TestAPageThatChanges(t *testing.T) {
	page := `<table><tr><td>a<tr><td>1</table><a rel=next href="?trang=2">`
	asked := 0
	r := readerOf(serve(t, func(w http.ResponseWriter, _ *http.Request) { asked++; fmt.Fprint(w, page) }))
	lines, first, err := r.read(t, collectors.Request{})
	if diff := cmp.Diff([]string{"a", "2: 1"}, lines); diff != "" || err != nil || asked != 1 {
		t.Error(diff, err, asked)
	}
	page = "<p>Đang bảo trì"
	if _, _, err := r.read(t, collectors.Request{State: first.State}); err == nil || !strings.Contains(err.Error(), "table table matches nothing on the page; it has no table at all") {
		t.Errorf("got %v", err)
	}
}

// A browser begins tags that lack their ends anew in each paragraph. A small page of such tags must not fill the memory.
func TestManyOpenTags(t *testing.T) {
	var page strings.Builder
	page.WriteString("<p>")
	for i := range 400 {
		fmt.Fprintf(&page, "<b x=%d>", i)
	}
	page.WriteString("</p>" + strings.Repeat("<p>x</p>", 20_000))
	root, err := parse([]byte(page.String()), 1000)
	if err != nil {
		t.Fatal(err)
	}
	nodes := 0
	for range root.Descendants() {
		nodes++
	}
	if nodes > 50_000 {
		t.Errorf("%d bytes became %d nodes", page.Len(), nodes)
	}
}

// What broke off is asked for again, with the pause that the server wishes; a token that ran out is renewed.
func TestTriesAgain(t *testing.T) {
	asked, logins := 0, 0
	r := readerOf(serve(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			logins++
			fmt.Fprintf(w, `{"access_token":"t%d"}`, logins)
			return
		}
		switch asked++; {
		case asked == 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		case asked == 2:
			panic(http.ErrAbortHandler)
		case req.Header.Get("Authorization") != "Bearer t2":
			w.WriteHeader(401)
		default:
			fmt.Fprint(w, `<table><tr><td>a<tr><td>1</table>`)
		}
	}))
	r.config.Auth = &config.Auth{Kind: "login", SecretEnv: "SECRET", Account: "a", TokenURL: r.config.URL, LoginBody: `{"p":":secret"}`, TokenAt: ".access_token", LifetimeAt: ".x?"}
	lines, _, err := r.read(t, collectors.Request{})
	if err != nil || len(lines) != 2 || len(r.waited) == 0 || r.waited[0] != 7*time.Second || logins != 2 {
		t.Errorf("%v %v after %v, %d logins", lines, err, r.waited, logins)
	}
}

func TestACertificateThatNobodyKnows(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<table><tr><td>a<tr><td>1</table>`) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	r := readerOf(server.URL)
	if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), "signed by an authority that this machine does not know; name the authority's file in tls.ca_file") {
		t.Errorf("got %v", err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	r.config.TLS = &config.ClientTLS{CAFile: ca}
	if lines, _, err := r.read(t, collectors.Request{}); err != nil || len(lines) != 2 {
		t.Errorf("%v %v", lines, err)
	}
}

// Whatever comes, it ends in rows or in an error, and no row has other than its header's columns.
func FuzzHTMLTable(f *testing.F) {
	for _, seed := range []string{
		`<table><tr><th rowspan=2>a<th colspan=2>b<tr><th>c<th>d<tr><td>1<td>2<td>3</table>`,
		`<table><thead><tr><td>a</thead><tr><td rowspan=0>1<tr><td>2<tfoot><tr><td>3</table>`,
		`<table><tr><td colspan=99999999999>a<tr><td rowspan=-1>b<table><tr><td>c`,
		"<meta charset=utf-16><table><tr><td>\xff", `<svg><table><tr><td></svg>`, `<table><tr><td hidden>a<td style="display:none">b`,
	} {
		f.Add(seed, "text/html", uint8(0))
		f.Add(seed, "text/html; charset=windows-1258", uint8(3))
	}
	f.Fuzz(func(t *testing.T, content, kind string, headerRows uint8) {
		given := readerOf("http://example.vn").config
		given.HeaderRows, given.Tables, given.GroupColumn, given.DayColumn, given.Ignore = int(headerRows%5), "all", "g", "d", "sup"
		s, err := New(given, noSurroundings, vietnam)
		if err != nil {
			t.Fatal(err)
		}
		p := page{source: s, kind: kind, content: []byte(content), day: "2026-03-10"}
		_ = p.read(t.Context(), &strict{t: t})
	})
}
