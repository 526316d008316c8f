package i18n

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"kpiagent/internal/kpi"
)

//go:embed *.yaml
var files embed.FS

// builtin caches the embedded catalogues: they are constant data.
var builtin = sync.OnceValues(func() (*Catalogue, error) { return Load(files) })

// Catalogue is the set of languages, the default one first, the others by code.
type Catalogue struct {
	languages []*Language
}

// Builtin returns the languages that come with the agent. It panics where their files are broken, which this package's tests
// rule out.
func Builtin() *Catalogue {
	c, err := builtin()
	if err != nil {
		panic(err)
	}
	return c
}

// Codes returns the codes of the built-in languages, the default one first.
func Codes() []string { return codes(files) }

// codes lists the languages of a folder; one that cannot be listed has none.
func codes(from fs.FS) (list []string) {
	names, _ := fs.Glob(from, "*.yaml") // the pattern is well-formed
	for _, name := range names {
		list = append(list, strings.TrimSuffix(name, ".yaml"))
	}
	if i := slices.Index(list, kpi.DefaultLanguage); i > 0 {
		list = slices.Insert(slices.Delete(list, i, i+1), 0, kpi.DefaultLanguage)
	}
	return list
}

// Load reads one language from each *.yaml file; the file's name is the language's code.
func Load(from fs.FS) (*Catalogue, error) {
	c := &Catalogue{}
	for _, code := range codes(from) {
		l, err := loadLanguage(from, code)
		if err != nil {
			return nil, fmt.Errorf("texts in %s.yaml: %w", code, err)
		}
		if c.languages = append(c.languages, l); len(c.languages) > 1 {
			l.fallback = c.languages[0]
		}
	}
	if len(c.languages) == 0 || c.languages[0].Code != kpi.DefaultLanguage {
		return nil, fmt.Errorf("texts: there is no %s.yaml", kpi.DefaultLanguage)
	}
	return c, nil
}

func loadLanguage(from fs.FS, code string) (*Language, error) {
	content, err := fs.ReadFile(from, code+".yaml")
	if err != nil {
		return nil, err
	}
	var file struct {
		Language struct{ Name, English string }
		Format   format
		Texts    map[string]message
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	if err := file.Format.check(); err != nil {
		return nil, err
	}
	l := &Language{Code: code, Name: file.Language.Name, English: file.Language.English, format: file.Format, texts: file.Texts}
	l.percentBefore, l.percentAfter, _ = strings.Cut(file.Format.Percent, "{}")
	return l, nil
}

// Languages returns all languages, the default one first.
func (c *Catalogue) Languages() []*Language { return slices.Clone(c.languages) }

// In returns the language of a code, the default language for a code that is not known.
func (c *Catalogue) In(code string) *Language {
	for _, l := range c.languages {
		if l.Code == code {
			return l
		}
	}
	return c.Default()
}

// Default returns the language of those who ask for none.
func (c *Catalogue) Default() *Language { return c.languages[0] }

// Text returns a text in every language, by language code.
func (c *Catalogue) Text(key string) kpi.Text {
	text := kpi.Text{}
	for _, l := range c.languages {
		if m, known := l.texts[key]; known {
			text[l.Code] = m.other
		}
	}
	return text
}

// Named returns the KPIs with their names, short names and descriptions, where the catalogue has them.
func (c *Catalogue) Named(list kpi.Catalogue) kpi.Catalogue {
	list = slices.Clone(list)
	for i := range list {
		d := &list[i]
		key := "kpi." + d.ID
		d.Name, d.Short, d.Description = c.Text(key+".name"), c.Text(key+".short"), c.Text(key+".description")
	}
	return list
}

// message is one text, with the form for exactly 1 where the language has one.
type message struct{ other, one string }

// UnmarshalYAML reads a plain text, or {one: …, other: …} for texts that begin with a number.
func (m *message) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		m.other = n.Value
		return nil
	}
	var forms struct{ One, Other string }
	if err := n.Decode(&forms); err != nil {
		return err
	}
	if forms.One == "" || forms.Other == "" {
		return errors.New("a text with plural forms needs both one and other")
	}
	m.one, m.other = forms.One, forms.Other
	return nil
}
