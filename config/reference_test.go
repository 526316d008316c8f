package config

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The reference is made from the tags, so that it cannot say anything else than the loader does.
func TestReferenceIsUpToDate(t *testing.T) {
	want, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	const path = "../docs/configuration.md"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not what the tags say; run go test ./config -run Reference -update\n%s", diff)
	}
}

// Every key, check and block has words for people.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(sections(configType, "", map[reflect.Type]bool{}), section{t: configType}) {
		for _, f := range fieldsOf(s.t) {
			if doc := f.Tag.Get("doc"); doc == "" || !strings.Contains(text, "| `"+f.key+"` |") {
				t.Errorf("%s.%s has no documentation", s.key, f.key)
			}
			if f.check != "" && (checks[f.check] == nil || checkNames[f.check] == "") {
				t.Errorf("%s.%s: the check %q is not known, or has no words in the reference", s.key, f.key, f.check)
			}
		}
	}
}
