package collectors

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func textCells(texts ...string) []Value {
	var cells []Value
	for _, text := range texts {
		cells = append(cells, Value{Kind: Text, Text: text})
	}
	return cells
}

func dateCell(text string) Value {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return Value{Kind: Time, Time: at}
}

// What a clerk would say of a column.
func TestDoubtsOfAColumn(t *testing.T) {
	number := func(n float64) Value { return Value{Kind: Float, Float: n} }
	for _, test := range []struct {
		name  string
		cells []Value
		want  []string // a part of each doubt
	}{
		{"dates of one kind", textCells("25/03/2026", "02/03/2026", "10/03/2026"), nil},
		{"typed dates", []Value{dateCell("2026-03-02"), dateCell("2026-03-25")}, nil},
		{"Excel has swapped day and month", append(textCells("25/03/2026", "28/03/2026"), dateCell("2026-05-03"), dateCell("2026-10-03")), []string{"may be swapped"}},
		{"dates and texts, but not swapped", append(textCells("25/03/2026", "02/03/2026"), dateCell("2026-05-23")), []string{"look like dates"}},
		{"two ways to write dates", textCells("25/03/2026", "2026-03-26"), []string{"in two ways"}},
		{"day and month first", textCells("25/03/2026", "03/26/2026"), []string{"some the month"}},
		{"a shortened id", textCells("2.02603E+17", "202603010000000012"), []string{"last digits are lost"}},
		{"codes half numbers", append(textCells("1.000123", "1.010500"), number(2.00012)), []string{"cuts zeros off"}},
		{"guarded codes", textCells(`="000123"`, "000124"), nil},
		{"numbers of 17 digits", []Value{number(20260301000000000)}, []string{"behind the 15th"}},
		{"a large whole number of a database", []Value{{Kind: Int, Int: 20260301000000012}}, nil},
		{"a no-break space", textCells("Trực\u00a0tuyến", "Trực tuyến"), nil},
		{"one implausible year", textCells("02/03/2026", "03/03/2026", "04/03/2026", "05/03/2062"), []string{"of the year 2062"}},
		{"a mistyped digit of a year", append(textCells("02/03/2016"), slices.Repeat(textCells("02/03/2026"), 30)...), []string{"1 of 31 dates are of the year 2016"}},
		{"few dossiers of each of the years before", append(textCells("02/03/2021", "02/03/2022", "02/03/2024"), slices.Repeat(textCells("02/03/2026"), 99)...), nil},
		{"a year of old dossiers", textCells("02/03/2026", "03/03/2026", "04/03/2025", "05/03/2024"), nil},
		{"plain words", textCells("online", "counter", ""), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProfile([]string{"c"}, func(int) bool { return true })
			for _, cell := range test.cells {
				p.Add([]Value{cell}, true)
			}
			got := p.Columns[0].Doubts(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
			if len(got) != len(test.want) {
				t.Fatalf("doubts %v, want %d", got, len(test.want))
			}
			for i, part := range test.want {
				if !strings.Contains(got[i].String(), part) {
					t.Errorf("doubt %v lacks %q", got[i], part)
				}
			}
		})
	}
}

func TestProfileOfAColumn(t *testing.T) {
	p := newProfile([]string{"kênh", "ngày", "phí"}, func(column int) bool { return column < 2 })
	p.Add(append(textCells("online", "02/03/2026"), Value{Kind: Int, Int: 5}), true)
	p.Add(append(textCells("online", ""), Value{}), true)
	p.Add([]Value{{}, dateCell("2026-03-25"), {}}, true)
	p.Add(append(textCells("Trực\u00a0tuyến", `="02/03/2026"`), Value{}), true)
	for i, want := range []string{"3 texts, 1 empty, 1 with what cannot be seen (a no-break space), 2 different", "2 texts, 1 dates, 1 empty, 1 guarded against spreadsheets, 3 different, 2026-03-02 to 2026-03-25", ""} {
		if got := p.Columns[i].String(); got != want {
			t.Errorf("column %d: %q, want %q", i, got, want)
		}
	}
}

func FuzzShapeOf(f *testing.F) {
	for _, seed := range []string{"1", "0", "2026-03-02", "2026-03-02T08:00", "25/3/2026 8:00", "1E5", "1-2-", "//", "=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		p := newProfile([]string{"c"}, func(int) bool { return true })
		p.Add([]Value{{Kind: Text, Text: text}}, true)
		p.Columns[0].Doubts(time.Unix(0, 0))
		if p.Columns[0].Texts != 1 {
			t.Errorf("%q is not counted", text)
		}
	})
}

func BenchmarkProfile(b *testing.B) {
	row := append(textCells("H26.2026.000123", "1.000123", "Trực tuyến", "02/03/2026 08:15", "09/03/2026 17:00", "", "open"), dateCell("2026-03-25"))
	p := newProfile(make([]string, len(row)), func(int) bool { return true })
	for b.Loop() {
		p.Add(row, true)
	}
}
