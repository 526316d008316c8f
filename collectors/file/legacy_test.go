package file

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kpiagent/collectors"
	"kpiagent/config"
)

// written encodes a text for the tests: the reverse of the decoders, found by trying all bytes.
func written(t *testing.T, encoding, text string) string {
	t.Helper()
	one := map[string]string{}
	decoded := func(bytes string) string {
		read, _, err := decode(strings.NewReader(bytes), encoding)
		if err != nil {
			t.Fatal(err)
		}
		letters, err := io.ReadAll(read)
		if err != nil {
			t.Fatal(err)
		}
		return string(letters)
	}
	for b := 0x80; b < 0x100; b++ {
		one[decoded(string([]byte{byte(b)}))] = string([]byte{byte(b)})
		if encoding != "vni" {
			continue
		}
		for _, vowel := range append([]byte("aeiouyAEIOUY"), 0xF4, 0xF6, 0xD4, 0xD6) {
			pair := string([]byte{vowel, byte(b)})
			one[decoded(pair)] = pair
		}
	}
	var out strings.Builder
	for _, letter := range norm.NFC.String(text) {
		if letter < 0x80 {
			out.WriteRune(letter)
		} else if bytes, known := one[string(letter)]; known {
			out.WriteString(bytes)
		} else {
			t.Fatalf("%s has no %c", encoding, letter)
		}
	}
	return out.String()
}

const everyLetter = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"

func TestEveryLetterOfTheOldEncodings(t *testing.T) {
	for encoding, text := range map[string]string{"tcvn3": everyLetter + "ĂÂÊÔƠƯĐ", "vni": everyLetter + strings.ToUpper(everyLetter)} {
		read, found, err := decode(strings.NewReader(written(t, encoding, text)), encoding)
		if err != nil || found != encoding {
			t.Fatal(found, err)
		}
		if got, err := io.ReadAll(read); string(got) != text || err != nil {
			t.Errorf("%s: %s, want %s (%v)", encoding, got, text, err)
		}
	}
}

// The bytes are those that files of the time have.
func TestOldEncodingsReadWhatOthersWrote(t *testing.T) {
	for encoding, bytes := range map[string]string{"tcvn3": "Tr\xf9c tuy\xd5n, C\xeang", "vni": "Tr\xf6\xefc tuye\xe1n, Co\xe4ng", "windows-1258": "Tr\xfd\xf2c tuy\xea\xecn"} {
		read, _, err := decode(strings.NewReader(bytes), encoding)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(read); !strings.HasPrefix(string(got), "Trực tuyến") || err != nil {
			t.Errorf("%s: %s, %v", encoding, got, err)
		}
	}
}

func TestTheEncodingOfATextIsRecognised(t *testing.T) {
	windows := func(text string) string {
		// As Windows writes: a vowel with its hat, then the tone.
		var parts strings.Builder
		for _, letter := range text {
			plain := norm.NFD.String(string(letter))
			for _, tone := range "\u0301\u0300\u0309\u0303\u0323" {
				if before, after, has := strings.Cut(plain, string(tone)); has {
					plain = norm.NFC.String(before+after) + string(tone)
				}
			}
			if !strings.ContainsAny(plain, "\u0301\u0300\u0309\u0303\u0323") {
				plain = string(letter)
			}
			parts.WriteString(plain)
		}
		bytes, err := charmap.Windows1258.NewEncoder().String(parts.String())
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	for _, text := range []string{"H-1;1.000123;Trực tuyến;02/03/2026", "Phòng Đăng ký kinh doanh; Quyết định cấp giấy phép", "Sở Xây dựng;Trực tiếp tại quầy"} {
		for encoding, bytes := range map[string]string{"tcvn3": written(t, "tcvn3", text), "vni": written(t, "vni", text), "windows-1258": windows(text)} {
			if got := recognised([]byte(bytes)); got != encoding {
				t.Errorf("%q in %s is taken for %s", text, encoding, got)
			}
		}
	}
	if got := recognised([]byte("\x80\x81\xfe\xff garbage")); got != "" {
		t.Errorf("garbage is taken for %s", got)
	}
}

func TestTwoByteOrderMarksAreOne(t *testing.T) {
	read, found, err := decode(strings.NewReader("\ufeff\ufeffma;kenh"), "auto")
	if err != nil || found != "utf-8" {
		t.Fatal(found, err)
	}
	if got, err := io.ReadAll(read); string(got) != "ma;kenh" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Names that are composed otherwise on the disk than in the configuration are found.
func TestNamesComposedOtherwiseAreFound(t *testing.T) {
	for name, form := range map[string]norm.Form{"apart on the disk": norm.NFD, "one on the disk": norm.NFC} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			other := norm.NFC
			if form == norm.NFC {
				other = norm.NFD
			}
			if err := os.WriteFile(filepath.Join(folder, form.String("báo cáo tháng 3.csv")), []byte(report(1)), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"báo cáo*.csv", "báo cáo tháng 3.csv", "*tháng 3.csv"} {
				g, err := collect(t, config.File{Path: filepath.Join(folder, other.String(path))}, collectors.Request{})
				if err != nil || len(g.IDs) != 1 {
					t.Errorf("%s: %v, %v", path, g.IDs, err)
				}
			}
		})
	}
}

// Without quotes, a sign for inches is a letter like any other.
func TestQuotesThatAreNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ds.csv")
	content := strings.Replace(report(3), "H1,", `"H1,`, 1)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := collect(t, config.File{Path: path, Quotes: "none"}, collectors.Request{})
	if err != nil || len(g.IDs) != 3 || !strings.HasPrefix(g.IDs[0], `"H`) {
		t.Errorf("%q, %v", g.IDs, err)
	}
}
