package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
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

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Whatever a system answers, the message says what it was and what to do, and nothing is taken for a row.
func TestTrouble(t *testing.T) {
	mux := http.NewServeMux()
	answer := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, text) })
	}
	status := func(path string, code int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) })
	}
	status("/500", 500)
	status("/502", 502)
	status("/404", 404)
	status("/401", 401)
	status("/403", 403)
	status("/304", 304)
	answer("/broken", `{"data":[{"id":1},}]}`)
	answer("/cut", `{"data":[{"id":1},{"id"`)
	answer("/two", `{"data":[]} {"data":[]}`)
	answer("/empty", "")
	answer("/html", "<!doctype html><html><head><title>Đăng nhập</title></head></html>")
	answer("/texts", `{"data":["a","b"]}`)
	answer("/object", `{"items":[]}`)
	answer("/deep", strings.Repeat("[", 20_000))
	mux.HandleFunc("/short", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"data":[`)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"data":[0`)
		for {
			if _, err := io.WriteString(w, strings.Repeat(",0", 5000)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		defer packed.Close()
		for range 1000 {
			if _, err := packed.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/notgzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		fmt.Fprint(w, `{"data":[]}  this is no gzip`)
	})
	mux.HandleFunc("/brotli", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Encoding", "br") })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, " "); err != nil || r.Context().Err() != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.Handle("/away", http.RedirectHandler("http://example.invalid/x?token=hunter2", http.StatusFound))
	mux.Handle("/circle", http.RedirectHandler("/circle", http.StatusFound))
	mux.HandleFunc("/429", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(429)
	})
	address := serve(t, mux.ServeHTTP)
	for _, test := range []struct {
		path, want string
		is         error
	}{
		{"/500", "answers 500 Internal Server Error; ask the system's owner, the next run tries again", nil},
		{"/502", "answers 502 Bad Gateway; the next run tries again", nil},
		{"/404", "answers 404 Not Found; correct the address", nil},
		{"/401", "answers 401 Unauthorized; the system wants to know who asks: configure rest.auth", collectors.ErrAuth},
		{"/403", "answers 403 Forbidden; the system wants to know who asks: configure rest.auth", collectors.ErrAuth},
		{"/304", "answers 304 Not Modified although nothing was known yet", nil},
		{"/429", "answers 429 Too Many Requests; it wants to be asked again in 1h0m0s", nil},
		{"/broken", "the answer is not JSON: byte 19: invalid character '}' looking for beginning of value", nil},
		{"/cut", "the JSON ends in the middle, after 23 bytes; the system or a proxy before it cut it off", nil},
		{"/two", "something follows the JSON after byte", nil},
		{"/empty", "the answer is empty where JSON was expected", nil},
		{"/html", `HTML came where JSON was expected, a page named "Đăng nhập"; often that is a login page or a proxy's: correct url and auth`, nil},
		{"/texts", "rows .data[] gives a text where each row has to be an object; look at an answer of the system and correct rows", nil},
		{"/object", "jq: cannot iterate over: null; look at an answer of the system and correct the expression", nil},
		{"/deep", "the answer is not JSON: byte 10001: ", nil},
		{"/short", "the connection broke after 9 bytes of the answer: unexpected EOF", nil},
		{"/endless", "the answer has more than max_bytes 1048576; ask for smaller pages or raise max_bytes", nil},
		{"/bomb", "the answer has more than max_bytes 1048576", nil},
		{"/notgzip", "the answer cannot be unpacked: gzip: invalid header", nil},
		{"/brotli", `the answer is packed with "br", and only gzip was asked for; ask the system's owner`, nil},
		{"/drip", "and no end, within request_timeout 300ms; ask for smaller pages or raise request_timeout", collectors.ErrTimeout},
		{"/silent", "gave no answer within request_timeout 300ms", collectors.ErrTimeout},
		{"/away", "leads to another host, http://example.invalid, and credentials must not follow", nil},
		{"/circle", "more than max_redirects 3", nil},
	} {
		t.Run(test.path[1:], func(t *testing.T) {
			t.Parallel()
			r := readerOf(address + test.path + "?key=hunter2")
			r.config.RequestTimeout = 5 * time.Second
			if strings.HasSuffix(test.want, "raise request_timeout") || strings.Contains(test.want, "300ms") {
				r.config.RequestTimeout = 300 * time.Millisecond
			}
			n, result, err := r.read(t, collectors.Request{State: "x"})
			if err == nil || !strings.Contains(err.Error(), address+test.path+": ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the class of %v is lost", err)
			}
			if len(n.rows) > 0 || result != (collectors.Result{}) {
				t.Errorf("got %v, %+v", n.rows, result)
			}
		})
	}
}

func TestPagesThatCannotBeTrusted(t *testing.T) {
	asked := 0
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch p := number(r, "page"); r.URL.Path {
		case "/same":
			fmt.Fprint(w, `{"at":`, asked, `,"data":[{"id":1},{"id":2}],"next":"?x"}`)
		case "/many":
			fmt.Fprint(w, page(p*2+1, p*2+2, 1000))
		case "/shrinks": // a row vanishes each time, so another one moves up
			fmt.Fprint(w, page(p*2+1, p*2+2, 1000-asked))
		case "/host":
			fmt.Fprint(w, `{"data":[{"id":1}],"next":"http://example.invalid/2"}`)
		}
	})
	for path, test := range map[string]struct {
		pages config.Pages
		want  string
	}{
		"/same?a":  {config.Pages{By: "page", Parameter: "page"}, "/same, page 2: the page has the same rows as page 1: the system does not understand how it is asked for another page; correct pages.by and pages.parameter"},
		"/same?b":  {config.Pages{By: "cursor", Parameter: "c", Next: ".next"}, "the same rows as page 1"},
		"/same?c":  {config.Pages{By: "link", Next: ".next"}, "the same rows as page 1"},
		"/many":    {config.Pages{By: "page", Parameter: "page"}, "page 5: there are more than pages.max_pages 5; raise it, or raise pages.size"},
		"/shrinks": {config.Pages{By: "page", Parameter: "page", Total: ".total"}, "rows vanished while the pages were read, in every try, so some may have been skipped"},
		"/host":    {config.Pages{By: "link", Next: ".next"}, "the next page is on another host, http://example.invalid, where credentials must not go"},
	} {
		r := readerOf(address + path)
		test.pages.MaxPages = 5
		r.config.Pages = &test.pages
		if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// A row that vanishes while pages are read makes the read begin anew: no other row is skipped.
func TestAPageThatChangesWhileItIsRead(t *testing.T) {
	asked := 0
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		rows := []int{1, 2, 3, 4, 5}
		if asked > 1 { // 1 was deleted after the first page: 3 moved onto it
			rows = []int{2, 3, 4, 5}
		}
		p := number(r, "page")
		body := struct {
			Data  []map[string]int `json:"data"`
			Total int              `json:"total"`
		}{[]map[string]int{}, len(rows)}
		for i := p * 2; i < min(len(rows), p*2+2); i++ {
			body.Data = append(body.Data, map[string]int{"id": rows[i]})
		}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	})
	r := readerOf(address)
	r.config.Pages = &config.Pages{By: "page", Parameter: "page", Total: ".total", MaxPages: 10}
	if rows, result := r.mustRead(t, collectors.Request{}); rows != "1,2,4,5,2,3,4,5" || !result.Complete {
		t.Errorf("%s %+v", rows, result)
	}
}

func TestTriesAgain(t *testing.T) {
	for name, trouble := range map[string]func(w http.ResponseWriter){
		"asked to wait": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "2"); w.WriteHeader(429) },
		"gateway":       func(w http.ResponseWriter) { w.WriteHeader(503) },
		"broken off":    func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"cut short": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		},
	} {
		asked := 0
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked <= 2 {
				trouble(w)
				return
			}
			fmt.Fprint(w, page(1, 3, 3))
		})
		r := readerOf(address)
		if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2,3" || len(r.waited) != 2 {
			t.Errorf("%s: %s after %v", name, rows, r.waited)
		}
		if name == "asked to wait" && r.waited[0] != 2*time.Second {
			t.Errorf("waited %v", r.waited)
		}
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page(1, 1, 1)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		address string
		tls     *config.ClientTLS
		want    string
	}{
		"unknown":    {server.URL, nil, "the certificate is signed by an authority that this machine does not know; name the authority's file in tls.ca_file"},
		"other name": {server.URL, &config.ClientTLS{CAFile: ca, ServerName: "dvc.gov.vn"}, "the certificate is for another name"},
		"no TLS":     {strings.Replace(server.URL, "https", "http", 1), nil, "answers 400 Bad Request"},
		"right":      {server.URL, &config.ClientTLS{CAFile: ca}, ""},
		"no file":    {server.URL, &config.ClientTLS{CAFile: ca + "x"}, "no such file"},
	} {
		r := readerOf(test.address)
		r.config.TLS = test.tls
		_, _, err := r.read(t, collectors.Request{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(r.waited) > 0 {
			t.Errorf("%s: tried again", name)
		}
	}
}

// A read that is broken off ends at once, and says so.
func TestBrokenOff(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := readerOf(address)
	source, err := New(r.config, named(r.columns...), nil, outbound.Env{Now: time.Now}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("the agent stops")) })
	_, err = collectors.Read(ctx, source, collectors.Request{}, &notes{})
	if err == nil || !strings.Contains(err.Error(), "the read was broken off: the agent stops") || errors.Is(err, collectors.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	limited, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if _, err = collectors.Read(limited, source, collectors.Request{}, &notes{}); !errors.Is(err, collectors.ErrTimeout) || !strings.Contains(err.Error(), "took longer than timeout 200ms") {
		t.Errorf("got %v", err)
	}
}

// What the sink says ends the read, and is passed on as it is.
func TestTheSinkHasTheLastWord(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page(1, 3, 3)) })
	full := errors.New("no room")
	r := readerOf(address)
	source, err := New(r.config, named(r.columns...), nil, outbound.Env{Now: time.Now}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collectors.Read(t.Context(), source, collectors.Request{}, &refusing{err: full}); err != full {
		t.Errorf("got %v", err)
	}
}

type refusing struct {
	notes
	err error
}

func (r *refusing) Row(collectors.Position, []collectors.Value) error { return r.err }
