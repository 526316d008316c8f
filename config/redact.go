package config

import (
	"bytes"
	"fmt"
	"reflect"

	"kpiagent/config/document"

	"go.yaml.in/yaml/v3"
)

// hidden stands where a value must not be shown.
const hidden = "<secret>"

// Redacted returns the settings that are in force, defaults included, as YAML in the order of the reference. It holds no
// secret: names of variables and files stay, a password that slipped into a text is masked. Keys without a value and
// without a default are left out.
func (c *Config) Redacted() ([]byte, error) {
	node, err := redact(reflect.ValueOf(c).Elem(), field{})
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return out.Bytes(), nil
}

func redact(v reflect.Value, f field) (*yaml.Node, error) {
	n := &yaml.Node{}
	switch {
	case v.Kind() == reflect.Pointer:
		return redact(v.Elem(), f)
	case isBlock(v.Type()):
		n.Kind = yaml.MappingNode
		for _, inner := range fieldsOf(v.Type()) {
			value := inner.in(v)
			if unset(value, inner) {
				continue
			}
			child, err := redact(value, inner)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: inner.key}, child)
		}
		return n, nil
	case v.Kind() == reflect.Slice:
		n.Kind = yaml.SequenceNode
		for i := range v.Len() {
			child, err := redact(v.Index(i), f)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		return n, nil
	case f.secret:
		return n, n.Encode(hidden)
	case v.Kind() == reflect.String:
		return n, n.Encode(document.Mask(v.String()))
	}
	return n, n.Encode(v.Interface())
}

// unset reports whether a key would tell nothing: it has no value and needs none.
func unset(v reflect.Value, f field) bool {
	if f.empty {
		return false
	}
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return !f.defaulted && !f.required
	}
	return (v.IsZero() || v.Kind() == reflect.Map && v.Len() == 0) && !f.defaulted && !f.required
}
