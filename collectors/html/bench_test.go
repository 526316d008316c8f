package html

import (
	"strings"
	"testing"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
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
		if err := p.read(b.Context(), &nowhere{}); err != nil {
			b.Fatal(err)
		}
	}
}

// A small page can name very wide cells: laying them out must not take time in the square of their number.
func TestAVeryWideRowIsLaidOutInNoTime(t *testing.T) {
	content := "<table><tr>" + strings.Repeat("<td colspan=1000>a</td>", 149) + "<td rowspan=3>z</td></tr><tr><td>b</td></tr></table>"
	p := &page{source: &Source{config: config.HTML{MaxCells: 1_000_000}}, content: []byte(content)}
	if err := p.parse(); err != nil {
		t.Fatal(err)
	}
	left, begun := 1_000_000, time.Now()
	wide := &table{page: p, node: p.document.Find("table").Nodes[0], left: &left}
	err := wide.layOut()
	if took := time.Since(begun); err != nil || len(wide.lines) != 2 || !wide.lines[1].broken || len(wide.lines[1].cells) != 149_001 || took > 5*time.Second {
		t.Error(err, len(wide.lines), took)
	}
}
