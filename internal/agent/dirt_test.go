package agent

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"kpiagent/internal/kpi"
	"kpiagent/internal/sourcelog"
)

// dirtyColumns are those of the lists that the following tests make.
var dirtyColumns = []string{"Mã hồ sơ", "Thủ tục", "Kênh", "Ngày nhận", "Ngày trả", "Xoá"}

// dirt is what people and programs do to a row. Some of it does no harm, some makes the row none, or a bad one.
var dirt = []func(r *rand.Rand, row []string){
	func(*rand.Rand, []string) {},
	func(r *rand.Rand, row []string) { row[2] = norm.NFD.String(row[2]) },
	func(r *rand.Rand, row []string) { row[2] = "  " + strings.ReplaceAll(row[2], " ", "\u00a0") + "\u200b" },
	func(r *rand.Rand, row []string) { row[2] = strings.ToUpper(row[2]) + " (Cổng DVC)" },
	func(r *rand.Rand, row []string) { row[2] = "Fax" },
	func(r *rand.Rand, row []string) { row[0] = "" },
	func(r *rand.Rand, row []string) { row[0] = "2.02603E+17" },
	func(r *rand.Rand, row []string) { row[0] = "'000" + strings.TrimPrefix(row[0], "H") },
	func(r *rand.Rand, row []string) { row[0] = fmt.Sprintf("h%d", r.IntN(40)) },
	func(r *rand.Rand, row []string) { row[0] = fmt.Sprintf("H%d", r.IntN(40)) }, // perhaps once more, and otherwise
	func(r *rand.Rand, row []string) { row[1] = "9.99" },
	func(r *rand.Rand, row []string) { row[3] = "31/02/2026" },
	func(r *rand.Rand, row []string) { row[3] = "2026-03-02" },
	func(r *rand.Rand, row []string) { row[3] = "-" },
	func(r *rand.Rand, row []string) { row[4] = "NULL" },
	func(r *rand.Rand, row []string) { row[4] = "01/01/2026" }, // before it was received
	func(r *rand.Rand, row []string) { row[4] = "01/01/2031" },
	func(r *rand.Rand, row []string) { row[5] = "1" },
	func(r *rand.Rand, row []string) { row[5] = "có thể" },
	func(r *rand.Rand, row []string) { copy(row, []string{"Tổng cộng", "", "", "", "12", ""}) },
	func(r *rand.Rand, row []string) { copy(row, []string{"(1)", "(2)", "(3)", "(4)", "(5)", "(6)"}) },
	func(r *rand.Rand, row []string) { copy(row, []string{"I. Lĩnh vực Điện", "", "", "", "", ""}) },
}

// dirtyRows makes a list; each row has no dirt, some, or several kinds of it.
func dirtyRows(r *rand.Rand) (rows [][]string) {
	for i := range 40 + r.IntN(60) {
		row := []string{fmt.Sprintf("H%d", i), "1.001", []string{"Trực tuyến", "Trực tiếp"}[r.IntN(2)],
			fmt.Sprintf("%02d/03/2026", 1+r.IntN(9)), "", ""}
		if r.IntN(2) == 0 {
			row[4] = fmt.Sprintf("%02d/03/2026", 10+r.IntN(5))
		}
		for range r.IntN(3) {
			dirt[r.IntN(len(dirt))](r, row)
		}
		rows = append(rows, row)
	}
	return rows
}

// dirtySources are configurations of one list in every kind, each row as texts.
func dirtySources(t *testing.T, s *site, rows [][]string) string {
	t.Helper()
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	if err := writer.WriteAll(append([][]string{dirtyColumns}, rows...)); err != nil {
		t.Fatal(err)
	}
	s.write("ds.csv", text.String())

	book := excelize.NewFile()
	defer book.Close()
	page := "<table><thead><tr>"
	var objects []map[string]string
	for c, name := range dirtyColumns {
		if err := book.SetCellStr("Sheet1", string(rune('A'+c))+"1", name); err != nil {
			t.Fatal(err)
		}
		page += "<th>" + name
	}
	page += "</thead><tbody>"
	db, err := sql.Open("sqlite", filepath.Join(s.folder, "ds.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`create table ds (so integer primary key, "Mã hồ sơ", "Thủ tục", "Kênh", "Ngày nhận", "Ngày trả", "Xoá")`); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		object := map[string]string{}
		page += "<tr>"
		for c, cell := range row {
			if err := book.SetCellStr("Sheet1", fmt.Sprintf("%c%d", 'A'+c, i+2), cell); err != nil {
				t.Fatal(err)
			}
			page += "<td>" + html.EscapeString(cell)
			object[dirtyColumns[c]] = cell
		}
		objects = append(objects, object)
		if _, err := db.Exec("insert into ds values (?,?,?,?,?,?,?)", i, row[0], row[1], row[2], row[3], row[4], row[5]); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs(filepath.Join(s.folder, "ds.xlsx")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/html" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, page)
			return
		}
		if err := json.NewEncoder(w).Encode(objects); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	const mapping = `
    rows: {skip: [{known: total}, {known: numbers}, {known: group}]}
    mapping:
      id: {column: Mã hồ sơ}
      procedure: {column: Thủ tục}
      channel: {column: Kênh, values: [{pattern: "trực tuyến.*", to: online}, {from: Trực tiếp, to: counter}]}
      received: {column: Ngày nhận, layouts: [dd/MM/yyyy]}
      finished: {column: Ngày trả, layouts: [dd/MM/yyyy], empty: ["NULL"]}
      outcome: {constant: settled}
      deleted: {column: Xoá}
`
	configuration := "units: [{id: bo}]\nprocedures: [{unit: bo, code: \"1.001\"}]\nsources:\n"
	for _, of := range [][3]string{
		{"csv", "file", "{path: ds.csv}"},
		{"xlsx", "file", "{path: ds.xlsx, format: xlsx}"},
		{"sqlite", "sql", "{driver: sqlite, path: ds.db, query: 'select \"Mã hồ sơ\", \"Thủ tục\", \"Kênh\", \"Ngày nhận\", \"Ngày trả\", \"Xoá\" from ds order by so'}"},
		{"html", "html", "{url: \"" + server.URL + "/html\"}"},
		{"rest", "rest", "{url: \"" + server.URL + "/rest\"}"},
	} {
		configuration += fmt.Sprintf("  - unit: bo\n    id: %s\n    kind: %s\n    %s: %s%s", of[0], of[1], of[1], of[2], mapping)
	}
	return configuration
}

// Each row that comes in is counted, unchanged, rejected with its reason, or skipped by a rule; the sum of that is the rows of the
// source, in every kind, and every kind says the same of the same list.
func TestWhatRowsBecomeAddsUp(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 12))
			rows := dirtyRows(r)
			s := newSite(t)
			a := s.agent(dirtySources(t, s, rows))
			results := collect(t, a, CollectOptions{})
			var first *sourcelog.Summary
			for _, id := range []string{"csv", "xlsx", "sqlite", "html", "rest"} {
				got := results["bo/"+id].Summary
				if got.Rows != int64(len(rows)) || got.Good+got.Rejected+got.Skipped != got.Rows {
					t.Errorf("%s of %d rows: %s", id, len(rows), got)
				}
				var reasons, rules int64
				for _, n := range got.ByReason {
					reasons += n
				}
				for _, n := range got.SkippedBy {
					rules += n
				}
				if reasons != got.Rejected || rules != got.Skipped {
					t.Errorf("%s: %s: %v, %v", id, got, got.ByReason, got.SkippedBy)
				}
				got.Warned = 0 // each source but the first is told that another has the same ids
				if first == nil {
					first = &got
					continue
				}
				if diff := cmp.Diff(*first, got); diff != "" {
					t.Errorf("%s says otherwise than csv (-csv +%s):\n%s", id, id, diff)
				}
			}
			if n := a.Ledger.Count(); n != 5*(first.Added-first.Removed) {
				t.Errorf("the ledger has %d dossiers of five sources that added %d each and removed %d", n, first.Added, first.Removed)
			}
		})
	}
}

// A stray quote may swallow rows of a CSV file: then there are fewer, and never without a word.
func TestAStrayQuoteIsNeverSilent(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		rows := dirtyRows(r)
		lines := []string{strings.Join(dirtyColumns, ";")}
		for _, row := range rows {
			lines = append(lines, strings.Join(row, ";"))
		}
		for range 1 + r.IntN(3) {
			i := 1 + r.IntN(len(rows))
			at := r.IntN(len(lines[i]) + 1)
			lines[i] = strings.ToValidUTF8(lines[i][:at]+`"`+lines[i][at:], "")
		}
		s := newSite(t)
		s.write("ds.csv", strings.Join(lines, "\n"))
		got := collect(t, s.agent(`
units: [{id: bo}]
procedures: [{unit: bo, code: "1.001"}]
sources:
  - unit: bo
    id: csv
    kind: file
    file: {path: ds.csv, separator: ;}
    mapping:
      id: {column: Mã hồ sơ}
      procedure: {column: Thủ tục}
      channel: {column: Kênh, values: [{from: Trực tuyến, to: online}, {from: Trực tiếp, to: counter}]}
      received: {column: Ngày nhận, layouts: [dd/MM/yyyy]}
`), CollectOptions{})["bo/csv"].Summary
		if got.Good+got.Rejected+got.Skipped != got.Rows {
			t.Errorf("seed %d: %s", seed, got)
		}
		if got.Rows < int64(len(rows)) && got.ByReason[kpi.MalformedRow] == 0 && got.Warned == 0 {
			t.Errorf("seed %d: %d of %d rows, and nothing is said: %s", seed, got.Rows, len(rows), got)
		}
	}
}
