package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// plain returns a value as JSON has it: maps, lists, texts, numbers.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var made any
	err = decoder.Decode(&made)
	return made, err
}

// differences lists where what is there differs from what is wanted, as "path: is …, should be …". What is there may have more
// keys than what is wanted: Grafana fills in its own. A key that is wanted empty may be missing.
func differences(wanted, found any) (list []string, err error) {
	if wanted, err = plain(wanted); err != nil {
		return nil, err
	}
	if found, err = plain(found); err != nil {
		return nil, err
	}
	compare("", wanted, found, func(at string, wanted, found any) {
		if at == "" {
			at = "all of it"
		}
		list = append(list, fmt.Sprintf("%s: is %s, should be %s", at, short(found), short(wanted)))
	})
	return list, nil
}

func compare(at string, wanted, found any, tell func(at string, wanted, found any)) {
	switch w := wanted.(type) {
	case map[string]any:
		f, same := found.(map[string]any)
		if !same && !(found == nil && empty(w)) {
			tell(at, wanted, found)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(w)) {
			inner := key
			if at != "" {
				inner = at + "." + key
			}
			compare(inner, w[key], f[key], tell)
		}
	case []any:
		f, same := found.([]any)
		if !same && !(found == nil && len(w) == 0) || len(f) != len(w) {
			tell(at, wanted, found)
			return
		}
		for i := range w {
			compare(fmt.Sprintf("%s[%d]", at, i), w[i], f[i], tell)
		}
	default:
		if !equal(wanted, found) && !(found == nil && empty(wanted)) {
			tell(at, wanted, found)
		}
	}
}

// equal compares single values; 1 and 1.0 are the same number.
func equal(a, b any) bool {
	one, isNumber := a.(json.Number)
	two, areNumbers := b.(json.Number)
	if isNumber && areNumbers {
		x, errX := one.Float64()
		y, errY := two.Float64()
		return errX == nil && errY == nil && x == y
	}
	if isNumber || areNumbers {
		return false
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		return equal(v, json.Number("0"))
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// short shows a value in a line.
func short(value any) string {
	if value == nil {
		return "missing"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	const longest = 60
	if utf8.RuneCount(text) > longest {
		return string([]rune(string(text))[:longest]) + "…"
	}
	return string(text)
}
