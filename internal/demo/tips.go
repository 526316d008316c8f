package demo

import "fmt"

// Tips says what to open and what to try, a line each: first in Vietnamese, then in English. kpiagent is how the command is
// called here.
func (m *Ministry) Tips(kpiagent string) []string {
	report, portal := m.path("hoachat.csv"), m.path("tmdt.jsonl")
	silent := m.path("trongnuoc.jsonl")
	move := func(from, to string) string { return fmt.Sprintf("mv %s %s", from, to) }
	why := kpiagent + " tally --config " + m.Config + " --unit dienluc --by field"
	behind := kpiagent + " dossiers --config " + m.Config + " --unit dienluc --state overdue"
	return []string{
		"Dữ liệu hoàn toàn giả lập. Thư mục: " + m.Dir,
		fmt.Sprintf("Hệ thống của các đơn vị: http://%s/ và các tệp trong thư mục; cấu hình: %s", m.Address, m.Config),
		"Đơn vị nào trễ hạn, vì sao:  " + why,
		"Hai năm qua, để xem và in:   trang /board",
		"Hồ sơ đứng sau con số:       " + behind,
		"Làm hỏng một báo cáo:        " + move(report, report+away) + "   (egov_source_up của hoachat về 0, số liệu giữ nguyên)",
		"Làm cổng DVC trả lời 503:    " + move(portal, portal+away),
		"Khôi phục:                   chuyển tệp về tên cũ, egov_source_up trở lại 1",
		"Đơn vị trongnuoc đã ngừng báo cáo; cho chạy lại: " + move(silent+away, silent),
		"",
		"All data are invented. Folder: " + m.Dir,
		fmt.Sprintf("The units' systems: http://%s/ and the files of the folder; configuration: %s", m.Address, m.Config),
		"Which unit slips, and why:   " + why,
		"Two years, to see and print: the page /board",
		"The dossiers behind it:      " + behind,
		"Break a report:              " + move(report, report+away) + "   (egov_source_up of hoachat falls to 0, the figures stay)",
		"Let the portal answer 503:   " + move(portal, portal+away),
		"Mend it:                     give the file its name back, egov_source_up is 1 again",
		"Unit trongnuoc has stopped reporting; let it go on: " + move(silent+away, silent),
	}
}
