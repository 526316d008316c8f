package config

import (
	"slices"
	"strings"

	"kpiagent/internal/kpi"
)

// Unit is one organisation.
type Unit struct {
	ID      string      `yaml:"id" required:"true" check:"identifier" doc:"Short and stable: the value of the label unit."`
	Parent  string      `yaml:"parent" doc:"The id of the unit above; only the root has none."`
	Name    kpi.Text    `yaml:"name" doc:"The unit's name."`
	Short   kpi.Text    `yaml:"short" doc:"A shorter name, for narrow columns; empty: the name."`
	Contact kpi.Contact `yaml:"contact" doc:"Whom to call about its figures; empty: the contact of the unit above."`
}

// checkUnits wants one tree: unique ids, parents that exist, one root, no circle.
func checkUnits(j *journal, units []Unit) {
	if len(units) == 0 {
		if !j.isWrong("units") {
			j.mistake("units", "is missing; name at least one unit: units: [{id: bo, name: {vi: Bộ, en: Ministry}}]")
		}
		return
	}
	ids := unitIDs(units)
	first := map[string]int{}
	root := -1
	for i, u := range units {
		key := entry("units", i)
		if at, twice := first[u.ID]; twice && u.ID != "" {
			j.mistake(under(key, "id"), "%q is the id of another unit already (%s); give each unit its own", u.ID, j.line(under(entry("units", at), "id")))
		} else {
			first[u.ID] = i
		}
		switch {
		case j.isWrong(under(key, "parent")) || j.isWrong(key):
		case u.Parent == "" && root < 0:
			root = i
		case u.Parent == "":
			j.mistake(key, "%q has no parent, but %q has none either (%s); exactly one unit is the root, give the others a parent", u.ID, units[root].ID, j.line(entry("units", root)))
		case !slices.Contains(ids, u.Parent):
			j.mistake(under(key, "parent"), "%s is not a unit; %s", quote(u.Parent), suggest(u.Parent, ids))
		}
	}
	checkCircles(j, units)
}

// checkCircles reports each circle of parents once, at its first unit.
func checkCircles(j *journal, units []Unit) {
	parent, index := map[string]string{}, map[string]int{}
	for i, u := range units {
		if _, twice := parent[u.ID]; !twice && u.ID != "" {
			parent[u.ID], index[u.ID] = u.Parent, i
		}
	}
	done := map[string]bool{}
	for _, u := range units {
		var path []string
		id := u.ID
		for id != "" && !done[id] {
			done[id] = true
			path = append(path, id)
			id = parent[id]
		}
		if at := slices.Index(path, id); id != "" && at >= 0 {
			circle := append(path[at:], id)
			j.mistake(under(entry("units", index[id]), "parent"), "the parents go round in a circle: %s; one of them must have a parent outside it, or none", listedPath(circle))
		}
	}
}

func listedPath(ids []string) string {
	if len(ids) > 10 {
		ids = append(append(slices.Clone(ids[:5]), "…"), ids[len(ids)-4:]...)
	}
	return strings.Join(ids, " → ")
}

func unitIDs(units []Unit) []string {
	ids := make([]string, 0, len(units))
	for _, u := range units {
		if u.ID != "" {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// knownUnit notes a unit that is not there.
func knownUnit(j *journal, key, unit string, ids []string) {
	if unit != "" && !slices.Contains(ids, unit) && len(ids) > 0 && !j.isWrong(key) {
		j.mistake(key, "%s is not a unit; %s", quote(unit), suggest(unit, ids))
	}
}

// checkPhone wants a number that a telephone can dial, written as people write it.
func checkPhone(text string) string {
	digits := 0
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case !strings.ContainsRune("+()-./ ", r):
			return quote(text) + " is not a telephone number; write for example 024 3936 1234 or +84 24 3936 1234"
		}
	}
	if digits < 3 {
		return quote(text) + " is too short for a telephone number; write for example 024 3936 1234"
	}
	return ""
}
