package listing

import (
	"testing"

	"kpiagent/internal/kpi"
)

func TestPeriodsAsPeopleNameThem(t *testing.T) {
	for text, want := range map[string]string{
		"THÁNG 02 NĂM 2026": "2026-02-28",
		"Số liệu tháng 3/2026 (lũy kế từ đầu năm)": "2026-03-31",
		"Quý II năm 2026":                          "2026-06-30",
		"Báo cáo quý II/2026":                      "2026-06-30",
		"6 tháng đầu năm 2026":                     "2026-06-30",
		"Từ ngày 15/02/2026 đến ngày 14/03/2026":   "2026-03-14",
		"bao_cao_2026-03.csv":                      "2026-03-31",
		"Bao cao T3.2026.xlsx":                     "2026-03-31",
		"TK 03-2026.xlsx":                          "2026-03-31",
		"bc_quy2_2026.csv":                         "2026-06-30",
		"Q3-2026":                                  "2026-09-30",
		"2026 Q3":                                  "2026-09-30",
		"Thống kê 13/2026":                         "the period 2026-13, which there is not",
		"Tháng 2 năm 2026 so với tháng 2 năm 2025": "several periods: 2025-02, 2026-02",
		"Quý II":                                   errNoPeriod.Error(),
		"Hà Nội, ngày 16 tháng 3 năm 2026":         errNoPeriod.Error(),
		"So 123/2026/BC-VP":                        errNoPeriod.Error(),
		"Điện thoại 024.3771.2026 máy lẻ 12, fax 024.37711": errNoPeriod.Error(),
	} {
		day, err := ShortPeriodEnd(text, kpi.CutCalendar)
		got := day.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}
