package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"kpiagent/config/document"

	"go.yaml.in/yaml/v3"
)

// maxRepeats bounds how many values aliases may add to those that are written.
const maxRepeats = 100_000

// walker goes through YAML beside the types, notes the place of each key and each mistake, and returns plain values for
// viper to merge: texts as they are written, never what YAML would guess from them.
type walker struct {
	*journal
	from   place // file, or variable
	inside map[*yaml.Node]bool
	left   int // how many values may still be visited
}

func newWalker(j *journal, from place) *walker {
	return &walker{journal: j, from: from, inside: map[*yaml.Node]bool{}}
}

// root reads a whole document, or the whole value of a variable.
func (w *walker) root(n *yaml.Node, f field, t reflect.Type, key string) (value any, ok bool) {
	w.left = maxRepeats + size(n)
	return w.value(n, f, t, key)
}

// size counts the nodes as they are written.
func size(n *yaml.Node) int {
	count := 1
	for _, inner := range n.Content {
		count += size(inner)
	}
	return count
}

// value reads one node as type t. ok is false where there is no value or it is wrong.
func (w *walker) value(n *yaml.Node, f field, t reflect.Type, key string) (value any, ok bool) {
	w.note(key, n)
	n, ok = w.enter(n, key)
	if !ok {
		return nil, false
	}
	defer delete(w.inside, n)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case isBlock(t):
		return w.block(n, t, key)
	case t.Kind() == reflect.Slice:
		return w.list(n, f, t, key)
	}
	return w.scalar(n, f, t, key)
}

// note keeps where a key stands.
func (w *walker) note(key string, n *yaml.Node) {
	p := w.from
	if p.name == "" {
		p.line = n.Line
	}
	w.set(key, p)
}

// at notes a mistake on a node of its own.
func (w *walker) at(n *yaml.Node, key, format string, values ...any) {
	p := w.from
	if p.name == "" {
		p.line = n.Line
	}
	w.mistakeAt(p, key, format, values...)
}

// enter follows aliases, and refuses those that contain themselves or grow without end.
func (w *walker) enter(n *yaml.Node, key string) (*yaml.Node, bool) {
	alias := n
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if w.inside[n] {
		w.at(alias, key, "the alias stands inside the block that it repeats; write the block out")
		return nil, false
	}
	if !w.spend(alias, key) {
		return nil, false
	}
	w.inside[n] = true
	return n, true
}

// spend counts one visited node, and says once when there are too many.
func (w *walker) spend(n *yaml.Node, key string) bool {
	w.left--
	if w.left == -1 {
		w.at(n, key, "aliases repeat more than %d values; write the configuration without them", maxRepeats)
	}
	return w.left >= 0
}

// block reads a mapping as struct t.
func (w *walker) block(n *yaml.Node, t reflect.Type, key string) (any, bool) {
	fields := fieldsOf(t)
	if n.Kind != yaml.MappingNode {
		if t == fieldType && n.Kind == yaml.ScalarNode {
			w.at(n, key, "expected a block; write {column: %s}", strings.Trim(quote(n.Value), `"`))
		} else {
			w.at(n, key, "expected a block with keys such as %s; got %s", examples(fields), nodeName(n))
		}
		return nil, false
	}
	result := map[string]any{}
	seen := map[string]bool{}
	for _, p := range w.pairs(n, key) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key.Value })
		if i < 0 {
			w.unknown(p, t, fields, key)
			continue
		}
		if seen[p.key.Value] || resolve(p.value).Kind == yaml.ScalarNode && document.IsNull(resolve(p.value)) {
			continue
		}
		seen[p.key.Value] = true
		inner := under(key, p.key.Value)
		if value, ok := w.value(p.value, fields[i], fields[i].Type, inner); ok {
			result[p.key.Value] = value
		}
	}
	for _, f := range fields {
		// On the top level the environment may still bring it.
		inner := under(key, f.key)
		if f.required && key != "" && !seen[f.key] && !w.isWrong(inner) {
			w.note(inner, n)
			w.mistake(inner, "is missing; %s", f.wants())
		}
	}
	return result, true
}

// pair is one key of a mapping and its value.
type pair struct{ key, value *yaml.Node }

// pairs returns the entries of a mapping: its own first, then those that << brings along. Mistakes in keys are noted here.
func (w *walker) pairs(n *yaml.Node, key string) []pair {
	var own, merged []pair
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && w.spend(n.Content[i], key); i += 2 {
		k, v := resolve(n.Content[i]), n.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			merged = append(merged, w.merged(v, key)...)
			continue
		}
		if k.Kind != yaml.ScalarNode {
			w.at(n.Content[i], key, "a key must be a plain word; got %s", nodeName(k))
			continue
		}
		if line, twice := seen[k.Value]; twice {
			w.at(k, under(key, document.Mask(k.Value)), "stands here a second time, first on line %d; keep one of them", line)
			continue
		}
		seen[k.Value] = k.Line
		own = append(own, pair{k, v})
	}
	return append(own, merged...)
}

// merged returns what "<<: *anchor" brings: the entries of one mapping or of several.
func (w *walker) merged(n *yaml.Node, key string) []pair {
	var list []pair
	target, ok := w.enter(n, key)
	if !ok {
		return nil
	}
	defer delete(w.inside, target)
	switch target.Kind {
	case yaml.MappingNode:
		return w.pairs(target, key)
	case yaml.SequenceNode:
		for _, one := range target.Content {
			if resolve(one).Kind != yaml.MappingNode {
				w.at(one, key, "<< takes blocks only; got %s", nodeName(resolve(one)))
				continue
			}
			list = append(list, w.merged(one, key)...)
		}
		return list
	}
	w.at(n, key, "<< takes a block, for example <<: *common; got %s", nodeName(target))
	return nil
}

// list reads a sequence; an entry that is wrong keeps its place, so that the numbers of the others stay right.
func (w *walker) list(n *yaml.Node, f field, t reflect.Type, key string) (any, bool) {
	if n.Kind != yaml.SequenceNode {
		hint := "write [ ... ], or one entry a line, each with a dash before it"
		w.at(n, key, "expected a list; got %s; %s", nodeName(n), hint)
		return nil, false
	}
	result := make([]any, 0, len(n.Content))
	for i, one := range n.Content {
		inner := entry(key, i)
		value, ok := any(nil), false
		if document.IsNull(resolve(one)) {
			w.note(inner, one)
			if word := resolve(one).Value; word != "" {
				w.mistake(inner, "is the word by which YAML says that there is nothing; put %q in quotes", word)
			} else {
				w.mistake(inner, "is empty; fill it in or take the dash away")
			}
		} else {
			value, ok = w.value(one, f, t.Elem(), inner)
		}
		if !ok {
			value = placeholder(t.Elem())
		}
		result = append(result, value)
	}
	return result, true
}

func placeholder(t reflect.Type) any {
	if _, ok := block(t); ok {
		return map[string]any{}
	}
	return reflect.Zero(t).Interface()
}

// unknown notes a key that the block does not have, with the one that was probably meant.
func (w *walker) unknown(given pair, t reflect.Type, fields []field, key string) {
	k := given.key
	name := document.Mask(k.Value)
	inner := under(key, name)
	if t == sqlType && slices.Contains(secretKeys, strings.ToLower(k.Value)) {
		w.at(k, inner, "a secret must not stand in the configuration; put the connection string into an environment variable and name it with dsn_env, or into a file and name it with dsn_file")
		return
	}
	if (speaksHTTP(t) || t == authType || t == storeType) && slices.Contains(secretKeys, strings.ToLower(k.Value)) && k.Value != "user" && k.Value != "username" {
		w.at(k, inner, "a secret must not stand in the configuration; put it into an environment variable and name it with auth.secret_env, or into a file and name it with auth.secret_file")
		return
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.key
	}
	if near := nearest(k.Value, names); near != "" {
		w.wrong[under(key, near)] = true // it is not missing besides
	}
	hint := suggest(k.Value, names)
	if document.IsNull(given.value) && given.value.Value == "" {
		hint = "put the text before the comma in quotes, if " + quote(name) + " is the rest of it; else " + hint
	}
	w.at(k, inner, "unknown key; %s", hint)
}

// resolve follows aliases; the YAML library refuses those that lead nowhere.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// nodeName says what a node is, and shows a short text.
func nodeName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a block"
	case yaml.SequenceNode:
		return "a list"
	}
	if document.IsNull(n) {
		return "nothing"
	}
	return quote(n.Value)
}

// examples names the first keys of a block.
func examples(fields []field) string {
	var names []string
	for _, f := range fields[:min(3, len(fields))] {
		names = append(names, f.key)
	}
	return strings.Join(names, ", ")
}

// lower writes a sentence of the documentation as the rest of another one.
func lower(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	first, rest, _ := strings.Cut(sentence, " ")
	if first == strings.ToUpper(first) && len(first) > 1 {
		return sentence
	}
	return fmt.Sprint(strings.ToLower(first), " ", rest)
}
