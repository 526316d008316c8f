package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"

	"kpiagent/internal/kpi"
)

// totals is a CSV file of what units only report as numbers.
type totals struct {
	path string
	rows [][]string // day, unit, measure, number; without the header
}

var totalsHeader = []string{"Ngày", "Đơn vị", "Chỉ tiêu", "Số lượng"}

// Names of the file, which the configuration maps to measures.
const (
	sentName     = "C/O mẫu D đã gửi"
	receivedName = "C/O mẫu D đã nhận"
	answeredName = "Phản ánh, kiến nghị đã trả lời"
	inTimeName   = "Phản ánh, kiến nghị trả lời đúng hạn"
	groupsName   = "Nhóm thủ tục kết nối Một cửa quốc gia"
)

const totalsDate = "02/01/2006"

func (t *totals) present() (bool, error) { return present(t.path) }

// extend adds the rows of the days from..to; of the last one only the part up to a moment of it.
func (t *totals) extend(w *world, from, to kpi.Day, now kpi.Stamp) {
	for day := from; day <= to; day++ {
		if groups, ok := groupsFrom(day - w.built + historyFor); ok {
			t.add(day, rootVi, groupsName, groups)
		}
		if !w.calendar.IsWorkday(day) {
			continue
		}
		part := 1.0
		if day == now.Day() {
			part = float64(w.calendar.WorkSeconds(day.Stamp(), now)) / workday
		}
		r := chance(w.seed, "totals", day.String())
		season := w.expected(&offices[0], day) / offices[0].perDay * part
		t.add(day, offices[0].vi, sentName, int(season*(620+50*r.NormFloat64())))
		t.add(day, offices[0].vi, receivedName, int(season*(350+35*r.NormFloat64())))
		if w.lastOfWeek(day) && day < now.Day() {
			for i := range offices {
				answered := 2 + poisson(r, 7)
				late := 0
				for range answered {
					if r.Float64() < offices[i].late {
						late++
					}
				}
				t.add(day, offices[i].vi, answeredName, answered)
				t.add(day, offices[i].vi, inTimeName, answered-late)
			}
		}
	}
}

// groupsFrom gives the groups on the single window where their number changes, by days since the history began.
func groupsFrom(since kpi.Day) (int, bool) {
	switch since {
	case 0:
		return 13, true
	case 120:
		return 14, true
	case 310:
		return 15, true
	case 540:
		return 16, true
	}
	return 0, false
}

// lastOfWeek says whether no working day follows before Monday.
func (w *world) lastOfWeek(day kpi.Day) bool {
	for d := day + 1; d.Weekday() != 1; d++ {
		if w.calendar.IsWorkday(d) {
			return false
		}
	}
	return true
}

func (t *totals) add(day kpi.Day, unit, measure string, n int) {
	t.rows = append(t.rows, []string{day.Time().Format(totalsDate), unit, measure, strconv.Itoa(n)})
}

// grow adds to the number of a day, which stands among the last rows if it is there.
func (t *totals) grow(day kpi.Day, unit, measure string, n int) {
	text := day.Time().Format(totalsDate)
	for i := len(t.rows) - 1; i >= 0 && i >= len(t.rows)-20; i-- {
		row := t.rows[i]
		if row[0] == text && row[1] == unit && row[2] == measure {
			if old, err := strconv.Atoi(row[3]); err == nil {
				row[3] = strconv.Itoa(old + n)
				return
			}
		}
	}
	t.add(day, unit, measure, n)
}

func (t *totals) save(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var file bytes.Buffer
	if err := csv.NewWriter(&file).WriteAll(append([][]string{totalsHeader}, t.rows...)); err != nil {
		return fmt.Errorf("totals %s: %w", t.path, err)
	}
	return replace(t.path, file.Bytes())
}

func (t *totals) load() error {
	file, err := os.ReadFile(t.path)
	if err != nil {
		return fmt.Errorf("reading the sample totals back: %w", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(rows) == 0 {
		return fmt.Errorf("the sample totals %s cannot be read back; remove the folder to begin anew: %w", t.path, err)
	}
	t.rows = rows[1:]
	return nil
}
