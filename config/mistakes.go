package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in the configuration.
type Mistake struct {
	File string // the file as it was named, or "environment", or "flag"
	Line int    // counted from 1; 0 where there is no line
	Key  string // for example sources[2].sql.query (list entries count from 0), or the variable or flag; may be ""
	Text string // what is wrong; what is allowed or what to do
}

// String returns "FILE:LINE: key: what is wrong; what to do".
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	b.WriteString(m.Text)
	return b.String()
}

// Mistakes is everything that is wrong: the file's in the order of its lines, then the environment's
// and the flags' by name.
type Mistakes struct {
	List []Mistake
}

// Error returns one line a mistake.
func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, one := range m.List {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// The files of settings that come from no file.
const (
	fromEnvironment = "environment"
	fromFlag        = "flag"
)

// place is where a key stands.
type place struct {
	file string
	line int
	// name is the variable or flag that holds the key base and all below it; "" in a file.
	name, base string
}

// journal gathers, while the settings are read and checked, where each key stands and what is wrong.
type journal struct {
	start  place // where a key is looked for that stands nowhere
	places map[string]place
	wrong  map[string]bool
	noted  map[Mistake]bool
	list   []Mistake
}

func newJournal(start place) *journal {
	return &journal{start: start, places: map[string]place{}, wrong: map[string]bool{}, noted: map[Mistake]bool{}}
}

// set notes where a key stands.
func (j *journal) set(key string, p place) { j.places[key] = p }

// forget drops the places of a key and all below it, because another origin replaces them.
func (j *journal) forget(key string) {
	for k := range j.places {
		if k == key || strings.HasPrefix(k, key+".") || strings.HasPrefix(k, key+"[") {
			delete(j.places, k)
		}
	}
}

// given reports whether the key was written anywhere.
func (j *journal) given(key string) bool {
	_, ok := j.places[key]
	return ok
}

// isWrong reports whether the key has a mistake already, so that no second one follows from it.
func (j *journal) isWrong(key string) bool { return j.wrong[key] }

// place returns where the key stands, or the block that it belongs to.
func (j *journal) place(key string) place {
	for key != "" {
		if p, ok := j.places[key]; ok {
			return p
		}
		key = above(key)
	}
	return j.start
}

// line says "line 12", or the variable, for a mistake that points at a second place.
func (j *journal) line(key string) string {
	p := j.place(key)
	if p.name != "" {
		return "in " + p.name
	}
	return fmt.Sprintf("line %d", p.line)
}

// mistake notes what is wrong with a key, at its place.
func (j *journal) mistake(key, format string, values ...any) {
	j.mistakeAt(j.place(key), key, format, values...)
}

func (j *journal) mistakeAt(p place, key, format string, values ...any) {
	j.wrong[key] = true
	if p.name != "" {
		key = p.name + strings.TrimPrefix(key, p.base)
	}
	m := Mistake{File: p.file, Line: p.line, Key: key, Text: fmt.Sprintf(format, values...)}
	if !j.noted[m] {
		j.noted[m] = true
		j.list = append(j.list, m)
	}
}

// err returns the mistakes in order, or nil where there are none.
func (j *journal) err() error {
	if len(j.list) == 0 {
		return nil
	}
	list := slices.Clone(j.list)
	slices.SortStableFunc(list, func(a, b Mistake) int {
		if ra, rb := rank(a), rank(b); ra != rb || ra == 0 {
			return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(a.Line, b.Line))
		}
		return cmp.Compare(a.Key, b.Key)
	})
	return &Mistakes{List: list}
}

func rank(m Mistake) int {
	switch m.File {
	case fromEnvironment:
		return 1
	case fromFlag:
		return 2
	}
	return 0
}

// above returns the key of the block or list that the key belongs to: a.b[2].c, a.b[2], a.b, a, "".
func above(key string) string {
	return key[:max(strings.LastIndexAny(key, ".["), 0)]
}

// under returns the key of an entry of a block.
func under(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// entry returns the key of a list's entry, counted from 0.
func entry(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
