package pages_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kpiagent/config"
	"kpiagent/internal/agent"
	"kpiagent/internal/model"
	"kpiagent/internal/outbound"
	"kpiagent/internal/web"
	"kpiagent/internal/web/pages"
)

// now is when the pages of these tests are looked at: a Friday afternoon in Hanoi.
var now = time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)

// configuration is that of a small ministry: a unit that does well, one that slips, one that brings nothing any more and
// one whose system cannot be read.
const configuration = `
units:
  - {id: bo, name: {vi: Bộ Thử nghiệm, en: Ministry of Tests}}
  - {id: hoachat, parent: bo, name: {vi: Cục Hoá chất, en: Chemicals Agency}}
  - {id: dienluc, parent: bo, name: {vi: Cục Điện lực, en: Electricity Authority}}
  - {id: thitruong, parent: bo, name: {vi: Cục Thị trường, en: Market Agency}}
  - {id: xuctien, parent: bo, name: {vi: Cục Xúc tiến, en: Promotion Agency}}
procedures:
  - {unit: hoachat, code: HC-01, name: Khai báo hoá chất, field: Hoá chất, level: 4, online: full, statutory_days: 5}
  - {unit: dienluc, code: DL-01, name: Cấp giấy phép hoạt động điện lực, field: Điện lực, level: 3, online: partial, statutory_days: 5}
  - {unit: dienluc, code: DL-02, name: "Cấp thẻ <an toàn> điện", field: An toàn điện, level: 2, statutory_days: 1, working_days: false}
  - {unit: thitruong, code: TT-01, name: Cấp phép, field: Thị trường}
  - {unit: xuctien, code: XT-01, name: Đăng ký khuyến mại, field: Xúc tiến thương mại, online: full}
measures:
  - {id: single_window_groups, kind: level, name: {vi: Nhóm kết nối, en: Groups connected}}
  - {id: co_form_d_sent, kind: flow, name: {vi: C/O đã gửi, en: C/O sent}}
  - {id: co_form_d_received, kind: flow, name: {vi: C/O đã nhận, en: C/O received}}
targets:
  - {kpi: on_time_share, year: 2026, value: 0.95, margin: 0.01, legal_basis: Quyết định 12/QĐ-B}
  - {kpi: online_filing_share, year: 2026, value: 0.6, margin: 0.1}
  - {kpi: overdue_open, year: 2026, value: 10}
  - {kpi: handling_time_mean, year: 2026, value: 5, margin: 1}
  - {kpi: digital_result_share, year: 2026, value: 0.85}
  - {kpi: service_full_share, year: 2026, value: 0.3}
  - {kpi: certificates_exchanged, unit: bo, year: 2026, value: 3000}
sources:
` + report + `hoachat, file: {path: hoachat.csv}}
` + report + `dienluc, file: {path: dienluc.csv}}
` + report + `thitruong, file: {path: thitruong.csv}}
` + report + `xuctien, file: {path: xuctien.csv}}
  - unit: bo
    id: tonghop
    kind: file
    record: observation
    file: {path: tonghop.csv}
    mapping: {measure: {column: so_lieu}, day: {column: ngay}, value: {column: gia_tri}}
`

// report is a source without its unit and its file.
const report = `  - {id: baocao, kind: file, mapping: {id: {column: id}, procedure: {column: tt},
      channel: {column: kenh, values: [{from: web, to: online}, {from: quay, to: counter}]},
      received: {column: nhan}, due: {column: hen}, finished: {column: xong}, outcome: {constant: settled}}, unit: `

// site is that ministry with an agent that has read it.
type site struct {
	t       testing.TB
	folder  string
	agent   *agent.Agent
	handler http.Handler
}

// newSite makes the ministry; more is added to its configuration.
func newSite(t testing.TB, more string) *site {
	t.Helper()
	s := &site{t: t, folder: t.TempDir()}
	t.Cleanup(func() { s.agent.Close() })
	s.write("hoachat.csv", dossiers("HC", []string{"HC-01"}, day(2025, 1, 1), day(2026, 3, 19), 4, 0))
	s.write("dienluc.csv", dossiers("DL", []string{"DL-01", "DL-01", "DL-02"}, day(2025, 1, 1), day(2026, 3, 19), 3, 3)+
		"DL-bad-1,DL-01,fax,2026-03-02,2026-03-09,,\nDL-bad-2,DL-99,web,2026-03-02,2026-03-09,,<b>Nguyễn Văn A</b>\n")
	s.write("thitruong.csv", dossiers("TT", []string{"TT-01"}, day(2025, 1, 1), day(2026, 2, 27), 2, 0))
	s.write("tonghop.csv", "so_lieu,ngay,gia_tri\nsingle_window_groups,2025-01-15,16\nco_form_d_sent,2026-01-31,400\nco_form_d_received,2026-01-31,350\nco_form_d_sent,2026-02-28,380\n")
	s.startWith(more + configuration)
	if _, err := s.agent.Collect(t.Context(), agent.CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// startWith starts the agent with a configuration. What it has read before it knows.
func (s *site) startWith(configuration string) {
	s.t.Helper()
	if s.agent != nil {
		if err := s.agent.Close(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.write("kpiagent.yml", configuration)
	c, err := config.Load(s.t.Context(), config.Options{File: filepath.Join(s.folder, "kpiagent.yml")})
	if err != nil {
		s.t.Fatal(err)
	}
	inForce, err := model.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	clock := func() time.Time { return now }
	around := agent.Options{Env: outbound.Env{Now: clock, LookupEnv: os.LookupEnv, ReadFile: os.ReadFile}, Log: log}
	if s.agent, err = agent.New(s.t.Context(), inForce, around); err != nil {
		s.t.Fatal(err)
	}
	p, err := pages.New(pages.Options{Agent: s.agent, Ledger: s.agent.Ledger, Version: "1.0", Now: clock, Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
	s.handler = web.NewHandler(web.Options{Pages: p, Metrics: s.agent.Page, Ready: func() error { return nil }, Config: inForce.Config.Redacted})
}

func (s *site) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// get asks for a page.
func (s *site) get(path string) *httptest.ResponseRecorder {
	s.t.Helper()
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
	return recorder
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// dossiers writes a report: on each day from Monday to Friday so many dossiers, every second one filed online, due after a
// week. They end in time, but in 2026 each late-th only two weeks later.
func dossiers(prefix string, procedures []string, from, to time.Time, perDay, late int) string {
	var report strings.Builder
	report.WriteString("id,tt,kenh,nhan,hen,xong,ghi_chu\n")
	n := 0
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			continue
		}
		for range perDay {
			n++
			took := 4
			if late > 0 && d.Year() == 2026 && n%late == 0 {
				took = 14
			}
			end := d.AddDate(0, 0, took)
			finished := end.Format(time.DateOnly)
			if !end.Before(day(2026, 3, 20)) {
				finished = ""
			}
			channel := []string{"web", "web", "quay"}[n%3]
			fmt.Fprintf(&report, "%s-%05d,%s,%s,%s,%s,%s,\n", prefix, n, procedures[n%len(procedures)], channel, d.Format(time.DateOnly), d.AddDate(0, 0, 7).Format(time.DateOnly), finished)
		}
	}
	return report.String()
}
