package rest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"kpiagent/collectors"
	"kpiagent/collectors/jq"
)

// column is one member of the rows: of the object itself, or of an object in it, a.b.
type column struct {
	name string
	path []string
	seen bool // some row has it
}

func columnsOf(names []string) []column {
	list := make([]column, len(names))
	for i, name := range names {
		list[i] = column{name: name, path: strings.Split(name, ".")}
	}
	return list
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

// valueOf gives a member as the mapping takes it. Numbers that no integer and no float holds exactly stay texts.
func valueOf(value any, into *collectors.Value) error {
	*into = collectors.Value{}
	switch v := value.(type) {
	case nil:
	case string:
		into.Kind, into.Text = collectors.Text, v
	case bool:
		into.Kind = collectors.Bool
		if v {
			into.Int = 1
		}
	case json.Number:
		ofNumber(v.String(), into)
	case int:
		into.Kind, into.Int = collectors.Int, int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			into.Kind, into.Int = collectors.Int, int64(v)
		} else {
			into.Kind, into.Float = collectors.Float, v
		}
	case *big.Int:
		ofNumber(v.String(), into)
	default:
		return fmt.Errorf("is %s; name one of its members, or reshape the rows with jq", jq.KindOf(value))
	}
	return nil
}

func ofNumber(text string, into *collectors.Value) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		into.Kind, into.Int = collectors.Int, number
		return
	}
	var space [32]byte
	if number, err := strconv.ParseFloat(text, 64); err == nil && string(strconv.AppendFloat(space[:0], number, 'f', -1, 64)) == text {
		into.Kind, into.Float = collectors.Float, number
		return
	}
	into.Kind, into.Text, into.Plain = collectors.Text, text, true
}

// flatten fills values with the columns of a row.
func flatten(row map[string]any, columns []column, values []collectors.Value) error {
	for i := range columns {
		value, found := columns[i].of(row)
		columns[i].seen = columns[i].seen || found
		if err := valueOf(value, &values[i]); err != nil {
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
