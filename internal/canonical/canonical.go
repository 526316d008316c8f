// Package canonical returns the form in which two texts are the same when people see the same: composed letters (NFC), plain
// single spaces, no marks that cannot be seen.
//
// Here lives how texts that come in are compared: headers, values, names, ids, file names. It knows nothing of where they
// come from, and never changes what a person can see.
package canonical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text returns the canonical form of a text: NFC, every kind of space a plain one, runs of spaces single, none at the ends,
// and without characters that have no shape (zero-width spaces and joiners, byte order marks, soft hyphens, direction
// marks). Line breaks count as spaces. A text that is canonical already is returned as it is, without an allocation.
func Text(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range norm.NFC.String(text) {
		switch {
		case Unseen(r):
		case unicode.IsSpace(r):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	// A mark without a shape between a letter and its accent keeps the two apart; without it they compose.
	return norm.NFC.String(b.String())
}

// isPlain reports whether a text is canonical without a closer look: single inner spaces, and only letters that Vietnamese
// is written with, each composed. All of U+00A1–02FF and U+1E00–1EFF is NFC as it stands, and none of it combines.
func isPlain(text string) bool {
	before := byte(' ')
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return isPlainFrom(text[i:], rune(before))
		}
		if c < ' ' || c == 0x7f || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || text == ""
}

// isPlainFrom is isPlain for the rest of a text, before which a character stands.
func isPlainFrom(text string, before rune) bool {
	for _, r := range text {
		switch {
		case r == ' ':
			if before == ' ' {
				return false
			}
		case r > ' ' && r < 0x7f, r > 0xa0 && r < 0x300 && r != '\u00ad', r >= 0x1e00 && r <= 0x1eff:
		default:
			return false
		}
		before = r
	}
	return before != ' '
}

// Name returns the form in which names that people write by hand are compared, such as column heads and sheets: the
// canonical text without the marks at the end that only point at something else (":", "*", ".", "(*)").
func Name(text string) string {
	text = Text(text)
	for {
		short := strings.TrimSuffix(strings.TrimRight(text, " :;,.*"), "(*)")
		if short == text || short == "" {
			return text
		}
		text = short
	}
}

// Unseen reports whether a character has no shape and no width: what it does to a text, nobody sees.
func Unseen(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\u180e', r == '\ufeff':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	case r >= '\ufe00' && r <= '\ufe0f':
		return true
	}
	return false
}

// Hidden says what of a text cannot be seen, for a message: "a no-break space", "letters in decomposed form". It is "" where
// all can be seen.
func Hidden(text string) string {
	var found []string
	add := func(what string) {
		for _, known := range found {
			if known == what {
				return
			}
		}
		found = append(found, what)
	}
	if !norm.NFC.IsNormalString(text) {
		add("letters in decomposed form (NFD)")
	}
	before := rune('x')
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			add("bytes that are no character")
		case r == '\u00a0' || r == '\u202f' || r == '\u2007':
			add("a no-break space")
		case Unseen(r):
			add("a character without a shape (" + strings.ToUpper(codePoint(r)) + ")")
		case r == '\t':
			add("a tab")
		case r == '\n' || r == '\r':
			add("a line break")
		case r != ' ' && unicode.IsSpace(r):
			add("an unusual space (" + strings.ToUpper(codePoint(r)) + ")")
		case r == ' ' && before == ' ':
			add("a double space")
		}
		before = r
	}
	if strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		add("a space at an end")
	}
	return strings.Join(found, ", ")
}

func codePoint(r rune) string {
	const digits = "0123456789abcdef"
	code := []byte("u+0000")
	for i := len(code) - 1; i >= 2; i-- {
		code[i] = digits[r&0xf]
		r >>= 4
	}
	return string(code)
}
