package collectors

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// outcomes are the records and rejects of a batch, a line each.
func outcomes(batch *kpi.Batch) (lines []string) {
	for _, r := range batch.Records {
		o := r.Observation
		lines = append(lines, fmt.Sprintf("%d %s %s %s %v", r.Row, o.Unit, o.Measure, o.Day, o.Value))
	}
	for _, r := range batch.Rejects {
		lines = append(lines, fmt.Sprintf("%d %s rejected: %v", r.Row, r.ID, &r.Fault))
	}
	return lines
}

// wide is one row of a monthly report with several totals.
func wide(totals ...config.Total) config.Source {
	return config.Source{Unit: "so-tnmt", ID: "bao-cao", Record: "observation", Mapping: config.Mapping{
		Unit: column("don_vi"), Day: &config.Field{Column: "ngay", Layouts: []string{"dd/MM/yyyy"}}, Totals: totals,
	}}
}

func TestTotalsOfAColumnThatIsNoJSONDoNotVanish(t *testing.T) {
	source := wide(config.Total{Column: "l[0].a", Measure: "petitions_received"}, config.Total{Column: "l[0].b", Measure: "petitions_answered"})
	got := outcomes(takeWith(t, Checks{Units: []string{"so-gtvt"}}, source, []string{"don_vi", "ngay", "l"}, row("so-gtvt", "28/02/2026", `[{"a": 1, "b": `)))
	if want := []string{`7  rejected: bad_value: totals[0]: column "l" holds no JSON: "[{\"a\": 1, \"b\": " (unexpected EOF)`}; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestARowWithSeveralTotals(t *testing.T) {
	source := wide(
		config.Total{Column: "Số thư nhận", Measure: "petitions_received", Number: "vi", Required: true},
		config.Total{Column: "Đã trả lời", Measure: "petitions_answered", Empty: []string{"-"}},
		config.Total{Column: "Hài lòng", Measure: "satisfied", Percent: "fraction"},
	)
	columns := []string{"don_vi", "ngay", "Số thư nhận", "Đã trả lời", "Hài lòng"}
	for _, test := range []struct {
		name   string
		values []Value
		want   []string
	}{
		{"all of them", row("so-gtvt", "28/02/2026", "1.234", 1200, "95 %"), []string{
			"7 so-gtvt petitions_received 2026-02-28 1234", "7 so-gtvt petitions_answered 2026-02-28 1200", "7 so-gtvt satisfied 2026-02-28 0.95"}},
		{"an empty cell is no observation", row("so-gtvt", "28/02/2026", 3, "-", ""), []string{"7 so-gtvt petitions_received 2026-02-28 3"}},
		{"a bad cell costs its own one", row("so-gtvt", "28/02/2026", 3, "ba", nil), []string{
			"7 so-gtvt petitions_received 2026-02-28 3",
			`7 petitions_answered rejected: bad_value: totals[1]: "ba" is not a number such as 12.5 (column "Đã trả lời")`}},
		{"an empty cell that is required", row("so-gtvt", "28/02/2026", nil, "1.234", nil), []string{
			`7 petitions_received rejected: missing_field: totals[0]: is empty (column "Số thư nhận")`,
			`7 petitions_answered rejected: bad_value: totals[1]: "1.234" may be 1234 or 1.234; write number: vi beside the column where numbers look like 1.234,5, number: en where they look like 1,234.5 (column "Đã trả lời")`}},
		{"an error of the spreadsheet", append(row("so-gtvt", "28/02/2026", 3), Value{Kind: Broken, Text: "#REF!"}, Value{}), []string{
			"7 so-gtvt petitions_received 2026-02-28 3",
			`7 petitions_answered rejected: bad_value: totals[1]: shows the error #REF!; mend it in the report, or name it under empty where it stands for nothing (column "Đã trả lời")`}},
		{"no day is one rejected row", row("so-gtvt", "", 3, 4, nil), []string{`7  rejected: missing_field: day: is empty (column "ngay")`}},
		{"an unknown unit as well", row("so-yt", "28/02/2026", 3, 4, nil), []string{`7  rejected: unknown_unit: unit: "so-yt" is not a configured unit`}},
		{"a day to come", row("so-gtvt", "31/03/2026", 3, 4, nil), []string{"7  rejected: bad_date: day: 2026-03-31 is after today, 2026-03-10"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			checked := Checks{Units: []string{"so-tnmt", "so-gtvt"}}
			batch := takeWith(t, checked, source, columns, test.values)
			if diff := cmp.Diff(test.want, outcomes(batch)); diff != "" || batch.Rows != 1 {
				t.Error(diff, batch.Rows)
			}
		})
	}
}

func TestColumnsOfMonthsAndOfUnits(t *testing.T) {
	source := config.Source{Unit: "so-tnmt", ID: "bao-cao", Record: "observation", Mapping: config.Mapping{Totals: []config.Total{
		{Column: "Tháng 1", Measure: "people_trained", Day: &config.Field{Constant: "2026-01-31"}},
		{Column: "Tháng 2", Measure: "people_trained", Day: &config.Field{Constant: "2026-02-28"}},
		{Column: "Sở GTVT", Measure: "people_trained", Day: column("ngay"), Unit: &config.Field{Constant: "so-gtvt"}},
		{Column: "Sở YT", Measure: "people_trained", Day: column("ngay"), Unit: &config.Field{Constant: "so-yt"}},
	}}}
	columns := []string{"Tháng 1", "Tháng 2", "Sở GTVT", "Sở YT", "ngay"}
	batch := takeWith(t, Checks{Units: []string{"so-gtvt"}}, source, columns, row(10, 20, 30, 40, "2026-03-01"))
	want := []string{
		"7 so-tnmt people_trained 2026-01-31 10", "7 so-tnmt people_trained 2026-02-28 20", "7 so-gtvt people_trained 2026-03-01 30",
		`7 people_trained rejected: unknown_unit: totals[3].unit: "so-yt" is not a configured unit`,
	}
	if diff := cmp.Diff(want, outcomes(batch)); diff != "" {
		t.Error(diff)
	}
}

func TestTotalsWhoseMeasureIsUnknown(t *testing.T) {
	source := wide(config.Total{Column: "a", Measure: "khac"})
	batch := takeWith(t, Checks{Units: []string{"so-tnmt"}, Measure: func(id string) bool { return id != "khac" }}, source,
		[]string{"don_vi", "ngay", "a"}, row("so-tnmt", "28/02/2026", 1))
	want := []string{`7 khac rejected: unknown_measure: totals[0]: "khac" is not declared under measures`}
	if diff := cmp.Diff(want, outcomes(batch)); diff != "" {
		t.Error(diff)
	}
}

func TestAMissingColumnOfATotalFailsTheRead(t *testing.T) {
	mapping, err := NewMapping(wide(config.Total{Column: "Số thư nhận", Measure: "petitions_received"}), Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	_, err = mapping.Bind([]string{"don_vi", "ngay", "Số thư đã nhận"}, 0)
	const want = `there is no column "Số thư nhận" for mapping.totals[0] (did you mean "Số thư đã nhận"?); there are: don_vi, ngay, Số thư đã nhận; ` +
		`correct the mapping or ask who changed the system`
	if err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestARowOfTotalsThatIsPassedOver(t *testing.T) {
	source := wide(config.Total{Column: "a", Measure: "petitions_received"})
	source.Mapping.Unit = &config.Field{Column: "don_vi", Values: []config.ValueMap{{From: "GTVT", To: "so-gtvt"}, {From: "Tổng cộng", Skip: true}}}
	batch := takeWith(t, Checks{Units: []string{"so-gtvt"}}, source, []string{"don_vi", "ngay", "a"}, row("Tổng cộng", "", 1))
	if len(batch.Records) > 0 || len(batch.Rejects) > 0 || batch.Skipped != 1 {
		t.Errorf("%+v", batch)
	}
}

func TestADayThatNamesAMonthOrAYear(t *testing.T) {
	month := func(layouts ...string) *config.Field {
		return &config.Field{Column: "thang", Period: "month", Layouts: layouts}
	}
	for _, test := range []struct {
		day            *config.Field
		value          any
		calendar, nd09 string
	}{
		{month("MM/yyyy"), "02/2026", "2026-02-28", "2026-02-14"},
		{month("'Tháng 'M/yyyy", "yyyyMM"), "Tháng 2/2026", "2026-02-28", "2026-02-14"},
		{month("'Tháng 'M/yyyy", "yyyyMM"), 202602, "2026-02-28", "2026-02-14"},
		{month(), "2026-02", "2026-02-28", "2026-02-14"},
		{month(), "2/2026", "2026-02-28", "2026-02-14"},
		{month(), time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC), "2026-02-28", "2026-02-14"}, // a cell that shows a month
		{month("dd/MM/yyyy"), "31/01/2026", "2026-01-31", "2026-01-14"},
		{&config.Field{Column: "thang", Period: "year"}, 2025, "2025-12-31", "2025-12-14"},
		{&config.Field{Constant: "2026-01", Period: "month"}, "", "2026-01-31", "2026-01-14"},
		{month(), "13/2026", `bad_date: day: "13/2026" does not exist`, `bad_date: day: "13/2026" does not exist`},
		{month("MM/yyyy"), "02/03/2026", `bad_date: day: "02/03/2026" has none of the layouts MM/yyyy`, `bad_date: day: "02/03/2026" has none of the layouts MM/yyyy`},
		{month("MM/yyyy"), "03/2026", "bad_date: day: 2026-03-31 is after today, 2026-03-10", "bad_date: day: 2026-03-14 is after today, 2026-03-10"},
	} {
		for cutOff, want := range map[kpi.CutOff]string{kpi.CutCalendar: test.calendar, kpi.CutND09: test.nd09} {
			source := wide(config.Total{Column: "a", Measure: "trained"})
			source.Mapping.Unit, source.Mapping.Day = nil, test.day
			batch := takeWith(t, Checks{CutOff: cutOff}, source, []string{"thang", "a"}, row(test.value, 5))
			got := ""
			switch {
			case len(batch.Records) == 1:
				got = batch.Records[0].Observation.Day.String()
			case len(batch.Rejects) == 1:
				got = batch.Rejects[0].Fault.Error()
			}
			if got != want {
				t.Errorf("%v of %v (%s):\ngot  %s\nwant %s", test.value, test.day.Layouts, cutOff, got, want)
			}
		}
	}
}
