package dashboards

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/prometheus/common/model"
)

//go:embed mixin.libsonnet config.libsonnet alerts/*.libsonnet
var files embed.FS

// rulesProgram makes the rule file, a YAML text, from the changes to _config.
const rulesProgram = `function(overrides)
  std.manifestYamlDoc(((import 'mixin.libsonnet') + { _config+:: overrides }).prometheusAlerts, quote_keys=false)`

// AlertRules gives the alert rules as a Prometheus rule file in YAML, for Prometheus 2.42 or newer. overrides changes
// settings of config.libsonnet by name, for example {"selector": `job="egov"`, "downFor": "10m"}; nil changes nothing.
// Durations are texts in Prometheus' form. The error joins one sentence for each wrong setting.
func AlertRules(overrides map[string]any) ([]byte, error) {
	vm, err := newVM()
	if err != nil {
		return nil, err
	}
	changes, err := checkOverrides(vm, overrides)
	if err != nil {
		return nil, err
	}
	vm.StringOutput = true
	vm.TLACode("overrides", string(changes))
	rules, err := vm.EvaluateAnonymousSnippet("rules", rulesProgram)
	if err != nil {
		return nil, fmt.Errorf("alert rules: rendering the mixin: %w", err)
	}
	return []byte(rules), nil
}

// newVM makes an interpreter that sees the embedded files and nothing else.
func newVM() (*jsonnet.VM, error) {
	found := map[string]jsonnet.Contents{}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		found[path] = jsonnet.MakeContentsRaw(content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the embedded mixin: %w", err)
	}
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.MemoryImporter{Data: found})
	return vm, nil
}

// checkOverrides compares the overrides with what config.libsonnet has, and gives them as JSON.
func checkOverrides(vm *jsonnet.VM, overrides map[string]any) ([]byte, error) {
	known, err := vm.EvaluateAnonymousSnippet("config", "(import 'config.libsonnet')._config")
	if err != nil {
		return nil, fmt.Errorf("alert rules: reading the settings: %w", err)
	}
	var defaults, changes map[string]any
	if err := json.Unmarshal([]byte(known), &defaults); err != nil {
		return nil, fmt.Errorf("alert rules: reading the settings: %w", err)
	}
	if overrides == nil {
		overrides = map[string]any{}
	}
	text, err := json.Marshal(overrides)
	if err == nil {
		// As Jsonnet sees them: every number is of one kind.
		err = json.Unmarshal(text, &changes)
	}
	if err != nil {
		return nil, fmt.Errorf("alert rules: the settings cannot be written as JSON: %w", err)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		standard, ok := defaults[name]
		if !ok {
			errs = append(errs, fmt.Errorf("alert rules: there is no setting %q; allowed are %s", name, strings.Join(slices.Sorted(maps.Keys(defaults)), ", ")))
		} else if err := checkSetting(standard, changes[name]); err != nil {
			errs = append(errs, fmt.Errorf("alert rules: setting %s: %w", name, err))
		}
	}
	return text, errors.Join(errs...)
}

// checkSetting says whether the value may stand in the place of the standard one: a text for a text, a duration for a
// duration, a number for a number.
func checkSetting(standard, value any) error {
	switch standard := standard.(type) {
	case string:
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("expected a text such as %q, got %v", standard, value)
		}
		if _, err := model.ParseDuration(standard); err != nil {
			return nil
		}
		if _, err := model.ParseDuration(text); err != nil {
			return fmt.Errorf("expected a duration such as %s, got %q", standard, text)
		}
	case float64:
		if number, ok := value.(float64); !ok || number < 0 {
			return fmt.Errorf("expected a number that is not negative, such as %v, got %v", standard, value)
		}
	}
	return nil
}
