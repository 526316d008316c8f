package kpi

import "slices"

// Tree is the tree of units. It is immutable, and answers in constant time; Within and Lineage take the depth of the tree.
type Tree struct {
	units    []Unit
	index    map[string]int    // of a unit in units
	children map[string][]Unit // in the order of units
	lineages map[string][]string
}

// NewTree makes a tree of units, in their order. A parent that is not among them is no unit.
func NewTree(units []Unit) *Tree {
	t := &Tree{units: slices.Clone(units), index: make(map[string]int, len(units)), children: map[string][]Unit{},
		lineages: make(map[string][]string, len(units))}
	for i, u := range units {
		t.index[u.ID] = i
		if u.Parent != "" {
			t.children[u.Parent] = append(t.children[u.Parent], u)
		}
	}
	for _, u := range units {
		t.lineages[u.ID] = t.climb(u.ID)
	}
	return t
}

func (t *Tree) climb(unit string) (line []string) {
	for i, known := t.index[unit]; known && len(line) < len(t.units); i, known = t.index[t.units[i].Parent] {
		line = append(line, t.units[i].ID)
	}
	return line
}

// Units lists all units in the order given.
func (t *Tree) Units() []Unit { return t.units }

// IDs lists the ids of all units in the order given.
func (t *Tree) IDs() []string {
	ids := make([]string, 0, len(t.units))
	for _, u := range t.units {
		ids = append(ids, u.ID)
	}
	return ids
}

// Root is the id of the first unit without a parent; "" where there is none.
func (t *Tree) Root() string {
	i := slices.IndexFunc(t.units, func(u Unit) bool { return u.Parent == "" })
	if i < 0 {
		return ""
	}
	return t.units[i].ID
}

// Unit finds a unit by its id.
func (t *Tree) Unit(id string) (Unit, bool) {
	i, known := t.index[id]
	if !known {
		return Unit{}, false
	}
	return t.units[i], true
}

// Parent finds the unit right above one; the root has none.
func (t *Tree) Parent(id string) (Unit, bool) {
	u, _ := t.Unit(id)
	return t.Unit(u.Parent)
}

// Children lists the units right below one.
func (t *Tree) Children(id string) []Unit { return t.children[id] }

// Lineage lists a unit and all above it, up to the root; nothing for a unit that is not of the tree. It is not to be changed.
func (t *Tree) Lineage(id string) []string { return t.lineages[id] }

// Within reports whether a unit is the other one or below it.
func (t *Tree) Within(unit, above string) bool {
	return unit == above || slices.Contains(t.lineages[unit], above)
}
