package html

import (
	"strings"
	"testing"

	"kpiagent/collectors"
)

// nowhere takes rows and forgets them.
type nowhere struct{ notes }

func (n *nowhere) Row(collectors.Position, []collectors.Value) error { return nil }

// A page of as many cells as are read at most by default.
func BenchmarkRead200000Cells(b *testing.B) {
	var text strings.Builder
	text.WriteString("<table><tr><th>a<th>b<th>c<th>d<th>e<th>f<th>g<th>h<th>i<th>k")
	for range 19_999 {
		text.WriteString("<tr>" + strings.Repeat("<td>1.234,5</td>", 10) + "</tr>\n")
	}
	text.WriteString("</table>")
	given := readerOf("http://example.vn").config
	given.MaxCells = 200_000
	s, err := New(given, noSurroundings, vietnam)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		p := &page{source: s, kind: "text/html", content: []byte(text.String())}
		if err := p.read(b.Context(), 0, &nowhere{}); err != nil {
			b.Fatal(err)
		}
	}
}
