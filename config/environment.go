package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"kpiagent/config/document"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// prefix begins the name of each variable that is a setting.
const prefix = "KPIAGENT_"

// testPrefix begins the names that the project's own tests use.
const testPrefix = prefix + "TEST_"

var configType = reflect.TypeFor[Config]()

// settings are all keys that a variable or flag can set: single values and whole lists.
var settings = settingsOf(configType, "")

func settingsOf(t reflect.Type, key string) map[string]field {
	all := map[string]field{}
	for _, f := range fieldsOf(t) {
		inner := under(key, f.key)
		if f.Type.Kind() == reflect.Struct {
			maps.Copy(all, settingsOf(f.Type, inner))
		} else {
			all[inner] = f
		}
	}
	return all
}

// Variable returns the name of the environment variable that sets the key: web.listen is KPIAGENT_WEB_LISTEN.
func Variable(key string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// mergeEnvironment puts the settings of the environment above the file's. An empty variable counts as not set. unknown
// names the variables that are no setting.
func mergeEnvironment(v *viper.Viper, j *journal, environ []string) (unknown []string, err error) {
	values := map[string]string{}
	for _, one := range environ {
		name, value, _ := strings.Cut(one, "=")
		if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, testPrefix) && value != "" {
			values[name] = value
		}
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		name := Variable(key)
		text, ok := values[name]
		if !ok {
			continue
		}
		delete(values, name)
		j.forget(key)
		w := newWalker(j, place{file: fromEnvironment, name: name, base: key})
		value, ok := w.text(text, settings[key], key)
		if !ok {
			continue
		}
		if err := v.MergeConfigMap(nested(key, value)); err != nil {
			return nil, fmt.Errorf("merging %s: %w", name, err)
		}
	}
	return slices.Sorted(maps.Keys(values)), nil
}

// nested returns {a: {b: value}} for the key a.b.
func nested(key string, value any) map[string]any {
	first, rest, deeper := strings.Cut(key, ".")
	if deeper {
		return map[string]any{first: nested(rest, value)}
	}
	return map[string]any{first: value}
}

// text reads a setting that was given as one text: a single value as it is, a list as YAML.
func (w *walker) text(text string, f field, key string) (any, bool) {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
	if f.Type.Kind() == reflect.Slice {
		root, line, wrong := document.Parse([]byte(text))
		if wrong != "" {
			w.set(key, w.from)
			if line > 0 {
				wrong = fmt.Sprintf("its line %d: %s", line, wrong)
			}
			w.mistake(key, "%s; write a list as YAML, for example [a, b]", wrong)
			return nil, false
		}
		n = root
	}
	return w.root(n, f, f.Type, key)
}

// reportUnknown notes the variables that are no setting, but for those that the configuration itself names.
func reportUnknown(j *journal, unknown, named []string) {
	known := make([]string, 0, len(settings))
	for key := range settings {
		known = append(known, Variable(key))
	}
	slices.Sort(known)
	for _, name := range unknown {
		if !slices.Contains(named, name) {
			j.mistakeAt(place{file: fromEnvironment}, name, "is not a setting; %s", suggestVariable(name, known))
		}
	}
}

func suggestVariable(name string, known []string) string {
	short := make([]string, len(known))
	for i, k := range known {
		short[i] = strings.TrimPrefix(k, prefix)
	}
	if near := nearest(strings.TrimPrefix(name, prefix), short); near != "" {
		return fmt.Sprintf("did you mean %s? Variables that begin with %s are settings", prefix+near, prefix)
	}
	return fmt.Sprintf("take it out or rename it: variables that begin with %s are settings, such as %s", prefix, Variable("web.listen"))
}

// variables returns the names of the variables that hold secrets.
func (c *Config) variables() (names []string) {
	eachValue(reflect.ValueOf(c).Elem(), "", field{}, func(_ string, f field, v reflect.Value) {
		if f.check == "variable" {
			names = append(names, v.String())
		}
	})
	return names
}
