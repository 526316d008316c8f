package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"

	"kpiagent/internal/kpi"
)

// Files of the ministry's own office.
const (
	totalsName    = "tonghop.csv"
	catalogueName = "danhmuc.csv"
	tableDate     = "02/01/2006"
)

var totalsHeader = []string{"Ngày", "Đơn vị", "Chỉ tiêu", "Số lượng"}

// writeTotals writes the table of what is only reported as numbers.
func (m *Ministry) writeTotals(ctx context.Context, now kpi.Stamp) error {
	units, names := map[string]string{rootID: rootVi}, map[string]string{}
	for _, o := range m.world.offices {
		units[o.id] = o.vi
	}
	for _, measure := range measures {
		names[measure.ID] = measure.Vi
	}
	rows := [][]string{totalsHeader}
	for _, t := range m.world.totals(now, m.state.Grown) {
		rows = append(rows, []string{tableDay(t.day), units[t.unit], names[t.measure], strconv.Itoa(t.n)})
	}
	return writeTable(ctx, m.path(totalsName), rows)
}

var catalogueHeader = []string{"Mã TTHC", "Cơ quan", "Tên thủ tục hành chính", "Lĩnh vực", "Mức độ (NĐ 43/2011)", "Mức độ (NĐ 42/2022)",
	"Thời hạn (ngày làm việc)", "Phí, lệ phí", "Nhóm Một cửa quốc gia", "Hiệu lực từ", "Hết hiệu lực sau"}

// writeCatalogue writes the table of procedures, those included that were in force before.
func (m *Ministry) writeCatalogue(ctx context.Context) error {
	online := map[string]string{"full": "Toàn trình", "partial": "Một phần"}
	rows := [][]string{catalogueHeader}
	for _, o := range m.world.offices {
		for _, p := range o.procedures {
			fee := "Không"
			if p.Fee {
				fee = "Có"
			}
			rows = append(rows, []string{p.Code, o.vi, p.Name, p.Field, strconv.Itoa(p.Level), online[p.Online],
				strconv.FormatFloat(p.Days, 'f', -1, 64), fee, p.Group, tableDay(p.From), tableDay(p.To)})
		}
	}
	return writeTable(ctx, m.path(catalogueName), rows)
}

func tableDay(day kpi.Day) string {
	if day == 0 {
		return ""
	}
	return day.Time().Format(tableDate)
}

func writeTable(ctx context.Context, path string, rows [][]string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file := bytes.NewBufferString(byteOrderMark)
	if err := csv.NewWriter(file).WriteAll(rows); err != nil {
		return fmt.Errorf("table %s: %w", path, err)
	}
	return replace(path, file.Bytes())
}
