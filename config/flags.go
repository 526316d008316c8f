package config

import (
	"maps"
	"slices"

	"github.com/spf13/pflag"
)

// flagKeys are the flags that every command with a configuration has, named as in Prometheus exporters, and their keys.
var flagKeys = map[string]string{
	"web.listen-address": "web.listen",
	"web.config.file":    "web.config_file",
	"log.level":          "log.level",
	"log.format":         "log.format",
}

// AddFlags declares the flags that set a key. Their help is the key's own documentation. Without the flag the setting
// comes from the environment, the file or the default.
func AddFlags(set *pflag.FlagSet) {
	for _, name := range slices.Sorted(maps.Keys(flagKeys)) {
		f := settings[flagKeys[name]]
		usage := f.Tag.Get("doc")
		if f.allowed != nil {
			usage += " " + capital(oneOf(f.allowed)) + "."
		}
		if f.defaulted {
			usage += " Default: " + f.fallback + "."
		}
		set.String(name, "", usage)
	}
}

// Flags returns the settings that were given as flags, by key, for Options.
func Flags(set *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	set.Visit(func(f *pflag.Flag) {
		if key, ok := flagKeys[f.Name]; ok {
			given[key] = f.Value.String()
		}
	})
	return given
}

// flagName returns the flag that sets the key.
func flagName(key string) string {
	for name, k := range flagKeys {
		if k == key {
			return "--" + name
		}
	}
	return key
}
