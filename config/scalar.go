package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"kpiagent/config/document"

	"go.yaml.in/yaml/v3"
)

// scalar reads a single value as type t, and checks it.
func (w *walker) scalar(n *yaml.Node, f field, t reflect.Type, key string) (any, bool) {
	if n.Kind != yaml.ScalarNode {
		w.at(n, key, "expected %s; got %s", expected(f, t), nodeName(n))
		return nil, false
	}
	if document.HasSecret(n.Value) {
		w.at(n, key, "holds what looks like a password; put the connection string into an environment variable or a file, and name that with dsn_env or dsn_file")
		return nil, false
	}
	value, ok := convert(n, t)
	if !ok {
		w.at(n, key, "expected %s, got %s", expected(f, t), shown(n, f))
		return nil, false
	}
	if text, isText := value.(string); isText && text == "" {
		return w.emptyText(n, f, key)
	}
	if f.allowed != nil && !slices.Contains(f.allowed, n.Value) {
		w.at(n, key, "%s is not allowed; use %s", quote(n.Value), oneOf(f.allowed))
		return nil, false
	}
	if check, ok := checks[f.check]; ok {
		if wrong := check(value); wrong != "" {
			// The value stays: others may refer to it, an id for example.
			w.at(n, key, "%s", wrong)
		}
	}
	return value, true
}

// emptyText is "" where a text is expected: fine where the key may be absent, else a mistake.
func (w *walker) emptyText(n *yaml.Node, f field, key string) (any, bool) {
	switch {
	case f.required:
		w.at(n, key, "is empty; %s", f.wants())
	case f.defaulted && !f.empty:
		w.at(n, key, "is empty; leave the key out for the default, %s", f.fallback)
	case f.allowed != nil && !slices.Contains(f.allowed, ""):
		w.at(n, key, "is empty; use %s", oneOf(f.allowed))
	default:
		return "", true
	}
	return nil, false
}

// convert reads the text of a scalar as t. A text keeps its letters, whatever else YAML takes it for: 001 stays 001.
func convert(n *yaml.Node, t reflect.Type) (any, bool) {
	tag := n.ShortTag()
	switch {
	case t == durationType:
		d, err := time.ParseDuration(n.Value)
		return d, err == nil
	case t.Kind() == reflect.String:
		return n.Value, tag != "!!binary"
	case t.Kind() == reflect.Bool:
		return n.Value == "true", tag == "!!bool" && (n.Value == "true" || n.Value == "false")
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		var i int64
		err := n.Decode(&i)
		return i, tag == "!!int" && err == nil
	case t.Kind() == reflect.Float64:
		var x float64
		err := n.Decode(&x)
		return x, (tag == "!!int" || tag == "!!float") && err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return nil, false
}

// wants says what belongs into a key that has nothing.
func (f field) wants() string {
	if f.allowed != nil {
		return "use " + oneOf(f.allowed)
	}
	return lower(f.Tag.Get("doc"))
}

// expected says what a key of type t takes.
func expected(f field, t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 10m"
	case f.allowed != nil:
		return oneOf(f.allowed)
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "a whole number such as 10"
	case t.Kind() == reflect.Float64:
		return "a number such as 0.9"
	}
	return "a text"
}

// shown is the value for a message; a text where a number is expected shows its quotes.
func shown(n *yaml.Node, f field) string {
	if f.secret {
		return "something else"
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return "the quoted text " + quote(n.Value)
	}
	return quote(n.Value)
}

// oneOf writes "one of a, b, c"; the empty text is said in words.
func oneOf(allowed []string) string {
	var names []string
	for _, a := range allowed {
		if a != "" {
			names = append(names, a)
		}
	}
	if len(names) <= 2 {
		return strings.Join(names, " or ")
	}
	return "one of " + strings.Join(names, ", ")
}

// quote shows a value in a message: short, on one line, without a password.
func quote(text string) string {
	const most = 60
	runes := []rune(document.Mask(text))
	if len(runes) > most {
		return strconv.Quote(string(runes[:most])) + "…"
	}
	return fmt.Sprintf("%q", string(runes))
}
