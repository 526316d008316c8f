package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"

	"kpiagent/internal/kpi"
)

// Files of the ministry's own office.
const (
	catalogueName  = "danhmuc.csv"
	officeName     = "vanphong.xlsx"
	statisticsName = "thongke.html"
	gatewayName    = "asw.prom"
	exchangedName  = "co_mau_d.csv"

	tableDate = "02/01/2006"
)

// officeFiles lists those that are made from the totals; the catalogue of procedures never changes by itself.
func (m *Ministry) officeFiles() []officeFile {
	return []officeFile{
		{officeName, false, m.office},
		{statisticsName, false, m.statistics},
		{gatewayName, false, m.gateway},
		{exchangedName, true, m.exchanged},
	}
}

type officeFile struct {
	name string
	once bool // it is made with the ministry, and never again
	make func([]total) ([]byte, error)
}

// publish writes those of the office's files that wanted says, and that are where they belong or are made for the first
// time; the others it names.
func (m *Ministry) publish(ctx context.Context, now kpi.Stamp, first bool, wanted func(name string) bool) (down []string, err error) {
	var list []total
	for _, file := range m.officeFiles() {
		if !wanted(file.name) || file.once && !first {
			continue
		}
		there, err := present(m.path(file.name))
		if err != nil {
			return nil, fmt.Errorf("the office of the sample ministry: %w", err)
		}
		if !there && !first {
			down = append(down, file.name)
			continue
		}
		if list == nil {
			list = m.world.totals(now, m.state.Grown)
		}
		content, err := file.make(list)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("the sample ministry's %s: %w", file.name, err)
		}
		if err := replace(m.path(file.name), content); err != nil {
			return nil, err
		}
		m.written[file.name] = now.Day()
	}
	return down, nil
}

// every wants each file.
func every(string) bool { return true }

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
	file := bytes.NewBufferString(byteOrderMark)
	if err := errors.Join(csv.NewWriter(file).WriteAll(rows), ctx.Err()); err != nil {
		return fmt.Errorf("the sample ministry's %s: %w", catalogueName, err)
	}
	return replace(m.path(catalogueName), file.Bytes())
}

func tableDay(day kpi.Day) string {
	if day == 0 {
		return ""
	}
	return day.Time().Format(tableDate)
}

// byDay gathers the totals of some measures: days and units in their order, and the numbers.
type byDay struct {
	lines []line
	n     map[line]map[string]int
}

// line is one row of a table of totals.
type line struct {
	day  kpi.Day
	unit string
}

func gather(list []total, wanted ...string) byDay {
	found := byDay{n: map[line]map[string]int{}}
	for _, t := range list {
		for _, measure := range wanted {
			if t.measure != measure {
				continue
			}
			at := line{t.day, t.unit}
			if found.n[at] == nil {
				found.n[at] = map[string]int{}
				found.lines = append(found.lines, at)
			}
			found.n[at][measure] = t.n
		}
	}
	return found
}

// cell gives a number as text, or otherwise where nothing was reported.
func (b byDay) cell(at line, measure, otherwise string) string {
	n, known := b.n[at][measure]
	if !known {
		return otherwise
	}
	return strconv.Itoa(n)
}
