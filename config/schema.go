package config

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema returns docs/kpiagent.schema.json, the JSON Schema (2020-12) of the configuration made from the tags of the types:
// editors complete and underline with it while one writes. It knows what one key may be; what keys mean to each other only
// `kpiagent check` knows.
func Schema() ([]byte, error) {
	defs := map[string]any{}
	root := schemaOf(configType, defs)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "The configuration of kpiagent"
	root["$defs"] = defs
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// schemaOf describes a block; the blocks in it are entered in defs, each once.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fieldsOf(t) {
		property := schemaOfValue(f, f.Type, defs)
		property["description"] = f.Tag.Get("doc")
		if f.defaulted {
			property["default"] = schemaDefault(f)
		}
		properties[f.key] = property
		if f.required {
			required = append(required, f.key)
		}
	}
	schema := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// schemaOfValue describes what a key may hold.
func schemaOfValue(f field, t reflect.Type, defs map[string]any) map[string]any {
	switch {
	case t.Kind() == reflect.Pointer:
		return schemaOfValue(f, t.Elem(), defs)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOfValue(f, t.Elem(), defs)}
	case isBlock(t):
		name := t.Name()
		if _, entered := defs[name]; !entered {
			defs[name] = nil // a block may hold itself
			defs[name] = schemaOf(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	case t == durationType:
		return map[string]any{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.Float64:
		return map[string]any{"type": "number"}
	case t.Kind() != reflect.String:
		return map[string]any{"type": "integer"}
	case f.allowed != nil:
		return map[string]any{"enum": f.allowed}
	case f.check == "identifier":
		return map[string]any{"type": "string", "pattern": identifier.String()}
	}
	return map[string]any{"type": []string{"string", "number", "boolean"}} // YAML reads 1 and yes as no text; the loader takes them
}

// schemaDefault returns the default as JSON has it: durations stay texts.
func schemaDefault(f field) any {
	value, err := f.defaultValue()
	if err != nil || f.Type == durationType {
		return strings.TrimSpace(f.fallback)
	}
	return value
}
