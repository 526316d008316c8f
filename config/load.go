package config

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"kpiagent/config/document"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// Options say where the settings come from.
type Options struct {
	// File is the YAML file; "" where everything comes from the environment.
	File string
	// Environ has the environment in the form of os.Environ.
	Environ []string
	// Flags has the settings given on the command line, by key (web.listen); Flags makes it from a flag set.
	Flags map[string]string
}

// Load reads the settings: flags win over the environment, the environment over the file, the file over the defaults. The
// error is a *Mistakes with everything that is wrong. Relative paths of the result start at the file's folder.
func Load(ctx context.Context, o Options) (*Config, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("loading the configuration: %w", err)
	}
	if o.File == "" {
		return load(o, nil, true)
	}
	text, wrong := document.Read(o.File)
	if wrong != "" {
		return nil, &Mistakes{List: []Mistake{{File: o.File, Text: wrong}}}
	}
	return load(o, text, false)
}

// load does everything but the reading of the file.
func load(o Options, text []byte, noFile bool) (*Config, error) {
	j := newJournal(place{file: o.File, line: 1})
	v := viper.New()
	usable := true
	if noFile {
		j.start = place{file: fromEnvironment}
	} else if root, line, wrong := document.Parse(text); wrong != "" {
		j.mistakeAt(place{file: o.File, line: line}, "", "%s", wrong)
		usable = false
	} else {
		w := newWalker(j, place{file: o.File})
		settings, ok := w.root(root, field{}, configType, "")
		usable = ok
		if m, isBlock := settings.(map[string]any); isBlock {
			if err := v.MergeConfigMap(m); err != nil {
				return nil, fmt.Errorf("merging %s: %w", o.File, err)
			}
		}
	}
	unknown, err := mergeEnvironment(v, j, o.Environ)
	if err != nil {
		return nil, err
	}
	mergeFlags(v, j, o.Flags)

	var c Config
	decoding := func(d *mapstructure.DecoderConfig) {
		d.TagName = "yaml"
		d.SquashTagOption = "inline"
		d.ErrorUnused = true
		d.WeaklyTypedInput = false
		d.DecodeHook = mapstructure.DecodeHookFuncType(withDefaults)
	}
	if err := v.Unmarshal(&c, decoding); err != nil {
		return nil, fmt.Errorf("putting the settings of %s together: %w", o.File, err)
	}
	reportUnknown(j, unknown, c.variables())
	if usable {
		if err := applyPresets(j, c.Sources); err != nil {
			return nil, err
		}
		applyKnownRows(j, &c)
		check(j, &c)
	}
	if err := j.err(); err != nil {
		return nil, err
	}
	c.resolve(j, filepath.Dir(o.File))
	return &c, nil
}

// mergeFlags puts the settings of the command line above all others.
func mergeFlags(v *viper.Viper, j *journal, flags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(flags)) {
		s, ok := settings[key]
		if !ok {
			j.mistakeAt(place{file: fromFlag}, key, "is not a setting; %s", suggest(key, slices.Sorted(maps.Keys(settings))))
			continue
		}
		w := newWalker(j, place{file: fromFlag, name: flagName(key), base: key})
		if value, ok := w.text(flags[key], s, key); ok {
			v.Set(key, value)
		}
	}
}

// resolve lets relative paths start at the configuration file's folder, and paths of flags where the command was typed.
func (c *Config) resolve(j *journal, folder string) {
	eachValue(reflect.ValueOf(c).Elem(), "", field{}, func(key string, f field, v reflect.Value) {
		if f.path && v.String() != "" && !filepath.IsAbs(v.String()) && j.place(key).file != fromFlag {
			v.SetString(filepath.Join(folder, v.String()))
		}
	})
}

// eachValue calls visit with each single value of the settings, its key and its tags.
func eachValue(v reflect.Value, key string, f field, visit func(key string, f field, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachValue(v.Elem(), key, f, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachValue(v.Index(i), entry(key, i), f, visit)
		}
	case reflect.Struct:
		for _, inner := range fieldsOf(v.Type()) {
			eachValue(v.FieldByIndex(inner.Index), under(key, inner.key), inner, visit)
		}
	default:
		visit(key, f, v)
	}
}
