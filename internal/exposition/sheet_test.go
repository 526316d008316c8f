package exposition

import "testing"

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
