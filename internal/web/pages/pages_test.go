package pages_test

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"kpiagent/internal/agent"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shown are the pages that the tests look at, by the name of their golden file.
var shown = map[string]string{
	"overview":       "/",
	"overview-month": "/?period=2026-03",
	"overdue":        "/overdue",
	"wall":           "/wall",
	"ministry":       "/units/bo?period=2026-Q1",
	"board":          "/board",
	"board-unit":     "/board?unit=dienluc&by=week",
	"board-one":      "/board?unit=dienluc&procedure=DL-01&period=2026-02",
	"board-silent":   "/board?unit=thitruong",
	"board-nothing":  "/board?unit=xuctien",
	"unit":           "/units/dienluc",
	"unit-silent":    "/units/thitruong?period=2026-02-15..2026-03-14",
	"unit-nd09":      "/units/dienluc?period=2026-03&cut=nd09",
	"unit-nothing":   "/units/xuctien",
	"kpi":            "/kpis/on_time_share?unit=dienluc&period=2026",
	"kpi-procedure":  "/kpis/on_time_share?unit=dienluc&procedure=DL-01&period=2026-02",
	"kpi-observed":   "/kpis/certificates_exchanged",
	"sources":        "/sources",
	"source":         "/sources/dienluc/baocao",
	"source-failed":  "/sources/xuctien/baocao",
	"completeness":   "/completeness",
	"missing":        "/units/nowhere",
}

func inEnglish(path string) string {
	if strings.Contains(path, "?") {
		return path + "&lang=en"
	}
	return path + "?lang=en"
}

// outlined are the pages whose whole content is compared, as text; those of the other kinds are like one of them, and tested on
// what is special to them.
var outlined = map[string]string{"overview": "vi", "unit": "vi", "board-one": "vi", "kpi": "en", "sources": "en", "source-failed": "vi",
	"source": "en", "completeness": "vi", "missing": "en"}

// Every page is there in both languages, in a size that a slow line can carry, and shows what is expected of it.
func TestPages(t *testing.T) {
	s := newSite(t, "")
	for name, path := range shown {
		for _, language := range []string{"vi", "en"} {
			t.Run(name+"-"+language, func(t *testing.T) {
				s.t = t
				p := s.open(path, language)
				want := http.StatusOK
				if name == "missing" {
					want = http.StatusNotFound
				}
				if stated, _ := p.Find("html").Attr("lang"); p.code != want || stated != language {
					t.Fatalf("%d, want %d; the language is %q", p.code, want, stated)
				}
				if n := s.get(p.path).Body.Len(); n > 100_000 {
					t.Errorf("%d bytes are too many for a page", n)
				}
				if outlined[name] == language {
					golden(t, name+"."+language+".txt", strings.ReplaceAll(p.outline(), s.folder, "FOLDER"))
				}
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// The first page names the unit that slips, with its figure, the procedure and whom to call, and those that do not report.
func TestTheFirstPageSaysWhatSlipsAndWhy(t *testing.T) {
	s := newSite(t, "")
	for path, want := range map[string][]string{
		"/": {"Đơn vị nào chậm", "Cục Điện lực", "hồ sơ đang quá hạn", "Thủ tục “Cấp giấy phép hoạt động điện lực” chiếm",
			"không có hồ sơ mới từ 27/02/2026", "chưa bao giờ đọc được hệ thống"},
		"/?lang=en": {"Who slips", "Electricity Authority", "overdue", "The procedure “Cấp giấy phép hoạt động điện lực” makes up",
			"no new dossiers since 27 Feb 2026", "its system was never read"},
	} {
		body := s.get(path).Body.String()
		top, _, _ := strings.Cut(body, `id="units"`)
		for _, text := range want {
			if !strings.Contains(top, text) {
				t.Errorf("%s does not say %q at its top:\n%s", path, text, top)
			}
		}
		_, slips, _ := strings.Cut(top, `id="slips"`)
		if first := strings.Index(slips, "dienluc"); first < 0 || strings.Contains(slips[:first], "thitruong") {
			t.Errorf("%s does not begin with the unit that slips", path)
		}
	}
}

// Parameters that are not understood are named, and the page is shown all the same.
func TestParameters(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct {
		path string
		code int
		says string
	}{
		{"/units/dienluc?period=2026-13", 400, "Không hiểu “2026-13”"},
		{"/units/dienluc?period=2027&lang=en", 400, "The period “2027” has not begun."},
		{"/units/dienluc?from=2026-03-01&lang=en", 400, "Both the first and the last day are needed."},
		{"/units/dienluc?from=2026-03-09&to=2026-03-01", 400, "Không hiểu “2026-03-09..2026-03-01”"},
		{"/units/dienluc?cut=lunar", 400, "Không hiểu “lunar”"},
		{"/units/dienluc?period=" + strings.Repeat("x", 9000), 400, "Không hiểu"},
		{"/units/dienluc?period=%3Cscript%3E", 400, "“&lt;script&gt;”"},
		{"/units/dienluc?from=2026-02-10&to=2026-03-03", 200, "10/02/2026 – 03/03/2026"},
		{"/units/dienluc?period=2026-03-02", 200, "02/03/2026"},
		{"/units/dienluc?period=2026-Q1", 200, "quý I/2026"},
		{"/units/dienluc?period=2025-H2&lang=en", 200, "second half of 2025"},
		{"/units/dienluc/form.csv?by=colour", 400, "Không lập biểu theo “colour” được"},
		{"/units/dienluc/form.csv?by=field&period=x", 400, "Không hiểu “x”"},
		{"/units/nowhere/form.csv?by=field", 404, "không có đơn vị “nowhere”"},
		{"/board?unit=nowhere", 404, "không có đơn vị “nowhere”"},
		{"/board?unit=dienluc&procedure=HC-01&lang=en", 404, "The unit has no procedure “HC-01”."},
		{"/board?period=2027&lang=en", 400, "The period “2027” has not begun."},
		{"/board?by=century&lang=en", 200, "Each month, 24 months"},
		{"/kpis/luck", 404, "Không có chỉ số “luck”"},
		{"/kpis/on_time_share?unit=nowhere", 404, "không có đơn vị “nowhere”"},
		{"/sources/dienluc/other", 404, "không có nguồn “dienluc/other”"},
		{"/completeness?days=4000", 200, "Độ đầy đủ"},
		{"/units/", 404, "Không có trang nào"},
		{"/nowhere?lang=en", 404, "There is no page at this address."},
		{"/?lang=fr", 200, `<html lang="vi">`},
		{"/wall", 200, `<meta http-equiv="refresh" content="30">`},
	} {
		if recorder := s.get(test.path); recorder.Code != test.code || !strings.Contains(recorder.Body.String(), test.says) {
			t.Errorf("%.60s: %d, want %d and %q\n%s", test.path, recorder.Code, test.code, test.says, recorder.Body)
		}
	}
}

// A unit without a source says that it has none; a form by unit says how many lines are only in the file.
func TestUnitsWithoutSourcesAndManyOfThem(t *testing.T) {
	s := newSite(t, "")
	var more strings.Builder
	for i := range 70 {
		fmt.Fprintf(&more, "  - {id: moi%d, parent: bo}\n", i)
	}
	s.startWith(strings.Replace(configuration, "procedures:\n", more.String()+"procedures:\n", 1))
	for path, says := range map[string]string{
		"/units/moi1":         "chưa khai báo nguồn dữ liệu nào trong mục sources",
		"/units/moi1?lang=en": "no source of it is listed under sources",
		"/units/bo":           "Còn 14 dòng nữa trong tệp CSV",
	} {
		if body := s.get(path).Body.String(); !strings.Contains(body, says) {
			t.Errorf("%s does not say %q", path, says)
		}
	}
}

// The cut-off that a visitor chooses decides when the period ends, and so whether a count that is not there yet is on course.
func TestAnotherCutOffAndAClosedPeriod(t *testing.T) {
	s := newSite(t, "")
	for path, want := range map[string]bool{
		"/kpis/certificates_exchanged?period=2026&lang=en":          true,
		"/kpis/certificates_exchanged?period=2026&cut=nd09&lang=en": true,
	} {
		if body := s.get(path).Body.String(); strings.Contains(body, "on course") != want {
			t.Errorf("%s: on course should be %t", path, want)
		}
	}
	for path, want := range map[string]bool{
		"/kpis/on_time_share?unit=dienluc&period=2026&lang=en":    true,
		"/kpis/on_time_share?unit=dienluc&period=2026-02&lang=en": false,
	} {
		if body := s.get(path).Body.String(); strings.Contains(body, "expected by the end") != want {
			t.Errorf("%s: expected by the end should be %t", path, want)
		}
	}
}

// The form is also a file for spreadsheets.
func TestFormAsCSV(t *testing.T) {
	s := newSite(t, "")
	for name, path := range map[string]string{
		"form-field.csv":     "/units/dienluc/form.csv?by=field&period=2026-02",
		"form-procedure.csv": "/units/dienluc/form.csv?by=procedure&period=2026-02&lang=en",
		"form-unit.csv":      "/units/bo/form.csv?by=unit&period=2026-02-01..2026-02-10",
	} {
		recorder := s.get(path)
		if kind := recorder.Header().Get("Content-Type"); recorder.Code != 200 || kind != "text/csv; charset=utf-8" {
			t.Errorf("%s: %d, %s", path, recorder.Code, kind)
		}
		if got := recorder.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="II.06a_`) {
			t.Errorf("%s: %s", path, got)
		}
		golden(t, name, recorder.Body.String())
	}
}

// Rows of the unit systems hold personal data: only those whom the configuration names see them.
func TestWhoSeesRows(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("mật khẩu"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "")
	users := "basic_auth_users:\n  minh: " + string(hash) + "\n  lan: " + string(hash) + "\n"
	for _, test := range []struct {
		name, web, file, user, password string
		want                            bool
	}{
		{"nobody by default", "", "", "", "", false},
		{"nobody by default, whatever he says", "", "", "minh", "mật khẩu", false},
		{"everybody", `web: {raw_rows_for: ["*"]}`, "", "", "", true},
		{"a user who is named", "web: {config_file: web.yml, raw_rows_for: [minh]}", users, "minh", "mật khẩu", true},
		{"with a wrong password", "web: {config_file: web.yml, raw_rows_for: [minh]}", users, "minh", "giám đốc", false},
		{"a user who is not named", "web: {config_file: web.yml, raw_rows_for: [minh]}", users, "lan", "mật khẩu", false},
		{"nobody says who he is", "web: {config_file: web.yml, raw_rows_for: [minh]}", users, "", "", false},
		{"a name that is no user", "web: {config_file: web.yml, raw_rows_for: [an]}", users, "an", "", false},
		{"a file without users", "web: {config_file: web.yml, raw_rows_for: [minh]}", "{}", "minh", "mật khẩu", false},
		{"a file that is not there", "web: {config_file: web.yml, raw_rows_for: [minh]}", "", "minh", "mật khẩu", false},
		{"a file that cannot be read", "web: {config_file: web.yml, raw_rows_for: [minh]}", "basic_auth_users: [", "minh", "mật khẩu", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.t = t
			if s.write("web.yml", test.file); test.file == "" {
				if err := os.Remove(filepath.Join(s.folder, "web.yml")); err != nil {
					t.Fatal(err)
				}
			}
			s.startWith(test.web + configuration)
			for path, secret := range map[string]string{"/sources/dienluc/baocao": "Nguyễn Văn A", "/kpis/on_time_share?unit=dienluc": "DL-00"} {
				request := httptest.NewRequest("GET", path, nil)
				if test.user != "" {
					request.SetBasicAuth(test.user, test.password)
				}
				recorder := httptest.NewRecorder()
				s.handler.ServeHTTP(recorder, request)
				body := recorder.Body.String()
				if got := strings.Contains(body, secret); recorder.Code != 200 || got != test.want {
					t.Errorf("%s: %d, shows rows: %t, want %t", path, recorder.Code, got, test.want)
				}
				if !test.want && !strings.Contains(body, "web.raw_rows_for") {
					t.Errorf("%s does not say how to allow it", path)
				}
				if strings.Contains(body, "<b>Nguyễn") {
					t.Errorf("%s does not escape what a row holds", path)
				}
				if got := recorder.Header().Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s may be cached: %s", path, got)
				}
			}
		})
	}
}

// Departments have divisions: the first page shows the departments with all that is below them. And a ministry may be a
// single unit without any of that.
func TestTreesOfUnits(t *testing.T) {
	s := newSite(t, "")
	deeper := strings.Replace(configuration, "{id: dienluc, parent: bo,", "{id: nangluong, parent: bo, name: {vi: Tổng cục Năng lượng}}\n  - {id: dienluc, parent: nangluong,", 1)
	s.startWith(deeper)
	body := s.get("/").Body.String()
	table := body[strings.Index(body, `id="units"`):]
	if !strings.Contains(table, "Tổng cục Năng lượng") || strings.Contains(table, ">Cục Điện lực<") {
		t.Errorf("the units of the first page are not those right below the root:\n%s", table)
	}
	if body := s.get("/units/nangluong").Body.String(); !strings.Contains(body, ">Cục Điện lực<") {
		t.Error("a unit's page does not show the units below it")
	}
	s.startWith("units: [{id: bo}]\n")
	for _, path := range []string{"/", "/units/bo", "/sources", "/completeness", "/kpis/on_time_share"} {
		if recorder := s.get(path); recorder.Code != http.StatusOK {
			t.Errorf("%s of a ministry of one unit: %d", path, recorder.Code)
		}
	}
}

// Pages are sent small to browsers that understand it, but not those that hold personal data.
func TestCompression(t *testing.T) {
	s := newSite(t, `web: {raw_rows_for: ["*"]}`)
	for path, want := range map[string]string{"/": "gzip", "/units/dienluc": "gzip", "/sources/dienluc/baocao": "", "/kpis/on_time_share": ""} {
		request := httptest.NewRequest("GET", path, nil)
		request.Header.Set("Accept-Encoding", "gzip, br")
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, request)
		if got := recorder.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%s is sent as %q, want %q", path, got, want)
		}
		if want == "" {
			continue
		}
		unpacked, err := gzip.NewReader(recorder.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(unpacked)
		if err != nil || string(body) != s.get(path).Body.String() {
			t.Errorf("%s unpacks to something else: %v", path, err)
		}
	}
}

// Pages are served while sources are read.
func TestPagesWhileSourcesAreRead(t *testing.T) {
	s := newSite(t, "")
	var readers sync.WaitGroup
	for _, path := range []string{"/", "/units/dienluc", "/sources/dienluc/baocao", "/completeness"} {
		readers.Go(func() {
			for range 5 {
				if recorder := s.get(path); recorder.Code != http.StatusOK {
					t.Errorf("%s: %d", path, recorder.Code)
				}
			}
		})
	}
	for range 2 {
		if _, err := s.agent.Collect(t.Context(), agent.CollectOptions{Full: true}); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
}

// The style and the icon may be kept by browsers for as long as they like, because their addresses change with them.
func TestStatic(t *testing.T) {
	s := newSite(t, "")
	body := s.get("/").Body.String()
	for _, name := range []string{"style.css", "icon.svg"} {
		address := regexp.MustCompile(`/static/` + name + `\?v=[0-9a-f]+`).FindString(body)
		recorder := s.get(address)
		if got := recorder.Header().Get("Cache-Control"); recorder.Code != 200 || !strings.Contains(got, "immutable") {
			t.Errorf("%q: %d, %s", address, recorder.Code, got)
		}
		if got := s.get("/static/" + name + "?v=0").Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s without its digest: %s", name, got)
		}
	}
	if code := s.get("/static/../pages.go").Code; code == 200 {
		t.Error("files outside are served")
	}
}
