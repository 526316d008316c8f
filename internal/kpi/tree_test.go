package kpi

import (
	"slices"
	"testing"
)

func TestTree(t *testing.T) {
	tree := NewTree([]Unit{{ID: "so", Parent: "bo"}, {ID: "bo"}, {ID: "phong", Parent: "so"}, {ID: "cuc", Parent: "bo"}})
	if root := tree.Root(); root != "bo" {
		t.Errorf("the root is %q", root)
	}
	if parent, ok := tree.Parent("phong"); !ok || parent.ID != "so" {
		t.Errorf("above phong there is %q, %v", parent.ID, ok)
	}
	if parent, ok := tree.Parent("bo"); ok {
		t.Errorf("above the root there is %q", parent.ID)
	}
	if got := tree.Children("bo"); len(got) != 2 || got[0].ID != "so" || got[1].ID != "cuc" {
		t.Errorf("below bo there are %v", got)
	}
	if got := tree.Lineage("phong"); !slices.Equal(got, []string{"phong", "so", "bo"}) {
		t.Errorf("the lineage of phong is %v", got)
	}
	for _, test := range []struct {
		unit, above string
		within      bool
	}{
		{"phong", "phong", true}, {"phong", "so", true}, {"phong", "bo", true}, {"phong", "cuc", false}, {"bo", "so", false}, {"khac", "bo", false},
	} {
		if got := tree.Within(test.unit, test.above); got != test.within {
			t.Errorf("%s within %s: %v", test.unit, test.above, got)
		}
	}
}

// A tree is made before a configuration is found to be wrong: units that are above each other must not keep it from ending.
func TestTreeWithCircle(t *testing.T) {
	tree := NewTree([]Unit{{ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}})
	if tree.Root() != "" || !tree.Within("a", "b") || tree.Within("a", "c") {
		t.Error("units above each other are not told apart from a tree")
	}
}
