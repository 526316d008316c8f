package dashboards_test

import (
	"encoding/json"
	"testing"

	"kpiagent/dashboards"
)

// board is a board as Grafana reads it, as far as tests look.
type board struct {
	UID           string
	Title         string
	Description   string
	Tags          []string
	SchemaVersion int
	Timezone      string
	Links         []struct{ URL string }
	Templating    struct {
		List []struct {
			Name, Type, Label, Regex string
			Hide                     int
			Query                    any
			Options                  []struct{ Text, Value string }
		}
	}
	Panels []panel
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Collapsed   bool
	Datasource  struct{ Type, UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []target
	FieldConfig struct {
		Defaults struct {
			Unit       string
			Decimals   *int
			NoValue    string
			Mappings   []mapping
			Thresholds struct{ Steps []step }
			Custom     map[string]any
		}
		Overrides []override
	}
	Transformations []struct {
		ID      string
		Options map[string]any
	}
	Panels []panel
}

type step struct {
	Color string
	Value *float64
}

// mapping is a value mapping; the options of those that map null are in special.
type mapping struct {
	Type    string
	Options json.RawMessage
}

// override is what holds for one field.
type override struct {
	Matcher    struct{ ID, Options string }
	Properties []struct {
		ID    string
		Value json.RawMessage
	}
}

// of reads a property into a value, and says whether it is there.
func (o override) of(id string, into any) bool {
	for _, p := range o.Properties {
		if p.ID == id && json.Unmarshal(p.Value, into) == nil {
			return true
		}
	}
	return false
}

type target struct {
	RefID, Expr, LegendFormat, Format string
	Instant, Range                    bool
}

func boards(t testing.TB, made *dashboards.Rendered) (list []board) {
	t.Helper()
	for _, b := range made.Boards {
		var parsed board
		if err := json.Unmarshal(b.JSON, &parsed); err != nil {
			t.Fatalf("%s: %v", b.File, err)
		}
		list = append(list, parsed)
	}
	return list
}

// all gives every panel but rows; those in closed rows only where they are asked for.
func (b *board) all(closed bool) (list []panel) {
	for _, p := range b.Panels {
		if p.Type != "row" {
			list = append(list, p)
		} else if closed {
			list = append(list, p.Panels...)
		}
	}
	return list
}
