package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"kpiagent/internal/i18n"
	"kpiagent/internal/kpi"
)

// field is one key of a block, with what its tags say.
type field struct {
	reflect.StructField
	key       string
	allowed   []string // nil: whatever the type holds
	fallback  string   // the default as written in the tag
	defaulted bool
	check     string
	required  bool
	empty     bool // an empty text is a value of its own
	secret    bool
	path      bool // a relative path starts at the configuration file's folder
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[kpi.Text]()
)

// isBlock reports whether a type is written as a block of keys.
func isBlock(t reflect.Type) bool { return t.Kind() == reflect.Struct || t == textType }

// languageFields returns the keys of a text for people: the codes of the languages.
func languageFields() (list []field) {
	for _, l := range i18n.Builtin().Languages() {
		tag := reflect.StructTag(fmt.Sprintf(`yaml:%q doc:"In %s."`, l.Code, l.English))
		list = append(list, field{StructField: reflect.StructField{Type: textType.Elem(), Tag: tag}, key: l.Code})
	}
	return list
}

// in returns the value of a key in a block.
func (f field) in(block reflect.Value) reflect.Value {
	if block.Type() != textType {
		return block.FieldByIndex(f.Index)
	}
	if value := block.MapIndex(reflect.ValueOf(f.key)); value.IsValid() {
		return value
	}
	return reflect.Zero(f.Type)
}

// fieldsOf returns the keys of a block in the order of its type, those of inline blocks among them.
func fieldsOf(t reflect.Type) []field {
	if t == textType {
		return languageFields()
	}
	list := taggedFields(t)
	for i := range list {
		switch {
		case t == sourceType && list[i].key == "kind":
			list[i].allowed = Kinds()
		case t == boardsType && list[i].key == "languages":
			list[i].allowed = i18n.Codes()
		case t == termType && list[i].key == "count":
			list[i].allowed = kpi.Counts()
		}
	}
	return list
}

// taggedFields is fieldsOf by the tags alone.
func taggedFields(t reflect.Type) []field {
	list := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("yaml")
		if key == ",inline" {
			for _, inner := range fieldsOf(f.Type) {
				inner.Index = slices.Concat(f.Index, inner.Index)
				list = append(list, inner)
			}
			continue
		}
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		fallback, defaulted := f.Tag.Lookup("default")
		one := field{
			StructField: f,
			key:         key,
			fallback:    fallback,
			defaulted:   defaulted,
			check:       f.Tag.Get("check"),
			required:    f.Tag.Get("required") == "true",
			empty:       f.Tag.Get("empty") == "true",
			secret:      f.Tag.Get("secret") == "true",
			path:        f.Tag.Get("path") == "true",
		}
		if allowed, ok := f.Tag.Lookup("allowed"); ok {
			one.allowed = strings.Split(allowed, "|")
		}
		list = append(list, one)
	}
	return list
}

// block returns the type of block that t is, points to or lists, if any.
func block(t reflect.Type) (reflect.Type, bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t, isBlock(t)
}

// withDefaults is the decode hook that gives a block the defaults of the keys that it lacks. viper's own defaults do not
// reach into lists.
func withDefaults(_, to reflect.Type, data any) (any, error) {
	given, ok := data.(map[string]any)
	if !ok || to.Kind() != reflect.Struct {
		return data, nil
	}
	full := make(map[string]any, len(given))
	for key, value := range given {
		if value != nil {
			full[key] = value
		}
	}
	for _, f := range fieldsOf(to) {
		if _, ok := full[f.key]; ok {
			continue
		}
		if f.Type.Kind() == reflect.Struct {
			full[f.key] = map[string]any{}
		} else if f.defaulted {
			value, err := f.defaultValue()
			if err != nil {
				return nil, err
			}
			full[f.key] = value
		}
	}
	return full, nil
}

// defaultValue returns the default in the key's own type.
func (f field) defaultValue() (any, error) {
	if f.Type.Kind() == reflect.String {
		return f.fallback, nil
	}
	if f.Type == durationType {
		return time.ParseDuration(f.fallback)
	}
	value := reflect.New(f.Type)
	if err := yaml.Unmarshal([]byte(f.fallback), value.Interface()); err != nil {
		return nil, err
	}
	return value.Elem().Interface(), nil
}
