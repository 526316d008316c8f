package canonical_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kpiagent/internal/canonical"
)

func ExampleText() {
	mac, windows := norm.NFD.String("Trực tuyến"), "Trực\u00a0 tuyến\u200b "
	fmt.Println(canonical.Text(mac) == canonical.Text(windows), canonical.Text(windows))
	// Output: true Trực tuyến
}

func TestText(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"plain", "H-1", "H-1"},
		{"one space inside", "a b", "a b"},
		{"spaces around and inside", "  a   b ", "a b"},
		{"only spaces", " \u00a0\t", ""},
		{"no-break spaces of all kinds", "a\u00a0b\u202fc\u2007d", "a b c d"},
		{"a line break inside a cell", "Mã\r\nhồ sơ", "Mã hồ sơ"},
		{"zero-width", "H\u200b-\u200d1\ufeff", "H-1"},
		{"soft hyphen and direction marks", "\u202aH\u00ad-1\u200e", "H-1"},
		{"decomposed", norm.NFD.String("Hẹn trả"), "Hẹn trả"},
		{"decomposed with a mark between letter and accent", "e\u200b\u0301", "é"},
		{"case stays", "ONLINE", "ONLINE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := canonical.Text(test.in); got != test.want {
				t.Errorf("%q becomes %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestName(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"Ngày hẹn trả:", "Ngày hẹn trả"},
		{"Mã hồ sơ (*)", "Mã hồ sơ"},
		{"Mã hồ sơ *", "Mã hồ sơ"},
		{"MÃ HỒ SƠ ", "MÃ HỒ SƠ"},
		{"(12)", "(12)"},
		{"*", "*"},
	} {
		if got := canonical.Name(test.in); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.in, got, test.want)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"Trực tuyến", ""},
		{norm.NFD.String("Trực tuyến"), "letters in decomposed form (NFD)"},
		{"a\u00a0b", "a no-break space"},
		{"a\u200bb", "a character without a shape (U+200B)"},
		{"a  b ", "a double space, a space at an end"},
		{"a\tb\n", "a tab, a line break"},
	} {
		if got := canonical.Hidden(test.in); got != test.want {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

// The laws: what is canonical stays as it is, and how letters are composed makes no difference.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a b", "e\u0301", "\u00a0x\u200b", "\u0301e", "가\u11a8", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := canonical.Text(text)
		if twice := canonical.Text(once); twice != once {
			t.Errorf("%q becomes %q, then %q", text, once, twice)
		}
		if !utf8.ValidString(text) {
			return
		}
		if other := canonical.Text(norm.NFD.String(text)); other != once {
			t.Errorf("%q becomes %q, decomposed before %q", text, once, other)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, text := range map[string]string{"plain": "H26.2026.000123", "vietnamese": "Nộp trực tuyến", "decomposed": norm.NFD.String("Nộp trực tuyến")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				canonical.Text(text)
			}
		})
	}
}
