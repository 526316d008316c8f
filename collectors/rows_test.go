package collectors

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// shaped maps rows of texts, cells apart by |, and returns what became of them: the ids with their units, and what was skipped.
func shaped(t *testing.T, rows config.Rows, table string) (ids, skipped []string, rejected int) {
	t.Helper()
	source := config.Source{Unit: "so", ID: "danh_sach", Record: "dossier", Rows: rows, Mapping: config.Mapping{
		Unit: column("phòng"), ID: column("mã"), Procedure: column("tthc"), Channel: &config.Field{Constant: "online"},
		Received: &config.Field{Column: "nhận", Layouts: []string{"d/M/yyyy"}},
	}}
	mapping, err := NewMapping(source, Checks{Units: []string{"phòng_a", "phòng_b"}}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table, "\n")
	binding, err := mapping.Bind(strings.Split(lines[0], "|"), kpi.DayOf(noon))
	if err != nil {
		t.Fatal(err)
	}
	batch := openBatch{batch: &kpi.Batch{}}
	for i, line := range lines[1:] {
		cells := make([]any, 0, 8)
		for cell := range strings.SplitSeq(line, "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if len(cells) == len(strings.Split(lines[0], "|")) {
			binding.take(&batch, Position{Number: int64(i + 2)}, row(cells...))
		} else {
			binding.malformed(&batch, int64(i+2), line, fmt.Errorf("the row has %d cells", len(cells)))
		}
	}
	for _, r := range batch.batch.Records {
		ids = append(ids, r.Dossier.Unit+" "+r.Dossier.ID)
	}
	for _, by := range slices.Sorted(maps.Keys(batch.batch.SkippedBy)) {
		skipped = append(skipped, fmt.Sprintf("%d × %s", batch.batch.SkippedBy[by], by))
	}
	if got := int64(len(ids)+len(batch.batch.Rejects)) + batch.batch.Skipped; got != batch.batch.Rows {
		t.Errorf("%d of %d rows are told", got, batch.batch.Rows)
	}
	return ids, skipped, len(batch.batch.Rejects)
}

func TestRowsAreShaped(t *testing.T) {
	const office = `phòng|mã|tthc|nhận|xoá
(1)|(2)|(3)|(4)|(5)
I. Lĩnh vực Đất đai| | | |
phòng_a|H-1|1.001|2/3/2026|
 |H-2| |3/3/2026|
Cộng phòng A| | | |
 |H-3| |3/3/2026|1
phòng|mã|tthc|nhận|xoá
phòng_b|H-4|1.001|3/3/2026|
Tổng cộng: 4| | | |
Người lập biểu| | | |Thủ trưởng
Nguyễn Văn A`
	for _, test := range []struct {
		name    string
		rows    config.Rows
		table   string
		ids     []string
		skipped []string
		rejects int
	}{
		{name: "without rules all but the entries are rejected", table: office, ids: []string{"phòng_a H-1", "phòng_b H-4"}, rejects: 9},
		{name: "what lists have", table: office, ids: []string{"phòng_a H-1", "phòng_a H-2", "phòng_a H-3", "phòng_b H-4"},
			rows: config.Rows{FillDown: []string{"phòng", "tthc"}, Skip: []config.SkipRule{{Known: "total"}, {Known: "numbers"},
				{Rule: "cộng phòng", Begins: []string{"cộng phòng"}}, {Known: "group"}, {Known: "header"}, {Known: "signature"}}},
			skipped: []string{"1 × rule 'cộng phòng'", "1 × rule 'group'", "1 × rule 'header'", "1 × rule 'numbers'", "2 × rule 'signature'", "1 × rule 'total'"}},
		{name: "by a column of its own", table: "phòng|mã|tthc|nhận|xoá\nphòng_a|H-1|1.001|2/3/2026|0\nphòng_a|H-2|1.001|2/3/2026|1\nphòng_a|H-3|1.001|2/3/2026|",
			rows: config.Rows{Skip: []config.SkipRule{{Rule: "đã xoá", Column: "xoá", Is: []string{"1"}}}}, ids: []string{"phòng_a H-1", "phòng_a H-3"},
			skipped: []string{"1 × rule 'đã xoá'"}},
		{name: "only what has a value", table: "phòng|mã|tthc|nhận|loại\nphòng_a|H-1|1.001|2/3/2026|thật\nphòng_a|H-2|1.001|2/3/2026|thử\nphòng_a|H-3|1.001|2/3/2026|",
			rows: config.Rows{Skip: []config.SkipRule{{Rule: "không thật", Column: "loại", IsNot: []string{"thật"}}}}, ids: []string{"phòng_a H-1"},
			skipped: []string{"2 × rule 'không thật'"}},
		{name: "an empty cell and a pattern", table: "phòng|mã|tthc|nhận\nphòng_a|H-1|1.001|2/3/2026\nphòng_a||1.001|2/3/2026\nphòng_a|NHAP-7|1.001|2/3/2026",
			rows: config.Rows{Skip: []config.SkipRule{{Rule: "không mã", Column: "mã", Is: []string{""}}, {Rule: "nháp", Column: "mã", Pattern: "^NHAP-"}}}, ids: []string{"phòng_a H-1"},
			skipped: []string{"1 × rule 'không mã'", "1 × rule 'nháp'"}},
		{name: "the heading as a column", table: "nhận|mã|tthc\n2/3/2026|H-1|1.001\nII|phòng_b|\n2/3/2026|H-2|1.001",
			rows: config.Rows{Group: "phòng"}, rejects: 1, ids: []string{"phòng_b H-2"}, skipped: []string{"1 × rule 'group'"}},
		{name: "an entry below a signature is an entry", table: "phòng|mã|tthc|nhận\nNgười lập|||\nphòng_a|H-1|1.001|2/3/2026",
			rows: config.Rows{Skip: []config.SkipRule{{Known: "signature"}}}, ids: []string{"phòng_a H-1"}, skipped: []string{"1 × rule 'signature'"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ids, skipped, rejects := shaped(t, test.rows, test.table)
			if diff := cmp.Diff(test.ids, ids) + cmp.Diff(test.skipped, skipped); diff != "" || rejects != test.rejects {
				t.Error(diff, rejects)
			}
		})
	}
}

func TestAColumnOfARuleIsMissing(t *testing.T) {
	source := desk()
	source.Rows = config.Rows{FillDown: []string{"phong"}, Skip: []config.SkipRule{{Rule: "đã xoá", Column: "xoa", Is: []string{"1"}}}}
	mapping, err := NewMapping(source, Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mapping.Bind(deskColumns, kpi.DayOf(noon))
	if err == nil || !strings.Contains(err.Error(), `there is no column "xoa" for rows.skip[0]`) || !strings.Contains(err.Error(), `"phong" for rows.fill_down[0]`) {
		t.Error(err)
	}
}

func TestAColumnMeansSomethingByNotBeingEmpty(t *testing.T) {
	source := desk()
	source.Mapping.Channel = &config.Field{Filled: []config.Filled{{Column: "kenh", To: "online"}, {Column: "hen", To: "counter"}}}
	source.Mapping.Outcome = &config.Field{Empty: []string{"-"}, Filled: []config.Filled{{Column: "tt", To: "withdrawn"}, {Column: "xong", To: "settled"}}}
	source.Mapping.Finished.Columns, source.Mapping.Finished.Column = []string{"xong", "tt"}, ""
	source.Mapping.Due = nil
	for _, test := range []struct {
		values []Value
		want   string
	}{
		{row("H1", "1.001", "x", "02/03/2026", "", "", "05/03/2026", "", ""), "online withdrawn"},
		{row("H1", "1.001", "", "02/03/2026", 1, "05/03/2026", "-", "", ""), "counter settled"},
		{row("H1", "1.001", "x", "02/03/2026", "x", "", nil, "", ""), "online "},
	} {
		batch := take(t, source, deskColumns, test.values)
		if len(batch.Records) != 1 || fmt.Sprint(batch.Records[0].Dossier.Channel, " ", batch.Records[0].Dossier.Outcome) != test.want {
			t.Errorf("not %s: %+v", test.want, batch)
		}
	}
	batch := take(t, source, deskColumns, row("H1", "1.001", "", "02/03/2026", "", "", "", "", ""))
	if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != `missing_field: channel: is empty (column "kenh", "hen")` {
		t.Errorf("%+v", batch)
	}
}
