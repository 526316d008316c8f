package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// withoutDates returns dates as the texts that they are in the file: JSON has none.
func withoutDates(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case []any:
		for i := range v {
			v[i] = withoutDates(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withoutDates(v[key])
		}
	}
	return value
}

const schemaPath = "../docs/kpiagent.schema.json"

func TestSchemaIsUpToDate(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/kpiagent.schema.json is not what the tags say; run go test ./config -run Schema -update\n%s", diff)
	}
}

// What an editor underlines is what the loader refuses, as far as one key goes.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("kpiagent.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("kpiagent.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(content []byte) error {
		var value any
		if err := yaml.Unmarshal(content, &value); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(withoutDates(value))
	}
	examples, err := filepath.Glob("examples/*.yml")
	if err != nil || len(examples) < 3 {
		t.Fatalf("examples: %v, %v", examples, err)
	}
	for _, path := range examples {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(content); err != nil {
			t.Errorf("%s is a good example, the schema says: %v", path, err)
		}
	}
	minimal, err := os.ReadFile("examples/minimal.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct{ from, to string }{
		{"kind: file", "kind: fax"},
		{"id: mot_cua", "id: Một cửa"},
		{"    kind: file\n", ""},
		{"    kind: file\n", "    kind: file\n    shedule: '@daily'\n"},
		{"    kind: file\n", "    kind: file\n    timeout: ten minutes\n"},
		{"    kind: file\n", "    kind: file\n    on_start: sometimes\n"},
	} {
		content := strings.Replace(string(minimal), wrong.from, wrong.to, 1)
		if err := validate([]byte(content)); err == nil {
			t.Errorf("%q instead of %q passes the schema", wrong.to, wrong.from)
		}
		if _, err := load(Options{File: "wrong.yml"}, []byte(content), false); err == nil {
			t.Errorf("%q instead of %q passes the loader", wrong.to, wrong.from)
		}
	}
}
