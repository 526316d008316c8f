package pages_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// The figures of a unit: of the month and of the year, each with its status.
func TestFiguresOfUnits(t *testing.T) {
	s := newSite(t, "")
	const none, noneEN = "chưa có số liệu", "no figure"
	for _, test := range []struct{ page, language, kpi, month, year string }{
		{"board", "vi", "on_time_share", "85,7 % ✕✕ không còn kịp", "90,2 % ✕ chưa đạt thiếu 23 hồ sơ"},
		{"board", "en", "overdue_open", "5 ✓ met", ""}, // a state has no sum over the year
		{"board", "vi", "on_time_share_with_overdue", "81,6 % chưa đặt chỉ tiêu", ""},
		{"board-unit", "en", "handling_time_mean", "5 working days ! at risk", "4.5 working days ! at risk"},
		{"board-silent", "vi", "on_time_share", "100 % ✓ đạt", "100 % ✓ đạt"},
		{"board-silent", "en", "digital_result_share", noneEN, noneEN},
		{"board-nothing", "vi", "service_partial_share", "0 % chưa đặt chỉ tiêu", ""},
	} {
		p := s.open(shown[test.page], test.language)
		month, year := p.month(test.kpi), p.year(test.kpi)
		month, year = strings.TrimSuffix(month, " – "+none), strings.TrimSuffix(year, " – "+none)
		if month != test.month || year != test.year {
			t.Errorf("%s of %s: %q and %q, want %q and %q", test.kpi, p.path, month, year, test.month, test.year)
		}
	}
	for _, test := range []struct{ page, language, kpi, want string }{
		{"overview", "vi", "on_time_share", "90,2 % ✕ chưa đạt | cần ≥ 95 %, kém 4,9 điểm | T3 85,7 % ▼ 3,2 điểm kém đi14 hồ sơ chưa đạt, bớt 6"},
		{"overview", "en", "handling_time_mean", "3.2 working days ✓ met | target ≤ 5 working days, 1.7 days better | Mar 3.7 working days ▲ 0.8 days worse"},
		{"overview-month", "en", "on_time_share", "85.7% ✕✕ out of reach | target ≥ 95%, 9.3 points short | Mar 85.7% ▼ 3.2 points worse14 dossiers falling short, 6 fewer"},
		{"ministry", "vi", "online_filing_share", "Nộp trực tuyến | 66,6 % ! có nguy cơ | ≥ 60 % | T3 66,3 % ▼ 0,3 điểm kém đi"},
		{"ministry", "vi", "service_full_share", "Toàn trình | 40 % ✓ đạt | ≥ 30 % | T3 40 %"},
		{"unit", "en", "on_time_share", "On time missed for 2 months in a row, since Jan | 71.1% ✕✕ out of reach39 dossiers short | ≥ 95% | Mar 65% ▼ 1.7 points worse"},
		{"unit-nd09", "vi", "overdue_open", "Đang quá hạn | 5 ✓ đạt | ≤ 10 | T3 5 = không đổi"},
		{"unit-nd09", "en", "service_full_share", "Fully online | service levels of past periods are not kept – no data | ≥ 30% | Mar 0%"},
		{"unit-silent", "en", "handling_time_mean", "Mean time | 1.7 working days ✓ met | ≤ 5 working days | Mar 2.3 working days ▲ 0.1 days worse"},
		{"unit-nothing", "en", "service_full_share", "Fully online | 100% ✓ met | ≥ 30% | Mar 100%"},
	} {
		p := s.open(shown[test.page], test.language)
		if got := p.target(test.kpi); got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.kpi, p.path, got, test.want)
		}
	}
}

// The league holds the figures of the period that was asked for, and units by how many targets they miss.
func TestLeagueOfUnits(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ page, language, unit, kpi, want string }{
		{"overview-month", "vi", "dienluc", "on_time_share", "✕✕65 không còn kịp"},
		{"overview-month", "en", "thitruong", "online_filing_share", "– no data"},
		{"overview", "vi", "dienluc", "on_time_share", "✕✕71,1 không còn kịp"},
		{"overview", "en", "thitruong", "online_filing_share", "!66.7 at risk"},
		{"overview", "vi", "hoachat", "online_filing_share", "!66,5 có nguy cơ"},
		{"overview", "en", "hoachat", "overdue_open", "0"},
	} {
		p := s.open(shown[test.page], test.language)
		if got := p.cell(test.unit, test.kpi); got != test.want {
			t.Errorf("%s of %s on %s: %q, want %q", test.kpi, test.unit, p.path, got, test.want)
		}
	}
	if got := s.open(shown["overview"], "vi").texts("table.mx tbody th[scope=row]"); len(got) != 4 || got[0] != "Cục Điện lực" {
		t.Errorf("the units are %q", got)
	}
	captions := s.open(shown["overview"], "vi").texts("table.mx caption")
	if diff := cmp.Diff([]string{"Các đơn vị, năm 2026, đến 20/03"}, captions); diff != "" {
		t.Error(diff)
	}
}

// How targets do, and how units report, stands above all else on each page.
func TestHeads(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct {
		page, language         string
		title, counts, reports string
	}{
		{"overview", "vi", "Năm 2026: 4/7 chỉ tiêu đang đạt; 1 chưa đạt; 1 cần chú ý; 1 chưa có số liệu.",
			"✓ 3 đạt, › 1 đúng tiến độ, ! 1 có nguy cơ, ✕ 1 chưa đạt, – 1 chưa có số liệu",
			"◷ 2/4 đơn vị có số liệu mới. Thiếu: Cục Thị trường: không có hồ sơ mới từ 27/02/2026 (khoảng 18 % số hồ sơ); Cục Xúc tiến: chưa bao giờ đọc được hệ thống. Số liệu của các đơn vị này dừng ở đó, số chung cũng vậy."},
		{"ministry", "en", "Ministry of Tests. Q1 2026: 3/6 targets on track; 1 out of reach; 1 needs attention; 1 without data.",
			"✓ 3 met, ! 1 at risk, ✕✕ 1 out of reach, – 1 without data",
			"◷ 2 of 4 units have new figures. Missing: Market Agency: no new dossiers since 27 Feb 2026 (some 18% of dossiers); Promotion Agency: its system was never read. The figures of these units stop there, and so do the sums."},
		{"unit-nd09", "vi", "Cục Điện lực. Tháng 3/2026: 2/6 chỉ tiêu đang đạt; 1 chưa đạt; 1 cần chú ý; 2 chưa có số liệu.",
			"✓ 2 đạt, ! 1 có nguy cơ, ✕ 1 chưa đạt, – 2 chưa có số liệu",
			""},
		{"unit-silent", "vi", "Cục Thị trường. 15/02/2026 – 14/03/2026: 3/6 chỉ tiêu đang đạt; 1 cần chú ý; 2 chưa có số liệu.",
			"✓ 3 đạt, ! 1 có nguy cơ, – 2 chưa có số liệu",
			"◷ Cục Thị trường: không có hồ sơ mới từ 27/02/2026."},
		{"unit-silent", "en", "Market Agency. 15 Feb 2026 – 14 Mar 2026: 3/6 targets on track; 1 needs attention; 2 without data.",
			"✓ 3 met, ! 1 at risk, – 2 without data",
			"◷ Market Agency: no new dossiers since 27 Feb 2026."},
		{"unit-nothing", "vi", "Cục Xúc tiến. Năm 2026: 1/1 chỉ tiêu đang đạt.",
			"✓ 1 đạt",
			"◷ Cục Xúc tiến: chưa bao giờ đọc được hệ thống. Xem vì sao"},
	} {
		p := s.open(shown[test.page], test.language)
		title, counts, reports := strings.Join(p.texts("h1"), ""), strings.Join(p.texts("ul.cnt li"), ", "), strings.Join(p.texts("p.ban"), "; ")
		if title != test.title || counts != test.counts || reports != test.reports {
			t.Errorf("%s:\n%q, %q, %q, want\n%q, %q, %q", p.path, title, counts, reports, test.title, test.counts, test.reports)
		}
	}
	for _, test := range []struct {
		page, language string
		age            string
		standing       string
		notice         string
	}{
		{"board", "en", "Incomplete: 2 of 4 units do not report",
			"✓ 3 met, ! 1 at risk, ✕✕ 1 out of reach, – 2 without data",
			""},
		{"board-silent", "vi", "Không có hồ sơ mới từ 27/02/2026",
			"✓ 3 đạt, ! 1 có nguy cơ, – 2 chưa có số liệu",
			"Cục Thị trường: không có hồ sơ mới nào từ sau ngày 27/02/2026, dù hệ thống vẫn đọc được."},
		{"board-nothing", "en", "A source has never been read",
			"✓ 1 met, – 5 without data",
			"Promotion Agency: its system was never read (xuctien/baocao). See why"},
	} {
		p := s.open(shown[test.page], test.language)
		age := strings.TrimPrefix(strings.Join(p.texts(".title .age"), ""), "◷ ")
		notice := strings.TrimPrefix(strings.Join(p.texts("p.notice"), ""), "◷ ")
		if standing := strings.Join(p.texts(".title ul.standing li"), ", "); age != test.age || standing != test.standing || notice != test.notice {
			t.Errorf("%s:\n%q, %q, %q, want\n%q, %q, %q", p.path, age, standing, notice, test.age, test.standing, test.notice)
		}
	}
	for page, links := range map[string]string{"unit-nothing": "p.ban a", "board-nothing": "p.notice a"} {
		if got := s.open(shown[page], "vi").links(links)["Xem vì sao"]; got != "/sources/xuctien/baocao" {
			t.Errorf("%s says why at %q", page, got)
		}
	}
}

// The lines of form II.06a, with what is checked about them.
func TestForm(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ page, by, line, want string }{
		{"ministry", "unit", "Cục Điện lực", "177 | 112 | 56 | 9 | 159 | 113 | 0 | 46 | 0 | 0 | 18 | 13 | 5"},
		{"ministry", "unit", "Cục Xúc tiến", "0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0"},
		{"ministry", "unit", "Tổng cộng", "503 | 317 | 159 | 27 | 469 | 423 | 0 | 46 | 0 | 0 | 34 | 29 | 5"},
		{"ministry", "field", "An toàn điện", "59 | 0 | 56 | 3 | 55 | 55 | 0 | 0 | 0 | 0 | 4 | 4 | 0"},
		{"ministry", "procedure", "Khai báo hoá chất HC-01", "236 | 149 | 75 | 12 | 220 | 220 | 0 | 0 | 0 | 0 | 16 | 16 | 0"},
		{"unit-nd09", "field", "Điện lực", "53 | 40 | 0 | 13 | 40 | 20 | 0 | 20 | 0 | 0 | 13 | 8 | 5"},
		{"unit-nd09", "procedure", "Tổng cộng", "76 | 40 | 20 | 16 | 60 | 40 | 0 | 20 | 0 | 0 | 16 | 11 | 5"},
		{"unit-silent", "procedure", "Cấp phép TT-01", "26 | 13 | 7 | 6 | 26 | 26 | 0 | 0 | 0 | 0 | 0 | 0 | 0"},
	} {
		p := s.open(shown[test.page], "vi")
		if got := p.row("form-"+test.by, test.line); got != test.want {
			t.Errorf("%s of %s by %s:\n%s, want\n%s", test.line, p.path, test.by, got, test.want)
		}
	}
	for page, want := range map[string][]string{
		"ministry":     {"4 lĩnh vực cộng lại bằng dòng tổng", "4 thủ tục cộng lại bằng dòng tổng"},
		"unit-nd09":    {"2 lĩnh vực cộng lại bằng dòng tổng", "2 thủ tục cộng lại bằng dòng tổng"},
		"unit-nothing": {"0 lĩnh vực cộng lại bằng dòng tổng", "0 thủ tục cộng lại bằng dòng tổng"},
	} {
		p := s.open(shown[page], "vi")
		checks := p.texts("ul.checks li")
		for _, check := range checks {
			if !strings.HasPrefix(check, "✓ ") || !strings.HasSuffix(check, ": đúng") {
				t.Errorf("%s: the form does not hold: %s", page, check)
			}
		}
		for _, text := range want {
			if !slices.Contains(checks, "✓ "+text+": đúng") {
				t.Errorf("%s does not check that %s: %q", page, text, checks)
			}
		}
	}
	if empty := s.open(shown["unit-nothing"], "en").texts("#form-field ~ p.nothing, #form-procedure ~ p.nothing"); !slices.Equal(empty,
		[]string{"There are no dossiers in this period.", "There are no dossiers in this period."}) {
		t.Errorf("without dossiers the forms say %q", empty)
	}
	want := "/units/dienluc/form.csv?by=field&cut=nd09&period=2026-03"
	if got := s.open(shown["unit-nd09"], "vi").Find(`[aria-labelledby="form-field"] a.button`).AttrOr("href", ""); got != want {
		t.Errorf("the file of the form is at %q, want %q", got, want)
	}
}

// The procedures of a unit, and what it reports as totals.
func TestProceduresAndTotals(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ page, language, section, line, want string }{
		{"ministry", "vi", "procedures", "Cấp giấy phép hoạt động điện lực DL-01", "112 | 104 | 55,8 % | 46 | 5 | 4 ngày làm việc | 5 ngày làm việc | 3 | một phần"},
		{"ministry", "en", "procedures", "Cấp thẻ <an toàn> điện DL-02", "56 | 55 | 100% | 0 | 0 | 3 working days | 1 day | 2 |"},
		{"unit-nd09", "vi", "procedures", "Cấp thẻ <an toàn> điện DL-02", "20 | 20 | 100 % | 0 | 0 | 2 ngày làm việc | 1 ngày | 2 |"},
		{"unit-nothing", "en", "procedures", "Đăng ký khuyến mại XT-01", "0 | 0 | no figure | 0 | 0 | no figure | | | full"},
		{"ministry", "vi", "observed", "Nhóm kết nối", "16 | tại cuối kỳ"},
		{"ministry", "en", "observed", "C/O sent", "780 | sum of the period"},
		{"board-nothing", "vi", "procedures", "Đăng ký khuyến mại XT-01", "0 | 0 | chưa có số liệu | 0 | chưa có số liệu"},
	} {
		p := s.open(shown[test.page], test.language)
		if got := squeeze(p.row(test.section, test.line)); got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.line, p.path, got, test.want)
		}
	}
}

// The page of a figure says what it is made of, what it is held against, and how the units below do.
func TestFigureExplained(t *testing.T) {
	s := newSite(t, "")
	p := s.open(shown["kpi-procedure"], "vi")
	if diff := cmp.Diff(map[string]string{
		"Tử số: hồ sơ kết thúc (trước hạn, đúng hạn; đã giải quyết, từ chối)":           "20",
		"Mẫu số: hồ sơ kết thúc (trước hạn, đúng hạn, quá hạn; đã giải quyết, từ chối)": "40",
		"Căn cứ":              "Biểu II.06a/VPCP/KSTT, Thông tư 01/2020/TT-VPCP",
		"Chỉ tiêu":            "≥ 95 %",
		"Căn cứ của chỉ tiêu": "Quyết định 12/QĐ-B",
		"Khi mẫu số bằng 0":   "không có số liệu",
		"Có nguy cơ khi chỉ hơn chỉ tiêu chưa tới": "1 điểm phần trăm",
	}, p.facts()); diff != "" {
		t.Errorf("%s: -want +got:\n%s", p.path, diff)
	}
	if got := strings.Join(p.texts("p.now"), ""); got != "50 % ✕ chưa đạt thiếu 18 hồ sơ" {
		t.Errorf("%s shows %q", p.path, got)
	}
	p = s.open(shown["kpi-observed"], "en")
	if diff := cmp.Diff(map[string]string{"Numerator: C/O sent + C/O received": "no figure", "Legal basis": "the catalogue states none",
		"Target": "≥ 3,000 for the whole year"}, p.facts()); diff != "" {
		t.Errorf("%s: -want +got:\n%s", p.path, diff)
	}
	for unit, want := range map[string]string{"Chemicals Agency": "no figure | | – no data", "Market Agency": "no figure | | – no data ◷ old data"} {
		if got := squeeze(p.row("byunit", unit)); got != want {
			t.Errorf("%s on %s: %q, want %q", unit, p.path, got, want)
		}
	}
	if n := p.Find(`table[aria-label="Sources"] tbody tr`).Length(); n != 5 {
		t.Errorf("%s names %d sources, want 5", p.path, n)
	}
}

// Each page leads to the periods before and after, to the units above, and to the other view of itself.
func TestWaysOn(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ page, links, text, want string }{
		{"ministry", "p.around a", "← Kỳ trước: quý IV/2025", "/units/bo?period=2025-Q4"},
		{"unit-nd09", "p.around a", "Kỳ sau: tháng 4/2026 →", "/units/dienluc?cut=nd09&period=2026-04"},
		{"unit-silent", "p.around a", "← Kỳ trước: 18/01/2026 – 14/02/2026", "/units/thitruong?period=2026-01-18..2026-02-14"},
		{"unit-silent", "p.path a", "Bộ Thử nghiệm", "/units/bo"},
		{"kpi-procedure", "p.around a", "Kỳ sau: tháng 3/2026 →", "/kpis/on_time_share?period=2026-03&procedure=DL-01&unit=dienluc"},
		{"kpi-procedure", "p.path a", "Cấp giấy phép hoạt động điện lực", "/board?period=2026-02&procedure=DL-01&unit=dienluc"},
		{"kpi-observed", "p.around a", "← Kỳ trước: tháng 2/2026", "/kpis/certificates_exchanged?period=2026-02&unit=bo"},
		{"board", "p.switch a", "Theo tuần", "/board?by=week&unit=bo"},
		{"board-unit", "p.switch a", "Theo tháng", "/board?unit=dienluc"},
		{"board-unit", "p.path a", "Bộ Thử nghiệm", "/board?by=week&unit=bo"},
		{"board-silent", "p.around a", "← Kỳ trước: tháng 2/2026", "/board?period=2026-02&unit=thitruong"},
		{"board-nothing", "#procedures ~ * a", "Đăng ký khuyến mại", "/board?procedure=XT-01&unit=xuctien"},
		{"board", "ul.children a", "Cục Điện lực", "/board?unit=dienluc"},
		{"ministry", "ul.children a", "Cục Điện lực", "/units/dienluc"},
		{"overview", "a", "Bản cho màn hình lớn (tự làm mới mỗi phút)", "/wall"},
	} {
		if got := s.open(shown[test.page], "vi").links(test.links)[test.text]; got != test.want {
			t.Errorf("%s on %s leads to %q, want %q", test.text, test.page, got, test.want)
		}
	}
	if before := s.open(shown["unit"], "vi").texts("p.around"); len(before) != 1 || strings.Contains(before[0], "→") {
		t.Errorf("a running period is followed by another: %q", before)
	}
}

// The pictures of the board say in words what they show, draw a bar for each month that has a figure, and the target where there
// is one.
func TestPicturesOfTheBoard(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ page, language, kpi, past, year string }{
		{"board", "vi", "on_time_share",
			"Gần nhất: 85,7 % (tháng 3/2026). Cao nhất: 100 % (tháng 1/2025). Thấp nhất: 85,7 % (tháng 3/2026). 9 kỳ không có số liệu.",
			"Luỹ kế năm 2026: 90,2 %. Luỹ kế năm 2025: 100 %. Chỉ tiêu: ≥ 95 %. Dự kiến hết năm 2026: 90,9 % (từ 88,5 % đến 93,2 %)."},
		{"board-unit", "en", "on_time_share",
			"Latest: 50% (16 Mar 2026 – 20 Mar 2026). Highest: 100% (6 Oct 2025 – 12 Oct 2025). Lowest: 50% (16 Mar 2026 – 20 Mar 2026).",
			"2026 to date: 71.1%. 2025 to date: 100%. Target: ≥ 95%. Expected of 2026 as a whole: 73% (66.9% to 79.2%)."},
		{"board-silent", "vi", "handling_time_mean",
			"Gần nhất: 2,3 ngày làm việc (tháng 3/2026). Cao nhất: 3,1 ngày làm việc (tháng 8/2025). Thấp nhất: 2,3 ngày làm việc (tháng 2/2026). 9 kỳ không có số liệu.",
			"Luỹ kế năm 2026: 2,6 ngày làm việc. Luỹ kế năm 2025: 2,9 ngày làm việc. Chỉ tiêu: ≤ 5 ngày làm việc."},
	} {
		card := s.open(shown[test.page], test.language).card(test.kpi)
		var said []string
		card.Find("svg[role=img] desc").Each(func(_ int, desc *goquery.Selection) { said = append(said, squeeze(desc.Text())) })
		if diff := cmp.Diff([]string{test.past, test.year}, said); diff != "" {
			t.Errorf("%s on %s: -want +got:\n%s", test.kpi, test.page, diff)
		}
	}
	for _, test := range []struct {
		page, kpi string
		bars      int
		past      []string // the classes of what is drawn of the months or weeks, without the bars
		year      []string
	}{
		{"board", "on_time_share", 15, []string{"cut", "target", "trend"}, []string{"band", "ahead", "before", "target", "now", "dots"}},
		{"board", "certificates_exchanged", 1, nil, []string{"target", "now", "dots"}},
		{"board", "on_time_share_with_overdue", 15, []string{"cut", "trend"}, []string{"before", "now", "dots"}},
		{"board-unit", "on_time_share", 0, []string{"target", "now", "dots"}, []string{"band", "ahead", "before", "target", "now", "dots"}},
		{"board-silent", "online_filing_share", 14, []string{"cut", "target", "trend"}, []string{"band", "ahead", "before", "target", "now", "dots"}},
	} {
		card := s.open(shown[test.page], "vi").card(test.kpi)
		pictures := card.Find("svg[role=img]")
		bars, past := drawn(pictures.First())
		_, year := drawn(pictures.Last())
		if bars != test.bars || !slices.Equal(past, test.past) || !slices.Equal(year, test.year) {
			t.Errorf("%s on %s: %d bars, %q and %q, want %d, %q and %q", test.kpi, test.page, bars, past, year, test.bars, test.past, test.year)
		}
		months := card.Find("details table").First().Find("tbody tr td:first-of-type")
		known := months.FilterFunction(func(_ int, cell *goquery.Selection) bool { return cell.Text() != "chưa có số liệu" }).Length()
		if bars > 0 && bars != known {
			t.Errorf("%s on %s: %d bars of %d months with a figure", test.kpi, test.page, bars, known)
		}
	}
	for page, want := range map[string]string{"board-silent": "Danh mục thủ tục chỉ cho biết hiện tại, nên không có diễn biến.",
		"board-nothing": "Chưa có số liệu nào trong thời gian này."} {
		if !slices.Contains(s.open(shown[page], "vi").texts("p.nopast"), want) {
			t.Errorf("%s does not say why a picture is missing", page)
		}
	}
}

// drawn counts the bars of a picture and lists the classes of the other paths.
func drawn(picture *goquery.Selection) (bars int, others []string) {
	picture.Find("path").Each(func(_ int, path *goquery.Selection) {
		if path.HasClass("bar") {
			bars += strings.Count(path.AttrOr("d", ""), "M")
		} else {
			others = append(others, path.AttrOr("class", ""))
		}
	})
	return bars, others
}

// A colour never tells alone: each class has its sign, and a card of the board looks like the worse of its month and year.
func TestColoursAgreeWithSigns(t *testing.T) {
	s := newSite(t, "")
	signs := map[string]string{"missed": "✕", "out": "✕✕", "risk": "!", "met": "✓", "pending": "›", "none": "–"}
	seen := 0
	for name, path := range shown {
		p := s.open(path, "vi")
		p.Find(".chip, .st, .cnt li").Each(func(_ int, chip *goquery.Selection) {
			for class, sign := range signs {
				if chip.HasClass(class) {
					seen++
					// Pages of sources have states of their own: … of a first read, ▲ of one with rejected rows.
					got := chip.Find("[aria-hidden]").Text()
					if got != sign && !(class == "none" && got == "…") && !(class == "risk" && got == "▲" && strings.HasPrefix(name, "source")) {
						t.Errorf("%s: what is %s has the sign %q: %q", name, class, got, squeeze(chip.Text()))
					}
				}
			}
		})
		p.Find("table.mx tbody td.missed, table.mx tbody td.out, table.mx tbody td.risk").Each(func(_ int, cell *goquery.Selection) {
			seen++
			if cell.Find("i").Text() == "" {
				t.Errorf("%s: a cell has a colour and no sign: %q", name, squeeze(cell.Text()))
			}
		})
	}
	if seen < 100 {
		t.Errorf("only %d were found", seen)
	}
	for _, test := range []struct{ page, kpi, class string }{
		{"board-silent", "on_time_share", "row card met stale"},
		{"board", "certificates_exchanged", "row card none partly"},
	} {
		if got := s.open(shown[test.page], "vi").card(test.kpi).AttrOr("class", ""); got != test.class {
			t.Errorf("%s on %s looks %q, want %q", test.kpi, test.page, got, test.class)
		}
	}
}

// What is around every page: its title, where it leads, the other language; pages for IT have the version and IT's own corner, which
// leaders' pages only lead to.
func TestFrame(t *testing.T) {
	s := newSite(t, "")
	for _, test := range []struct{ path, language, title, here, other, made string }{
		{"/", "vi", "Bộ Thử nghiệm", "Tổng quan", "English: /?lang=en", "Trang được lập lúc 15:00 20/03/2026."},
		{"/board?unit=dienluc", "en", "Board: Electricity Authority", "Board", "Tiếng Việt: /board?unit=dienluc", "This page was made at 20 Mar 2026, 15:00."},
		{"/sources/dienluc/baocao", "en", "dienluc/baocao", "Sources", "Tiếng Việt: /sources/dienluc/baocao", "kpiagent 1.0. This page was made at 20 Mar 2026, 15:00."},
		{"/completeness?days=60", "vi", "Độ đầy đủ", "Độ đầy đủ", "English: /completeness?days=60&lang=en", "kpiagent 1.0. Trang được lập lúc 15:00 20/03/2026."},
	} {
		p := s.open(test.path, test.language)
		title, _, _ := strings.Cut(squeeze(p.Find("head title").Text()), " · ")
		var others []string
		for text, address := range p.links("nav li.language a") {
			others = append(others, text+": "+address)
		}
		if here := strings.Join(p.texts("header [aria-current]"), ""); title != test.title || here != test.here || strings.Join(others, "; ") != test.other {
			t.Errorf("%s: %q, %q, %q", p.path, title, here, others)
		}
		footer := squeeze(p.Find("footer").Text())
		if !strings.Contains(footer, test.made) {
			t.Errorf("%s ends with %q, want %q", p.path, footer, test.made)
		}
		technical := strings.Contains(test.made, "kpiagent")
		for _, path := range []string{"/metrics", "/config", "/-/healthy", "/-/ready"} {
			if (p.links("footer a")[path] == path) != technical {
				t.Errorf("%s: %s for IT in its footer: %t, want %t", p.path, path, !technical, technical)
			}
		}
		if !technical && (strings.Contains(footer, "1.0") || p.links("footer a")[map[string]string{"vi": "Dành cho kỹ thuật", "en": "For IT"}[test.language]] == "") {
			t.Errorf("%s ends with %q", p.path, footer)
		}
	}
}
