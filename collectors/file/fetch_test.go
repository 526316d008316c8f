package file

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

// office is a server with one report.
type office struct {
	t       *testing.T
	url     string
	serve   http.HandlerFunc
	asked   int
	sent    int // how often the report went out whole
	folder  string
	changes func(*config.File)
}

func newOffice(t *testing.T, serve http.HandlerFunc) *office {
	o := &office{t: t, serve: serve, folder: t.TempDir(), changes: func(*config.File) {}}
	t.Setenv("TMPDIR", o.folder)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked++
		o.serve(w, r)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL + "/bao-cao?token=none"
	return o
}

// read reads the report as the agent does; nothing may be left in the folder of temporary files.
func (o *office) read(format string, request collectors.Request) (got, error) {
	o.t.Helper()
	given := config.File{URL: o.url, Format: format, HTTP: config.HTTP{MaxBytes: 1 << 20, MaxRedirects: 3, RequestTimeout: 10 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}
	o.changes(&given)
	source, err := New(given, Options{Env: outbound.Env{Now: func() time.Time { return noon }, LookupEnv: func(string) (string, bool) { return "hunter2", true },
		Wait: func(context.Context, time.Duration) error { return nil }}})
	if err != nil {
		o.t.Fatal(err)
	}
	request.Now = noon
	var g got
	g.Result, _, err = collectors.Collect(o.t.Context(), source, desk(o.t), request, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			g.IDs = append(g.IDs, r.Dossier.ID)
		}
		return nil
	})
	if left, errList := os.ReadDir(o.folder); errList != nil || len(left) > 0 {
		o.t.Errorf("left behind: %v %v", left, errList)
	}
	return g, err
}

// marked answers with a mark by which the report is known, and sends it only where it is another one.
func (o *office) marked(mark func(http.Header), known func(*http.Request) bool, content func() string) {
	o.serve = func(w http.ResponseWriter, r *http.Request) {
		mark(w.Header())
		if known(r) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		o.sent++
		fmt.Fprint(w, content())
	}
}

func TestAnUnchangedReportIsNotFetchedAgain(t *testing.T) {
	const modified = "Mon, 02 Mar 2026 01:00:00 GMT"
	never := func(*http.Request) bool { return false }
	for name, test := range map[string]struct {
		mark  func(version int) func(http.Header)
		known func(version int) func(*http.Request) bool
		sent  int // of three reads, the report being another one before the last
	}{
		"etag": {func(v int) func(http.Header) { return func(h http.Header) { h.Set("ETag", fmt.Sprintf(`"v%d"`, v)) } },
			func(v int) func(*http.Request) bool {
				return func(r *http.Request) bool { return r.Header.Get("If-None-Match") == fmt.Sprintf(`"v%d"`, v) }
			}, 2},
		"last modified": {func(v int) func(http.Header) {
			return func(h http.Header) {
				h.Set("Last-Modified", strings.Replace(modified, "02", fmt.Sprintf("%02d", v), 1))
			}
		},
			func(v int) func(*http.Request) bool {
				return func(r *http.Request) bool {
					return r.Header.Get("If-Modified-Since") == strings.Replace(modified, "02", fmt.Sprintf("%02d", v), 1)
				}
			}, 2},
		"no mark at all": {func(int) func(http.Header) { return func(http.Header) {} }, func(int) func(*http.Request) bool { return never }, 3},
	} {
		for _, format := range []string{"csv", "xlsx"} {
			t.Run(name+" "+format, func(t *testing.T) {
				o := newOffice(t, nil)
				rows := 2
				content := func() string {
					if format == "csv" {
						return report(rows)
					}
					var list [][]any
					for i := range rows {
						list = append(list, []any{fmt.Sprintf("H%d", i+1), "1.001", "Trực tuyến", day(2)})
					}
					return workbook(t, list...)
				}
				set := func(version int) { o.marked(test.mark(version), test.known(version), content) }
				set(2)
				first, err := o.read(format, collectors.Request{})
				if diff := cmp.Diff([]string{"H1", "H2"}, first.IDs); diff != "" || err != nil || !first.Result.Complete || first.Result.Unchanged {
					t.Fatal(diff, err, first.Result)
				}
				second, err := o.read(format, collectors.Request{State: first.Result.State})
				if err != nil || !second.Result.Unchanged || second.Result.Complete || len(second.IDs) > 0 {
					t.Error("the same report", second, err)
				}
				rows = 3
				set(3)
				third, err := o.read(format, collectors.Request{State: second.Result.State})
				if err != nil || third.Result.Unchanged || len(third.IDs) != 3 || o.sent != test.sent {
					t.Error("another report", third, err, o.sent)
				}
				full, err := o.read(format, collectors.Request{State: third.Result.State, Full: true})
				if err != nil || !full.Result.Complete || len(full.IDs) != 3 {
					t.Error("everything is asked for", full, err)
				}
				some, err := o.read(format, collectors.Request{State: third.Result.State, Limit: 1})
				if err != nil || some.Result != (collectors.Result{State: third.Result.State}) || len(some.IDs) != 1 {
					t.Error("the first rows only", some, err)
				}
			})
		}
	}
}

func TestAReportThatBreaksOffIsFetchedAnew(t *testing.T) {
	o := newOffice(t, nil)
	o.serve = func(w http.ResponseWriter, _ *http.Request) {
		content := report(1000)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		if o.asked == 1 {
			content = strings.ToUpper(content[:len(content)/2])
		}
		fmt.Fprint(w, content)
	}
	g, err := o.read("csv", collectors.Request{})
	if err != nil || len(g.IDs) != 1000 || o.asked != 2 {
		t.Errorf("%d rows, asked %d times: %v", len(g.IDs), o.asked, err)
	}
}

func TestReportsThatCannotBeFetched(t *testing.T) {
	send := func(content string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) }
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	good := workbook(t, []any{"H1", "1.001", "Trực tuyến", day(2)})
	for name, test := range map[string]struct {
		format  string
		serve   http.HandlerFunc
		changes func(*config.File)
		want    string
		auth    bool
	}{
		"a login page for CSV":     {"csv", send("<!DOCTYPE html><title>Đăng nhập</title>"), nil, `HTML came where CSV was expected, a page named "Đăng nhập"; often that is a login page or a proxy's: correct url and auth`, false},
		"and for a workbook":       {"xlsx", send("<html>"), nil, "HTML came where an Excel workbook was expected", false},
		"too large":                {"csv", send(report(100_000)), nil, "the answer has more than max_bytes 1048576; raise max_bytes", false},
		"not there":                {"csv", status(404), nil, "404", false},
		"nothing":                  {"csv", status(204), nil, "gave no report (204 No Content); correct url, or ask the system's owner", false},
		"refused":                  {"csv", status(403), nil, "403", true},
		"empty":                    {"csv", send(""), nil, "the report at URL: the file is empty: line 1 has to hold the column names", false},
		"CSV for a workbook":       {"xlsx", send(report(1)), nil, "the report at URL: the file is text, such as CSV, under the name of a workbook; write format: csv, or save it as .xlsx", false},
		"a workbook for CSV":       {"csv", send(good), nil, "the report at URL: the file is a zip archive, as Excel workbooks are; write format: xlsx, or save it as CSV", false},
		"a workbook cut off":       {"xlsx", send(good[:len(good)/2]), nil, "the report at URL: the workbook is cut off or damaged; copy it again, or open it in Excel and save it", false},
		"a zip bomb":               {"xlsx", send(good), func(f *config.File) { f.MaxUnzipped = 10_000 }, "the report at URL: the workbook unpacks to more than is allowed", false},
		"a column of another name": {"csv", send(strings.Replace(report(1), "Kênh", "Kenh", 1)), nil, `there is no column "Kênh" for mapping.channel (did you mean "Kenh"?)`, false},
		"to another host": {"csv", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
		}, nil,
			"leads to another host, http://other.example, and credentials must not follow", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, test.serve)
			if test.changes != nil {
				o.changes = test.changes
			}
			_, err := o.read(test.format, collectors.Request{})
			address, _, _ := strings.Cut(o.url, "?")
			if want := strings.ReplaceAll(test.want, "URL", address); err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, collectors.ErrAuth) != test.auth {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if err != nil && strings.Contains(err.Error(), "token=") {
				t.Error("the parameters of the address are shown:", err)
			}
		})
	}
}

func TestAReportWithCredentials(t *testing.T) {
	o := newOffice(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "reader" || password != "hunter2" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, report(2))
	})
	o.changes = func(f *config.File) { f.Auth = &config.Auth{Kind: "basic", SecretEnv: "SECRET", Account: "reader"} }
	if g, err := o.read("csv", collectors.Request{}); err != nil || len(g.IDs) != 2 {
		t.Error(g, err)
	}
}
