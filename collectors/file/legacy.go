package file

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// The Vietnamese encodings from before Unicode that no library has: each is a font of its time, with letters in the place of signs.

// tcvn3 are the letters of TCVN 5712:1993 VN3 (ABC, fonts .Vn…) from 0xA1 on, ¤ where there is none. Capital letters with a tone
// are written with the small ones in a font of capitals.
const tcvn3 = "ĂÂÊÔƠƯĐăâêôơưđ¤¤¤¤¤¤àảãáạ¤ằẳẵắ¤¤¤¤¤¤¤ặầẩẫấậè¤ẻẽéẹềểễếệìỉ¤¤¤ĩíịò¤ỏõóọồổỗốộờởỡớợù¤ủũúụừửữứựỳỷỹýỵ"

// vniLetters are the letters of VNI-Windows that are one byte.
var vniLetters = map[byte]rune{
	0xF1: 'đ', 0xD1: 'Đ', 0xF4: 'ơ', 0xD4: 'Ơ', 0xF6: 'ư', 0xD6: 'Ư', 0xEE: 'ỵ', 0xCE: 'Ỵ',
	0xED: 'í', 0xEC: 'ì', 0xE6: 'ỉ', 0xF3: 'ĩ', 0xF2: 'ị', 0xCD: 'Í', 0xCC: 'Ì', 0xC6: 'Ỉ', 0xD3: 'Ĩ', 0xD2: 'Ị',
}

// vniMarks are the bytes behind a vowel: its hat or hook, its tone, or both, as combining marks.
var vniMarks = map[byte]string{
	0xF9: "\u0301", 0xF8: "\u0300", 0xFB: "\u0309", 0xF5: "\u0303", 0xEF: "\u0323",
	0xE2: "\u0302", 0xE1: "\u0302\u0301", 0xE0: "\u0302\u0300", 0xE5: "\u0302\u0309", 0xE3: "\u0302\u0303", 0xE4: "\u0302\u0323",
	0xEA: "\u0306", 0xE9: "\u0306\u0301", 0xE8: "\u0306\u0300", 0xFA: "\u0306\u0309", 0xFC: "\u0306\u0303", 0xEB: "\u0306\u0323",
}

// letters maps bytes from 0x80 on to letters; what has none becomes U+FFFD.
type letters func(b byte) (text string, known bool)

// Reset implements transform.Transformer.
func (letters) Reset() {}

// Transform decodes byte by byte.
func (l letters) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		b := src[nSrc]
		text := string(rune(b))
		if b >= utf8.RuneSelf {
			var known bool
			if text, known = l(b); !known {
				text = string(utf8.RuneError)
			}
		}
		if nDst+len(text) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], text)
		nSrc++
	}
	return nDst, nSrc, nil
}

func fromTCVN3(b byte) (string, bool) {
	const first = 0xA1
	if b < first {
		return "", false
	}
	at := int(b) - first
	for _, letter := range tcvn3 {
		if at == 0 {
			return string(letter), letter != '¤'
		}
		at--
	}
	return "", false
}

func fromVNI(b byte) (string, bool) {
	if letter, known := vniLetters[b]; known {
		return string(letter), true
	}
	marks, known := vniMarks[b]
	if !known { // the marks of capital letters are 32 lower
		marks, known = vniMarks[b+32]
	}
	return marks, known
}

// legacy are the decoders by name. Marks become one letter with their vowel, as everybody else writes them.
func legacy(encoding string) transform.Transformer {
	switch encoding {
	case "windows-1258":
		return transform.Chain(charmap.Windows1258.NewDecoder(), norm.NFC)
	case "tcvn3":
		return letters(fromTCVN3)
	case "vni":
		return transform.Chain(letters(fromVNI), norm.NFC)
	}
	return nil
}

// legacyEncodings are those that are recognised, the likelier ones first.
var legacyEncodings = []string{"windows-1258", "tcvn3", "vni"}

// recognised names the encoding in which a text that is not UTF-8 reads most like Vietnamese; "" where it does in none.
func recognised(text []byte) string {
	best, most := "", 0
	for _, name := range legacyEncodings {
		read, _, err := transform.Bytes(legacy(name), text)
		if err != nil {
			continue
		}
		if score := vietnamese(string(read)); score > most {
			best, most = name, score
		}
	}
	return best
}

// nuclei are the vowels of a syllable, without its tone.
var nuclei = strings.Fields("a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iêu iu oa oai oao oay oă oe oeo oi oo ôi ơi ua uâ uây " +
	"uê ui uô uôi uơ uy uya uyê uyu ưa ưi ươ ươi ươu ưu yê yêu")

// tones are the combining marks of the tones; the first two are those of syllables that end in c, ch, p or t.
const tones = "\u0301\u0323\u0300\u0309\u0303"

// vietnamese counts the words with marks that can be Vietnamese syllables, less those that cannot.
func vietnamese(text string) (score int) {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }) {
		switch {
		case len(word) == utf8.RuneCountInString(word): // no letter with a mark
		case syllable(word):
			score++
		default:
			score--
		}
	}
	return score
}

// syllable reports whether a word in small letters has the form of a syllable: consonants, vowels that go together with one tone at
// most, consonants.
func syllable(word string) bool {
	tone := rune(0)
	plain := norm.NFC.String(strings.Map(func(r rune) rune {
		if !strings.ContainsRune(tones, r) {
			return r
		}
		if tone != 0 {
			return utf8.RuneError // a second tone
		}
		tone = r
		return -1
	}, norm.NFD.String(word)))
	for _, initial := range []string{"gi", "qu"} {
		if rest, has := strings.CutPrefix(plain, initial); has && strings.ContainsAny(rest, "aăâeêioôơuưy") {
			plain = rest
		}
	}
	const consonants = "bcdđghklmnpqrstvx"
	vowels := strings.TrimLeft(plain, consonants)
	end := strings.TrimLeft(vowels, "aăâeêioôơuưy")
	switch end {
	case "c", "ch", "p", "t":
		if !strings.ContainsRune(tones[:len("\u0301\u0323")], tone) {
			return false
		}
	case "", "m", "n", "ng", "nh":
	default:
		return false
	}
	return slices.Contains(nuclei, strings.TrimSuffix(vowels, end))
}
