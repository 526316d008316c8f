package collectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// exchanged is a source in the national exchange format; more is the rest of its configuration.
func exchanged(t *testing.T, more string) config.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpiagent.yml")
	text := "units: [{id: so-tnmt}]\nsources:\n  - {unit: so-tnmt, id: dvcqg, kind: file, preset: dvcqg, file: {path: x.csv}" + more + "}\n"
	text = strings.ReplaceAll(text, "so-tnmt", "so_tnmt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(t.Context(), config.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	c.Sources[0].Unit = "so-tnmt"
	return c.Sources[0]
}

var exchangeColumns = []string{"MaHoSo", "MaTTHC", "KenhThucHien", "TrangThaiHoSo", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy",
	"NgayTra", "NgayTuChoi", "DanhSachHoSoBoSung"}

// dates of one dossier, by the name of the column.
type dates map[string]string

func exchangedRow(state any, given dates) []Value {
	cells := []any{"H1", "1.001", 2, state}
	for _, name := range exchangeColumns[4:] {
		cells = append(cells, given[name])
	}
	return row(cells...)
}

func TestTheTenStatesOfTheExchangeFormat(t *testing.T) {
	source := exchanged(t, "")
	base := kpi.Dossier{ID: "H1", Unit: "so-tnmt", Procedure: "1.001", Channel: kpi.Online, Received: at("2026-03-02 08:15:00"), Due: at("2026-03-09 17:00:00")}
	with := func(change func(d *kpi.Dossier)) *kpi.Dossier {
		d := base
		change(&d)
		return &d
	}
	ended := func(outcome kpi.Outcome, when string) *kpi.Dossier {
		return with(func(d *kpi.Dossier) { d.Outcome, d.Finished = outcome, at(when) })
	}
	const received, due, finished, handed, refused = "20260302081500", "20260309170000", "20260305103000", "20260306090000", "20260302161500"
	running := dates{"NgayTiepNhan": received, "NgayHenTra": due}
	and := func(more dates) dates {
		all := dates{"NgayTiepNhan": received, "NgayHenTra": due}
		for name, text := range more {
			all[name] = text
		}
		return all
	}
	for _, test := range []struct {
		name  string
		state any
		given dates
		want  *kpi.Dossier
		fault string
	}{
		{"2 accepted", 2, running, &base, ""},
		{"4 in progress", "4", running, &base, ""},
		{"04 is 4", "04", running, &base, ""},
		{"6 financial duty", 6, running, &base, ""},
		{"3 not accepted", 3, dates{"NgayNopHoSo": received, "NgayTuChoi": refused}, with(func(d *kpi.Dossier) {
			d.Due, d.Outcome, d.Finished = 0, kpi.Refused, at("2026-03-02 16:15:00")
		}), ""},
		{"3 not accepted after all", 3, and(dates{"NgayTuChoi": refused, "NgayKetThucXuLy": finished}), ended(kpi.Refused, "2026-03-02 16:15:00"), ""},
		{"3 without the day", 3, running, nil, `outcome_without_end: outcome: is "refused" but there is no end date`},
		{"5 waiting", 5, and(dates{"DanhSachHoSoBoSung": `[{"NgayBoSung": "20260303090000", "NgayTiepNhanBoSung": null}]`}), with(func(d *kpi.Dossier) {
			d.Pauses = []kpi.Pause{{From: at("2026-03-03 09:00:00")}}
		}), ""},
		{"5 for the second time, due later", 5, and(dates{"DanhSachHoSoBoSung": `[
			{"NgayBoSung": "20260305", "NgayTiepNhanBoSung": "", "NgayHenTraTruoc": "20260311", "NgayHenTraMoi": null},
			{"NgayBoSung": "20260303090000", "NgayTiepNhanBoSung": "20260304090000", "NgayHenTraTruoc": "20260309", "NgayHenTraMoi": "20260311170000"}]`}),
			with(func(d *kpi.Dossier) {
				d.Due = at("2026-03-11 17:00:00")
				d.Pauses = []kpi.Pause{{From: at("2026-03-03 09:00:00"), To: at("2026-03-04 09:00:00")}, {From: at("2026-03-05 00:00:00")}}
			}), ""},
		{"7 withdrawn", 7, and(dates{"NgayKetThucXuLy": finished}), ended(kpi.Withdrawn, "2026-03-05 10:30:00"), ""},
		{"7 withdrawn, told as a refusal", 7, and(dates{"NgayTuChoi": refused}), ended(kpi.Withdrawn, "2026-03-02 16:15:00"), ""},
		{"8 stopped", 8, and(dates{"NgayTra": handed}), ended(kpi.Stopped, "2026-03-06 09:00:00"), ""},
		{"9 finished", 9, and(dates{"NgayKetThucXuLy": finished}), ended(kpi.Settled, "2026-03-05 10:30:00"), ""},
		{"9 on a day", 9, and(dates{"NgayKetThucXuLy": "20260305"}), ended(kpi.Settled, "2026-03-05 00:00:00"), ""},
		{"9 without the day", 9, running, nil, `outcome_without_end: outcome: is "settled" but there is no end date`},
		{"9 that was refused", 9, and(dates{"NgayTuChoi": refused}), nil, `outcome_without_end: outcome: is "settled" but there is no end date`},
		{"10 handed over: processing counts", 10, and(dates{"NgayKetThucXuLy": finished, "NgayTra": handed}), ended(kpi.Settled, "2026-03-05 10:30:00"), ""},
		{"10 without the end of processing", 10, and(dates{"NgayTra": handed}), ended(kpi.Settled, "2026-03-06 09:00:00"), ""},
		{"4 with an end", 4, and(dates{"NgayKetThucXuLy": finished}), nil, `end_without_outcome: finished: is 2026-03-05 10:30:00 but the status says that it is open`},
		{"2 that was refused", 2, and(dates{"NgayTuChoi": refused}), nil, `end_without_outcome: finished: is 2026-03-02 16:15:00 but the status says that it is open`},
		{"2 not received", 2, dates{"NgayNopHoSo": received}, nil, `missing_field: received: is empty (column "NgayTiepNhan")`},
		{"11 is none", 11, running, nil, `unknown_outcome: outcome: "11" is not mapped; mapped are "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"`},
		{"no state", "", running, nil, `missing_field: outcome: is empty (column "TrangThaiHoSo")`},
		{"a supplement without its day", 5, and(dates{"DanhSachHoSoBoSung": `[{"NgayTiepNhanBoSung": "20260304"}]`}), nil,
			`bad_pause: paused_to: is 2026-03-04 00:00:00 in entry 1, but there is no paused_from`},
		{"supplements that are none", 5, and(dates{"DanhSachHoSoBoSung": "có"}), nil,
			`bad_value: due: column "DanhSachHoSoBoSung" holds no JSON: "có" (invalid character 'c' looking for beginning of value)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			batch := take(t, source, exchangeColumns, exchangedRow(test.state, test.given))
			if test.fault != "" {
				if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != test.fault || batch.Rejects[0].ID != "H1" {
					t.Fatalf("%+v", batch)
				}
				return
			}
			want := &kpi.Batch{Rows: 1, Records: []kpi.Record{{Dossier: test.want, Row: 7, Changed: 42}}}
			if diff := cmp.Diff(want, batch); diff != "" {
				t.Error(diff)
			}
		})
	}
	// 1, newly registered: nobody has received it, so it is neither a dossier nor a mistake, whatever else the row lacks.
	batch := take(t, source, exchangeColumns, exchangedRow(1, dates{"NgayNopHoSo": received}))
	if diff := cmp.Diff(&kpi.Batch{Rows: 1, Skipped: 1, SkippedBy: map[string]int64{"mapping.outcome": 1}}, batch); diff != "" {
		t.Error(diff)
	}
}

// Status and pauses may disagree about waiting: the dossier counts by its pauses, and somebody should look.
func TestWaitingByStatusAndByPauses(t *testing.T) {
	source := exchanged(t, "")
	for _, test := range []struct {
		state       int
		supplements string
		want        string
	}{
		{5, `[{"NgayBoSung": "20260303"}]`, ""},
		{4, `[{"NgayBoSung": "20260303", "NgayTiepNhanBoSung": "20260304"}]`, ""},
		{5, ``, "the status says that it waits for the applicant, and nothing says since when: it counts as being handled"},
		{5, `[{"NgayBoSung": "20260303", "NgayTiepNhanBoSung": "20260304"}]`, "the status says that it waits for the applicant, and nothing says since when: it counts as being handled"},
		{4, `[{"NgayBoSung": "20260303"}]`, "the status says that it is handled, and the pause of 2026-03-03 00:00:00 has no end: it counts as waiting"},
	} {
		batch := take(t, source, exchangeColumns, exchangedRow(test.state, dates{"NgayTiepNhan": "20260302", "NgayHenTra": "20260309", "DanhSachHoSoBoSung": test.supplements}))
		var want []kpi.Warned
		if test.want != "" {
			want = []kpi.Warned{{Row: 7, ID: "H1", Reason: kpi.PauseUnlikeStatus, Detail: test.want}}
		}
		if diff := cmp.Diff(want, batch.Warnings); diff != "" || len(batch.Records) != 1 {
			t.Errorf("%d %s: %s", test.state, test.supplements, diff)
		}
	}
}

func TestMarksOfTheExchangeFormat(t *testing.T) {
	source := exchanged(t, "")
	columns := append(append([]string(nil), exchangeColumns...), "HoSoCoThanhPhanSoHoa", "TaiLieuNop", "DanhSachGiayToKetQua")
	for _, test := range []struct {
		whole, papers, results any
		input, result          kpi.Mark
	}{
		{nil, nil, nil, kpi.Unknown, kpi.Unknown},
		{1, nil, "[]", kpi.Yes, kpi.Unknown},
		{"0", `[{"DuocSoHoa": 1}]`, `[{"TenGiayTo": "Giấy phép", "DuongDanTepTinKetQua": "https://dvc.example.vn/1.pdf"}]`, kpi.No, kpi.Yes},
		{"0", nil, `[{"TenGiayTo": "Giấy phép"}, {"TenGiayTo": "Phụ lục", "DuongDanTepTinKetQua": "https://dvc.example.vn/2.pdf"}]`, kpi.No, kpi.Yes},
		{"0", nil, `[{"TenGiayTo": "Giấy phép", "DuongDanTepTinKetQua": ""}]`, kpi.No, kpi.No},
		{"", `[{"DuocSoHoa": 0, "DuocTaiSuDung": 1}, {"DuocSoHoa": "1"}]`, "null", kpi.Yes, kpi.Unknown},
		{"", `[{"DuocSoHoa": 0}, {}]`, "", kpi.No, kpi.Unknown},
		{"", `[]`, "", kpi.Unknown, kpi.Unknown},
	} {
		values := exchangedRow(9, dates{"NgayTiepNhan": "20260302", "NgayHenTra": "20260309", "NgayKetThucXuLy": "20260305"})
		batch := take(t, source, columns, append(values, row(test.whole, test.papers, test.results)...))
		if len(batch.Records) != 1 {
			t.Fatalf("%+v", batch)
		}
		if d := batch.Records[0].Dossier; d.InputDigitised != test.input || d.ResultElectronic != test.result || d.FeeDue != kpi.Unknown {
			t.Errorf("%v: input %v, result %v, fee %v", test, d.InputDigitised, d.ResultElectronic, d.FeeDue)
		}
	}
}

func TestTheUsersMappingWinsOverThePreset(t *testing.T) {
	source := exchanged(t, `, mapping: {
    outcome: {column: trang_thai, values: [{from: NHAP, skip: true}, {from: XL, to: ""}, {from: TC, to: refused}]},
    paused_from: {column: tu, layouts: [yyyyMMdd]},
    fee_due: {column: "DanhSachLePhi[].Gia", above: 0}}`)
	if source.Mapping.PausedTo != nil {
		t.Errorf("the end of the preset's pauses stands beside the user's begin: %+v", source.Mapping.PausedTo)
	}
	columns := []string{"MaHoSo", "MaTTHC", "KenhThucHien", "trang_thai", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTuChoi", "tu", "DanhSachLePhi"}
	for _, test := range []struct {
		values []Value
		want   kpi.Batch
	}{
		{row("H1", "1.001", 2, "NHAP", "", "", "", "", "", ""), kpi.Batch{Rows: 1, Skipped: 1, SkippedBy: map[string]int64{"mapping.outcome": 1}}},
		{row("H1", "1.001", 2, "TC", "20260302", "", "20260304", "20260303", "", `[{"Gia": 20000}]`), kpi.Batch{Rows: 1, Records: []kpi.Record{{
			Row: 7, Changed: 42, Dossier: &kpi.Dossier{ID: "H1", Unit: "so-tnmt", Procedure: "1.001", Channel: kpi.Online, Received: at("2026-03-02 00:00:00"),
				Finished: at("2026-03-03 00:00:00"), Outcome: kpi.Refused, FeeDue: kpi.Yes}}}}},
		{row("H1", "1.001", 2, "XL", "20260302", "", "", "", "20260305", nil), kpi.Batch{Rows: 1, Records: []kpi.Record{{
			Row: 7, Changed: 42, Dossier: &kpi.Dossier{ID: "H1", Unit: "so-tnmt", Procedure: "1.001", Channel: kpi.Online, Received: at("2026-03-02 00:00:00"),
				Pauses: []kpi.Pause{{From: at("2026-03-05 00:00:00")}}}}}}},
	} {
		batch := take(t, source, columns, test.values)
		if diff := cmp.Diff(&test.want, batch); diff != "" {
			t.Error(diff)
		}
	}
}

func TestARenamedColumnOfThePresetFailsTheRead(t *testing.T) {
	mapping, err := NewMapping(exchanged(t, ""), Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mapping.Bind([]string{"MaHoSo", "MaTTHC", "KenhThucHien", "TrangThaiHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKTXL"}, 0)
	if err == nil || !strings.HasPrefix(err.Error(), `there is no column "NgayKetThucXuLy" for mapping.finished; there are: `) {
		t.Error(err)
	}
}

func BenchmarkTheExchangeFormat(b *testing.B) {
	// One row of five has been supplemented, as text of JSON.
	text := `[{"NgayBoSung": "20260303090000", "NgayTiepNhanBoSung": "20260304090000", "NgayHenTraTruoc": "20260309", "NgayHenTraMoi": "20260311170000"}]`
	path := filepath.Join(b.TempDir(), "kpiagent.yml")
	if err := os.WriteFile(path, []byte("units: [{id: u}]\nsources: [{unit: u, id: s, kind: file, preset: dvcqg, file: {path: x.csv}}]\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(b.Context(), config.Options{File: path})
	if err != nil {
		b.Fatal(err)
	}
	mapping, err := NewMapping(c.Sources[0], Checks{}, vietnam)
	if err != nil {
		b.Fatal(err)
	}
	binding, err := mapping.Bind(exchangeColumns, kpi.DayOf(noon))
	if err != nil {
		b.Fatal(err)
	}
	rows := make([][]Value, 5)
	for i := range rows {
		rows[i] = exchangedRow(9, dates{"NgayTiepNhan": "20260302081500", "NgayHenTra": "20260309170000", "NgayKetThucXuLy": "20260309103000"})
	}
	rows[4][len(exchangeColumns)-1] = Value{Kind: Text, Text: text}
	g := openBatch{batch: &kpi.Batch{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if binding.take(&g, Position{Number: 1}, rows[i%5]); len(g.batch.Records) == 10_000 {
			g.batch.Records = g.batch.Records[:0]
		}
	}
}
