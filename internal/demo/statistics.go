package demo

import (
	"bytes"
	"html/template"
	"slices"
	"strconv"
)

var statisticsPage = template.Must(template.New("statistics").Parse(`<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><title>Thống kê phản ánh kiến nghị và hài lòng</title></head>
<body>
<h1>Thống kê hằng tuần · Weekly statistics</h1>
<p>Dữ liệu giả lập · invented data</p>
<table id="thong-ke">
<thead>
<tr><th rowspan="2">Tuần đến ngày<th rowspan="2">Đơn vị<th colspan="3">Phản ánh, kiến nghị<th colspan="2">Khảo sát<th rowspan="2">Tin, bài</tr>
<tr><th>Đã nhận<th>Đã trả lời<th>Đúng hạn<th>Số lượt<th>Hài lòng</tr>
</thead>
<tbody>
{{range .}}{{if .Sum}}<tr class="tong"><td colspan="2">Tổng cộng{{else}}<tr><td>{{.Day}}<td>{{.Unit}}{{end}}{{range .Cells}}<td>{{.}}{{end}}</tr>
{{end}}</tbody>
</table>
</body>
</html>
`))

type statisticsRow struct {
	Day, Unit string
	Sum       bool
	Cells     []string
}

// statistics makes the web page on which the ministry publishes what its units count each week, the last week first.
func (m *Ministry) statistics(list []total) ([]byte, error) {
	columns := []string{asked, answered, answeredInTime, surveyed, surveySatisfied, items}
	table := gather(list, columns...)
	names := m.unitNames()
	var rows []statisticsRow
	sums := map[string]int{}
	slices.Reverse(table.lines)
	for i, at := range table.lines {
		row := statisticsRow{Day: tableDay(at.day), Unit: names[at.unit]}
		for _, measure := range columns {
			row.Cells = append(row.Cells, table.cell(at, measure, "-"))
			sums[measure] += table.n[at][measure]
		}
		rows = append(rows, row)
		if i+1 == len(table.lines) || table.lines[i+1].day != at.day {
			sum := statisticsRow{Sum: true}
			for _, measure := range columns {
				sum.Cells = append(sum.Cells, strconv.Itoa(sums[measure]))
			}
			rows, sums = append(rows, sum), map[string]int{}
		}
	}
	var page bytes.Buffer
	err := statisticsPage.Execute(&page, rows)
	return page.Bytes(), err
}

// unitNames gives the names by which the ministry's office calls the units.
func (m *Ministry) unitNames() map[string]string {
	names := map[string]string{rootID: rootVi}
	for _, o := range m.world.offices {
		names[o.id] = o.vi
	}
	return names
}
