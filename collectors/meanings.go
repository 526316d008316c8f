package collectors

import (
	"regexp"
	"strings"

	"kpiagent/config"
	"kpiagent/internal/canonical"
)

// meanings are what the values of a field mean: by their canonical texts, and where none is that text by patterns, in the order of
// the value map.
type meanings[T comparable] struct {
	exact    map[string]T
	patterns []patternMeaning[T]
	numbers  bool // 09 is 9, as for numbers of a state and unlike codes
}

type patternMeaning[T comparable] struct {
	*regexp.Regexp
	meaning T
}

func newMeanings[T comparable](room int) meanings[T] {
	return meanings[T]{exact: make(map[string]T, room)}
}

// add takes an entry of a checked value map in.
func (m *meanings[T]) add(given config.ValueMap, meaning T) {
	if given.Pattern == "" {
		m.exact[canonical.Text(given.From)] = meaning
		return
	}
	m.patterns = append(m.patterns, patternMeaning[T]{wholeText(given.Pattern), meaning})
}

// wholeText compiles a pattern of a checked configuration that a whole text has to match, in capital or small letters.
func wholeText(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)^(?:` + canonical.Text(pattern) + `)$`)
}

// of returns what a value means: the one written so, or else the one that differs in capital letters only, where all such
// mean the same, or else the first pattern that fits, or else the number without zeros in front.
func (m *meanings[T]) of(text string) (meaning T, known bool) {
	if meaning, known = m.exact[text]; known {
		return meaning, true
	}
	for written, one := range m.exact {
		if !strings.EqualFold(written, text) {
			continue
		}
		if known && one != meaning {
			return meaning, false
		}
		meaning, known = one, true
	}
	if known || text == "" {
		return meaning, known
	}
	for _, p := range m.patterns {
		if p.MatchString(text) {
			return p.meaning, true
		}
	}
	if m.numbers {
		if short := withoutZeros(text); short != text {
			return m.of(short)
		}
	}
	return meaning, false
}

// withoutZeros cuts the zeros off that are in front of a whole number: 09 is 9 for a value map that has no 09.
func withoutZeros(text string) string {
	if text == "" || text[0] != '0' || !isDigits(text) {
		return text
	}
	if short := strings.TrimLeft(text, "0"); short != "" {
		return short
	}
	return text
}

// ofBytes is of for the text form of a typed value.
func (m *meanings[T]) ofBytes(text []byte) (meaning T, known bool) {
	if meaning, known = m.exact[string(text)]; known || len(m.patterns) == 0 {
		return meaning, known
	}
	return m.of(string(text))
}
