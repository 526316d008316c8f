package demo

import (
	"bytes"
	"strconv"

	"github.com/xuri/excelize/v2"
)

const monthlySheet = "Số liệu tháng"

// monthlyColumns are the columns of the office's workbook behind the day, by measure.
var monthlyColumns = []struct{ Column, Measure string }{
	{"Nhóm Một cửa quốc gia", groups}, {"Lượt người tập huấn", trained}, {"TTHC cắt giảm", cut}, {"TTHC phân cấp", decentralised},
	{"ISO phát hiện", isoFindings}, {"ISO đã khắc phục", isoClosed}, {"Nhiệm vụ đến hạn", planTasksDue}, {"Nhiệm vụ hoàn thành", planTasks},
}

// office makes the workbook in which the ministry's office sums each month up: a row a month, a column a number.
func (m *Ministry) office(list []total) (_ []byte, err error) {
	var wanted []string
	header := []any{"Đến ngày"}
	for _, c := range monthlyColumns {
		wanted, header = append(wanted, c.Measure), append(header, c.Column)
	}
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", monthlySheet); err != nil {
		return nil, err
	}
	format := "dd/mm/yyyy"
	dates, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return nil, err
	}
	out, err := book.NewStreamWriter(monthlySheet)
	if err != nil {
		return nil, err
	}
	table := gather(list, wanted...)
	rows := [][]any{{"Văn phòng Bộ: số liệu tháng (dữ liệu giả lập)"}, header}
	for _, at := range table.lines {
		row := []any{excelize.Cell{StyleID: dates, Value: at.day.Time()}}
		for _, measure := range wanted {
			if n, known := table.n[at][measure]; known {
				row = append(row, n)
			} else {
				row = append(row, nil)
			}
		}
		rows = append(rows, row)
	}
	for i, row := range rows {
		if err := out.SetRow("A"+strconv.Itoa(i+1), row); err != nil {
			return nil, err
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = book.Write(&file)
	return file.Bytes(), err
}
