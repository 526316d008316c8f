package config

import (
	"embed"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// presetFiles hold the mappings ready made, one a file, each as it would be written in a source.
//
//go:embed presets/*.yml
var presetFiles embed.FS

// presetFile returns the text of a preset.
func presetFile(name string) ([]byte, error) { return presetFiles.ReadFile("presets/" + name + ".yml") }

// together are fields of which a user's one replaces all that the preset has.
var together = []string{"pauses", "paused_from", "paused_to"}

// applyPresets fills each mapping with what its preset has and the user has not written, and notes in the journal where that
// stands.
func applyPresets(j *journal, sources []Source) error {
	for i := range sources {
		s := &sources[i]
		if s.Preset == "" {
			continue
		}
		if err := s.applyPreset(j, under(entry("sources", i), "mapping")); err != nil {
			return fmt.Errorf("preset %s: %w", s.Preset, err)
		}
	}
	return nil
}

func (s *Source) applyPreset(j *journal, key string) error {
	text, err := presetFile(s.Preset)
	if err != nil {
		return err
	}
	var preset struct{ Mapping Mapping }
	var nodes struct{ Mapping map[string]yaml.Node } // for the places of the keys
	if err := yaml.Unmarshal(text, &preset); err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return err
	}
	own, from := reflect.ValueOf(&s.Mapping).Elem(), reflect.ValueOf(preset.Mapping)
	replaced := slices.ContainsFunc(fieldsOf(own.Type()), func(f field) bool {
		return slices.Contains(together, f.key) && !own.FieldByIndex(f.Index).IsZero()
	})
	w := newWalker(j, place{file: "preset " + s.Preset})
	for _, f := range fieldsOf(own.Type()) {
		given, ready := own.FieldByIndex(f.Index), from.FieldByIndex(f.Index)
		if !given.IsZero() || ready.IsZero() || replaced && slices.Contains(together, f.key) || j.isWrong(under(key, f.key)) {
			continue
		}
		given.Set(ready)
		if s.Mapping.Outcome != nil && s.Mapping.Outcome.Constant != "" { // the user's own: then all have the same
			if field, is := given.Interface().(*Field); is {
				field.forgetOutcomes()
			}
		}
		node := nodes.Mapping[f.key]
		w.root(&node, f, f.Type, under(key, f.key))
	}
	return nil
}

// forgetOutcomes takes the columns of single outcomes out.
func (f *Field) forgetOutcomes() {
	f.ByOutcome = nil
	f.Optional = slices.DeleteFunc(f.Optional, func(name string) bool { return !f.has(name) })
}

// presetSection returns the presets for the reference.
func presetSection() (string, error) {
	var b strings.Builder
	for _, f := range fieldsOf(reflect.TypeFor[Source]()) {
		if f.key != "preset" {
			continue
		}
		for _, name := range f.allowed {
			if name == "" {
				continue
			}
			text, err := presetFile(name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "\n### `preset: %s`\n\n```yaml\n%s```\n", name, text)
		}
	}
	return b.String(), nil
}
