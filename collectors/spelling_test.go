package collectors

import (
	"slices"
	"strings"
	"testing"

	"kpiagent/internal/kpi"
)

// What a spreadsheet does to codes is never taken without a word: an id that has lost its digits is rejected, one that is
// easily taken for another counts with a warning that has both spellings.
func TestWhatASpreadsheetDoesToCodes(t *testing.T) {
	var day = "02/03/2026"
	of := func(id, procedure any) []Value { return row(id, procedure, "1", day, "", "", "1", "", "") }
	for _, test := range []struct {
		name     string
		rows     [][]Value
		taken    []string
		rejected []kpi.Reason
		warned   []kpi.Reason
		says     string // a part of the last warning or reject
	}{
		{"ids of its short form", [][]Value{of("2.02603E+17", "1.001"), of("2.02603E+17", "1.001")}, nil,
			[]kpi.Reason{kpi.DestroyedCode, kpi.DestroyedCode}, nil, "its last digits are lost"},
		{"an id as a number of 18 digits", [][]Value{of(2.02603010000000e17, "1.001")}, nil, []kpi.Reason{kpi.DestroyedCode}, nil, "exported as text"},
		{"an id of 18 digits as text, and one of a database", [][]Value{of("202603010000000012", "1.001"), of(20260301000000013, "1.001")},
			[]string{"202603010000000012", "20260301000000013"}, nil, nil, ""},
		{"a procedure that is a number", [][]Value{of("H1", 1.01)}, []string{"H1"}, nil, []kpi.Reason{kpi.NumberAsCode}, "1.01 of 1.010"},
		{"a procedure that is a number and unknown", [][]Value{of("H1", 2.00012)}, nil, []kpi.Reason{kpi.UnknownProcedure}, nil, "cuts zeros off"},
		{"lost zeros in front", [][]Value{of("000123", "1.001"), of("123", "1.001")}, []string{"000123", "123"}, nil, []kpi.Reason{kpi.LikeOtherID}, `"123" and "000123"`},
		{"lost zeros behind", [][]Value{of("1.10", "1.001"), of("1.1", "1.001")}, []string{"1.10", "1.1"}, nil, []kpi.Reason{kpi.LikeOtherID}, `"1.1" and "1.10"`},
		{"another case", [][]Value{of("H-1", "1.001"), of("h-1", "1.001")}, []string{"H-1", "h-1"}, nil, []kpi.Reason{kpi.LikeOtherID}, `"h-1" and "H-1"`},
		{"a letter of another alphabet", [][]Value{of("H-1", "1.001"), of("Н-1", "1.001")}, []string{"H-1", "Н-1"}, nil, []kpi.Reason{kpi.LikeOtherID}, "is U+041D"},
		{"another dash", [][]Value{of("H-1", "1.001"), of("H–1", "1.001")}, []string{"H-1", "H–1"}, nil, []kpi.Reason{kpi.LikeOtherID}, "is U+2013"},
		{"letters of full width", [][]Value{of("H-1", "1.001"), of("Ｈ-１", "1.001")}, []string{"H-1", "Ｈ-１"}, nil, []kpi.Reason{kpi.LikeOtherID}, "look alike"},
		{"a letter for a digit", [][]Value{of("HS-O1", "1.001"), of("HS-01", "1.001")}, []string{"HS-O1", "HS-01"}, nil, []kpi.Reason{kpi.LikeOtherID}, "look alike"},
		{"a mark at the end", [][]Value{of("H-1", "1.001"), of("H 1.", "1.001")}, []string{"H-1", "H 1."}, nil, []kpi.Reason{kpi.LikeOtherID}, "look alike"},
		{"the same id twice", [][]Value{of("H-1", "1.001"), of("H-1", "1.001")}, []string{"H-1", "H-1"}, nil, nil, ""},
		{"decomposed letters and unseen marks are one id", [][]Value{of("Đơn\u00a01", "1.001"), of("Đo\u031bn\u200b 1", "1.001")}, []string{"Đơn 1", "Đơn 1"}, nil, nil, ""},
		{"other numbers", [][]Value{of("H-10", "1.001"), of("H-1", "1.001"), of("0", "1.001"), of("00", "1.001")}, []string{"H-10", "H-1", "0", "00"}, nil, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			mapping, err := NewMapping(desk(), Checks{Procedure: func(_, code string) bool { return strings.HasPrefix(code, "1.") }}, vietnam)
			if err != nil {
				t.Fatal(err)
			}
			binding, err := mapping.Bind(deskColumns, kpi.DayOf(noon))
			if err != nil {
				t.Fatal(err)
			}
			to := openBatch{batch: &kpi.Batch{}}
			for i, values := range test.rows {
				binding.take(&to, Position{Number: int64(i + 1)}, values)
			}
			var taken, said []string
			var rejected, warned []kpi.Reason
			for _, r := range to.batch.Records {
				taken = append(taken, r.Dossier.ID)
			}
			for _, r := range to.batch.Rejects {
				rejected, said = append(rejected, r.Fault.Reason), append(said, r.Fault.Detail)
			}
			for _, w := range to.batch.Warnings {
				warned, said = append(warned, w.Reason), append(said, w.Detail)
			}
			if !slices.Equal(taken, test.taken) || !slices.Equal(rejected, test.rejected) || !slices.Equal(warned, test.warned) {
				t.Errorf("taken %q, rejected %v, warned %v; want %q, %v, %v", taken, rejected, warned, test.taken, test.rejected, test.warned)
			}
			if test.says != "" && (len(said) == 0 || !strings.Contains(said[len(said)-1], test.says)) {
				t.Errorf("it says %q, which lacks %q", said, test.says)
			}
		})
	}
}

// Rows of a read, doubts about the column as a whole, and the batch that brings them to the ledger.
func TestADoubtfulColumnIsAWarningOfTheRead(t *testing.T) {
	mapping, err := NewMapping(desk(), Checks{}, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	b := newBatcher(t.Context(), mapping, Request{Now: noon}, Options{BatchSize: 10})
	if err := b.Columns("", deskColumns); err != nil {
		t.Fatal(err)
	}
	typed := dateCell("2026-03-05")
	for i, received := range []any{"25/02/2026", "28/02/2026", typed.Time} {
		if err := b.Row(Position{Number: int64(i + 1)}, row(string(rune('A'+i)), "1.001", "1", received, "", "", "1", "", "")); err != nil {
			t.Fatal(err)
		}
	}
	b.finish(Result{Complete: true}, nil)
	var warned []kpi.Warned
	if err := b.drain(func(batch *kpi.Batch) error { warned = append(warned, batch.Warnings...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 || warned[0].Reason != kpi.DoubtfulColumn || warned[0].ID != "nhan" || !strings.Contains(warned[0].Detail, "may be swapped") {
		t.Errorf("warnings %+v", warned)
	}
}
