package exposition

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What has not changed is shared with the page before, whose text is never written over.
func TestChunksAreShared(t *testing.T) {
	s := newSheet()
	s.chunks = newChunks()
	write := func(open int64) []*chunk {
		s.reset()
		for i := range int64(5000) {
			unit := fmt.Appendf(nil, `{unit="don_vi_%d"`, i)
			s.count(dossiersReceived, unit, `,channel="online",period="month"} `, i)
			s.count(dossiersOpen, unit, `,state="overdue"} `, open)
			s.cut()
		}
		s.end()
		return slices.Collect(s.all)
	}
	textOf := func(list []*chunk) string {
		var text strings.Builder
		for _, c := range list {
			text.Write(c.plain)
		}
		return text.String()
	}
	first := write(1)
	before := textOf(first)
	if len(first) < 8 || !strings.HasPrefix(before, "# HELP egov_dossiers_received") {
		t.Fatalf("%d chunks begin with %.60s", len(first), before)
	}
	if again := write(1); !slices.Equal(first, again) {
		t.Error("the same lines gave other chunks")
	}
	second := write(2)
	for i, c := range second {
		if same := c == first[i]; same != strings.Contains(string(c.plain), "received{") {
			t.Errorf("chunk %d: shared is %v", i, same)
		}
	}
	if textOf(first) != before {
		t.Error("the text of the first page has changed")
	}
	if third := write(1); textOf(third) != before {
		t.Error("the same lines gave another text")
	}
}

// BenchmarkLine is what one line costs once its number is known.
func BenchmarkLine(b *testing.B) {
	s := newSheet()
	labels := appendLabel(appendLabel([]byte("{"), "unit", "xuat_nhap_khau"), ",procedure", "1.000001.000.00.00.H01")
	tail := `,channel="online",period="month"} `
	for i := int64(0); b.Loop(); i++ {
		if i%100_000 == 0 {
			s.reset()
		}
		s.count(dossiersReceived, labels, tail, i)
	}
}
