package pages_test

import (
	"strings"
	"testing"

	"kpiagent/internal/i18n"
	"kpiagent/internal/sourcelog"
)

// Every doubt has its words in every language; those in English are the ones of the log and the commands.
func TestDoubtsHaveWords(t *testing.T) {
	for _, language := range i18n.Builtin().Languages() {
		for _, kind := range sourcelog.DoubtKinds() {
			key := "doubt." + string(kind)
			if !language.Has(key) {
				t.Errorf("%s.yaml lacks %s", language.Code, key)
			}
			if said := language.Say(key); language.Code == "en" && said != kind.Format() {
				t.Errorf("en.yaml has %q for %s, the log %q", said, key, kind.Format())
			}
		}
	}
}

// The page of a source shows what the last read brought, and shows cells only to those who may see rows.
func TestSourceShowsWhatItsColumnsHold(t *testing.T) {
	s := newSite(t, "")
	for language, says := range map[string][]string{
		"vi": {"953 dòng: 951 được tính (951 thêm, 0 thay đổi, 0 như cũ); 2 bị từ chối", "953 ô chữ"},
		"en": {"953 rows: 951 counted (951 added, 0 changed, 0 as known); 2 rejected", "953 texts"},
	} {
		body := s.get("/sources/dienluc/baocao?lang=" + language).Body.String()
		for _, text := range says {
			if !strings.Contains(body, text) {
				t.Errorf("%s: the page does not say %q", language, text)
			}
		}
	}
}
