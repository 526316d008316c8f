package demo

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// tones are the combining marks that Windows-1258 writes behind a letter.
var tones = []rune{'\u0300', '\u0301', '\u0303', '\u0309', '\u0323'}

// toWindows1258 encodes Vietnamese as Windows does: a letter with its shape (ê), then its tone.
func toWindows1258(text string) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for _, letter := range norm.NFC.String(text) {
		if letter < utf8.RuneSelf {
			out = append(out, byte(letter))
			continue
		}
		for _, part := range shapeAndTone(letter) {
			b, ok := charmap.Windows1258.EncodeRune(part)
			if !ok {
				return nil, fmt.Errorf("%q has no place in Windows-1258", letter)
			}
			out = append(out, b)
		}
	}
	return out, nil
}

// shapeAndTone takes a letter apart as far as Windows-1258 needs it.
func shapeAndTone(letter rune) []rune {
	if _, whole := charmap.Windows1258.EncodeRune(letter); whole {
		return []rune{letter}
	}
	var shape, tone []rune
	for _, part := range norm.NFD.String(string(letter)) {
		if slices.Contains(tones, part) {
			tone = append(tone, part)
		} else {
			shape = append(shape, part)
		}
	}
	return append([]rune(norm.NFC.String(string(shape))), tone...)
}
