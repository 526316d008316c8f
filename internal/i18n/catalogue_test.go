package i18n

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/unicode/norm"

	"kpiagent/internal/kpi"
)

// Every language has the keys of the default one, and its texts take the same values.
func TestLanguagesAreComplete(t *testing.T) {
	languages := Builtin().Languages()
	first := languages[0]
	for _, l := range languages {
		if l.Name == "" || l.English == "" {
			t.Errorf("%s: language needs name and english", l.Code)
		}
		for key := range first.texts {
			if _, known := l.texts[key]; !known {
				t.Errorf("%s.yaml lacks %s", l.Code, key)
			}
		}
		for key, m := range l.texts {
			reference, known := first.texts[key]
			if !known {
				t.Errorf("%s.yaml has %s, which %s.yaml lacks", l.Code, key, first.Code)
				continue
			}
			for _, text := range []string{m.other, m.one} {
				if text == "" && m.one == "" && m.other != "" {
					continue // no plural forms
				}
				if wrong := flaw(text, reference.other); wrong != "" {
					t.Errorf("%s.yaml, %s: %s: %q", l.Code, key, wrong, text)
				}
			}
		}
	}
}

// flaw says what is wrong with a text, compared with that of the default language; "" where nothing is.
func flaw(text, reference string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty"
	case !norm.NFC.IsNormalString(text):
		return "is not in Unicode's normal form C"
	case fmt.Sprint(placeholders(text)) != fmt.Sprint(placeholders(reference)):
		return fmt.Sprintf("takes other values than %q", reference)
	case strings.Contains(text, "%%") && len(placeholders(text)) == 0:
		return "takes no values, so its %% is shown as it is"
	}
	return ""
}

var (
	placeholder = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])`)
	named       = regexp.MustCompile(`⟨\w+⟩`)
)

// placeholders lists the values that a text takes, by their number: a language may write them in an order of its own, as in
// "%[2]s %[1]s". Texts of boards and rules name them: ⟨unit⟩; how often does not matter.
func placeholders(text string) map[string]string {
	found, next := map[string]string{}, 1
	for _, name := range named.FindAllString(text, -1) {
		found[name] = ""
	}
	for _, m := range placeholder.FindAllStringSubmatch(strings.ReplaceAll(text, "%%", ""), -1) {
		if m[1] != "" {
			_, _ = fmt.Sscan(m[1], &next)
		}
		found[strconv.Itoa(next)] = m[2]
		next++
	}
	return found
}

func TestFlaws(t *testing.T) {
	for _, test := range []struct{ text, reference, want string }{
		{"%[2]s: %[1]s", "%s %s", ""},
		{"%s", "%s %s", `takes other values than "%s %s"`},
		{"⟨b⟩, ⟨a⟩", "⟨a⟩ ⟨b⟩", ""},
		{"⟨a⟩", "⟨unit⟩", `takes other values than "⟨unit⟩"`},
		{" ", "x", "is empty"},
		{"100 %%", "x", "takes no values, so its %% is shown as it is"},
		{"e\u0301", "x", "is not in Unicode's normal form C"},
	} {
		if got := flaw(test.text, test.reference); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// Every built-in KPI, every status, verdict and group has its texts in every language.
func TestCatalogueIsNamed(t *testing.T) {
	catalogue, err := kpi.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range Builtin().Named(catalogue) {
		for _, l := range Builtin().Languages() {
			if d.Name[l.Code] == "" || d.Short[l.Code] == "" || d.Description[l.Code] == "" {
				t.Errorf("%s lacks a name, a short name or a description in %s", d.ID, l.English)
			}
		}
	}
	var keys []string
	for _, v := range kpi.Verdicts() {
		keys = append(keys, "verdict."+v.String())
	}
	for _, group := range kpi.Groups() {
		keys = append(keys, "group."+group)
	}
	for _, key := range keys {
		if !Builtin().Default().Has(key) {
			t.Errorf("there is no text %s", key)
		}
	}
}

// A third language is one file. What it has not translated yet is shown in the default language.
func TestThirdLanguage(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"vi.yaml", "en.yaml"} {
		content, err := os.ReadFile(filepath.Join(".", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	files["fr.yaml"] = &fstest.MapFile{Data: []byte(`
language: {name: Français, english: French}
format:
  decimal: ","
  group: "\u202f"
  percent: "{}\u202f%"
  day: 2 January 2006
  day_month: 2 Jan
  minute: 2 January 2006 à 15:04
  second: 2 January 2006 à 15:04:05
  long: 2 January 2006 à 15:04
  months: [janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre]
  short_months: [janv., févr., mars, avr., mai, juin, juil., août, sept., oct., nov., déc.]
  quarters: [T1, T2, T3, T4]
texts:
  dossiers: {one: "%s dossier", other: "%s dossiers"}
  part.of: "sur %[2]s, %[1]s"
`)}
	catalogue, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	fr := catalogue.In("fr")
	if fr.Code != "fr" || catalogue.In("xx").Code != "vi" || len(catalogue.Languages()) != 3 || catalogue.Default().Code != "vi" {
		t.Fatalf("the languages are %v", catalogue.Languages())
	}
	day := time.Date(2026, time.August, 3, 7, 5, 9, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{fr.Number(-1234.56, 1), "−1\u202f234,6"}, {fr.Percent(0.981, 1), "98,1\u202f%"},
		{fr.Day(day), "3 août 2026"}, {fr.DayMonth(day), "3 août"}, {fr.Minute(day), "3 août 2026 à 07:05"}, {fr.Second(day), "3 août 2026 à 07:05:09"},
		{fr.Count("dossiers", 1), "1 dossier"}, {fr.Count("dossiers", 2), "2 dossiers"}, {fr.Say("part.of", "3", "4"), "sur 4, 3"},
		{fr.Say("nav.overview"), "Tổng quan"}, {fr.Say("no.such.text"), "no.such.text"},
		{catalogue.Text("dossiers").In("fr"), "%s dossiers"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

// A broken file is refused with its name and what is missing.
func TestBrokenFiles(t *testing.T) {
	for name, test := range map[string]struct{ file, content, want string }{
		"no default language": {"en.yaml", "format: {months: [a,b,c,d,e,f,g,h,i,j,k,l], short_months: [a,b,c,d,e,f,g,h,i,j,k,l], quarters: [a,b,c,d]}", "there is no vi.yaml"},
		"too few months":      {"vi.yaml", "format: {months: [a]}", "vi.yaml: format needs 12 months"},
		"half a plural":       {"vi.yaml", "texts: {days: {one: a day}}", "vi.yaml: a text with plural forms needs both one and other"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{test.file: &fstest.MapFile{Data: []byte(test.content)}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
