package rest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/jq"
	"kpiagent/config"
)

// column is one member of the rows: of the object itself, or of an object in it, a.b.
type column struct {
	name     string
	path     []string
	optional bool // rows may lack it
	nested   bool // the mapping looks into it: a list is passed on as JSON
	seen     bool // some row has it
}

// columnsOf returns the columns that the mapping names, each once.
func columnsOf(named []config.Column) []column {
	list := make([]column, 0, len(named))
	for _, c := range named {
		one := column{name: c.Name, path: strings.Split(c.Name, "."), optional: c.Optional, nested: c.Path != nil}
		if i := slices.IndexFunc(list, func(known column) bool { return known.name == c.Name }); i >= 0 {
			list[i].optional = list[i].optional && one.optional
			list[i].nested = list[i].nested || one.nested
			continue
		}
		list = append(list, one)
	}
	return list
}

// namesOf returns the names of columns.
func namesOf(columns []column) []string {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].name
	}
	return names
}

// of finds the member in a row. An object that is null has every member, all null.
func (c *column) of(row map[string]any) (value any, found bool) {
	if value, found = row[c.name]; found || len(c.path) == 1 {
		return value, found
	}
	value = row
	for _, step := range c.path {
		if value == nil {
			return nil, true
		}
		object, isObject := value.(map[string]any)
		if !isObject {
			return nil, false
		}
		if value, found = object[step]; !found {
			return nil, false
		}
	}
	return value, true
}

// valueOf returns a member as the mapping takes it.
func (c *column) valueOf(value any, into *collectors.Value) error {
	if collectors.ValueOf(value, into) {
		return nil
	}
	if !c.nested {
		return fmt.Errorf("is %s; name one of its members, or reshape the rows with jq", jq.KindOf(value))
	}
	text, err := json.Marshal(value)
	*into = collectors.Value{Kind: collectors.Text, Text: string(text)}
	return err
}

// flatten fills values with the columns of a row.
func flatten(row map[string]any, columns []column, values []collectors.Value) error {
	for i := range columns {
		value, found := columns[i].of(row)
		columns[i].seen = columns[i].seen || found
		if err := columns[i].valueOf(value, &values[i]); err != nil {
			return fmt.Errorf("%s %w", columns[i].name, err)
		}
	}
	return nil
}

// members names what rows have, for the message about a column that none has: at most so many.
func members(rows []map[string]any, most int) []string {
	var names []string
	have := map[string]bool{}
	var walk func(prefix string, row map[string]any, depth int)
	walk = func(prefix string, row map[string]any, depth int) {
		for name, value := range row {
			if len(names) >= most {
				return
			}
			if inner, isObject := value.(map[string]any); isObject && depth > 0 {
				walk(prefix+name+".", inner, depth-1)
			} else if !have[prefix+name] {
				have[prefix+name] = true
				names = append(names, prefix+name)
			}
		}
	}
	for _, row := range rows[:min(len(rows), 20)] {
		walk("", row, 4)
	}
	return names
}

// longestText bounds what is kept of a row that cannot be read.
const longestText = 4096

func rowText(row map[string]any) string {
	text, err := json.Marshal(row)
	if err != nil { // what was decoded encodes again
		return ""
	}
	return strings.ToValidUTF8(string(text[:min(len(text), longestText)]), "")
}
