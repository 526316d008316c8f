package collectors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// ways follows the way of a column's name through a text.
func ways(name, text string) (found []string, fault *kpi.Fault) {
	n := &nested{}
	f := &field{name: "due", columns: []config.Column{config.ParseColumn(name)}, nested: n}
	values := []Value{{Kind: Text, Text: text}}
	if f.find([]string{config.ParseColumn(name).Name}) != nil || f.at[0].path == nil {
		return nil, nil
	}
	for _, v := range n.along(f, &f.at[0], values) {
		found = append(found, v.String())
	}
	return found, n.fault
}

func TestTheWayIntoAList(t *testing.T) {
	const text = `[{"a": "x", "b": {"c": 20260302081500}}, {"b": null}, {"a": null, "b": {"c": 1.50}, "d": [{"e": 1}, {"e": 2}]}]`
	for _, test := range []struct {
		name, text string
		want       []string
		fault      string
	}{
		{"l[].a", text, []string{"x", "", ""}, ""},
		{"l[].b.c", text, []string{"20260302081500", "", "1.50"}, ""},
		{"l[0].a", text, []string{"x"}, ""},
		{"l[-1].b.c", text, []string{"1.50"}, ""},
		{"l[7].a", text, nil, ""},
		{"l[#]", text, []string{"3"}, ""},
		{"l[].d[].e", text, []string{"1", "2"}, ""},
		{"l[-1].d[#]", text, []string{"2"}, ""},
		{"l[#]", "[]", []string{"0"}, ""},
		{"l[]", "[1, null, true]", []string{"1", "", "true"}, ""},
		{"l[#]", " ", nil, ""},
		{"l[#]", "null", nil, ""},
		{"l[].a", `[{"a": {}}]`, nil, `bad_value: due: column "l" leads to an object; name one of its members`},
		{"l[].a", `{"a": 1}`, nil, `bad_value: due: column "l" has an object where a list is expected`},
		{"l[].a", `[[1]]`, nil, `bad_value: due: column "l" has a list where an object with "a" is expected`},
		{"l[].a", `[{"a": 1}`, nil, `bad_value: due: column "l" holds no JSON: "[{\"a\": 1}" (unexpected EOF)`},
		{"l[].a", `[] []`, nil, `bad_value: due: column "l" holds no JSON: "[] []" (something follows after its end)`},
		{"l[].a", "[" + strings.Repeat("1,", mostEntries) + "1]", nil, `bad_value: due: column "l" has a list of more than 10000 entries`},
	} {
		found, fault := ways(test.name, test.text)
		got := ""
		if fault != nil {
			got = fault.Error()
		}
		if diff := cmp.Diff(test.want, found); diff != "" || got != test.fault {
			t.Errorf("%s in %.100s: %s %s", test.name, test.text, diff, got)
		}
	}
}

// Whatever stands in a column and is written as a way, it ends in values or in a fault, and what is asked of the same entries
// comes in the same number.
func FuzzTheWayIntoAList(f *testing.F) {
	f.Add("l[].a", `[{"a": 1}, {}]`)
	f.Add("l[-1].b[#]", `[{"b": []}]`)
	f.Add("l[].a.b", `[{"a": {"b": "20260302"}}, null]`)
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, fault := ways(name, text); fault != nil && fault.Reason != kpi.BadValue {
			t.Error(fault)
		}
		var list []map[string]string
		if json.Unmarshal([]byte(text), &list) != nil {
			return
		}
		for _, member := range []string{"l[].a", "l[].b"} {
			if found, fault := ways(member, text); fault == nil && len(found) != len(list) {
				t.Errorf("%s of %s: %d values of %d entries", member, text, len(found), len(list))
			}
		}
	})
}

func TestAColumnMayBeMissing(t *testing.T) {
	source := desk()
	source.Mapping.Finished = &config.Field{Columns: []string{"xong", "tra_ngay"}, Optional: []string{"tra_ngay"}}
	source.Mapping.PaidOnline = &config.Field{Column: "da_tra[0].x", Optional: []string{"da_tra"}}
	batch := take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "", "", "", "", ""))
	if len(batch.Records) != 1 || batch.Records[0].Dossier.PaidOnline != kpi.Unknown {
		t.Errorf("%+v", batch)
	}
	// A column that really has that name is meant first.
	source.Mapping.PaidOnline = column("tra[0].x")
	columns := append(append([]string(nil), deskColumns...), "tra[0].x")
	batch = take(t, source, columns, row("H1", "1.001", 2, "02/03/2026", "", "", "", "", "no", "yes"))
	if len(batch.Records) != 1 || batch.Records[0].Dossier.PaidOnline != kpi.Yes {
		t.Errorf("%+v", batch)
	}
}

func TestARowThatIsNoRecordYetIsSkipped(t *testing.T) {
	source := desk()
	source.Mapping.Outcome.Values = append(source.Mapping.Outcome.Values, config.ValueMap{From: "0", Skip: true})
	source.Mapping.ID.Values = []config.ValueMap{{From: "Tổng cộng", Skip: true}, {From: "", Skip: true}}
	for _, test := range []struct {
		name, by string
		values   []Value
	}{
		{"state as text", "mapping.outcome", row("H1", "9.9", "7", "", "", "", " 0 ", "", "")},
		{"state as number", "mapping.outcome", row("H1", "9.9", "7", "", "", "", 0, "", "")},
		{"a line of totals", "mapping.id", row("Tổng cộng", "", "", "", "", "", "", "", "")},
		{"an empty line", "mapping.id", row("", "", "", "", "", "", "", "", "")},
	} {
		batch := take(t, source, deskColumns, test.values)
		if diff := cmp.Diff(&kpi.Batch{Rows: 1, Skipped: 1, SkippedBy: map[string]int64{test.by: 1}}, batch); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	// Where all that is listed is passed over, other ids stand for themselves.
	batch := take(t, source, deskColumns, row("H1", "1.001", 2, "02/03/2026", "", "", 1, "", ""))
	if len(batch.Records) != 1 || batch.Records[0].Dossier.ID != "H1" {
		t.Errorf("%+v", batch)
	}
}

func TestAnAnswerByAmount(t *testing.T) {
	source := desk()
	source.Mapping.PaidOnline = nil
	source.Mapping.FeeDue = &config.Field{Columns: []string{"phi[].gia", "tra"}, Above: "0"}
	columns := append(append([]string(nil), deskColumns...), "phi")
	for _, test := range []struct {
		total, list any
		want        kpi.Mark
		fault       string
	}{
		{"", nil, kpi.Unknown, ""},
		{0, nil, kpi.No, ""},
		{"120000", "[]", kpi.Yes, ""},
		{0, `[{"gia": 0}, {"gia": "50000"}]`, kpi.Yes, ""},
		{5, `[{"gia": 0}, {"gia": null}]`, kpi.No, ""},
		{"miễn", "", 0, `bad_value: fee_due: "miễn" is not a number such as 12.5`},
		{0, "{}", 0, `bad_value: fee_due: column "phi" has an object where a list is expected`},
		{0, 7, 0, `bad_value: fee_due: column "phi" holds "7" where JSON is expected`},
	} {
		batch := take(t, source, columns, row("H1", "1.001", 2, "02/03/2026", "", "", "", "", test.total, test.list))
		if test.fault != "" {
			if len(batch.Rejects) != 1 || batch.Rejects[0].Fault.Error() != test.fault || batch.Rejects[0].ID != "H1" {
				t.Errorf("%v, %v: %+v", test.total, test.list, batch)
			}
		} else if len(batch.Records) != 1 || batch.Records[0].Dossier.FeeDue != test.want {
			t.Errorf("%v, %v: %+v", test.total, test.list, batch)
		}
	}
}

// A number keeps the text that it was written as.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"0", "-0", "1.10", "9223372036854775808", "1e-7", "0.1", "123456789.123456789"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || !strings.ContainsAny(text[:1], "-0123456789") || strings.TrimSpace(text) != text {
			return
		}
		var value Value
		if fits := ValueOf(json.Number(text), &value); !fits || value.String() != text {
			t.Errorf("%s became %s, %v", text, value.String(), fits)
		}
	})
}
