package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
)

// paged serves pages of ids, numbered from first; pages beyond have no rows.
func paged(t *testing.T, first, total int, pages ...string) *reader {
	t.Helper()
	r := readerOf(serve(t, func(w http.ResponseWriter, r *http.Request) {
		rows := ""
		if at := number(r, "page") - first; at >= 0 && at < len(pages) {
			for id := range strings.FieldsSeq(pages[at]) {
				rows += fmt.Sprintf(`,{"id":%q}`, id)
			}
		}
		fmt.Fprintf(w, `{"total":%d,"data":[%s]}`, total, strings.TrimPrefix(rows, ","))
	}))
	r.config.Pages = &config.Pages{By: "page", Parameter: "page", First: 1, Size: 2, MaxPages: 100}
	return r
}

func TestRowsThatMoveBetweenPages(t *testing.T) {
	tests := []struct {
		name             string
		total            int // that the system says; 0: nothing
		pages            []string
		complete, drifts bool
		warned           int
	}{
		{"each row once, and as many as the system says", 6, []string{"1 2", "3 4", "5 6"}, true, false, 0},
		{"each row once, and the system says no number", 0, []string{"1 2", "3 4", "5 6"}, true, true, 0},
		{"ties of the order are broken anew with each page", 6, []string{"1 2", "4 1", "5 6"}, false, true, 1},
		{"the same, and the system says no number", 0, []string{"1 2", "4 1", "5 6"}, false, true, 1},
		{"a row twice on one page", 4, []string{"1 2", "3 3"}, true, false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := paged(t, 1, test.total, test.pages...)
			if test.total > 0 {
				r.config.Pages.Total = ".total"
			}
			r.key = []string{"id"}
			n, result, err := r.read(t, collectors.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if result.Complete != test.complete || result.Drifts != test.drifts || n.warned != test.warned {
				t.Errorf("complete %v, drifts %v, %d warnings", result.Complete, result.Drifts, n.warned)
			}
		})
	}
}

func TestPagesThatAreCountedFromZero(t *testing.T) {
	for name, total := range map[string]int{"with a number of rows": 5, "without": 0} {
		t.Run(name, func(t *testing.T) {
			r := paged(t, 0, total, "1 2", "3 4", "5")
			if total > 0 {
				r.config.Pages.Total = ".total"
			}
			_, _, err := r.read(t, collectors.Request{})
			if err == nil || !strings.Contains(err.Error(), "write pages: {first: 0}") {
				t.Errorf("%v", err)
			}
			r.config.Pages.First = 0
			if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2,3,4,5" {
				t.Errorf("%s", rows)
			}
		})
	}
	// Some systems give the first page for every number that is none.
	r := readerOf(serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page(1, 2, max(0, 4-2*number(r, "page")))) }))
	r.config.Pages = &config.Pages{By: "page", Parameter: "page", First: 1, Size: 2, MaxPages: 100}
	if rows, _ := r.mustRead(t, collectors.Request{}); rows != "1,2" {
		t.Errorf("%s", rows)
	}
}

func TestAnswersThatTellOfErrors(t *testing.T) {
	const rows = `{"code":0,"message":"OK","data":[{"id":1}]}`
	tests := []struct{ name, ok, answer, want string }{
		{"good", ".code == 0", rows, ""},
		{"the session is over", ".code == 0", `{"code":401,"message":"Phiên làm việc hết hạn","data":[]}`, `as rest.ok wants it (.code == 0): "Phiên làm việc hết hạn"`},
		{"bad although it has rows", ".code == 0", `{"code":500,"data":[{"id":1}]}`, "as rest.ok wants it"},
		{"nothing is said of it", ".code == 0", `{"data":[]}`, "as rest.ok wants it"},
		{"the marks of an error", "", `{"code":401,"message":"Phiên làm việc hết hạn","data":[]}`, `has no rows and says code: 401: "Phiên làm việc hết hạn"; if that is an error, write rest.ok`},
		{"no success", "", `{"success":false,"data":[]}`, "says success: false"},
		{"an error text", "", `{"error":"Lỗi hệ thống","data":[]}`, `says error: "Lỗi hệ thống"`},
		{"these marks are none", `true`, `{"code":404,"data":[]}`, ""},
		{"no rows, and no marks", "", `{"code":0,"message":"Không có dữ liệu","data":[]}`, ""},
		{"marks beside rows", "", `{"status":404,"data":[{"id":1}]}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := readerOf(serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.answer) }))
			r.config.OK = test.ok
			_, _, err := r.read(t, collectors.Request{Now: time.Now()})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestWhatIsNoJSONIsCalledByItsName(t *testing.T) {
	for answer, want := range map[string]string{
		`<?xml version="1.0"?><HoSo><Ma>H-1</Ma></HoSo>`: "XML came where JSON was expected",
		"\ufeff" + `<?xml version="1.0"?><HoSo/>`:        "XML came where JSON was expected",
		"{\"id\":1}\n{\"id\":2}\n":                       "one object a line (JSON lines)",
		"\x1f\x8b\x08\x00\x00\x00":                       "a file in gzip came",
		"%PDF-1.7":                                       "a PDF came",
		"<html><title>Đăng nhập</title></html>":          "HTML came where JSON was expected",
	} {
		r := readerOf(serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
		if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", answer, err, want)
		}
	}
}

func TestTheMembersOfAnAnswerWithoutRowsAreNamed(t *testing.T) {
	r := readerOf(serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items":[],"total":0}`) }))
	if _, _, err := r.read(t, collectors.Request{}); err == nil || !strings.Contains(err.Error(), "the answer has the members items, total") {
		t.Errorf("%v", err)
	}
}
