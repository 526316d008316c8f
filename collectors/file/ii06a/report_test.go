package ii06a

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/collectors"
	"kpiagent/collectors/listing"
	"kpiagent/internal/kpi"
)

// linesOf makes lines of a picture: a line of the file each, its cells apart by |. Numbers alone are numbers.
func linesOf(picture string) []Line {
	var lines []Line
	for i, text := range strings.Split(strings.Trim(picture, "\n"), "\n") {
		line := Line{Number: int64(i + 1)}
		for cell := range strings.SplitSeq(text, "|") {
			cell = strings.TrimSpace(cell)
			if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
				line.Cells = append(line.Cells, collectors.Value{Kind: collectors.Int, Int: n})
			} else if cell == "" {
				line.Cells = append(line.Cells, collectors.Value{})
			} else {
				line.Cells = append(line.Cells, collectors.Value{Kind: collectors.Text, Text: cell})
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// written is the form as a workbook has it: merged cells hold their text in the first one only.
const written = `
Biểu số II.06a/VPCP/KSTT | | | | | Đơn vị báo cáo: Cục Hoá chất
TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH TẠI BỘ, CƠ QUAN NGANG BỘ
Kỳ báo cáo: Từ ngày 15/12/2025 đến ngày 14/01/2026
STT | Lĩnh vực giải quyết | Số lượng hồ sơ tiếp nhận | | | | Số lượng hồ sơ đã giải quyết | | | | Số lượng hồ sơ đang giải quyết | | | Ghi chú
 | | Tổng số | Trong kỳ | | Từ kỳ trước | Tổng số | Trước hạn | Đúng hạn | Quá hạn | Tổng số | Trong hạn | Quá hạn
 | | | Trực tuyến | Trực tiếp, dịch vụ bưu chính
`

const numbers = `(1) | (2) | (3)=(4)+(5)+(6) | (4) | (5) | (6) | (7)=(8)+(9)+(10) | (8) | (9) | (10) | (11)=(12)+(13) | (12) | (13)
`

const rows = `1 | Hoá chất | 1.240 | 1.150 | 80 | 10 | 1200 | 900 | 250 | 50 | 40 | 30 | 10
2 | Tiền chất | 5 | 3 | 2 | - | 5 | 5 | | | 0 | 0 | 0
3 | Phân bón | | | | | | | | | | |
Tổng cộng | | 1245 | 1153 | 82 | 10 | 1205 | 905 | 250 | 50 | 40 | 30 | 10
 | | | | | | | | Hà Nội, ngày 16 tháng 01 năm 2026
 | NGƯỜI LẬP BIỂU | | | | | | | THỦ TRƯỞNG ĐƠN VỊ
`

// told is a report in lines.
func told(p *Report) []string {
	list := []string{"to " + p.End.String()}
	for _, row := range p.Rows {
		text := fmt.Sprintf("%d %s", row.Number, row.Label)
		if row.Total {
			text += " (total)"
		}
		if row.Fault != nil {
			text += " " + row.Fault.Error()
		} else {
			text += " " + strings.Trim(fmt.Sprint(row.Figures), "[]")
		}
		list = append(list, text)
	}
	return list
}

func TestTheFormIsFoundByItsNumbersOrItsWords(t *testing.T) {
	want := func(first int) []string {
		return []string{"to 2026-01-14",
			fmt.Sprint(first, " Hoá chất 1240 1150 80 10 1200 900 250 50 40 30 10"),
			fmt.Sprint(first+1, " Tiền chất 5 3 2 0 5 5 0 0 0 0 0"),
			fmt.Sprint(first+3, " Tổng cộng (total) 1245 1153 82 10 1205 905 250 50 40 30 10"),
		}
	}
	shifted := strings.NewReplacer("\n", "\n | ").Replace(written + numbers + rows)
	for name, test := range map[string]struct {
		picture string
		want    []string
	}{
		"by numbers":               {written + numbers + rows, want(8)},
		"by numbers of Excel":      {written + "-1|-2|-3|-4|-5|-6|-7|-8|-9|-10|-11|-12|-13|\n" + rows, want(8)},
		"by words":                 {written + rows, want(7)},
		"numbers, other words":     {"Từ 15/12/2025 đến hết ngày 14/01/2026\n| Tên | Nhận |\n" + numbers + rows, want(4)},
		"not in the first column":  {shifted, want(8)},
		"numbered on each page":    {written + numbers + strings.Replace(rows, "3 | Phân bón | | | | | | | | | | |", strings.TrimSpace(numbers), 1), want(8)},
		"other words for the rows": {strings.Replace(written, "Lĩnh vực giải quyết", "Tên TTHC", 1) + rows, want(7)},
		"one header row": {`Đến ngày 14/01/2026
TT | Đơn vị | Tổng số tiếp nhận | Tiếp nhận trực tuyến | Tiếp nhận trực tiếp | Tiếp nhận từ kỳ trước | Đã giải quyết - Tổng | Đã giải quyết trước hạn | Đã giải quyết đúng hạn | Đã giải quyết quá hạn | Đang giải quyết: tổng | Đang giải quyết trong hạn | Đang giải quyết quá hạn
` + rows, want(3)},
	} {
		got, err := Read(linesOf(test.picture), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, told(got)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestARowThatDoesNotAddUpIsRejectedWithItsNumbers(t *testing.T) {
	change := func(old, new string) string { return written + numbers + strings.Replace(rows, old, new, 1) }
	for name, test := range map[string]struct {
		picture string
		want    []string
	}{
		"a row by itself": {change("1.240 | 1.150 | 80 | 10 | 1200 | 900", "1.240 | 1.150 | 80 | 10 | 1200 | 901"), []string{"to 2026-01-14",
			`8 Hoá chất unbalanced: "Hoá chất": (7) = 1200 is not (8) + (9) + (10) = 901 + 250 + 50 = 1201`,
			"9 Tiền chất 5 3 2 0 5 5 0 0 0 0 0",
			`11 Tổng cộng unbalanced: "Tổng cộng": (8) = 905 is not the sum of the rows, 906`}},
		"what came in and what is there": {change("5 | 3 | 2 | - | 5 | 5 |", "6 | 4 | 2 | - | 5 | 5 |"), []string{"to 2026-01-14",
			"8 Hoá chất 1240 1150 80 10 1200 900 250 50 40 30 10",
			`9 Tiền chất unbalanced: "Tiền chất": (3) = 6 is not (7) + (11) = 5 + 0 = 5`,
			`11 Tổng cộng unbalanced: "Tổng cộng": (3) = 1245 is not the sum of the rows, 1246; (4) = 1153 is not the sum of the rows, 1154`}},
		"the sum by itself": {change("1205 | 905 | 250 | 50 | 40 | 30 | 10", "1205 | 905 | 250 | 50 | 40 | 35 | 10"), []string{"to 2026-01-14",
			"8 Hoá chất 1240 1150 80 10 1200 900 250 50 40 30 10", "9 Tiền chất 5 3 2 0 5 5 0 0 0 0 0",
			`11 Tổng cộng unbalanced: "Tổng cộng": (11) = 40 is not (12) + (13) = 35 + 10 = 45`}},
		"no number": {change("1.150", "1.15O"), []string{"to 2026-01-14",
			`8 Hoá chất bad_value: "Hoá chất": column (4): "1.15O" is not a whole number`, "9 Tiền chất 5 3 2 0 5 5 0 0 0 0 0",
			`11 Tổng cộng unbalanced: "Tổng cộng": the sum of the rows is not known, for row 8, "Hoá chất", cannot be read`}},
		"half a dossier": {change("1.150", "1150,5"), []string{"to 2026-01-14",
			`8 Hoá chất bad_value: "Hoá chất": column (4): "1150,5" is not a whole number`, "9 Tiền chất 5 3 2 0 5 5 0 0 0 0 0",
			`11 Tổng cộng unbalanced: "Tổng cộng": the sum of the rows is not known, for row 8, "Hoá chất", cannot be read`}},
	} {
		got, err := Read(linesOf(strings.ReplaceAll(test.picture, "(total) ", "")), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := told(got)
		for i := range lines {
			lines[i] = strings.Replace(lines[i], " (total)", "", 1)
		}
		if diff := cmp.Diff(test.want, lines); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestThePeriodIsReadFromTheTitles(t *testing.T) {
	date := collectors.Value{Kind: collectors.Time, Time: time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC)}
	text := func(text string) collectors.Value { return collectors.Value{Kind: collectors.Text, Text: text} }
	for _, test := range []struct {
		title, calendar, nd09 string // "" where there is none
	}{
		{"Kỳ báo cáo: Từ ngày 15/12/2025 đến ngày 14/01/2026", "2026-01-14", "2026-01-14"},
		{"(Từ ngày 15 tháng 12 năm 2025 đến ngày 14 tháng 01 năm 2026)", "2026-01-14", "2026-01-14"},
		{"KỲ BÁO CÁO: 15/12/2025 – 14/01/2026", "2026-01-14", "2026-01-14"},
		{"Tính đến hết ngày 14-1-2026", "2026-01-14", "2026-01-14"},
		{"Tháng 3 năm 2026", "2026-03-31", "2026-03-14"},
		{"Tháng 03/2026", "2026-03-31", "2026-03-14"},
		{"tháng 2-2024", "2024-02-29", "2024-02-14"},
		{"BÁO CÁO THÁNG 1 NĂM 2026 (từ ngày 15/12/2025 đến ngày 14/01/2026)", "2026-01-14", "2026-01-14"},
		{"Quý I năm 2026", "2026-03-31", "2026-03-14"},
		{"QUÝ IV/2025", "2025-12-31", "2025-12-14"},
		{"6 tháng đầu năm 2026", "2026-06-30", "2026-06-14"},
		{"Báo cáo 9 tháng năm 2026", "2026-09-30", "2026-09-14"},
		{"BÁO CÁO 3 THÁNG ĐẦU NĂM 2026", "2026-03-31", "2026-03-14"},
		{"Kỳ báo cáo: Năm 2025", "2025-12-31", "2025-12-14"},
		{"Ban hành kèm theo Thông tư số 01/2020/TT-VPCP ngày 21 tháng 10 năm 2020", "", ""},
		{"Hà Nội, ngày 16 tháng 3 năm 2026", "", ""},
		{"Kế hoạch năm 2026", "", ""},
		{"Tháng 3 năm 2026 và tháng 4 năm 2026", "", ""},
		{"Tháng 13 năm 2026", "", ""},
		{"Đến ngày 31/02/2026", "", ""},
		{"", "", ""},
	} {
		for cutOff, want := range map[kpi.CutOff]string{kpi.CutCalendar: test.calendar, kpi.CutND09: test.nd09} {
			day, err := periodEnd([]Line{{Cells: []collectors.Value{text(test.title)}}, {Cells: []collectors.Value{text("Đơn vị: Cục Hoá chất")}}}, cutOff)
			if (err == nil) != (want != "") || err == nil && day.String() != want {
				t.Errorf("%q (%s): %v %v, want %q", test.title, cutOff, day, err, want)
			}
		}
	}
	day, err := periodEnd([]Line{{Cells: []collectors.Value{text("Kỳ báo cáo"), {}, text("đến ngày"), date}}}, kpi.CutCalendar)
	if err != nil || day.String() != "2026-01-14" {
		t.Errorf("apart in several cells: %v %v", day, err)
	}
}

func TestWhatIsNoForm(t *testing.T) {
	for name, test := range map[string]struct {
		picture string
		o       Options
		want    string
	}{
		"another table":     {"Mã hồ sơ | Ngày\nH1 | 2", Options{}, "the table of form II.06a is not there: neither a row with the column numbers (1) to (13), nor a header with hồ sơ tiếp nhận, đã giải quyết and đang giải quyết; choose another sheet, or take form out and write a mapping"},
		"no period":         {"Biểu\n" + numbers + rows, Options{}, `the titles name no period, such as "Từ ngày 15/12/2025 đến ngày 14/01/2026", "Tháng 3 năm 2026" or "Quý I năm 2026"; write the last day of the period into file.period_end`},
		"several":           {"Tháng 1/2026, tháng 2/2026\n" + numbers + rows, Options{}, "the titles name several periods: 2026-01, 2026-02; write the last day of the period into file.period_end"},
		"empty":             {written + numbers, Options{}, "the table of form II.06a has no rows"},
		"no sum":            {written + numbers + strings.SplitAfter(rows, "\n")[0], Options{}, `the table of form II.06a has no row "Tổng cộng" or "Tổng số", so that nothing shows whether all its rows are there; add it to the report`},
		"a column less":     {strings.ReplaceAll(written, "Từ kỳ trước", "Khác") + rows, Options{}, "the header of form II.06a lacks column (6), or names it otherwise; number the columns (1) to (13) in a row below the header"},
		"one twice":         {strings.ReplaceAll(written, "Từ kỳ trước", "Trực tuyến") + rows, Options{}, `the header of form II.06a names column (4) twice, in columns 4 and 6 of the file; correct the report, or number its columns (1) to (13) in a row below the header`},
		"a day that is set": {"Biểu\n" + numbers + rows, Options{End: kpi.Date(2026, 1, 14)}, ""},
		"units need no sum": {written + numbers + strings.SplitAfter(rows, "\n")[0], Options{Units: true}, ""},
	} {
		_, err := Read(linesOf(test.picture), test.o)
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, test.want)
		}
	}
}

func TestATongCongTyIsAUnitAndNoSum(t *testing.T) {
	report, err := Read(linesOf(written+numbers+`1 | Cục Hoá chất | 1 | 1 | | | 1 | 1 | | | | |
2 | Tổng công ty Thép | 2 | 2 | | | 2 | 2 | | | | |
3 | Cục Công nghiệp | 4 | 4 | | | 4 | 4 | | | | |
TỔNG CỘNG (toàn Bộ) | | 7 | 7 | | | 7 | 7 | | | | |
`), Options{Units: true})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(told(report)[1:], "\n")
	if strings.Count(got, "(total)") != 1 || !strings.Contains(got, "TỔNG CỘNG (toàn Bộ) (total) 7 7") || !strings.Contains(got, "Cục Công nghiệp 4 4") {
		t.Error(got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written + numbers + rows)
	f.Add(written + rows)
	f.Add("Tháng 3/2026\n" + numbers + "Tổng|||||||||||||")
	f.Fuzz(func(t *testing.T, picture string) {
		report, err := Read(linesOf(picture), Options{CutOff: kpi.CutND09})
		if err != nil {
			return
		}
		for i := range report.Rows {
			row := &report.Rows[i]
			if n := row.Figures; row.Fault == nil && (n.of(3) != n.of(4)+n.of(5)+n.of(6) || n.of(3) != n.of(7)+n.of(11)) {
				t.Errorf("taken, and does not add up: %+v", row)
			}
		}
	})
}

// system is the form as some systems print it: the header's last group is merged, and its columns have other words.
const system = `
(Từ ngày 15/02/2026 đến ngày 14/03/2026)
TT | Đơn vị | Tiếp nhận | | | | Số lượng hồ sơ đã giải quyết | | | | Hồ sơ đang xử lý
 | | Tổng số | Trong kỳ | | Kỳ trước | Tổng số | Trước hạn | Đúng hạn (gồm cả hồ sơ trả lại) | Quá hạn | Tổng số | Đúng hạn | Quá hạn
 | | | Trực tuyến | Trực tiếp, dịch vụ bưu chính
I | Cấp tỉnh | 8 | 6 | 2 | 0 | 7 | 6 | 1 | 0 | 1 | 1 | 0
1 | Phòng Một | 5 | 4 | 1 | 0 | 5 | 5 | 0 | 0 | 0 | 0 | 0
2 | Phòng Hai | 3 | 2 | 1 | 0 | 2 | 1 | 1 | 0 | 1 | 1 | 0
II | Cấp xã | 2 | 2 | 0 | 0 | 2 | 2 | 0 | 0 | 0 | 0 | 0
1 | Xã Ba | 2 | 2 | 0 | 0 | 2 | 2 | 0 | 0 | 0 | 0 | 0
Tổng cộng | | 10 | 8 | 2 | 0 | 9 | 8 | 1 | 0 | 1 | 1 | 0
`

func TestGroupsOfRowsAreSumsAsWell(t *testing.T) {
	for name, test := range map[string]struct {
		picture string
		groups  string
		faults  string
	}{
		"groups":           {system, "Cấp tỉnh, Cấp xã, ", ""},
		"a group is wrong": {strings.Replace(system, "I | Cấp tỉnh | 8 | 6 | 2 | 0 | 7 | 6 | 1", "I | Cấp tỉnh | 8 | 6 | 2 | 0 | 7 | 5 | 2", 1), "Cấp tỉnh, Cấp xã, ", `"Cấp tỉnh": (8) = 5 is not the sum of its rows, 6; (9) = 2 is not the sum of its rows, 1`},
		"numbered I, II all": {strings.NewReplacer("1 | Phòng Một", "I | Phòng Một", "2 | Phòng Hai", "II | Phòng Hai", "1 | Xã", "III | Xã",
			"I | Cấp tỉnh | 8 | 6 | 2 | 0 | 7 | 6 | 1 | 0 | 1 | 1 | 0\n", "", "II | Cấp xã | 2 | 2 | 0 | 0 | 2 | 2 | 0 | 0 | 0 | 0 | 0\n", "").Replace(system), "", ""},
	} {
		report, err := Read(linesOf(test.picture), Options{Units: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		groups, faults := "", ""
		for _, row := range report.Rows {
			if row.Group {
				groups += row.Label + ", "
			}
			if row.Fault != nil {
				faults += row.Fault.Detail
			}
		}
		if groups != test.groups || faults != test.faults {
			t.Errorf("%s: groups %q, faults %q", name, groups, faults)
		}
	}
}

func TestARowThatIsTheSum(t *testing.T) {
	for label, want := range map[string]bool{
		"Tổng cộng": true, "TỔNG SỐ": true, "Tổng số:": true, "Tổng": true, "Cộng": true, "Cộng:": true, "Tong cong": true,
		"Công chứng": false, "Tổng hợp": false, "Công Thương": false, "": false,
	} {
		if listing.Total(label) != want {
			t.Errorf("%q: %v", label, !want)
		}
	}
}
