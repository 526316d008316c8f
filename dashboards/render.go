package dashboards

import (
	"bytes"
	"cmp"
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
	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
)

//go:embed *.libsonnet catalogue.json texts.json alerts boards lib rules
var files embed.FS

// The programs that make boards and rules from the changes to _config, which come as JSON: Jsonnet reads that quicker than
// itself. A board's file is its uid.
const (
	boardProgram = `function(overrides, language)
  ((import 'mixin.libsonnet') + { _config+:: std.parseJson(overrides) }).grafanaDashboardsIn(language)`
	ruleProgram = `function(overrides)
  local mixin = (import 'mixin.libsonnet') + { _config+:: std.parseJson(overrides) };
  {
    alerts: mixin.prometheusAlerts.groups,
    rules: mixin.prometheusRules.groups,
    managed: if mixin._config.engine == 'grafana' then mixin.grafanaAlerts.groups else [],
  }`
)

// Rendered is what the mixin makes.
type Rendered struct {
	Boards []Board
	Alerts []Group // alert rules
	Rules  []Group // recording rules, which boards and alerts need
	// Managed are the alert rules for a Grafana that evaluates them itself; none where Prometheus does.
	Managed []ManagedGroup
}

// ManagedGroup is a group of alert rules for a Grafana that evaluates them itself.
type ManagedGroup struct {
	Name     string         `json:"name"`
	Interval model.Duration `json:"interval"`
	Rules    []ManagedRule  `json:"rules"`
}

// ManagedRule is one of them. In its texts a figure is $values.<name>.Value.
type ManagedRule struct {
	Alert      string         `json:"alert"`
	For        model.Duration `json:"for"`
	KeepFiring model.Duration `json:"keep_firing_for"`
	// Queries by name; value is what the alert is about.
	Queries map[string]string `json:"queries"`
	// State is a query: 2 where the rule fires, 1 where it goes on if it did, 0 where all is well. Empty: it fires for whatever
	// the query value has.
	State       string            `json:"state"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// Board is a board in Grafana's JSON, for 9.3 or newer; its file is named after its UID.
type Board struct {
	File, UID string
	JSON      []byte
}

// Group is a group of rules.
type Group struct {
	Name  string
	value json.RawMessage
}

// Render makes boards and rules. Durations are texts in Prometheus' form; nil changes nothing. The error joins one sentence
// for each wrong setting.
func Render(settings Settings) (*Rendered, error) {
	vm, err := newVM()
	if err != nil {
		return nil, err
	}
	changes, languages, err := checkSettings(vm, settings)
	if err != nil {
		return nil, err
	}
	// The rules, and the boards of each language, are made at the same time, each by an interpreter of its own.
	r := new(Rendered)
	boards := make([][]Board, len(languages))
	var making errgroup.Group
	making.Go(func() error {
		made, err := renderRules(changes)
		r.Alerts, r.Rules, r.Managed = made.Alerts, made.Rules, made.Managed
		return err
	})
	for i, language := range languages {
		making.Go(func() (err error) {
			boards[i], err = renderBoards(changes, language)
			return err
		})
	}
	if err := making.Wait(); err != nil {
		return nil, fmt.Errorf("mixin: rendering: %w", err)
	}
	r.Boards = slices.Concat(boards...)
	slices.SortFunc(r.Boards, func(a, b Board) int { return cmp.Compare(a.File, b.File) })
	return r, nil
}

// RenderRules makes the rules alone, which is much quicker.
func RenderRules(settings Settings) (alerts, rules []Group, err error) {
	vm, err := newVM()
	if err != nil {
		return nil, nil, err
	}
	changes, _, err := checkSettings(vm, settings)
	if err != nil {
		return nil, nil, err
	}
	made, err := renderRules(changes)
	if err != nil {
		return nil, nil, fmt.Errorf("mixin: rendering: %w", err)
	}
	return made.Alerts, made.Rules, nil
}

func renderBoards(changes, language string) ([]Board, error) {
	vm, err := newVM()
	if err != nil {
		return nil, err
	}
	vm.TLAVar("overrides", changes)
	vm.TLAVar("language", language)
	made, err := vm.EvaluateAnonymousSnippetMulti("boards", boardProgram)
	if err != nil {
		return nil, err
	}
	boards := make([]Board, 0, len(made))
	for file, text := range made {
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(text), "", "  "); err != nil {
			return nil, err
		}
		boards = append(boards, Board{File: file, UID: strings.TrimSuffix(file, ".json"), JSON: indented.Bytes()})
	}
	return boards, nil
}

// renderRules makes all but the boards.
func renderRules(changes string) (made Rendered, err error) {
	vm, err := newVM()
	if err != nil {
		return made, err
	}
	vm.TLAVar("overrides", changes)
	text, err := vm.EvaluateAnonymousSnippet("rules", ruleProgram)
	if err != nil {
		return made, err
	}
	err = json.Unmarshal([]byte(text), &made)
	return made, err
}

// UnmarshalJSON keeps the whole group as it is.
func (g *Group) UnmarshalJSON(value []byte) error {
	var named struct{ Name string }
	err := json.Unmarshal(value, &named)
	g.Name, g.value = named.Name, bytes.Clone(value)
	return err
}

// RuleFile writes groups of rules as a rule file of Prometheus, for 2.42 or newer.
func RuleFile(groups []Group) ([]byte, error) {
	values := make([]json.RawMessage, 0, len(groups))
	for _, g := range groups {
		values = append(values, g.value)
	}
	text, err := json.Marshal(map[string]any{"groups": values})
	if err != nil {
		return nil, fmt.Errorf("rule file: %w", err)
	}
	// JSON is YAML; what comes out again is YAML as people write it, in the same order.
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, fmt.Errorf("rule file: %w", err)
	}
	plain(&node)
	var file bytes.Buffer
	encoder := yaml.NewEncoder(&file)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return nil, fmt.Errorf("rule file: %w", err)
	}
	return file.Bytes(), nil
}

// plain takes the marks of JSON off: blocks instead of brackets, quotes only where they are needed.
func plain(node *yaml.Node) {
	node.Style = 0
	if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "\n") {
		node.Style = yaml.LiteralStyle
	}
	for _, inner := range node.Content {
		plain(inner)
	}
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
	vm.Importer(&embedded{found})
	return vm, nil
}

// checkSettings compares the settings with what config.libsonnet has. It returns them as JSON, and the languages that hold.
func checkSettings(vm *jsonnet.VM, settings Settings) (changes string, languages []string, err error) {
	known, err := vm.EvaluateAnonymousSnippet("config", "(import 'config.libsonnet')._config")
	if err != nil {
		return "", nil, fmt.Errorf("mixin: reading the settings: %w", err)
	}
	var defaults, given map[string]any
	if err := json.Unmarshal([]byte(known), &defaults); err != nil {
		return "", nil, fmt.Errorf("mixin: reading the settings: %w", err)
	}
	if settings == nil {
		settings = Settings{}
	}
	text, err := json.Marshal(settings)
	if err == nil {
		// As Jsonnet sees them: every number is of one kind.
		err = json.Unmarshal(text, &given)
	}
	if err != nil {
		return "", nil, fmt.Errorf("mixin: the settings cannot be written as JSON: %w", err)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		standard, ok := defaults[name]
		if !ok {
			errs = append(errs, fmt.Errorf("mixin: there is no setting %q; allowed are %s",
				name, strings.Join(slices.Sorted(maps.Keys(defaults)), ", ")))
		} else if err := checkSetting(standard, given[name]); err != nil {
			errs = append(errs, fmt.Errorf("mixin: setting %s: %w", name, err))
		}
	}
	chosen, _ := given["languages"].([]any)
	if _, ok := given["languages"]; !ok {
		chosen, _ = defaults["languages"].([]any)
	}
	texts, ok := given["texts"].(map[string]any)
	if !ok {
		texts, _ = defaults["texts"].(map[string]any)
	}
	for _, language := range chosen {
		code := fmt.Sprint(language)
		if _, ok := texts[code]; !ok {
			errs = append(errs, fmt.Errorf("mixin: setting languages: there are no texts in %q; there are %s",
				code, strings.Join(slices.Sorted(maps.Keys(texts)), ", ")))
		}
		languages = append(languages, code)
	}
	return string(text), languages, errors.Join(errs...)
}

// checkSetting checks that the value may be in the place of the standard one: a text for a text, a duration for a
// duration, a number for a number, a list for a list, a block for a block.
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
	case []any:
		if _, ok := value.([]any); !ok {
			return fmt.Errorf("expected a list, got %v", value)
		}
	case map[string]any:
		if _, ok := value.(map[string]any); !ok {
			return fmt.Errorf("expected a block of keys, got %v", value)
		}
	}
	return nil
}
