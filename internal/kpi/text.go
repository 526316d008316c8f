package kpi

import (
	"cmp"
	"maps"
	"slices"
)

// DefaultLanguage is the language of texts that lack the one that is asked for: that of the ministries that run the agent.
const DefaultLanguage = "vi"

// Text is a text for people by the code of its language: {"vi": "Bộ", "en": "Ministry"}.
type Text map[string]string

// In returns the text in a language; where it lacks that, in the default language or else in any other. It is "" without a
// text.
func (t Text) In(language string) string {
	if text := cmp.Or(t[language], t[DefaultLanguage]); text != "" {
		return text
	}
	for _, code := range slices.Sorted(maps.Keys(t)) {
		if t[code] != "" {
			return t[code]
		}
	}
	return ""
}

// With returns the text with the languages of another one put over it.
func (t Text) With(other Text) Text {
	merged := maps.Clone(t)
	for code, text := range other {
		if text == "" {
			continue
		}
		if merged == nil {
			merged = Text{}
		}
		merged[code] = text
	}
	return merged
}
