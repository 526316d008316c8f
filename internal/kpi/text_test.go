package kpi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextFallsBack(t *testing.T) {
	for _, test := range []struct {
		text     Text
		language string
		want     string
	}{
		{Text{"vi": "Bộ", "en": "Ministry"}, "en", "Ministry"},
		{Text{"vi": "Bộ"}, "en", "Bộ"},
		{Text{"en": "Ministry"}, "vi", "Ministry"},
		{Text{"lo": "ກະຊວງ", "km": "ក្រសួង"}, "en", "ក្រសួង"},
		{nil, "vi", ""},
	} {
		if got := test.text.In(test.language); got != test.want {
			t.Errorf("%v in %s: got %q, want %q", test.text, test.language, got, test.want)
		}
	}
}

// A user's name in one language leaves the built-in ones of the others.
func TestTextIsOverriddenByLanguage(t *testing.T) {
	builtin := Text{"vi": "Đúng hạn", "en": "On time"}
	if diff := cmp.Diff(Text{"vi": "Đúng hạn", "en": "In time"}, builtin.With(Text{"vi": "", "en": "In time"})); diff != "" {
		t.Error(diff)
	}
	if builtin["en"] != "On time" {
		t.Error("the text itself was changed")
	}
}
