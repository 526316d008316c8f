package config

import (
	"reflect"
	"slices"
)

// Block is the part of a source that belongs to its kind: how the system is reached, and what its rows are. The field of Source
// that has it is named as the kind, in the tag yaml; this is all by which a kind is known here.
type Block interface {
	// Asked returns the address of a system that is asked over HTTP, and how; nil for every other system.
	Asked() (address string, how *HTTP)
	// Credentials returns all by which the system knows the agent, to tell whether they have changed; "" where there are none.
	// Errors name the variable or file only.
	Credentials(lookup Lookup, readFile ReadFile) (string, error)

	// check holds the block's keys against each other and against the rest of the configuration. key is that of the source.
	check(j *journal, key string, s *Source, c *Config)
	// rows tells what is known of the system's rows beforehand; nil where the mapping alone says it. The block may be nil.
	rows() *knownRows
}

// knownRows is what a kind knows of its rows, so that only their unit may be mapped.
type knownRows struct {
	record  string         // what one row is
	mapping func(*Mapping) // fills in what is known
	// For messages: "an exporter", "has no place in …", "comes from metrics", "where a label names it".
	who, noPreset, origin, unit string
}

var blockType = reflect.TypeFor[Block]()

// kindFields returns the fields of Source that are blocks of a kind.
func kindFields() []field {
	return slices.DeleteFunc(taggedFields(sourceType), func(f field) bool { return !f.Type.Implements(blockType) })
}

// Kinds returns the names of the kinds, in the order of the reference.
func Kinds() (names []string) {
	for _, f := range kindFields() {
		names = append(names, f.key)
	}
	return names
}

// Block returns the block of the source's kind, and its key; nil where it lacks it.
func (s *Source) Block() (name string, block Block) {
	for _, f := range kindFields() {
		if v := reflect.ValueOf(s).Elem().FieldByIndex(f.Index); !v.IsNil() && (s.Kind == f.key || s.Kind == "") {
			return f.key, v.Interface().(Block)
		}
	}
	return "", nil
}

// blocks returns all blocks of kinds that the source has; more than one is a mistake.
func (s *Source) blocks() (list []Block) {
	for _, f := range kindFields() {
		if v := reflect.ValueOf(s).Elem().FieldByIndex(f.Index); !v.IsNil() {
			list = append(list, v.Interface().(Block))
		}
	}
	return list
}

// asked returns how the source is asked over HTTP, its address, and the name of the block that says so; nil where it is not.
func (s *Source) asked() (name, address string, how *HTTP) {
	name, block := s.Block()
	if block != nil {
		address, how = block.Asked()
	}
	return name, address, how
}

// Credentials returns all by which the system knows the agent, to tell whether they have changed; "" where there are none.
// Errors name the variable or file only.
func (s *Source) Credentials(lookup Lookup, readFile ReadFile) (string, error) {
	if _, block := s.Block(); block != nil {
		return block.Credentials(lookup, readFile)
	}
	return "", nil
}

// knownRows returns what the source's kind knows of its rows, also where its block is missing; nil where the mapping says it.
func (s *Source) knownRows() *knownRows {
	for _, f := range kindFields() {
		if v := reflect.ValueOf(s).Elem().FieldByIndex(f.Index); s.Kind == f.key || s.Kind == "" && !v.IsNil() {
			return v.Interface().(Block).rows()
		}
	}
	return nil
}

// checkBlocks wants the block that the kind names, and no other.
func checkBlocks(j *journal, key string, s *Source) {
	if s.Kind == "" {
		return
	}
	for _, f := range kindFields() {
		inner, given := under(key, f.key), !reflect.ValueOf(s).Elem().FieldByIndex(f.Index).IsNil()
		switch {
		case j.isWrong(inner):
		case f.key == s.Kind && !given:
			j.mistake(key, "has kind %s but no block %s:; add it, it says how to reach the system", s.Kind, f.key)
		case f.key != s.Kind && given:
			j.mistake(inner, "has no place in a source of kind %s; take it out, or write kind: %s", s.Kind, f.key)
		}
	}
}

// checkKnownRows wants nothing beside what the kind knows of its rows but the unit.
func checkKnownRows(j *journal, key string, s *Source, known *knownRows) {
	if inner := under(key, "preset"); s.Preset != "" && !j.isWrong(inner) {
		j.mistake(inner, "%s", known.noPreset)
		return // it has written the mapping
	}
	m := reflect.ValueOf(s.Mapping)
	for _, f := range fieldsOf(m.Type()) {
		if inner := under(under(key, "mapping"), f.key); f.key != "unit" && !m.FieldByIndex(f.Index).IsZero() && !j.isWrong(inner) {
			j.mistake(inner, "comes from %s; take it out: only unit may be mapped, where %s", known.origin, known.unit)
		}
	}
}

// applyKnownRows says what the rows of kinds are that know it, and declares their measures.
func applyKnownRows(j *journal, c *Config) {
	for i := range c.Sources {
		s, key := &c.Sources[i], under(entry("sources", i), "record")
		known := s.knownRows()
		switch {
		case known == nil || j.isWrong(under(under(above(key), "file"), "form")):
		case !j.given(key):
			s.Record = known.record
		case s.Record != known.record && !j.isWrong(key):
			j.mistake(key, "%s has %ss; write record: %s, or take it out", known.who, known.record, known.record)
		}
	}
	addForms(j, c)
}
