package config

import (
	"context"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every preset that a source may name is there, and has all that a dossier needs.
func TestEveryPresetIsWhole(t *testing.T) {
	for _, f := range fieldsOf(reflect.TypeFor[Source]()) {
		if f.key != "preset" {
			continue
		}
		for _, name := range f.allowed[1:] {
			text := oneUnit + "sources: [{unit: bo, id: a, kind: file, preset: " + name + ", file: {path: a.csv}}]\n"
			if _, err := Load(context.Background(), Options{File: write(t, text)}); err != nil {
				t.Error(err)
			}
		}
	}
}

// The page with the settings shows the mapping that is in force, and what it shows is the same configuration.
func TestThePageOfSettingsShowsThePreset(t *testing.T) {
	first, err := Load(context.Background(), Options{File: "examples/dvcqg.yml"})
	if err != nil {
		t.Fatal(err)
	}
	page, err := first.Redacted()
	if err != nil {
		t.Fatal(err)
	}
	second, err := Load(context.Background(), Options{File: write(t, string(page))})
	if err != nil {
		t.Fatalf("%v\n%s", err, page)
	}
	if diff := cmp.Diff(first.Sources[0].Mapping, second.Sources[0].Mapping); diff != "" {
		t.Error(diff)
	}
}

// The preset also serves sources that come from the environment.
func TestAPresetFromTheEnvironment(t *testing.T) {
	environ := []string{"KPIAGENT_UNITS=[{id: bo}]", "KPIAGENT_SOURCES=[{unit: bo, id: a, kind: file, preset: dvcqg, file: {path: a.csv}, mapping: {procedure: {constant: '1.001'}}}]"}
	c, err := Load(context.Background(), Options{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Sources[0].Mapping; m.ID == nil || m.ID.Column != "MaHoSo" || m.Procedure.Constant != "1.001" || m.Procedure.Column != "" {
		t.Errorf("%+v %+v", m.ID, m.Procedure)
	}
}
