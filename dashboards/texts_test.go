package dashboards

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"kpiagent/internal/i18n"
)

// ofMixin are the beginnings of the keys of texts that boards and rules have.
var ofMixin = []string{"grafana.", "rule."}

// words is a language as the mixin has it.
type words struct {
	Name    string            `json:"name"`
	Decimal string            `json:"decimal"`
	Percent string            `json:"percent"`
	Texts   map[string]string `json:"texts"`
}

func wordsOf(catalogue *i18n.Catalogue) map[string]words {
	all := map[string]words{}
	for _, l := range catalogue.Languages() {
		all[l.Code] = words{l.Name, l.Decimal(), l.Percentage(), l.Texts(ofMixin...)}
	}
	return all
}

// The texts of the mixin are those of the agent; from outside, it has them from this file.
func TestTheTextsOfTheMixinAreUpToDate(t *testing.T) {
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(wordsOf(i18n.Builtin())); err != nil {
		t.Fatal(err)
	}
	sameAsFile(t, "texts.json", file.String())
}

// No text is kept that nothing shows, and none is written beside the catalogue.
func TestEveryTextIsUsed(t *testing.T) {
	var all strings.Builder
	letters := regexp.MustCompile(`'[^'\n]*[À-ÖØ-öø-ɏẠ-ỹ][^'\n]*'`)
	for path, source := range sources(t) {
		all.WriteString(source)
		for _, text := range letters.FindAllString(source, -1) {
			t.Errorf("%s has the text %s, which belongs into internal/i18n", path, text)
		}
	}
	// The keys that are put together.
	built := []*regexp.Regexp{
		regexp.MustCompile(`^grafana\.(overview|unit|procedure|quality|wall|levels|onestop|satisfaction|plan)(\.about)?$`),
		regexp.MustCompile(`^grafana\.levels\.([1-4]|full|partial)$`),
		regexp.MustCompile(`^rule\.(since\.[a-z0-9_]+|Kpiagent[A-Za-z]+\.(summary|description))$`),
	}
	for key := range i18n.Builtin().Default().Texts(ofMixin...) {
		isBuilt := slices.ContainsFunc(built, func(form *regexp.Regexp) bool { return form.MatchString(key) })
		if !isBuilt && !strings.Contains(all.String(), "'"+key+"'") {
			t.Errorf("%s is in the catalogue, and nothing shows it", key)
		}
	}
}

// A third language is one more file of the catalogue. What it has not translated yet is shown in Vietnamese.
func TestBoardsAndRulesInAThirdLanguage(t *testing.T) {
	catalogue := fstest.MapFS{"la.yaml": {Data: []byte(`
language: {name: Latina, english: Latin}
format:
  decimal: "·"
  percent: "{} per centum"
  months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  short_months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  quarters: [I, II, III, IV]
texts:
  grafana.quality: Qualitas
  grafana.kpi.months: "⟨kpi⟩ per menses"
  grafana.word.yes: Ita
  rule.target.summary: "⟨kpi⟩ in ⟨unit⟩: ⟨value⟩ pro ⟨target⟩"
  rule.EgovUnitSilent.summary: "⟨unit⟩ tacet"
`)}}
	for _, name := range []string{"vi.yaml", "en.yaml"} {
		content, err := os.ReadFile(filepath.Join("..", "internal", "i18n", name))
		if err != nil {
			t.Fatal(err)
		}
		catalogue[name] = &fstest.MapFile{Data: content}
	}
	languages, err := i18n.Load(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	made, err := Render(Settings{
		"languages": []string{"vi", "la"}, "texts": wordsOf(languages), "engine": "grafana", "pagesURL": "https://kpi.example.vn",
		"units": []unit{{ID: "bo", Name: text{"vi": "Bộ", "la": "Ministerium"}, Within: []string{"bo"}, Shared: []system{}}},
		"kpis": []signal{{ID: "overdue_open", Name: text{"vi": "Quá hạn", "la": "Tarda"}, Short: text{"vi": "Quá hạn"}, Description: text{},
			Kind: "count", Direction: "down", Measures: []string{}, OfDossiers: true, Targeted: true,
			Groups: []group{{Severity: "warning", Units: []string{}, Except: []string{}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}

	boards := map[string]string{}
	for _, b := range made.Boards {
		boards[b.UID] = string(b.JSON)
	}
	for uid, parts := range map[string][]string{
		"kpiagent-quality-la": {`"title": "Qualitas"`, `"text": "Ita"`, `"title": "Tiếng Việt"`, `"tooltip": "Chất lượng dữ liệu"`, `"title": "Nguồn"`},
		"kpiagent-quality-vi": {`"title": "Chất lượng dữ liệu"`, `"title": "Latina"`, `"url": "/d/kpiagent-quality-la"`, `"tooltip": "Qualitas"`},
		"kpiagent-unit-la":    {`"text": "Ministerium"`, `"title": "Quá hạn per menses"`},
	} {
		for _, part := range parts {
			if !strings.Contains(boards[uid], part) {
				t.Errorf("%s lacks %s", uid, part)
			}
		}
	}

	rules := ruleFile(t, made.Alerts)
	managed, err := json.Marshal(made.Managed)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`| first | label "name_la" }}`, ` tacet`, `summary_la: 'Tarda in {{ with printf`, ` | reReplaceAll "[.]" "·"`,
		"https://kpi.example.vn/units/{{ $labels.unit }}?lang=la", "summary_la: kpiagent tại {{ $labels.instance }}", "summary_la: 'kpiagent không trả lời: ",
	} {
		if !strings.Contains(rules, part) {
			t.Errorf("no rule has %s", part)
		}
	}
	for _, part := range []string{"group_left (name, name_en, name_la)", `"summary_la":"Tarda in {{ with $values.value.Labels.name_la }}`} {
		if !strings.Contains(string(managed), part) {
			t.Errorf("no rule of Grafana has %s", part)
		}
	}

	if _, err := Render(Settings{"languages": []string{"vi", "la"}}); err == nil ||
		!strings.Contains(err.Error(), `there are no texts in "la"; there are en, vi`) {
		t.Errorf("a language without texts: %v", err)
	}
}
