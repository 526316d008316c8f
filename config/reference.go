package config

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"kpiagent/config/layout"
)

//go:embed examples/full.yml
var fullExample []byte

// heading begins the reference.
//
//go:embed reference.md
var heading string

// lists begins the part on lists and presets.
//
//go:embed lists.md
var lists string

// section is one block of the reference: where it stands, its type and what it is for.
type section struct {
	key string
	t   reflect.Type
	doc string
}

// Reference returns docs/configuration.md: every key with its type, default, what is allowed and what it means, as the tags
// of the types say, with an example of each block.
func Reference() (string, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(fullExample, &root); err != nil {
		return "", fmt.Errorf("examples/full.yml: %w", err)
	}
	var b strings.Builder
	b.WriteString(heading)
	b.WriteString("\n## Layouts of dates\n\n" + layoutTable())
	presets, err := presetSection()
	if err != nil {
		return "", err
	}
	b.WriteString("\n" + lists + presets)
	b.WriteString("\n## Top level\n\n")
	writeTable(&b, configType, "")
	done := map[reflect.Type]bool{}
	for _, s := range sections(configType, "", done) {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s\n\n", s.key, s.doc)
		writeTable(&b, s.t, s.key)
		if snippet := excerpt(&root, s.key); snippet != "" {
			fmt.Fprintf(&b, "\n```yaml\n%s```\n", snippet)
		}
	}
	return b.String(), nil
}

// sections lists the blocks in the order of the types, each type once.
func sections(t reflect.Type, key string, done map[reflect.Type]bool) []section {
	var list []section
	for _, f := range fieldsOf(t) {
		inner, ok := block(f.Type)
		if !ok || done[inner] {
			continue
		}
		done[inner] = true
		name := under(key, f.key)
		if f.Type.Kind() == reflect.Slice {
			name += "[]"
		}
		doc := f.Tag.Get("doc")
		if inner == fieldType {
			name, doc = "sources[].mapping.*", "Where one field comes from: exactly one of `column`, `columns`, `filled` and `constant`."
		}
		list = append(list, section{key: name, t: inner, doc: doc})
		list = append(list, sections(inner, name, done)...)
	}
	return list
}

// writeTable writes the keys of one block.
func writeTable(b *strings.Builder, t reflect.Type, key string) {
	b.WriteString("| key | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n")
	for _, f := range fieldsOf(t) {
		meaning := f.Tag.Get("doc")
		if record := f.Tag.Get("record"); record != "" {
			meaning = fmt.Sprintf("With `record: %s`: %s", record, meaning)
		}
		if !strings.Contains(key, "[]") && f.Type.Kind() != reflect.Struct {
			meaning += fmt.Sprintf(" Variable: `%s`.", Variable(under(key, f.key)))
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.key, typeName(f), defaultName(f), allowedName(f), strings.ReplaceAll(meaning, "|", "\\|"))
	}
}

func typeName(f field) string {
	t, list := f.Type, ""
	if t.Kind() == reflect.Slice {
		t, list = t.Elem(), "list of "
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := "text"
	switch {
	case t == fieldType:
		name = "field"
		if holds := f.Tag.Get("holds"); holds != "" {
			name = holds + " field"
		}
	case t == durationType:
		name = "duration"
	case isBlock(t):
		name = "block"
	case t.Kind() == reflect.Bool:
		name = "true or false"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		name = "whole number"
	case t.Kind() == reflect.Float64:
		name = "number"
	}
	if list != "" && name != "true or false" {
		return list + name + "s"
	}
	return list + name
}

func defaultName(f field) string {
	switch {
	case f.required || f.Tag.Get("needed") == "true":
		return "**required**"
	case f.defaulted:
		return "`" + strings.ReplaceAll(f.fallback, "|", "\\|") + "`"
	}
	return ""
}

// checkNames says in words what the checks want.
var checkNames = map[string]string{
	"cron":             "five cron fields, `@hourly`, `@daily`, `@weekly`, `@monthly`, `@every 10m`",
	"timezone":         "a name of the IANA list",
	"positive":         "above 0",
	"not_negative":     "0 or more",
	"year":             "2000 to 2100",
	"identifier":       "a small letter, then up to 39 small letters, digits and `_`",
	"variable":         "the name of a variable",
	"listen":           "`host:port` or `:port`",
	"hours":            "`HH:mm-HH:mm`",
	"day":              "`yyyy-MM-dd`",
	"days":             "`yyyy-MM-dd` or `yyyy-MM-dd..yyyy-MM-dd`",
	"layout":           "a [layout](#layouts-of-dates)",
	"layout_or_period": "a [layout](#layouts-of-dates)",
	"layout_or_number": "a [layout](#layouts-of-dates) or `number`",
	"url":              "`http://` or `https://` and what follows, without user and password",
	"proxy":            "`http://` or `https://` and what follows, or `direct`",
	"hosts":            "a host name, `*.suffix`, an IP address or a CIDR",
	"jq":               "a jq expression",
	"css":              "a CSS selector",
	"metric":           "the name of a metric",
	"pattern":          "a regular expression",
	"encoding":         "`auto`, or an encoding that web pages name, such as `windows-1258`",
	"prefix":           "a small letter, then up to 15 small letters, digits and `-`",
	"matchers":         "label matchers, separated by `,`",
	"grafana_uid":      "letters, digits, `_` and `-`",
	"rate":             "0.001 or more",
	"history_interval": "a whole part of an hour, `15s` to `1h`",
	"separator":        "one character, or `\\t`",
	"number":           "a number",
	"label":            "the name of a label",
	"address":          "a mail address",
	"phone":            "a telephone number",
}

func allowedName(f field) string {
	if f.allowed == nil {
		return checkNames[f.check]
	}
	names := make([]string, len(f.allowed))
	for i, a := range f.allowed {
		names[i] = "`" + a + "`"
		if a == "" {
			names[i] = "nothing"
		}
	}
	return strings.Join(names, ", ")
}

// layoutTable lists the tokens.
func layoutTable() string {
	var b strings.Builder
	b.WriteString("| written | stands for |\n| --- | --- |\n")
	for _, t := range layout.Tokens() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", t.Text, t.Doc)
	}
	b.WriteString("| `.S` to `.SSSSSSSSS` | fraction of a second with as many digits, after a point or a comma |\n")
	b.WriteString("| `'text'` | letters that stand for themselves; every other sign does so without apostrophes |\n")
	fmt.Fprintf(&b, "| `%s` | the name of a form: `2011-10-11T13:42:22+02:00`; a space may stand for the T, decimals of a second may follow (`2011-10-11 13:42:22.688000+02:00`), and the offset may be `Z`, `+0200` or `+02` |\n", layout.ISO)
	fmt.Fprintf(&b, "| `%s` | seconds since 1970-01-01T00:00:00Z |\n| `%s` | milliseconds since then |\n", layout.Unix, layout.UnixMillis)
	return b.String()
}
