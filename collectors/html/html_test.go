package html

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
	"kpiagent/internal/outbound"
)

var vietnam = time.FixedZone("ICT", 7*3600)

// notes is a sink that writes everything down.
type notes struct {
	lines []string
}

func (n *notes) Columns(origin string, names []string) error {
	n.lines = append(n.lines, strings.TrimSpace(origin+" "+strings.Join(names, "|")))
	return nil
}
func (n *notes) Row(at collectors.Position, values []collectors.Value) error {
	cells := make([]string, len(values))
	for i := range values {
		cells[i] = values[i].String()
	}
	n.lines = append(n.lines, fmt.Sprintf("%d: %s", at.Number, strings.Join(cells, "|")))
	return nil
}
func (n *notes) Malformed(number int64, text string, err error) error {
	n.lines = append(n.lines, fmt.Sprintf("%d! %s (%v)", number, text, err))
	return nil
}
func (n *notes) Warn(kpi.Reason, string) {}
func (n *notes) Reached(string)          {}

// reader reads one page, as the configuration has it.
type reader struct {
	config config.HTML
	now    time.Time
	waited []time.Duration
}

func readerOf(address string) *reader {
	return &reader{now: time.Date(2026, 3, 10, 12, 0, 0, 0, vietnam), config: config.HTML{URL: address, Table: "table", Tables: "one", HeaderRow: 1, Rows: "tbody tr",
		Encoding: "auto", MaxCells: 1000, HTTP: config.HTTP{MaxBytes: 1 << 20, MaxRedirects: 3, RequestTimeout: 5 * time.Second, Retries: 2, RequestsPerSecond: 10_000}}}
}

func (r *reader) read(t testing.TB, request collectors.Request) ([]string, collectors.Result, error) {
	t.Helper()
	source, err := New(r.config, outbound.Env{Now: time.Now, LookupEnv: func(string) (string, bool) { return "hunter2", true },
		Wait: func(_ context.Context, pause time.Duration) error { r.waited = append(r.waited, pause); return nil }}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	request.Now = r.now
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	n := &notes{}
	result, err := collectors.Read(ctx, source, request, n)
	return n.lines, result, err
}

func serve(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func servePage(t testing.TB, page string) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) })
}

func TestTables(t *testing.T) {
	for _, test := range []struct {
		name, page string
		set        func(*config.HTML)
		want       string
	}{
		{"plain", `<table><tr><td>Mã<td>Tên<tr><td>1<td>Một<tr><td>2<td>Hai</table>`, nil, "Mã|Tên\n2: 1|Một\n3: 2|Hai"},
		{"what people see of a cell", `<table><tr><th>a<th>b<th>c<th>d</tr>
			<tr><td> 1&nbsp;234,5 <td><a href="/x">Hồ <b>s</b>ơ</a><br>mới<td><p>x</p><p>y</p><script>z()</script><td><span style="display: none">9</span><i hidden>8</i>7<sup>(1)</sup></tr></table>`,
			func(h *config.HTML) { h.Ignore = "sup" }, "a|b|c|d\n2: 1 234,5|Hồ sơ mới|x y|7"},
		{"tags without their ends", `<table><tr><th><b>a<th><FONT color=red>b<tr><td><b>1<td><i>2</b><tr><td><a href=x>3<td><a href=y class=z>4<sup>1</a></table>`,
			func(h *config.HTML) { h.Ignore = "td a.z sup" }, "a|b\n2: 1|2\n3: 3|4"},
		{"header of two rows", `<table><thead><tr><th rowspan=2>Mã<th colspan=2>Tiếp nhận<th rowspan=2>Trả<tr><th>Hình thức<th>Ngày</thead>
			<tbody><tr><td>1<td>online<td>02/03/2026<td></table>`, nil, "Mã|Tiếp nhận / Hình thức|Tiếp nhận / Ngày|Trả\n3: 1|online|02/03/2026|"},
		{"header of th without thead", `<table><tr><th>A<th>A<tr><th>x<th>y<tr><th>1<td>2</table>`, nil, "A / x|A / y\n3: 1|2"},
		{"header row below a title", `<table><tr><td colspan=2>Báo cáo tháng 3<tr><td>A<td>B<tr><td>1<td>2</table>`, func(h *config.HTML) { h.HeaderRow = 2 }, "A|B\n3: 1|2"},
		{"as many header rows as configured", `<table><tr><td>A<td>A<tr><td>x<td>y<tr><td>1<td>2</table>`, func(h *config.HTML) { h.HeaderRows = 2 }, "A / x|A / y\n3: 1|2"},
		{"cells that reach down and across", `<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr><td>3<td>4<tr><td>5<td rowspan=0>6<td>7<tr><td>8<td>9</table>`, nil,
			"a|b|c\n2: 1|2|2\n3: 1|3|4\n4: 5|6|7\n5: 8|6|9"},
		{"what reaches down ends with its part", `<table><thead><tr><th>a<th>b</thead><tbody><tr><td rowspan=9>1<td>2</tbody><tbody><tr><td>3<td>4</tbody></table>`, nil, "a|b\n2: 1|2\n3: 3|4"},
		{"sum rows and notes", `<table><tr><th>a<th>b<tr><td>1<td>2<tr class=tong><td>Cộng<td>2<tr><td>&nbsp;<td> <tr><td colspan=2>Ghi chú: số liệu tạm tính
			<tr><th>a<th>b<tfoot><tr><td>x<td>2</table>`, func(h *config.HTML) { h.Ignore = "tr.tong" }, "a|b\n2: 1|2"},
		{"groups", `<table><tr><th>a<th>b<tr><td colspan=2>Cục Hoá chất<tr><td>1<td>2<tr><td colspan=2>Cục Điện lực<tr><td>3<td>4</table>`,
			func(h *config.HTML) { h.GroupColumn = "Đơn vị" }, "a|b|Đơn vị\n3: 1|2|Cục Hoá chất\n5: 3|4|Cục Điện lực"},
		{"no column name, no column", `<table><tr><th>a<th></th><th>b<th><tr><td>1<td>x<td>2<td><a>Xem</a></table>`, nil, "a||b\n2: 1|x|2"},
		{"rows of a selector", `<table><tr><th>a<tr class=x><td>1<tr><td>2</table>`, func(h *config.HTML) { h.Rows = "tr.x" }, "a\n2: 1"},
		{"too few, too many, missing", `<table><tr><th>a<th>b<th>c<tr><td>1<td>2<tr><td>1<td>2<td>3<td>4<tr><td>1<td>2<td rowspan=2>3<tr><td>4</table>`, nil,
			"a|b|c\n2! 1 | 2 (the row has 2 cells, the header has 3 columns; cells that reach over several count for each)\n" +
				"3! 1 | 2 | 3 | 4 (the row has 4 cells, the header has 3 columns; cells that reach over several count for each)\n" +
				"4: 1|2|3\n5! 4 |  | 3 (the row lacks a cell before one that reaches down from above)"},
		{"a table in a table", `<table id=a><tr><th>a<th>b<tr><td>1<td><table><tr><td>x<td>y</table></table>`, func(h *config.HTML) { h.Table = "#a" }, "a|b\n2: 1|x y"},
		{"the table stands in what is matched", `<div id=x><p><table><tr><td>a<tr><td>1</table></div><table><tr><td>b</table>`, func(h *config.HTML) { h.Table = "div#x" }, "a\n2: 1"},
		{"all tables", `<table><tr><td>a<td>b<tr><td>1<td>2</table><table><tr><td>b<td>a<tr><td>4<td>3</table>`, func(h *config.HTML) { h.Tables = "all" },
			"table 1 a|b\n2: 1|2\ntable 2 b|a\n2: 4|3"},
		{"texts beside the table", `<h2>Số liệu đến <b>ngày 9/3/2026</b></h2><table><tr><td>a<tr><td>1</table><p class=nguon>Cục Hoá chất`, func(h *config.HTML) {
			h.Texts = []config.PageText{{Column: "ngày", Select: "h2", Pattern: `(\d+/\d+/\d+)`}, {Column: "nguồn", Select: "p.nguon"}}
			h.DayColumn = "đọc"
		}, "a|ngày|nguồn|đọc\n2: 1|9/3/2026|Cục Hoá chất|2026-03-10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readerOf(servePage(t, "<!doctype html><meta charset=utf-8><title>Thống kê</title>"+test.page))
			if test.set != nil {
				test.set(&r.config)
			}
			lines, result, err := r.read(t, collectors.Request{})
			if err != nil || !result.Complete || result.Present != (r.config.DayColumn != "") {
				t.Fatal(result, err)
			}
			if diff := cmp.Diff(strings.Split(test.want, "\n"), lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyTheFirstRows(t *testing.T) {
	r := readerOf(servePage(t, `<table><tr><td>a<tr><td>1<tr><td>2<tr><td>3</table>`))
	lines, result, err := r.read(t, collectors.Request{Limit: 2, State: "x"})
	if diff := cmp.Diff([]string{"a", "2: 1", "3: 2"}, lines); diff != "" || err != nil || result != (collectors.Result{State: "x"}) {
		t.Error(diff, result, err)
	}
}

// The encoding comes from the header, from the page, or from the configuration.
func TestEncodings(t *testing.T) {
	const table = `<table><tr><td>Quận<tr><td>Nhất</table>`
	old, err := charmap.Windows1258.NewEncoder().String("<table><tr><td>Tên<tr><td>Đà</table>")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kind, page, encoding, want string
	}{
		"nothing said":      {"text/html", table, "auto", "Quận, 2: Nhất"},
		"a mark":            {"text/html", "\ufeff" + table, "auto", "Quận, 2: Nhất"},
		"said late":         {"text/html", strings.Repeat("<!-- -->", 500) + table, "auto", "Quận, 2: Nhất"},
		"by the header":     {"text/html; charset=windows-1258", old, "auto", "Tên, 2: Đà"},
		"by the page":       {"text/html", `<meta charset="windows-1258">` + old, "auto", "Tên, 2: Đà"},
		"by configuration":  {"text/html; charset=utf-8", old, "windows-1258", "Tên, 2: Đà"},
		"wrong and unsaid":  {"text/html", old, "auto", "the page is not UTF-8, and names no other encoding; set encoding to what it is written in, such as windows-1258"},
		"the header is not": {"text/html; charset=utf-8", old, "auto", "the page is not UTF-8"},
	} {
		r := readerOf(serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			fmt.Fprint(w, test.page)
		}))
		r.config.Encoding = test.encoding
		lines, _, err := r.read(t, collectors.Request{})
		got := strings.Join(lines, ", ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// A page that is still the same is not read again, by its mark or by its content; the day of the reading counts as content.
func TestAnUnchangedPage(t *testing.T) {
	content, mark, sent := "1", "", 0
	r := readerOf(serve(t, func(w http.ResponseWriter, req *http.Request) {
		if mark != "" {
			w.Header().Set("ETag", mark)
		}
		if mark != "" && req.Header.Get("If-None-Match") == mark {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		fmt.Fprintf(w, "<table><tr><td>a<tr><td>%s</table>", content)
	}))
	state := ""
	step := func(what string, request collectors.Request, read bool, answers int) {
		t.Helper()
		sent, request.State = 0, state
		lines, result, err := r.read(t, request)
		if err != nil || result.Unchanged == read || (len(lines) > 0) != read || sent != answers {
			t.Errorf("%s: %v %+v %v, %d answers", what, lines, result, err, sent)
		}
		state = result.State
	}
	step("first", collectors.Request{}, true, 1)
	step("the same content", collectors.Request{}, false, 1)
	step("all", collectors.Request{Full: true}, true, 1)
	mark = `"v1"`
	step("a mark comes", collectors.Request{}, false, 1)
	step("the same mark", collectors.Request{}, false, 0)
	content, mark = "2", `"v2"`
	step("changed", collectors.Request{}, true, 1)
	r.config.DayColumn = "ngày"
	step("with the day", collectors.Request{}, true, 1)
	step("the same day", collectors.Request{}, false, 0)
	r.now = r.now.Add(24 * time.Hour)
	step("the next day", collectors.Request{}, true, 1)
}
