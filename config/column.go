package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Column is a column as a mapping names it: "NgayTra", or the way into a list that the column holds, "DanhSachLePhi[].Gia".
type Column struct {
	Text     string // as it is written
	Name     string // of the source's column
	Optional bool   // the source may lack it
	Path     []Step // into the list that the column holds as JSON; nil for a plain column
}

// Step is one step on the way into a list.
type Step struct {
	Kind   StepKind
	Index  int    // of OneEntry; below zero it counts from the end
	Member string // of Member
}

// StepKind says what a Step does.
type StepKind uint8

// The kinds of steps and how each is written.
const (
	Member    StepKind = iota // .name
	EachEntry                 // []
	OneEntry                  // [0], [-1]
	CountOf                   // [#]: how many entries there are
)

// ParseColumn reads a column's name. What has not the form of a way into a list is a plain name, brackets and all.
func ParseColumn(text string) Column {
	c := Column{Text: text, Name: text}
	if at := strings.IndexByte(text, '['); at > 0 {
		if path, ok := parsePath(text[at:]); ok {
			c.Name, c.Path = text[:at], path
		}
	}
	return c
}

// Parse reads names of the field's columns.
func (f *Field) Parse(names []string) []Column {
	columns := make([]Column, 0, len(names))
	for _, name := range names {
		c := ParseColumn(name)
		c.Optional = slices.Contains(f.Optional, c.Name)
		columns = append(columns, c)
	}
	return columns
}

// names returns all columns that a field may come from.
func (f *Field) names() []string {
	names := slices.Clone(f.Columns)
	if f.Column != "" {
		names = append(names, f.Column)
	}
	for _, c := range f.Filled {
		names = append(names, c.Column)
	}
	for _, c := range f.ByOutcome {
		names = append(names, c.Columns...)
	}
	return names
}

// has reports whether the source's column is one of the field's.
func (f *Field) has(name string) bool {
	return slices.ContainsFunc(f.names(), func(column string) bool { return ParseColumn(column).Name == name })
}

// Columns returns the columns that the mapping names, as often as it names them.
func (m Mapping) Columns() []Column {
	var columns []Column
	of := func(f *Field) {
		if f != nil {
			columns = append(columns, f.Parse(f.names())...)
		}
	}
	v := reflect.ValueOf(m)
	for i := range v.NumField() {
		f, _ := v.Field(i).Interface().(*Field)
		of(f)
	}
	for _, t := range m.Totals {
		columns = append(columns, ParseColumn(t.Column))
		of(t.Day)
		of(t.Unit)
	}
	return columns
}

// Key returns the columns that tell a dossier, or a procedure, from others; none for observations.
func (m Mapping) Key() (names []string) {
	for _, f := range []*Field{m.Unit, m.ID, m.Code} {
		if f != nil && (m.ID != nil || m.Code != nil) {
			for _, c := range f.Parse(f.names()) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// Several reports whether the column gives a value for each entry of a list.
func (c Column) Several() bool {
	for _, s := range c.Path {
		if s.Kind == EachEntry {
			return true
		}
	}
	return false
}

func parsePath(rest string) (path []Step, ok bool) {
	for rest != "" {
		var step Step
		if rest[0] == '.' {
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			step, rest = Step{Kind: Member, Member: rest[1:end]}, rest[end:]
			if step.Member == "" {
				return nil, false
			}
		} else {
			end := strings.IndexByte(rest, ']')
			if rest[0] != '[' || end < 0 {
				return nil, false
			}
			if step, ok = bracket(rest[1:end]); !ok {
				return nil, false
			}
			rest = rest[end+1:]
			if step.Kind == CountOf && rest != "" {
				return nil, false
			}
		}
		path = append(path, step)
	}
	return path, true
}

func bracket(text string) (Step, bool) {
	switch text {
	case "":
		return Step{Kind: EachEntry}, true
	case "#":
		return Step{Kind: CountOf}, true
	}
	index, err := strconv.Atoi(text)
	return Step{Kind: OneEntry, Index: index}, err == nil && text[0] != '+'
}

// Field returns a field of the mapping by its key, nil where it is not mapped, and whether a record cannot be without it.
func (m *Mapping) Field(key string) (f *Field, needed bool) {
	for _, one := range mappingFields {
		if one.key == key {
			f, _ = reflect.ValueOf(m).Elem().FieldByIndex(one.Index).Interface().(*Field)
			return f, one.Tag.Get("needed") == "true"
		}
	}
	return nil, false
}

// mappingFields are the keys of a mapping; they are looked for at each read.
var mappingFields = fieldsOf(reflect.TypeFor[Mapping]())
