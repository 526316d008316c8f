package collectors

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"kpiagent/collectors/jq"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// mostEntries bounds what one list of one row can make the agent keep.
const mostEntries = 10_000

// tree is a column that holds a list as JSON, decoded once for each row that asks for it.
type tree struct {
	column int // its place in the present header
	name   string
	read   bool
	root   any
}

// nested holds the trees of the present row. fault is the first thing that was wrong with one of them.
type nested struct {
	trees []tree
	fault *kpi.Fault
	found []Value // of the way asked for last
}

// tree returns the place of a column's tree, entering it where it is new.
func (n *nested) tree(column int, name string) int {
	for i := range n.trees {
		if n.trees[i].column == column {
			return i
		}
	}
	n.trees = append(n.trees, tree{column: column, name: name})
	return len(n.trees) - 1
}

// begin forgets the row before.
func (n *nested) begin() {
	for i := range n.trees {
		n.trees[i].read, n.trees[i].root = false, nil
	}
	n.fault = nil
}

// noted returns what was wrong, once.
func (n *nested) noted() *kpi.Fault {
	fault := n.fault
	n.fault = nil
	return fault
}

// along returns what lies at the end of a way: one Value for each entry where the way goes through a list, Null where an entry
// lacks the member. The result holds until the next call. What is wrong is noted as the row's fault.
func (n *nested) along(f *field, at *spot, values []Value) []Value {
	t := &n.trees[at.tree]
	n.found = n.found[:0]
	if !t.read {
		t.read = true
		if t.root = n.decode(f, t.name, &values[t.column]); n.fault != nil {
			return nil
		}
	}
	if wrong := n.walk(t.root, at.path); wrong != "" {
		n.fails(f, t.name, wrong)
		return nil
	}
	return n.found
}

func (n *nested) fails(f *field, column, wrong string) {
	if n.fault == nil {
		n.fault = &kpi.Fault{Reason: kpi.BadValue, Field: f.name, Detail: "column " + quote(column) + " " + wrong}
	}
}

// decode reads the JSON of a column; nil where there is none.
func (n *nested) decode(f *field, column string, value *Value) any {
	if value.Kind == Null || value.Kind == Text && strings.TrimSpace(value.Text) == "" {
		return nil
	}
	if value.Kind != Text {
		n.fails(f, column, "holds "+quote(string(value.append(nil)))+" where JSON is expected")
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(value.Text))
	decoder.UseNumber()
	var root any
	err := decoder.Decode(&root)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = fmt.Errorf("something follows after its end")
		}
	}
	if err != nil {
		n.fails(f, column, fmt.Sprintf("holds no JSON: %s (%v)", quote(value.Text), err))
		return nil
	}
	return root
}

// walk appends what lies at the end of path to found, or says what is wrong.
func (n *nested) walk(at any, path []config.Step) (wrong string) {
	if len(path) == 0 {
		var value Value
		if !ValueOf(at, &value) {
			return "leads to " + jq.KindOf(at) + "; name one of its members"
		}
		n.found = append(n.found, value)
		return ""
	}
	if at == nil {
		if path[0].Kind == config.Member {
			n.found = append(n.found, Value{}) // an entry without the member keeps its place
		}
		return ""
	}
	step, rest := path[0], path[1:]
	if step.Kind == config.Member {
		object, isObject := at.(map[string]any)
		if !isObject {
			return "has " + jq.KindOf(at) + " where an object with " + quote(step.Member) + " is expected"
		}
		return n.walk(object[step.Member], rest)
	}
	list, isList := at.([]any)
	if !isList {
		return "has " + jq.KindOf(at) + " where a list is expected"
	}
	if len(list) > mostEntries {
		return fmt.Sprintf("has a list of more than %d entries", mostEntries)
	}
	switch step.Kind {
	case config.CountOf:
		n.found = append(n.found, Value{Kind: Int, Int: int64(len(list))})
	case config.OneEntry:
		i := step.Index
		if i < 0 {
			i += len(list)
		}
		if i >= 0 && i < len(list) {
			return n.walk(list[i], rest)
		}
	default:
		for _, one := range list {
			if wrong := n.walk(one, rest); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

// ValueOf returns a decoded value of JSON as the mapping takes it; fits is false for a list and an object. Numbers that no
// integer and no float holds exactly stay texts.
func ValueOf(value any, into *Value) (fits bool) {
	*into = Value{}
	switch v := value.(type) {
	case nil:
	case string:
		into.Kind, into.Text = Text, v
	case bool:
		into.Kind = Bool
		if v {
			into.Int = 1
		}
	case json.Number:
		ofNumber(v.String(), into)
	case int:
		into.Kind, into.Int = Int, int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			into.Kind, into.Int = Int, int64(v)
		} else {
			into.Kind, into.Float = Float, v
		}
	case *big.Int:
		ofNumber(v.String(), into)
	default:
		return false
	}
	return true
}

func ofNumber(text string, into *Value) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		into.Kind, into.Int = Int, number
		return
	}
	var space [32]byte
	if number, err := strconv.ParseFloat(text, 64); err == nil && string(strconv.AppendFloat(space[:0], number, 'f', -1, 64)) == text {
		into.Kind, into.Float = Float, number
		return
	}
	into.Kind, into.Text, into.Plain = Text, text, true
}
