package openmetrics

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/outbound"
)

// Whatever an exporter answers, the message says what it was and what to do, and nothing is taken for a row.
func TestTrouble(t *testing.T) {
	mux := http.NewServeMux()
	page := func(path, kind, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
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
	status("/401", 401)
	status("/204", 204)
	status("/429", 429, "Retry-After", "3600")
	status("/429date", 429, "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	status("/away", 302, "Location", "https://example.invalid/metrics?next=hunter2")
	page("/html", "text/html", `<html><title>Đăng nhập</title>`)
	page("/hidden", plain, `<!doctype html><title>Proxy</title>`)
	page("/json", "application/json", `{"co": 1}`)
	page("/protobuf", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily", "x")
	page("/kind", "text/", "m 1\n")
	page("/broken", plain, "m 1\nco sent 4\n")
	page("/cut", open, "# TYPE m gauge\nm 1\n")
	page("/twice", plain, "m{a=\"1\",b=\"2\"} 1\nm{b=\"2\",a=\"1\"} 1\n")
	page("/several", plain, "m{a=\"1\",c=\"x\"} 1\nm{a=\"2\",b=\"2\",c=\"x\"} 1\n")
	page("/many", plain, "m{a=\"1\"} 1\nm{a=\"2\"} 1\nm{a=\"3\"} 1\nm{a=\"4\"} 1\nm{a=\"5\"} 1\nm{a=\"6\"} 1\n")
	page("/other", plain, "mm 1\nx_total 2\n")
	page("/near", plain, "queued 1\n")
	page("/labels", plain, "m{form=\"E\"} 1\n")
	page("/empty", plain, "\n# nothing\n")
	page("/latin", plain, "m{a=\"\xe9\"} 1\n")
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "m 1\n")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat("x 1\n", 1000)); err != nil {
				return
			}
		}
	})
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	if _, err := packed.Write(bytes.Repeat([]byte("\n"), 4<<20)); err != nil || packed.Close() != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, "#"); err != nil || r.Context().Err() != nil {
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
		{"/401", "answers 401 Unauthorized; the system wants to know who asks: configure openmetrics.auth", collectors.ErrAuth},
		{"/204", "the answer is empty where metrics were expected", nil},
		{"/429", "it wants to be asked again in 1h0m0s", nil},
		{"/429date", "it wants to be asked again in ", nil},
		{"/away", "leads to another host, https://example.invalid, and credentials must not follow", nil},
		{"/html", `HTML came where a page of metrics was expected, a page named "Đăng nhập"; often that is a login page or a proxy's: correct url and auth`, nil},
		{"/hidden", `HTML came where a page of metrics was expected, a page named "Proxy"`, nil},
		{"/json", `an answer of type "application/json" came where metrics were expected (text/plain or application/openmetrics-text); correct url`, nil},
		{"/protobuf", `an answer of type "application/vnd.google.protobuf; proto=`, nil},
		{"/kind", `the answer's Content-Type "text/" cannot be read; ask the exporter's owner`, nil},
		{"/broken", "the page is broken: strconv.ParseFloat: parsing \"sent\": invalid syntax while parsing: \"co sent\"; ask the exporter's owner, or look at it with curl", nil},
		{"/cut", "the page is broken: data does not end with # EOF", nil},
		{"/twice", `the page has the series {__name__="m", a="1", b="2"} twice; the exporter is at fault, ask its owner`, nil},
		{"/several", `2 series of m would all be the measure q, such as {__name__="m", a="1", c="x"} and {__name__="m", a="2", b="2", c="x"}; write sum: true to add them up, or choose by the labels a, b`, nil},
		{"/many", "the metrics choose more than max_series 5; choose by labels, or raise it", nil},
		{"/other", "metrics[0]: there is no metric m; there are mm, x_total; correct metric, or write optional: true where it comes and goes", nil},
		{"/near", "there is no metric queue (did you mean queued?); there are queued; correct metric", nil},
		{"/labels", `metrics[0]: no series of m has the labels that are asked for; there are for example {__name__="m", form="E"}; correct labels`, nil},
		{"/empty", "the page has no metrics", nil},
		{"/latin", "the page is broken: ", nil},
		{"/short", "the connection broke after 4 bytes of the answer: unexpected EOF", nil},
		{"/endless", "the answer has more than max_bytes 1048576; raise max_bytes", nil},
		{"/bomb", "the answer has more than max_bytes 1048576", nil},
		{"/drip", "and no end, within request_timeout 300ms; raise request_timeout", collectors.ErrTimeout},
	} {
		t.Run(test.path[1:], func(t *testing.T) {
			t.Parallel()
			r := readerOf(address+test.path+"?key=hunter2", config.Metric{Metric: "m", Measure: "q"})
			if test.path == "/near" {
				r.config.Metrics[0].Metric = "queue"
			}
			if test.path == "/labels" {
				r.config.Metrics[0].Labels = []config.Label{{Name: "form", Value: "D"}}
			}
			if strings.Contains(test.want, "300ms") {
				r.config.RequestTimeout = 300 * time.Millisecond
			}
			lines, result, err := r.try(t, collectors.Request{})
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

// What broke off is asked for again, with the pause that the exporter wishes; a token that ran out is renewed.
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
			w.WriteHeader(503)
		case req.Header.Get("Authorization") != "Bearer t2":
			w.WriteHeader(401)
		default:
			fmt.Fprint(w, "m 1\n")
		}
	}), config.Metric{Metric: "m", Measure: "q"})
	r.config.Auth = &config.Auth{Kind: "login", SecretEnv: "SECRET", Account: "a", TokenURL: r.config.URL, LoginBody: `{"p":":secret"}`, TokenAt: ".access_token", LifetimeAt: ".x?"}
	if got := r.read(t); got != "q 2026-03-10 1" || len(r.waited) != 1 || r.waited[0] != 7*time.Second || logins != 2 {
		t.Errorf("%s after %v, %d logins", got, r.waited, logins)
	}
}

func TestACertificateThatNobodyKnows(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "m 1\n") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	r := readerOf(server.URL, config.Metric{Metric: "m", Measure: "q"})
	if _, _, err := r.try(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), "signed by an authority that this machine does not know; name the authority's file in tls.ca_file") {
		t.Errorf("got %v", err)
	}
}

// Whatever comes, it ends in rows with finite numbers or in an error, and the memory can be read again.
func FuzzOpenMetrics(f *testing.F) {
	for _, seed := range []string{gateway, "m 1\n", "m{a=\"\\\"\"} NaN\n", "m{a=\"1\"} 1 99999999999999999\n", "{\"m\",a=\"b\"} -0\n",
		"# TYPE m counter\nm_total 1 # {t=\"1\"} 2\nm_created 3\n# EOF\n", "# TYPE m histogram\nm_bucket{le=\"1\"} 1\n# EOF", "m\x00 1\n", "queue 1e308\nqueue{a=\"1\"} 1e308\n"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, content string, openMetrics bool) {
		given := readerOf("http://example.vn", config.Metric{Metric: "m", Measure: "a", Sum: true, Optional: true, Take: "increase"},
			config.Metric{Metric: "m_total", Measure: "b", Optional: true}, config.Metric{Metric: "queue", Measure: "c", Sum: true, Optional: true}).config
		s, err := New(given, unitLabel, nil, outbound.Env{}, vietnam)
		if err != nil {
			t.Fatal(err)
		}
		p := &page{source: s, kind: "text/plain", content: []byte(content)}
		if openMetrics {
			p.kind = "application/openmetrics-text"
		}
		if p.parse() != nil {
			return
		}
		list, err := p.readings()
		if err != nil {
			return
		}
		w := &writer{source: s, sink: &finite{t: t}, now: time.Unix(1773081000, 0), memory: memoryOf("", "http://a")}
		for range 2 {
			if err := w.write(list); err != nil {
				t.Fatal(err)
			}
			state := w.memory.String()
			if w.memory = memoryOf(state, "http://a"); w.memory.String() != state || state == "" {
				t.Errorf("the state %q is read as %q", state, w.memory.String())
			}
		}
	})
}

// finite is a sink that wants numbers.
type finite struct {
	notes
	t *testing.T
}

func (f *finite) Row(_ collectors.Position, values []collectors.Value) error {
	if number := values[2].Float; math.IsNaN(number) || math.IsInf(number, 0) {
		f.t.Errorf("a row has %s", strconv.FormatFloat(number, 'g', -1, 64))
	}
	return nil
}
