package demo

import (
	"fmt"
	"path/filepath"
)

// Tips says what to open and what to try, a line each: first in Vietnamese, then in English.
func (m *Ministry) Tips() []string {
	path := func(name string) string { return filepath.Join(m.Dir, name) }
	report, away, config := path("hoachat.csv"), path("hoachat.csv.cat"), m.Config
	return []string{
		"Dữ liệu mẫu, hoàn toàn giả lập. Thư mục: " + m.Dir,
		fmt.Sprintf("Làm hỏng một nguồn: mv %s %s; egov_source_up của hoachat về 0, số liệu vẫn giữ nguyên.", report, away),
		fmt.Sprintf("Khôi phục:          mv %s %s; egov_source_up trở lại 1.", away, report),
		fmt.Sprintf("Vì sao con số như vậy: kpiagent dossiers --config %s --unit dienluc --state overdue", config),
		"Sample data, all invented. Folder: " + m.Dir,
		fmt.Sprintf("Break a source: mv %s %s; egov_source_up of hoachat falls to 0, the figures stay.", report, away),
		fmt.Sprintf("Mend it:        mv %s %s; egov_source_up is 1 again.", away, report),
		fmt.Sprintf("Why a figure is what it is: kpiagent dossiers --config %s --unit dienluc --state overdue", config),
		fmt.Sprintf("A unit's database: sqlite3 %s \"select trang_thai, count(*) from ho_so group by 1\"", path("motcua.db")),
	}
}
